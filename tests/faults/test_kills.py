"""SIGKILL at random moments of training, distilling, scanning and writing.

After each kill nothing that was finished is lost, and the rerun ends with the numbers of a run that
was left alone. ``make faults`` kills each stage 20 times, ``make test`` once (`DCL_KILLS`).
"""

import json
import multiprocessing
import os
import shutil
import time
import zipfile

import numpy as np
import pytest
from victims import make, write

KILLS = int(os.environ.get("DCL_KILLS", "1"))
LONGEST = 240
"""Seconds that a process may take on a busy machine."""

TINY = """
[system]
name = "ising"
size = 4
[snapshots]
temperature = 4.0
count = 1000
burn_in = 20
chains = 64
[gru]
units = 4
skip_seen = 20000
configurations_seen = 10000
batch_size = 100
[ednn]
drawn = 500
patterned = 500
passes = 10
batch_size = 100
[scan_gru]
temperatures = "2,4"
[scan_ednn]
temperatures = "2:4:0.5"
chains = 4
sweeps = 2000
burn_in = 10
"""
BEFORE = {"gru": ["snapshots"], "ednn": ["snapshots", "gru"], "scan_ednn": ["gru", "ednn"]}

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    ["dcl.learning.distillation", "dcl.learning.sequence", "dcl.analysis.thermodynamics"]
)


def start(target, *arguments):
    """A process that runs a victim, and the end of its pipe; it is ready when this returns."""
    here, there = processes.Pipe()
    process = processes.Process(target=target, args=(*arguments, there))
    process.start()
    there.close()
    assert here.poll(LONGEST), "the process did not start"
    assert here.recv() == "ready"
    return process, here


def told(pipe):
    """What a process said before it ended."""
    words = []
    while pipe.poll(LONGEST):
        try:
            words.append(pipe.recv())
        except EOFError:
            break
    return words


def finish(target, *arguments):
    """Let a victim end by itself; seconds from ready to done."""
    process, pipe = start(target, *arguments)
    begun = time.monotonic()
    words = told(pipe)
    process.join(LONGEST)
    assert words[-1] == "done"
    return time.monotonic() - begun


def kill(delay, target, *arguments):
    """Kill a victim after some seconds; what it said before."""
    process, pipe = start(target, *arguments)
    time.sleep(delay)
    process.kill()
    process.join()
    return told(pipe)


def results(root):
    return root / "results" / "smoke" / "tiny"


def numbers(folder):
    """All that a stage found: without times, and with the weights of the network."""
    found = {path.name: path.read_bytes() for path in folder.glob("*.*") if path.stem != "manifest"}
    if (folder / "model").is_dir():
        with zipfile.ZipFile(folder / "model" / "network.keras") as archive:
            found["weights"] = archive.read("model.weights.h5")
        found["metrics"] = json.loads((folder / "model" / "model.json").read_text())["metrics"]
    return found


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A repository with every stage, none of which was killed, and the seconds of each."""
    root = tmp_path_factory.mktemp("undisturbed")
    (root / "experiments").mkdir()
    (root / "experiments" / "tiny.toml").write_text(TINY)
    (root / "pyproject.toml").touch()
    finish(make, root, "snapshots")
    return root, {stage: finish(make, root, stage) for stage in BEFORE}


@pytest.mark.parametrize("stage", BEFORE)
def test_a_killed_stage_ends_as_if_it_had_not_been_killed(undisturbed, tmp_path, stage):
    whole, seconds = undisturbed
    moments = np.random.default_rng(1).uniform(0, seconds[stage], KILLS)
    begun = 0
    for number, moment in enumerate(moments):
        root = tmp_path / str(number)
        shutil.copytree(whole / "experiments", root / "experiments")
        (root / "pyproject.toml").touch()
        for name in BEFORE[stage]:
            shutil.copytree(results(whole) / name, results(root) / name)
        before = contents(results(root))
        finished = kill(moment, make, root, stage) == ["done"]
        begun += (results(root) / "checkpoints").exists() and not finished
        assert before.items() <= contents(results(root)).items(), "a finished stage is lost"
        if (results(root) / stage).exists():
            assert numbers(results(root) / stage) == numbers(results(whole) / stage)
        finish(make, root, stage)
        assert numbers(results(root) / stage) == numbers(results(whole) / stage)
        assert before.items() <= contents(results(root)).items()
        drafts = list(results(root).rglob("*.draft-*"))
        assert drafts == [], "what was half written is still there"
        shutil.rmtree(root)
    print(f"{stage}: {KILLS} of {KILLS} kills survived, {begun} of them in a training")


def version(path):
    """The number that a file of one version is full of."""
    values = np.load(path, allow_pickle=False)
    assert values.min() == values.max(), f"{path} is half of one version and half of another"
    return int(values[0])


def test_a_killed_write_leaves_one_version_whole(tmp_path):
    seconds = finish(write, tmp_path, 100)
    seen = set()
    for moment in np.random.default_rng(2).uniform(0, seconds, KILLS):
        shutil.rmtree(tmp_path / "model")
        (tmp_path / "numbers.npy").unlink()
        words = kill(moment, write, tmp_path, 100)
        written = max((word for word in words if word != "done"), default=0)
        folder, file = tmp_path / "model", tmp_path / "numbers.npy"
        if written:
            versions = {version(folder / name) for name in ("a.npy", "b.npy", "c.npy")}
            assert len(versions) == 1
            assert versions <= {written, written + 1}
            assert version(file) in (written, written + 1)
        seen.add(written)
        finish(write, tmp_path, 1)
        assert {path.name for path in tmp_path.iterdir()} == {"model", "numbers.npy"}
    print(f"writing: {KILLS} of {KILLS} kills survived, after {sorted(seen)} versions")
