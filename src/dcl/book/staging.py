"""The stage: every page of the book under the name that the table of contents gives it.

A copy of `book/`, the executed notebooks made ready for readers, the pages that a run writes, and
the configuration of Jupyter Book with what only a build knows.
"""

import shutil
from pathlib import Path
from typing import Any

import nbformat
import yaml  # type: ignore[import-untyped]

from dcl.book import downloads, front, gallery, neighbours, results
from dcl.book.claims_page import claims_page
from dcl.book.execution import require_complete
from dcl.book.execution_statistics import statistics_page
from dcl.book.presentation import prepare
from dcl.book.replication import replication_page
from dcl.book.site_config import site_config
from dcl.book.slider import temperature_page

__all__ = ["stage_pages"]


def stage_pages(stage: Path, root: Path, profile: str) -> None:
    """Put all pages beside the executed notebooks, with configuration and table of contents.

    Raises
    ------
    BookError
        A notebook is not complete.
    """
    pages = stage / "book"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(root / "book", pages, ignore=shutil.ignore_patterns("drawings"))
    toc = _existing(yaml.safe_load((pages / "_toc.yml").read_text("utf-8")), stage, profile)
    notebooks = _notebooks(toc, stage)
    for notebook in notebooks.values():
        prepare(notebook)
    folder = root / "results" / profile
    for name, text in {
        "replication": replication_page(root, profile),
        "results": results.results_page(folder, profile),
        "paper_vs_package": claims_page(folder, profile, root / "artifacts"),
        "temperature": temperature_page(folder),
        "execution_statistics": statistics_page(notebooks, profile),
        "contributing": (root / "CONTRIBUTING.md").read_text("utf-8"),
    }.items():
        (pages / f"{name}.md").write_text(text, "utf-8")
    for page in (front, gallery, neighbours):
        page.write(pages, root, profile, notebooks)
    downloads.write(pages, root, profile, notebooks.values())
    for name, content in {"_config": site_config(root), "_toc": toc}.items():
        (stage / f"{name}.yml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


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
    require_complete(notebook)
    parameters = nbformat.read(notebook, as_version=4).metadata["papermill"]["parameters"]
    return bool(parameters.get("profile") == profile)
