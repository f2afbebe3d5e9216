"""What `import dcl` costs, each time in a process of its own."""

import subprocess
import sys

import numpy as np
import pytest

MEASURE = """
import sys, time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
ALLOWED = 1.0  # seconds; measured 0.01, so that a busy machine does not fail
HEAVY = {"tensorflow", "keras", "jax", "torch"}


def measure(module):
    """Seconds to import a module, and the packages that are loaded then."""
    command = [sys.executable, "-c", MEASURE.format(module=module)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds, packages = output.splitlines()
    return float(seconds), set(packages.split())


def test_importing_the_package_takes_less_than_a_second_and_loads_nothing_heavy():
    seconds, packages = measure("dcl")
    assert seconds < ALLOWED
    assert not packages & (HEAVY | {"numpy", "numba", "matplotlib"})


def test_the_command_line_loads_numpy_with_the_first_command_that_needs_it():
    assert not measure("dcl.cli")[1] & {"numpy", "numba", "scipy"}


@pytest.mark.parametrize(
    "module",
    ["dcl.cli", "dcl.runs.experiment", "dcl.reproduce", "dcl.analysis.plotting", "dcl.runs.stages"],
)
def test_modules_that_do_not_train_do_not_load_tensorflow(module):
    assert not measure(module)[1] & HEAVY


def test_names_of_the_package_are_loaded_on_first_use():
    import dcl
    from dcl.lattice.hamiltonians import Ising

    assert dcl.Ising is Ising
    assert set(dcl.__all__) <= set(dir(dcl))
    with pytest.raises(AttributeError, match="module 'dcl' has no attribute 'nothing'"):
        _ = dcl.nothing


COMMANDS = """
import sys
from dcl.cli import main
for command in {commands}:
    try:
        main(command)
    except SystemExit as end:
        assert not end.code, command
assert not {heavy} & {{name.partition(".")[0] for name in sys.modules}}
"""


def test_commands_without_a_network_do_not_load_keras(tmp_path):
    """From snapshots to couplings, their report, energies and scans, in one process."""
    spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (300, 4, 4))
    aligned = np.where(spins.sum(axis=(1, 2)) > 0, 1, -1)[:, None, None]
    spins = np.where(np.random.default_rng(2).random(spins.shape) < 0.3, aligned, spins)
    np.savez(tmp_path / "spins.npz", configurations=spins.astype(np.int8), temperature=3.0)
    np.save(tmp_path / "states.npy", spins.astype(np.int8))
    scan = ["--temperatures", "2,3", "--sweeps", "20", "--burn-in", "5", "--size", "4"]
    commands = [
        ["learn", "spins.npz", "--out", "study", "--temperatures", "3,4"],
        ["fit", "spins.npz", "--network", "pseudolikelihood", "--out", "model"],
        ["energy", "model", "states.npy", "--out", "energies.npy"],
        ["scan", "study/model", *scan, "--out", "scan.json"],
    ]
    script = COMMANDS.format(commands=commands, heavy=HEAVY)
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    assert np.load(tmp_path / "energies.npy").shape == (300,)
    assert (tmp_path / "study" / "report.html").is_file()
