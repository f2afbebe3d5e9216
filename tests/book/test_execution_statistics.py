"""The page of execution statistics has what papermill recorded."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from dcl.book.execution_statistics import statistics_page


def test_a_notebook_s_row_has_time_cells_and_python(tmp_path):
    path = tmp_path / "01_ising.ipynb"
    metadata = {
        "dcl": {"title": "A title", "part": "paper", "minutes": 9},
        "language_info": {"name": "python", "version": "3.12.1"},
        "papermill": {"duration": 90.0, "end_time": "2026-11-27T12:00:30+00:00"},
    }
    cells = [new_code_cell("1", execution_count=1), new_code_cell("2", execution_count=2)]
    nbformat.write(new_notebook(cells=[*cells, new_code_cell("")], metadata=metadata), path)
    line = statistics_page({"01_ising": path}, "quick").splitlines()[-1]
    assert line == "| {doc}`/notebooks/01_ising` | 2026-11-27 12:00 | 1.5 | 9 | 2 | 3.12.1 |"


def test_without_a_notebook_the_page_says_so():
    assert "No notebook has been executed yet." in statistics_page({}, "smoke")
