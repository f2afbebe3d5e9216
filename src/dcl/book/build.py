"""The book: papermill executes the notebooks into a stage, Jupyter Book makes pages of it.

The stage holds the documents under the names of the table of contents: a copy of `book/`, the
executed `notebooks/`, the pages of `dcl.book.results`, `dcl.book.gallery` and `dcl.book.slider`,
written from the results, and the one of `dcl.book.benchmarks`, written from the committed record.
Only complete notebooks enter the stage, a warning of Jupyter Book is an error, and the site changes
when all is done.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
import yaml  # type: ignore[import-untyped]

from dcl.book import gallery, results, schematic
from dcl.book.benchmarks import benchmarks_page
from dcl.book.claims_page import claims_page
from dcl.book.presentation import prepare
from dcl.book.slider import temperature_page
from dcl.book.table_labels import label_tables
from dcl.book.theme import lighten
from dcl.errors import InputError

__all__ = ["BookError", "build", "defects", "execute", "render", "stage_pages"]


class BookError(RuntimeError):
    """A page is not fit to be published; the message says which and why."""


def execute(notebook: Path, output: Path, parameters: Mapping[str, object] | None = None) -> None:
    """Run a notebook in its own folder and publish it when every cell has run.

    Parameters
    ----------
    notebook : Path
        The source, which is left as it is.
    output : Path
        Where the executed notebook appears, by a rename at the end; until then, and for good if a
        cell fails, what there is lies beside it as `<name>.attempt.ipynb`.
    parameters : mapping, optional
        Replace the defaults of the cell tagged `parameters`.

    Raises
    ------
    papermill.PapermillExecutionError
        A cell failed.
    BookError
        A cell was left out.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    attempt = output.with_suffix(".attempt.ipynb")
    papermill.execute_notebook(notebook, attempt, dict(parameters or {}), cwd=notebook.parent)
    _require_complete(attempt)
    attempt.replace(output)


def defects(notebook: Path) -> list[str]:
    """Say what keeps an executed notebook from being published; empty when nothing does."""
    content = nbformat.read(notebook, as_version=4)
    found = []
    if content.metadata.get("papermill", {}).get("exception"):
        found.append("papermill stopped at an exception")
    for number, cell in enumerate(content.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            found.append(f"cell {number} was not executed")
        if any(output.output_type == "error" for output in cell.outputs):
            found.append(f"cell {number} failed")
    return found


def build(stage: Path, site: Path, root: Path = Path(), profile: str = "quick") -> Path:
    """Make the site from the pages under `root` and the executed notebooks in the stage.

    Parameters
    ----------
    stage : Path
        Holds `notebooks/*.ipynb` as `execute` left them; those that are missing, or were executed
        with another `profile`, have no page.
    site : Path
        Replaced by a rename once the new pages are complete.
    root : Path
        The repository: `_config.yml` and `book/`, and `results/<profile>` and `artifacts/` for the
        numbers.
    profile : str
        Whose numbers the page of results shows.

    Returns
    -------
    Path
        The page to open.

    Raises
    ------
    InputError
        `root` is not the repository.
    BookError
        A notebook is not complete, or Jupyter Book had a warning.
    """
    stage, site, root = stage.resolve(), site.resolve(), root.resolve()
    if not (root / "book" / "_toc.yml").is_file():
        raise InputError(f"{root}: found no book/_toc.yml, expected the root of the repository")
    stage_pages(stage, root, profile)
    html = render(stage, root)
    lighten(html)
    label_tables(html)
    _publish(html, site)
    return site / "index.html"


def _require_complete(notebook: Path) -> None:
    if found := defects(notebook):
        raise BookError(f"{notebook}: {'; '.join(found)}")


def stage_pages(stage: Path, root: Path, profile: str) -> None:
    """Put all pages beside the executed notebooks, and a table of contents of what is there.

    Raises
    ------
    BookError
        A notebook is not complete.
    """
    pages = stage / "book"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(root / "book", pages)
    schematic.write(pages / "_static")
    folder = root / "results" / profile
    (pages / "results.md").write_text(results.results_page(folder, profile), "utf-8")
    claims = claims_page(folder, profile, root / "artifacts")
    (pages / "paper_vs_package.md").write_text(claims, "utf-8")
    speed = benchmarks_page(root / "benchmarks" / "record.json")
    (pages / "benchmarks.md").write_text(speed, "utf-8")
    (pages / "temperature.md").write_text(temperature_page(folder), "utf-8")
    toc = yaml.safe_load((pages / "_toc.yml").read_text("utf-8"))
    toc = _existing(toc, stage, profile)
    notebooks = _notebooks(toc, stage)
    for notebook in notebooks.values():
        prepare(notebook)
    gallery.write(pages, root, profile, notebooks)
    (stage / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), "utf-8")


def _existing(toc: dict[str, Any], stage: Path, profile: str) -> dict[str, Any]:
    """Leave out the notebooks that this profile has not executed, and parts without a page."""
    parts = [
        {**part, "chapters": [c for c in part["chapters"] if _is_staged(c["file"], stage, profile)]}
        for part in toc["parts"]
    ]
    return {**toc, "parts": [part for part in parts if part["chapters"]]}


def _notebooks(toc: dict[str, Any], stage: Path) -> dict[str, Path]:
    pages = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    paths = [stage / f"{page}.ipynb" for page in pages if page.startswith("notebooks/")]
    return {path.stem: path for path in paths}


def _is_staged(page: str, stage: Path, profile: str) -> bool:
    if not page.startswith("notebooks/"):
        return True
    notebook = stage / f"{page}.ipynb"
    if not notebook.is_file():
        return False
    _require_complete(notebook)
    parameters = nbformat.read(notebook, as_version=4).metadata["papermill"]["parameters"]
    return bool(parameters.get("profile") == profile)


def render(stage: Path, root: Path, builder: str = "html") -> Path:
    """The folder of pages that Jupyter Book makes of a complete stage.

    Raises
    ------
    BookError
        Jupyter Book had a warning.
    """
    work = stage.with_name("work")
    shutil.rmtree(work, ignore_errors=True)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [str(jupyter_book), "build", str(stage), "-q", "--builder", builder]
    command += ["--config", str(root / "_config.yml"), "--toc", str(stage / "_toc.yml")]
    command += ["--path-output", str(work), "-W", "-n", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise BookError(f"Jupyter Book refused the pages:\n{done.stdout}{done.stderr}")
    return work / "_build" / builder


def _publish(html: Path, site: Path) -> None:
    old = site.with_name(f"{site.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        site.rename(old)
    html.rename(site)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    print(
        build(
            Path("build/stage"), Path("build/site"), profile=os.environ.get("DCL_PROFILE", "quick")
        )
    )
