"""The builder publishes complete notebooks and clean pages, and nothing else."""

import contextlib
import re
import shutil
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dcl.book import build as book
from dcl.book.execution import BookError, execute, require_complete
from dcl.errors import InputError

ROOT = Path(__file__).parents[2]


def write_notebook(path: Path, *sources: str) -> Path:
    """Write a notebook with a title, a parameters cell and the sources as code cells."""
    parameters = new_code_cell('profile: str = "quick"', metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell("# A title"), parameters, *map(new_code_cell, sources)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    front = {"title": "A title", "part": "paper", "minutes": 1}
    nbformat.write(new_notebook(cells=cells, metadata={"dcl": front, "kernelspec": kernel}), path)
    return path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Copy what the builder reads: prose, configuration, and the numbers of one run."""
    shutil.copytree(ROOT / "book", tmp_path / "book")
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments")
    for name in ("_config.yml", "CITATION.cff", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, tmp_path)
    metrics = tmp_path / "results" / "smoke" / "ising" / "metrics.json"
    metrics.parent.mkdir(parents=True)
    metrics.write_text('{"rnn_rmse": 0.123}')
    return tmp_path


SHORT_TOC = """
format: jb-book
root: book/page
parts:
  - caption: One other page
    chapters:
      - file: book/contributing
"""


def build(repository: Path) -> Path:
    with contextlib.chdir(repository):  # relative paths, as `make book` gives them
        return book.build(Path("build/stage"), Path("build/site"), Path(), "smoke")


def test_a_complete_notebook_is_published_with_its_parameters(tmp_path: Path) -> None:
    source = write_notebook(tmp_path / "a.ipynb", "print(profile)")
    before = source.read_bytes()
    output = tmp_path / "stage" / "a.ipynb"
    execute(source, output, {"profile": "chosen"})
    last = nbformat.read(output, as_version=4).cells[-1]
    assert last.outputs[0].text == "chosen\n"
    assert source.read_bytes() == before
    assert [path.name for path in output.parent.iterdir()] == ["a.ipynb"]


def test_a_failed_notebook_is_not_published(tmp_path: Path) -> None:
    source = write_notebook(tmp_path / "a.ipynb", "1 / 0", "print('never')")
    output = tmp_path / "stage" / "a.ipynb"
    with pytest.raises(papermill.PapermillExecutionError):
        execute(source, output)
    assert not output.exists()
    with pytest.raises(BookError) as refused:
        require_complete(output.with_suffix(".attempt.ipynb"))
    assert "papermill stopped at an exception" in str(refused.value)
    assert "failed" in str(refused.value)
    assert "was not executed" in str(refused.value)


def test_the_kernel_runs_in_the_notebook_folder(tmp_path: Path) -> None:
    (tmp_path / "beside.txt").write_text("found")
    source = write_notebook(tmp_path / "a.ipynb", "assert open('beside.txt').read() == 'found'")
    execute(source, tmp_path / "stage" / "a.ipynb")


def test_the_site_shows_the_profile_s_notebooks_and_metrics(repository: Path) -> None:
    for name, profile in [("01_ising", "smoke"), ("03_ednn_transfer", "quick")]:
        source = write_notebook(repository / "notebooks" / f"{name}.ipynb", "print(6 * 7)")
        staged = repository / "build" / "stage" / "notebooks" / source.name
        execute(source, staged, {"profile": profile})
    stale = repository / "build" / "site" / "stale.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("an older site")
    index = build(repository)
    site = index.parent
    assert index.is_file()
    assert not stale.exists()
    assert "42" in (site / "notebooks" / "01_ising.html").read_text()
    assert not (site / "notebooks" / "02_potts.html").exists(), "was not executed"
    assert not (site / "notebooks" / "03_ednn_transfer.html").exists(), "is of another profile"
    figures = (site / "book" / "figures.html").read_text()
    assert 'href="../notebooks/01_ising.html"' in figures
    assert 'href="../notebooks/03_ednn_transfer.html"' not in figures
    results = (site / "book" / "results.html").read_text()
    assert "0.123" in results
    assert "2.06" in results
    assert requests_from_outside(site) == []


def requests_from_outside(site: Path) -> list[str]:
    """List the scripts, style sheets and images that a page would fetch from another host."""
    tag = re.compile(
        r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//|<link[^>]*href="(?:https?:)?//'
    )
    return [str(page) for page in site.rglob("*.html") if tag.search(page.read_text())]


def test_a_notebook_with_an_unexecuted_cell_stops_the_build(repository: Path) -> None:
    write_notebook(repository / "build" / "stage" / "notebooks" / "01_ising.ipynb", "print(1)")
    with pytest.raises(BookError, match=r"01_ising.ipynb: cell 2 was not executed"):
        build(repository)


def test_a_warning_stops_the_build_and_keeps_the_old_site(repository: Path) -> None:
    (repository / "book" / "page.md").write_text("# A page\n\n{doc}`no_such_page`\n")
    (repository / "book" / "_toc.yml").write_text(SHORT_TOC)
    old = repository / "build" / "site" / "index.html"
    old.parent.mkdir(parents=True)
    old.write_text("the old site")
    with pytest.raises(BookError, match="no_such_page"):
        build(repository)
    assert old.read_text() == "the old site"


def test_a_folder_that_is_not_the_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found no book/_toc\.yml, expected"):
        book.build(tmp_path / "stage", tmp_path / "site", tmp_path)
    assert list(tmp_path.iterdir()) == []
