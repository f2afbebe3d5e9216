"""The main job with its parts replaced: which figure needs what, in what order, and mistakes."""

import json
from pathlib import Path

import pytest

from dcl import reproduce as figures
from dcl.book import build as book
from dcl.book import execution
from dcl.book.catalogue import chapters, notebook_of_figure
from dcl.chapters import robustness
from dcl.errors import InputError
from dcl.reproduce import chosen_chapters, reproduce

ROOT = Path(__file__).parents[1]
CATALOGUE = chapters(ROOT)
FIGURES = notebook_of_figure(CATALOGUE)


def test_every_figure_has_a_notebook_and_its_experiments_exist():
    assert list(FIGURES) == ["2a", "2b", "2c", "2d", "3", "4", "5", "6"]
    for name in {name for chapter in CATALOGUE.values() for name in chapter.experiments}:
        assert (ROOT / "experiments" / f"{name}.toml").is_file()


@pytest.mark.parametrize("name", sorted(set(FIGURES.values())))
def test_the_notebook_of_a_figure_exists_and_names_it(name):
    text = (ROOT / "notebooks" / f"{name}.py").read_text("utf-8")
    heading = text[text.index("*Figure") : text.index("of the paper")]
    for figure in [figure for figure, notebook in FIGURES.items() if notebook == name]:
        assert figure in heading


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ([], list(CATALOGUE)),
        (["2a"], ["01_ising"]),
        (["5", "2a", "2b", "6"], ["01_ising", "04_spin_glass"]),
        (["03_ednn_transfer", "2c"], ["02_potts", "03_ednn_transfer"]),
    ],
)
def test_notebooks_come_once_and_in_the_order_of_the_book(chosen, expected):
    assert [chapter.name for chapter in chosen_chapters(chosen, ROOT)] == expected


@pytest.mark.parametrize("name", ["7", "2", "ising", "", "2A", "01_ising.ipynb"])
def test_an_unknown_figure_is_named(name):
    with pytest.raises(InputError, match=r"^figure: found .*, expected one of 2a, 2b, ") as caught:
        chosen_chapters(["2a", name], ROOT)
    assert f"found {name!r}" in str(caught.value)


@pytest.fixture
def parts(monkeypatch, tmp_path):
    """Record the calls of the parts, in a repository that has numbers of one experiment."""
    calls = []
    (tmp_path / "results" / "smoke" / "ising").mkdir(parents=True)
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    numbers = {"rnn_rmse": 0.25}
    (tmp_path / "results" / "smoke" / "ising" / "metrics.json").write_text(json.dumps(numbers))

    def execute(notebook, output, parameters):
        calls.append(("execute", notebook.relative_to(tmp_path), output, parameters))

    def build(stage, site, root, profile):
        calls.append(("build", stage, site, root, profile))
        return site / "index.html"

    monkeypatch.setattr(figures, "find_root", lambda: tmp_path)
    monkeypatch.setattr(figures, "open_run", lambda name, profile, root: (name, profile, root))
    monkeypatch.setattr(figures, "metrics", lambda run: calls.append(("metrics", *run)))
    monkeypatch.setattr(
        robustness,
        "write_medians",
        lambda *chosen: calls.append(("metrics", "robustness", *chosen)),
    )
    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(book, "build", build)
    return tmp_path, calls


def test_stages_come_first_then_notebooks_then_the_book(parts):
    root, calls = parts
    report = reproduce(["4", "2a", "5"], "smoke")
    notebooks = ["01_ising", "03_ednn_transfer", "04_spin_glass"]
    stage = root / "build" / "stage"
    assert calls == [
        *[("metrics", name, "smoke", root) for name in ("ising", "spin_glass", "spin_glass_420")],
        *[
            ("execute", Path(f"notebooks/{name}.ipynb"), stage / "notebooks" / f"{name}.ipynb",
             {"profile": "smoke"})
            for name in notebooks
        ],
        ("build", stage, root / "build" / "site", root, "smoke"),
    ]  # fmt: skip
    assert "| 0.25 | 2.06 |" in report
    assert report.endswith(f"The book: open {root / 'build' / 'site' / 'index.html'}")


def test_everything_is_made_by_default(parts):
    _, calls = parts
    reproduce([])
    order = sorted(CATALOGUE.values(), key=lambda chapter: chapter.part != "paper")
    needed = [name for chapter in order for name in chapter.experiments]
    assert [call[1] for call in calls if call[0] == "metrics"] == list(dict.fromkeys(needed))
    executed = [call[1].stem for call in calls if call[0] == "execute"]
    assert executed == [chapter.name for chapter in order]
    assert calls[-1][-1] == "quick"


def test_the_book_is_built_as_soon_as_the_chapters_of_the_paper_are_there(parts):
    _, calls = parts
    reproduce([])
    kinds = [call[0] if call[0] == "build" else CATALOGUE[call[1].stem].part
             for call in calls if call[0] != "metrics"]  # fmt: skip
    paper = kinds.count("paper")
    assert kinds[: paper + 1] == ["paper"] * paper + ["build"]
    assert kinds.count("build") == 2
    assert kinds[-1] == "build"


@pytest.mark.parametrize(("chosen", "profile"), [(["9"], "smoke"), (["2a"], "fast"), ([], "")])
def test_a_mistake_is_found_before_anything_is_computed(parts, chosen, profile):
    _, calls = parts
    with pytest.raises(InputError, match=r"found .*, expected one of"):
        reproduce(chosen, profile)
    assert calls == []
