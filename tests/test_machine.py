"""The doctor's report, on machines that this one is not; kernels after a fork and read-only."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest

from dcl import machine


@pytest.fixture
def pretend(monkeypatch):
    """A function that pretends to be another machine and returns the lines of its report."""

    def lines(cores, memory, gpus):
        monkeypatch.setattr(machine.os, "cpu_count", lambda: cores)
        monkeypatch.setattr(machine, "_memory_gib", lambda: memory)
        monkeypatch.setattr(machine, "_gpus", lambda: gpus)
        return machine.doctor_report().splitlines()

    return lines


def test_versions_are_those_installed(pretend):
    lines = pretend(8, 16.0, 1)
    assert lines[0].startswith(f"python {platform.python_version()}")
    for package in ("dcl", "keras", "numpy", "tensorflow"):
        assert f"{package} {version(package)}" in lines


def test_a_large_machine_gets_no_advice(pretend):
    lines = pretend(8, 16.0, 1)
    assert lines[-1] == "cores 8, memory 16 GiB, GPUs 1"


@pytest.mark.parametrize(
    ("cores", "memory", "gpus", "expected"),
    [
        (1, 16.0, 1, ["one core"]),
        (None, 16.0, 1, ["one core"]),
        (2, 3.9, 1, ["less than 4 GiB"]),
        (2, 4.0, 0, ["no GPU"]),
        (1, 2.0, 0, ["one core", "less than 4 GiB", "no GPU"]),
    ],
)
def test_what_will_be_slow_is_said(pretend, cores, memory, gpus, expected):
    advice = [line for line in pretend(cores, memory, gpus) if line.startswith("slow: ")]
    assert len(advice) == len(expected)
    for line, reason in zip(advice, expected, strict=True):
        assert reason in line


def test_this_machine_s_memory_is_plausible():
    assert 0.1 < machine._memory_gib() < 1e5


def test_the_processor_is_named_as_linux_lists_it(tmp_path):
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor\t: 0\nmodel name\t: Some Chip 9000 @ 2 GHz\nmodel name\t: Two\n")
    assert machine._processor(listing) == "Some Chip 9000 @ 2 GHz"
    assert machine._processor(tmp_path / "none") == (platform.processor() or platform.machine())


def test_a_machine_is_recorded_with_whole_gibibytes(pretend):
    lines = pretend(8, 15.6, 0)
    assert machine.machine_record() == {
        "processor": machine._processor(),
        "cores": 8,
        "memory_gib": 16,
    }
    assert f"processor {machine._processor()}" in lines


DRAW = """
import dcl
from dcl.sampling.xoshiro import chain_states, load, uniform
print(uniform(load(chain_states(1, 1), 0))[0])
"""


def run_read_only(command, folder, **environment):
    """Run a command for which a folder and all in it, such as a home, cannot be written."""
    if os.getuid() != 0:
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
    elif shutil.which("unshare") and subprocess.run(["unshare", "-m", "true"]).returncode == 0:
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
        command = ["unshare", "-m", "sh", "-c", mount, str(folder), *command]
    else:
        pytest.skip("permissions do not bind root, and no read-only mount can be made")
    environment = {**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def test_kernels_are_compiled_where_neither_package_nor_home_can_be_written(tmp_path):
    folder = tmp_path / "read-only"
    package = Path(machine.__file__).parent
    shutil.copytree(package, folder / "dcl", ignore=shutil.ignore_patterns("__pycache__"))
    result = run_read_only(
        [sys.executable, "-c", DRAW], folder, PYTHONPATH=str(folder), HOME=str(folder)
    )
    assert result.returncode == 0, result.stderr
    assert 0 <= float(result.stdout) < 1
    remark = result.stderr.splitlines()
    assert len(remark) == 1
    assert "neither the package's folder nor the user's cache can be written" in remark[0]
    assert not Path(remark[0].partition("into ")[2].partition(" for")[0]).exists()


def test_the_doctor_says_where_kernels_are_kept(pretend, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/a/folder/of/kernels")
    lines = pretend(8, 16.0, 1)
    assert "kernels compiled into /a/folder/of/kernels" in lines
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "dcl-kernels-1"))
    assert "slow: kernels are compiled anew each time; set NUMBA_CACHE_DIR to keep them" in pretend(
        8, 16.0, 1
    )


FORK = """
import os, sys
import numba
import numpy as np
from dcl.lattice.geometry import tile_sites
from dcl.machine import Threads
from dcl.models.kernels.table_sweeps import TableSweeper
from dcl.sampling.xoshiro import chain_states

assert numba.get_num_threads() == 2
threads, count = Threads(), 512
sweeper = TableSweeper(np.arange(2**9, dtype=np.float32), tile_sites(8, 1, 1), 2)

def work():
    spins = np.ones((count, 8, 8), np.int8)
    sweeper.sweep(spins, np.zeros(count), np.ones(count), chain_states(1, count), 20)
    assert threads.map(abs) == [0, 1]
    return int(spins.sum())

expected = work()
child = os.fork()
if child == 0:
    os._exit(0 if work() == expected else 1)
sys.exit(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_kernels_on_several_threads_work_in_a_forked_process():
    # a child that waits for threads that did not come along would wait for ever
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    command = [sys.executable, "-c", FORK]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert (result.returncode, result.stderr) == (0, "")


def test_no_kernel_runs_threads_that_outlast_its_call():
    package = Path(machine.__file__).parent
    assert [path for path in package.rglob("*.py") if "parallel=True" in path.read_text()] == []
