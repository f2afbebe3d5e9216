"""What `import dcl` costs, each time in a process of its own."""

import subprocess
import sys

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
