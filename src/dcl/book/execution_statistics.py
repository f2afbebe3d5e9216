"""The page that says when each notebook was executed for the book, and how long it took."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import nbformat

from dcl.book.catalogue import read_chapter
from dcl.book.templates import markdown_table

__all__ = ["statistics_page"]


def statistics_page(notebooks: Mapping[str, Path], profile: str) -> str:
    """The page `execution_statistics`, one row a notebook.

    Parameters
    ----------
    notebooks : mapping
        Name to executed notebook, of those that have a page.
    profile : str

    Returns
    -------
    str
        MyST Markdown.
    """
    rows = [_row(name, path) for name, path in notebooks.items()]
    head = ["Notebook", "Executed", "Minutes", "Minutes expected", "Cells", "Python"]
    table = markdown_table(head, rows) if rows else "No notebook has been executed yet."
    return (
        "# Execution statistics\n\n"
        f"When the notebooks of this book were executed, with the profile `{profile}`. Stages of "
        "an experiment that were there already were read and not made again, so that a notebook "
        "may be quicker here than from nothing. The minutes expected are those of the profile "
        f"`quick` on two idle cores, with all stages.\n\n{table}\n"
    )


def _row(name: str, path: Path) -> list[object]:
    notebook = nbformat.read(path, as_version=4)
    ran = notebook.metadata["papermill"]
    seconds = ran["duration"]
    cells = sum(cell.get("execution_count") is not None for cell in notebook.cells)
    end = datetime.fromisoformat(ran["end_time"])
    python = notebook.metadata.get("language_info", {}).get("version", "not recorded")
    return [
        f"{{doc}}`/notebooks/{name}`",
        f"{end:%Y-%m-%d %H:%M}",
        f"{seconds / 60:.1f}",
        f"{read_chapter(path).minutes:g}",
        cells,
        python,
    ]
