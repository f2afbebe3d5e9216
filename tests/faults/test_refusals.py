"""A full disk, a folder that is read-only, two runs at once, a clock set back, a loss of NaN."""

import contextlib
import errno
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dcl.cli import main
from dcl.errors import InputError, TrainingDivergedError
from dcl.files import alone, new_file, new_folder, write_json
from dcl.lattice.configurations import random_configurations
from dcl.lattice.snapshot_files import load_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.runs.experiment import load_experiment
from dcl.runs.run import Run, Stage

ROOT = Path(__file__).parents[2]
SPINS = random_configurations(2000, 8, 2, seed=1)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- a disk that is full ---


@contextlib.contextmanager
def largest_file():
    """No file grows beyond 64 kB here; outside, that of the tests' own output may."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture(params=["largest file", "small disk"])
def small(request, tmp_path):
    """A folder, and a context in which it holds no more than some 64 kB."""
    if request.param == "largest file":
        yield tmp_path, largest_file
        return
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs the superuser")
    yield tmp_path, contextlib.nullcontext
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_is_named_and_nothing_is_lost(small):
    folder, limited = small
    path = folder / "snapshots.npz"
    message = r"^\S*snapshots.npz: found (no space|file too large)"
    save_snapshots(Snapshots(SPINS[:100], 4.0), path)
    with limited(), pytest.raises(InputError, match=message):
        save_snapshots(Snapshots(SPINS, 4.0), path)
    assert len(load_snapshots(path).configurations) == 100
    assert names(folder) == ["snapshots.npz"]


def test_a_full_disk_leaves_the_old_folder(small):
    place, limited = small
    folder = place / "model"
    with new_folder(folder) as draft:
        write_json(draft / "model.json", {"version": 1})
    message = r"^\S*/model: found (no space|file too large)[^\n]*$"
    with limited(), pytest.raises(InputError, match=message), new_folder(folder) as draft:
        write_json(draft / "model.json", {"version": 2, "values": [0.125] * 100_000})
    assert json.loads((folder / "model.json").read_text()) == {"version": 1}
    assert names(place) == ["model"]


def test_a_saved_network_that_does_not_fit_is_named(small, sequence_energy):
    folder, limited = small
    model = sequence_energy(size=8, network={"units": 64})
    message = r"model: found (no space|file too large)[^\n]*$"
    with limited(), pytest.raises(InputError, match=message):
        model.save(folder / "model")
    assert names(folder) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_the_command_line_says_so_in_one_line(tmp_path, monkeypatch, capsys, code):
    def refuse(*_arguments, **_options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(np, "savez", refuse)
    command = ["sample", "ising", "--size", "4", "--count", "10", "--temperature", "4", "--out"]
    with pytest.raises(SystemExit) as ended:
        main([*command, str(tmp_path / "a.npz")])
    assert ended.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"dcl: {tmp_path / 'a.npz'}: found {os.strerror(code).lower()}")
    assert names(tmp_path) == []


def test_other_errors_are_not_taken_for_a_full_disk(tmp_path):
    with pytest.raises(FileNotFoundError), new_file(tmp_path / "a.npy"):
        (tmp_path / "nowhere" / "b.npy").read_bytes()


# --- a folder that nobody may write to ---


def write_into(folder):
    """As a user without privileges: what happened, in one line."""
    if os.geteuid() == 0:
        os.setuid(65534)
    for make in (new_file, new_folder):
        with pytest.raises(InputError, match="found permission denied, expected a folder"):
            make(folder / "out.npz").__enter__()
    with pytest.raises(InputError, match="found permission denied, expected a folder"):
        alone(folder / ".lock", wait=False).__enter__()


def test_a_read_only_folder(tmp_path):
    for folder in (tmp_path, *(p for p in tmp_path.parents if "pytest-of-" in str(p))):
        folder.chmod(0o755)
    tmp_path.chmod(0o555)
    process = multiprocessing.get_context("fork").Process(target=write_into, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert names(tmp_path) == []


# --- two runs in one folder ---

HOLD = """
import sys
from pathlib import Path
from dcl.files import alone
with alone(Path(sys.argv[1]), wait=True):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextlib.contextmanager
def held(lock):
    """Another process that holds a lock until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    try:
        yield process
    finally:
        process.communicate()


def test_the_second_of_two_runs_is_refused(tmp_path, capsys):
    command = f"sample ising --size 4 --count 10 --temperature 4 --out {tmp_path / 'a.npz'}".split()
    with held(tmp_path / ".a.npz.dcl-lock"):
        with pytest.raises(SystemExit) as ended:
            main(command)
        assert ended.value.code == 2
        assert "found a lock that another process holds" in capsys.readouterr().err
        assert not (tmp_path / "a.npz").exists()
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert not ended.value.code
    assert names(tmp_path) == ["a.npz"]


def test_the_lock_of_a_killed_run_is_free(tmp_path):
    lock = tmp_path / ".lock"
    with held(lock) as process:
        process.kill()
        process.wait()
        assert lock.exists()
        with alone(lock, wait=False):
            pass
    assert names(tmp_path) == []


def test_many_processes_are_alone_one_after_the_other(tmp_path):
    """Each adds one to a number that it reads first."""
    (tmp_path / "number").write_text("0")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=add_one, args=(tmp_path,)) for _ in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert (tmp_path / "number").read_text() == "60"


def add_one(folder):
    for _ in range(10):
        with alone(folder / "lock", wait=True):
            number = int((folder / "number").read_text())
            time.sleep(0.001)
            (folder / "number").write_text(str(number + 1))


def test_drafts_of_the_dead_are_removed_and_those_of_the_living_are_not(tmp_path):
    path = tmp_path / "a.npz"
    (tmp_path / ".a.draft-dead.npz").write_text("half")
    with new_file(path) as mine:
        assert names(tmp_path) == [mine.name]
        with new_file(path) as other:
            other.write_text("other")
            assert mine.exists()
        mine.write_text("mine")
    assert path.read_text() == "mine"
    (tmp_path / ".b.draft-dead").mkdir()
    with new_folder(tmp_path / "b"):
        pass
    assert names(tmp_path) == ["a.npz", "b"]


# --- a clock that is set back ---


def test_a_clock_set_back_changes_nothing(tmp_path, monkeypatch):
    """Files from the future are as good as others, and no time is negative."""
    made = []

    def make(run, folder):
        made.append(time.time())
        (folder / "text").write_text("text")

    experiment = load_experiment("ising", "smoke", root=ROOT)

    def stage():
        return Run(experiment, {"a": Stage(make, lambda e: {})}, root=tmp_path).stage("a")

    folder = stage()
    future = time.time() + 10**9
    for path in [folder, *folder.iterdir()]:
        os.utime(path, (future, future))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    stage()
    assert len(made) == 1
    (folder / "text").unlink()
    stage()
    assert made[1] == 0.0
    assert json.loads((folder / "manifest.json").read_text())["wall_seconds"] >= 0


# --- a loss that is not a number ---


def test_a_diverged_training_ends_with_one_line(tmp_path, monkeypatch, capsys):
    """That the last good weights are kept is shown in tests/learning/test_training.py."""
    import dcl.learning.sequence

    def diverge(*_arguments, checkpoint, **_options):
        raise TrainingDivergedError(f"training: found a loss of nan, kept in {checkpoint}")

    monkeypatch.setattr(dcl.learning.sequence, "fit_sequence", diverge)
    save_snapshots(Snapshots(SPINS[:20], 4.0), tmp_path / "a.npz")
    with pytest.raises(SystemExit) as ended:
        main(["fit", str(tmp_path / "a.npz"), "--out", str(tmp_path / "model")])
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("dcl: training: found a loss of nan")
    assert names(tmp_path) == ["a.npz"]
