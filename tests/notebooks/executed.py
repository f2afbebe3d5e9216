"""nbval's comparison for notebooks that papermill has executed: no cell runs a second time.

    DCL_EXECUTED=build/stage/notebooks python -m pytest -p tests.notebooks.executed --nbval-lax ...

A pytest plugin. nbval collects the cells and compares the outputs of marked ones, as it always
does; the outputs are read from the notebook of the same name in the folder DCL_EXECUTED, as
`dcl reproduce --profile smoke` leaves it. A cell whose source is not the committed one fails, and
so does a notebook of another profile or with a cell that failed or did not run.
"""

import os
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams

from dcl.book.execution import require_complete

MARK = "# NBVAL_CHECK_OUTPUT\n"


@cache
def executed_cells(name: str) -> list[NotebookNode]:
    """The code cells of an executed notebook, without that of papermill's parameters."""
    path = Path(os.environ["DCL_EXECUTED"]) / name
    require_complete(path)
    notebook = nbformat.read(path, as_version=4)
    profile = notebook.metadata["papermill"]["parameters"]["profile"]
    assert profile == "smoke", f"{path}: found the profile {profile}, expected smoke"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in code if "injected-parameters" not in cell.metadata.get("tags", [])]


def compare(cell: IPyNbCell) -> None:
    """Hold a committed cell against the executed one of the same number."""
    found = executed_cells(cell.path.name)[cell.cell_num]
    if found.source.removeprefix(MARK) != cell.cell.source.removeprefix(MARK):
        cell.raise_cell_error("The executed notebook has another cell", found.source)
    pair = (coalesce_streams(outputs) for outputs in (found.outputs, cell.cell.outputs))
    if cell.options["check"] and not cell.compare_outputs(*pair):
        cell.raise_cell_error("Cell outputs differ", "\n".join(cell.comparison_traceback))


IPyNbFile.setup = IPyNbFile.setup_sanitize_files  # no kernel
IPyNbCell.runtest = compare
