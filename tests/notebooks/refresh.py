"""Make each committed .ipynb from its .py: `make notebooks`, after a change of the text.

Every notebook runs with the smoke profile, and outputs stay only in the cells that nbval compares.
"""

import os
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
CHECKED = "# NBVAL_CHECK_OUTPUT"


def refresh(text: Path) -> None:
    notebook = jupytext.read(text)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}).execute()
    notebook.metadata = {key: notebook.metadata[key] for key in ("dcl", "kernelspec")}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
        if cell.cell_type == "code" and not cell.source.startswith(CHECKED):
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, text.with_suffix(".ipynb"), version=4)


if __name__ == "__main__":
    os.environ["DCL_PROFILE"] = "smoke"
    for path in sorted(FOLDER.glob("*.py")):
        refresh(path)
