"""The index of figures shows what the manifests, the metrics and the notebooks say, and no more."""

import base64
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image
from sketches import SKETCHES

from dcl.book.catalogue import chapters, notebook_of_figure
from dcl.book.figure_state import COMPLETE, Figure, load_figures, picture, state
from dcl.book.gallery import SHAPE, figures_page, write
from dcl.runs.experiment import load_experiment
from dcl.runs.run import Run, Stage
from dcl.runs.stages import STAGES, open_run

ROOT = Path(__file__).parents[2]
FIGURE = Figure("9", "a title", "an original", "01_ising", "ising", ("b",))
ALT = 'An error of "1" < 2 J_0'


def png(width, height):
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(stream, format="png")
    return stream.getvalue()


def write_notebook(path, figure="2a", end=None, size=(900, 600)):
    data = base64.b64encode(png(*size)).decode()
    image = f'<img alt="An error of &quot;1&quot; &lt; 2 J_0" src="data:image/png;base64,{data}">'
    outputs = [new_output("display_data", {"text/html": image})]
    cells = [new_code_cell("draw()", outputs=outputs, metadata={"tags": [f"figure-{figure}"]})]
    metadata = {"papermill": {"end_time": (end or datetime.now(UTC)).isoformat()}}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


@pytest.fixture
def root(tmp_path):
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    return tmp_path


def make(run, folder):
    (folder / "text").write_text("made")


STAGES_AB = {"a": Stage(make, lambda e: {}), "b": Stage(make, lambda e: {}, ("a",))}


def run_in(folder):
    return Run(load_experiment("ising", "smoke", root=ROOT), STAGES_AB, root=folder)


def test_every_figure_that_can_be_reproduced_is_in_the_index():
    names = [figure.name for figure in load_figures() if figure.notebook]
    known = notebook_of_figure(chapters(ROOT))
    assert {name if name in known else name[0] for name in names} == set(known)


@pytest.mark.parametrize("figure", [f for f in load_figures() if f.notebook], ids=lambda f: f.name)
def test_the_notebook_tags_the_figure_and_the_run_has_its_stages(figure):
    text = (ROOT / "notebooks" / f"{figure.notebook}.py").read_text("utf-8")
    assert text.count(f'tags=["figure-{figure.name}"]') == 1
    assert set(figure.stages) <= set(open_run(figure.experiment, "quick", root=ROOT).stage_names)
    assert set(figure.stages) <= STAGES.keys()


def test_a_figure_goes_from_not_run_to_complete_and_out_of_date(tmp_path):
    notebook = tmp_path / "a.ipynb"
    assert state(FIGURE, run_in(tmp_path), None) == "not run"
    run_in(tmp_path).stage("a")
    assert state(FIGURE, run_in(tmp_path), None) == "partial: no b yet"
    folder = run_in(tmp_path).stage("b")
    assert state(FIGURE, run_in(tmp_path), None) == "partial: the notebook has not been executed"
    write_notebook(notebook, end=datetime.now(UTC) - timedelta(hours=1))
    assert state(FIGURE, run_in(tmp_path), notebook).startswith("out of date: the notebook is")
    write_notebook(notebook, end=datetime.now(UTC) + timedelta(seconds=1))
    assert state(FIGURE, run_in(tmp_path), notebook) == COMPLETE
    (folder.parent / "a" / "text").write_text("tampered with")
    assert state(FIGURE, run_in(tmp_path), notebook).startswith("out of date: a, as text: found ")
    (folder.parent / "a" / "manifest.json").write_text("damaged")
    assert state(FIGURE, run_in(tmp_path), notebook) == "partial: no a yet"


def test_every_figure_with_axes_has_a_sketch_of_them_and_a_part_to_show():
    for figure in load_figures():
        assert bool(figure.notebook) == (figure.sketch in SKETCHES)
        left, top, right, bottom = figure.crop
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


def test_nothing_is_made_to_know_the_state(tmp_path):
    state(FIGURE, run_in(tmp_path), None)
    assert list(tmp_path.iterdir()) == []


def test_the_picture_is_that_of_the_tagged_cell(tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "9")
    assert picture(notebook, FIGURE) == (png(900, 600), ALT)
    assert picture(write_notebook(tmp_path / "b.ipynb", "8"), FIGURE) is None


def test_thumbnails_are_small_and_lead_to_their_notebooks(root):
    notebook = write_notebook(root / "01_ising.ipynb")
    write(root, root, "smoke", {"01_ising": notebook})
    with Image.open(root / "figures" / "2a.png") as image:
        assert image.size == SHAPE
        assert image.convert("L").getpixel((0, 0)) == 255, "padded, not stretched"
    assert (root / "figures" / "2a.png").stat().st_size < 40_000
    page = (root / "figures.md").read_text("utf-8")
    assert r'[![An error of "1" \< 2 J\_0](figures/2a.png)](../notebooks/01_ising.ipynb)' in page
    names = {path.name for path in (root / "figures").iterdir()}
    assert names == {"2a.png"}
    assert "![The paper's axes, redrawn](_static/sketch-parity.svg)" in page
    assert page.count("{dropdown} Facts and numbers") == len(load_figures())


def test_without_results_every_figure_is_shown_as_not_run_and_nothing_is_linked(root):
    page = figures_page(root, "smoke", {}, {})
    assert page.count("- State: not run") == len(load_figures()) - 2
    assert "{doc}`/notebooks" not in page
    assert str(root) not in page


def test_times_hashes_numbers_and_verdicts_are_those_of_the_run(root):
    folder = root / "results" / "quick" / "ising"
    stages = open_run("ising", root=ROOT).needed("energies")
    for number, name in enumerate(stages):
        (folder / name).mkdir(parents=True)
        entry = {"files": {"x": name}, "wall_seconds": 10, "finished": f"2026-01-0{number + 1}"}
        (folder / name / "manifest.json").write_text(json.dumps(entry))
    (folder / "metrics.json").write_text(
        '{"rnn_rmse": 0.51234, "paper_rnn_rmse": 0.55, "ednn_rmse": 1.6, "paper_ednn_rmse": 1.4}'
    )
    cards = figures_page(root, "quick", {}, {}).split(":::::{grid-item-card} Figure ")
    card = {card.split(":")[0]: card for card in cards}
    for line in (f"Run time: {10 * len(stages)} s", f"Last run: 2026-01-0{len(stages)}",
                 "no symmetries imposed", "RMSE over all energy levels (J): 0.512",
                 "Verdict: reproduced\n", "State: out of date: snapshots"):  # fmt: skip
        assert line in card["2a"]
    assert "reproduced (2), not reproduced (2), not tested yet (1)" in card["4"]
    first = re.search(r"- Data: `(\w+)`", card["2a"])[1]
    entry["files"] = {"x": "other"}
    (folder / "energies" / "manifest.json").write_text(json.dumps(entry))
    assert f"`{first}`" not in figures_page(root, "quick", {}, {})
