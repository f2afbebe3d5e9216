"""Make committed .ipynb files from their .py: `make notebooks`, after a change of the text.

    python tests/notebooks/refresh.py 01_ising 02_potts

makes those alone. Notebooks run with the smoke profile, and outputs stay only in the cells that
nbval compares.
"""

import os
import sys
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
    names = sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.py"))
    for name in names:
        refresh(FOLDER / f"{name}.py")
