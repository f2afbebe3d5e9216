"""Execution of a notebook by papermill, complete or not published at all."""

from collections.abc import Mapping
from pathlib import Path

import nbformat
import papermill

__all__ = ["BookError", "execute", "require_complete"]


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
    require_complete(attempt)
    attempt.replace(output)


def require_complete(notebook: Path) -> None:
    """Refuse an executed notebook that is not fit to be published.

    Raises
    ------
    BookError
        A cell failed, or was left out.
    """
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
    if found:
        raise BookError(f"{notebook}: {'; '.join(found)}")
