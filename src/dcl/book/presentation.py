"""Executed notebooks made ready for readers: aims and time on top, machinery folded.

Marks for nbval, imports, cells of parameters and cells that print nothing but checks are there for
programs and referees. The staged copy of a notebook shows none of the first, and the others folded.
"""

import ast
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from dcl.book.catalogue import Chapter, read_chapter

__all__ = ["prepare", "present"]

CHECKED = "# NBVAL_CHECK_OUTPUT\n"
IMPORTS = (ast.Import, ast.ImportFrom)
AIMS = "aims"
"""Tag and name of the cell that the front matter makes."""


def prepare(path: Path) -> None:
    """Rewrite an executed notebook for readers; once is as good as twice.

    Parameters
    ----------
    path : Path
        An `.ipynb` with the front matter of a chapter.
    """
    before = path.read_text("utf-8")
    notebook = present(nbformat.reads(before, as_version=4), read_chapter(path))
    after = nbformat.writes(notebook)
    if after != before:
        path.write_text(after, "utf-8")


def present(notebook: NotebookNode, chapter: Chapter) -> NotebookNode:
    """Put aims and time below the title, drop marks for nbval, and fold machinery.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    chapter : Chapter

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
    >>> cells = [new_markdown_cell("# Title"), new_code_cell(CHECKED + "print(1)")]
    >>> shown = present(new_notebook(cells=cells), Chapter("01_a", "Title", "paper", 2.0))
    >>> [cell.source.splitlines()[-1] for cell in shown.cells]
    ['# Title', ':::', 'print(1)']
    """
    notebook.cells = [cell for cell in notebook.cells if AIMS not in _tags(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _fold(cell)
    box = nbformat.v4.new_markdown_cell(_aims(chapter), id=AIMS, metadata={"tags": [AIMS]})
    notebook.cells.insert(1, box)
    return notebook


def _tags(cell: NotebookNode) -> list[str]:
    tags: list[str] = cell.metadata.get("tags", [])
    return tags


def _fold(cell: NotebookNode) -> None:
    tags = _tags(cell)
    wanted = {
        "hide-input": "parameters" in tags or _mostly_imports(cell),
        "remove-cell": "injected-parameters" in tags,
        "hide-cell": cell.source.startswith(CHECKED) and _only_checks(cell),
    }
    new = [tag for tag, is_wanted in wanted.items() if is_wanted and tag not in tags]
    if new:
        cell.metadata["tags"] = [*tags, *new]
    cell.source = cell.source.removeprefix(CHECKED)


def _mostly_imports(cell: NotebookNode) -> bool:
    """Test if a cell begins with an import and half of its statements or more are imports."""
    kinds = [isinstance(statement, IMPORTS) for statement in ast.parse(cell.source).body]
    return kinds[:1] == [True] and 2 * sum(kinds) >= len(kinds)


def _only_checks(cell: NotebookNode) -> bool:
    """Test if every line that a cell printed says True or False."""
    lines = "".join(output.get("text", "") for output in cell.outputs).splitlines()
    return bool(lines) and all(re.search(r"\b(True|False)\b", line) for line in lines)


def _aims(chapter: Chapter) -> str:
    lines = [f"- {aim}" for aim in chapter.aims]
    time = f"{chapter.minutes:g} minute{'s' * (chapter.minutes != 1)}"
    return "\n".join(
        [
            ":::{admonition} Aims",
            ":class: note",
            "",
            *lines,
            "",
            f"Running it takes about {time} with the profile `quick` on two idle cores.",
            ":::",
        ]
    )
