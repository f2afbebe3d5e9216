"""Three mistakes put into a copy of the package, each noticed by nbval: `make mutation`.

01_ising runs as it is, then with the sign of J, the stride between snapshots or the seed changed.
Every change must show as another output of a checked cell, not as an error. All of them concern the
snapshots, so only the notebook's beginning runs, before any network is trained.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent.parent
NOTEBOOK = "notebooks/01_ising.ipynb"
END = "## Learning the probability"
ISING = 'array([-128.])\n    """\n\n    coupling: float = 1.0'
SEED = "config.count,\n        seed=config.seed,"
MISTAKES = {
    "sign of J": ("lattice/hamiltonians.py", ISING, ISING.replace("1.0", "-1.0")),
    "stride": ("runs/configuration.py", "stride: CountOrZero = 10", "stride: CountOrZero = 1"),
    "seed": ("runs/contents.py", SEED, SEED.replace("config.seed", "7")),
}
"""Module, what it says once, and what it is made to say."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mutation")
    for name in ("src", "experiments", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    (end,) = [n for n, cell in enumerate(notebook.cells) if cell.source.startswith(END)]
    notebook.cells = notebook.cells[:end]
    nbformat.write(notebook, folder / NOTEBOOK)
    return folder


@pytest.fixture(params=MISTAKES)
def mistaken(request: pytest.FixtureRequest, copy: Path) -> Iterator[Path]:
    name, right, wrong = MISTAKES[request.param]
    module = copy / "src" / "dcl" / name
    text = module.read_text("utf-8")
    assert text.count(right) == 1, f"{name} no longer holds {right!r} once: choose another mistake"
    module.write_text(text.replace(right, wrong), "utf-8")
    yield copy
    module.write_text(text, "utf-8")


def nbval(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the copy's notebook from nothing, up to the first cell that differs."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-x", "-q"]
    command += ["-p", "no:cacheprovider", "--nbval-cell-timeout=300", NOTEBOOK]
    environment = os.environ | {"DCL_PROFILE": "smoke", "PYTHONPATH": str(folder / "src")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_notebook_passes_as_it_is(copy: Path) -> None:
    done = nbval(copy)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_mistake_in_the_package_is_noticed(mistaken: Path) -> None:
    done = nbval(mistaken)
    assert done.returncode == 1
    assert "Cell outputs differ" in done.stdout, done.stdout
