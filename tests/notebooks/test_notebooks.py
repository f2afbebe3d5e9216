"""The committed notebooks: paired, without outputs, typed parameters, in the book, and running.

A notebook's parameters cell sets `profile: str = os.environ.get("DCL_PROFILE", "quick")`, so that
the run here, by nbval with DCL_PROFILE=smoke, is small and needs no second copy of the notebook.
Where DCL_EXECUTED names a folder of notebooks that `dcl reproduce --profile smoke` has executed,
nbval compares those instead of running each again: so does `.ci/run`.
"""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CHECKED = "# NBVAL_CHECK_OUTPUT"
SCREEN = 40  # lines
CELL_TIMEOUT = 300  # seconds

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[Any]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def essence(path: Path) -> list[tuple[str, str, list[str]]]:
    """Reduce a notebook to what the pair must agree on."""
    cells = jupytext.read(path).cells
    return [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in cells]


def test_every_notebook_has_its_pair() -> None:
    assert {path.stem for path in NOTEBOOKS} == {path.stem for path in FOLDER.glob("*.py")}


def test_every_notebook_is_in_the_table_of_contents() -> None:
    toc = (ROOT / "book" / "_toc.yml").read_text("utf-8")
    listed = re.findall(r"file: notebooks/(\S+)", toc)
    assert {path.stem for path in NOTEBOOKS} <= set(listed)


@each_notebook
def test_the_pair_is_equal(path: Path) -> None:
    assert essence(path) == essence(path.with_suffix(".py"))


@each_notebook
def test_only_checked_cells_carry_outputs(path: Path) -> None:
    for cell in code_cells(path):
        checked = cell.source.startswith(CHECKED)
        assert (bool(cell.outputs), cell.execution_count is not None) == (checked, checked)


@each_notebook
def test_three_cells_or_more_are_checked(path: Path) -> None:
    assert sum(cell.source.startswith(CHECKED) for cell in code_cells(path)) >= 3


@each_notebook
def test_the_first_code_cell_installs_the_package_on_colab_and_is_not_in_the_book(
    path: Path,
) -> None:
    first = code_cells(path)[0]
    assert f'source = "{PROJECT["urls"]["Repository"]}"' in first.source
    assert "google.colab" in first.source
    assert first.metadata["tags"] == ["remove-cell"]


@each_notebook
def test_one_cell_holds_annotated_parameters_with_a_profile(path: Path) -> None:
    tagged = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    statements = ast.parse(tagged[0].source).body
    plain = [node for node in statements if not isinstance(node, ast.AnnAssign | ast.Import)]
    assert plain == []
    profile = papermill.inspect_notebook(path)["profile"]
    assert profile["inferred_type_name"] == "str"
    assert profile["default"] == 'os.environ.get("DCL_PROFILE", "quick")'


@each_notebook
def test_the_notebook_is_thin(path: Path) -> None:
    for node in ast.walk(ast.parse(path.with_suffix(".py").read_text("utf-8"))):
        assert not isinstance(node, ast.ClassDef), f"class {node.name}"
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < SCREEN, node.name


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Run nbval on a notebook, or on what papermill made of it."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", str(path)]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT}", "-q", "-p", "no:cacheprovider"]
    if "DCL_EXECUTED" in os.environ:
        command += ["-p", "tests.notebooks.executed"]
    environment = os.environ | {"DCL_PROFILE": "smoke"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@each_notebook
def test_the_notebook_runs_with_the_smoke_profile(path: Path) -> None:
    done = nbval(path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nbval_compares_what_papermill_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sum_of_two = "print(1 + 1)"
    executed = {
        "right": (sum_of_two, ["2\n"], "smoke"),
        "in parts": (sum_of_two, ["2", "\n"], "smoke"),
        "Cell outputs differ": (sum_of_two, ["3\n"], "smoke"),
        "another cell": ("print(2)", ["2\n"], "smoke"),
        "expected smoke": (sum_of_two, ["2\n"], "quick"),
        "was not executed": (sum_of_two, [], "smoke"),
    }
    for name, made in executed.items():
        write(tmp_path / "committed" / f"{name}.ipynb", f"{CHECKED}\n{sum_of_two}", ["2\n"], "")
        write(tmp_path / "executed" / f"{name}.ipynb", *made)
    monkeypatch.setenv("DCL_EXECUTED", str(tmp_path / "executed"))
    done = nbval(tmp_path / "committed")
    assert "4 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert all(complaint in done.stdout for complaint in list(executed)[2:])


def write(path: Path, source: str, printed: list[str], profile: str) -> None:
    """Write a notebook of one cell and the parts that it printed; without one it did not run."""
    made = nbformat.v4.new_notebook(metadata={"papermill": {"parameters": {"profile": profile}}})
    outputs = [nbformat.v4.new_output("stream", text=part) for part in printed]
    made.cells = [nbformat.v4.new_code_cell(source, outputs=outputs)]
    made.cells[0].execution_count = 1 if printed else None
    path.parent.mkdir(exist_ok=True)
    nbformat.write(made, path)
