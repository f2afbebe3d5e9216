"""Runs on disk, with stages that write a line of text: what is made, made anew, left behind."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dcl.errors import InputError
from dcl.files import file_hash, json_hash
from dcl.machine import machine_record
from dcl.runs.experiment import load_experiment
from dcl.runs.run import Run, Stage

ROOT = Path(__file__).parents[2]
EXPERIMENT = load_experiment("ising", "smoke", root=ROOT)


class Workshop:
    """Stages a -> b -> c and a lone one, `fail`; counts how often each is made."""

    def __init__(self, root):
        self.root = root
        self.made = []
        self.failing = False
        self.stages = {
            "a": Stage(self.maker("a"), lambda e: {"seed": e.snapshots.seed}),
            "b": Stage(self.maker("b"), lambda e: {"units": e.gru.units}, ("a",)),
            "c": Stage(self.maker("c"), lambda e: {"size": (e.system.size,)}, ("b", "absent")),
            "absent": Stage(self.maker("absent"), lambda e: None),
        }

    def maker(self, name):
        def make(run, folder):
            self.made.append(name)
            read = [(run.stage(other) / "text").read_text() for other in self.stages[name].inputs
                    if other in run.stage_names]  # fmt: skip
            config = self.stages[name].config(run.experiment)
            (folder / "text").write_text(f"{name} {config} of {read}")
            (folder / "deep").mkdir()
            (folder / "deep" / "more").write_text("more")
            if self.failing:
                raise RuntimeError("the maker failed")

        return make

    def run(self, experiment=EXPERIMENT, variant=""):
        """A run as a new process would see it."""
        self.made.clear()
        return Run(experiment, self.stages, variant, self.root)


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_a_stage_is_made_once_with_all_that_it_needs(workshop):
    run = workshop.run()
    folder = run.stage("c")
    assert folder == workshop.root / "results" / "smoke" / "ising" / "c"
    assert workshop.made == ["a", "b", "c"]
    run.stage("c")
    assert workshop.made == ["a", "b", "c"]
    before = contents(run.folder)
    workshop.run().stage("c")
    assert workshop.made == []
    assert contents(run.folder) == before


def test_only_what_is_asked_for_is_made(workshop):
    run = workshop.run()
    assert not run.folder.exists()
    run.stage("a")
    assert workshop.made == ["a"]


def test_a_stage_that_the_experiment_has_not_is_refused(workshop):
    run = workshop.run()
    assert run.stage_names == ("a", "b", "c")
    for name in ("absent", "d", "", "../a"):
        with pytest.raises(InputError, match=r"^stage: found .*, expected one of a, b, c$"):
            run.stage(name)
    assert not run.folder.exists()


def test_a_manifest_says_what_a_stage_depends_on(workshop):
    folder = workshop.run().stage("b")
    manifest = manifest_of(folder)
    assert manifest["stage"] == "b"
    assert manifest["config"] == {"units": EXPERIMENT.gru.units}
    assert list(manifest["inputs"]) == ["a"]
    assert manifest["files"] == {name: file_hash(folder / name) for name in ("text", "deep/more")}
    assert {"keras", "numba", "numpy", "tensorflow"} <= set(manifest["versions"])
    assert manifest["machine"] == machine_record()
    assert manifest["wall_seconds"] >= 0
    assert manifest["finished"]
    assert manifest_of(folder.with_name("a"))["config"] == {"seed": EXPERIMENT.snapshots.seed}


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        ("snapshots", {"seed": 99}, ["a", "b", "c"]),
        ("gru", {"units": 99}, ["b", "c"]),
        ("system", {"size": 4}, ["c"]),
        ("levels", {"seed": 99}, []),
    ],
)
def test_a_change_makes_anew_the_stages_that_depend_on_it(workshop, part, change, expected):
    workshop.run().stage("c")
    changed = load_experiment("ising", "smoke", {part: change}, ROOT)
    folder = workshop.run(changed).stage("c")
    assert workshop.made == expected
    assert (str(next(iter(change.values()))) in (folder / "text").read_text()) == bool(expected)
    workshop.run(changed).stage("c")
    assert workshop.made == []


def test_a_stage_made_anew_with_the_same_result_spares_those_after_it(workshop):
    folder = workshop.run().stage("c")
    (folder.with_name("a") / "text").write_text("tampered")
    workshop.run().stage("c")
    assert workshop.made == ["a"]


def damage_manifest(text):
    def damage(folder):
        (folder / "manifest.json").write_bytes(text)

    return damage


def forget(key):
    def damage(folder):
        manifest = manifest_of(folder)
        del manifest[key]
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return damage


DAMAGE = {
    "a file tampered with": lambda folder: (folder / "text").write_text("tampered"),
    "a file deleted": lambda folder: (folder / "deep" / "more").unlink(),
    "the manifest deleted": lambda folder: (folder / "manifest.json").unlink(),
    "the manifest cut short": damage_manifest(b'{"stage": "b", "config'),
    "the manifest empty": damage_manifest(b""),
    "the manifest not text": damage_manifest(b"\xff\xfe\x00"),
    "the manifest of another kind": damage_manifest(b"[1, 2]"),
    "no configuration": forget("config"),
    "no hashes": forget("files"),
    "no wall time": forget("wall_seconds"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_stage_is_made_anew(workshop, damage):
    folder = workshop.run().stage("c").with_name("b")
    before = contents(folder)
    damage(folder)
    workshop.run().stage("c")
    assert workshop.made == ["b"]
    after = contents(folder)
    assert {**after, "manifest.json": b""} == {**before, "manifest.json": b""}


def test_hashes_that_are_no_table_are_a_damage(workshop):
    folder = workshop.run().stage("a")
    manifest = {**manifest_of(folder), "files": 3, "manifest_sha256": None}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    workshop.run().stage("a")
    assert workshop.made == ["a"]


def test_a_stage_says_on_standard_error_why_it_is_made(workshop, capsys):
    folder = workshop.run().stage("a")
    (folder / "text").write_text("tampered")
    workshop.run().stage("a")
    output = capsys.readouterr()
    assert output.out == ""
    first, second = output.err.splitlines()
    assert first == f"{folder}: making this stage, as it is missing"
    tampered, honest = file_hash_of(b"tampered"), file_hash(folder / "text")
    assert second == (
        f"{folder}: making this stage, as text: found {tampered}, expected {honest} as in its "
        "manifest"
    )


def file_hash_of(content):
    return hashlib.sha256(content).hexdigest()


def test_a_manifest_tampered_with_is_told_with_both_hashes(workshop, capsys):
    folder = workshop.run().stage("a")
    manifest = manifest_of(folder)
    honest = manifest.pop("manifest_sha256")
    manifest["wall_seconds"] = 1e6
    tampered = json_hash(manifest)
    (folder / "manifest.json").write_text(json.dumps({**manifest, "manifest_sha256": honest}))
    workshop.run().stage("a")
    reason = capsys.readouterr().err.splitlines()[-1].partition(", as ")[2]
    assert reason == f"manifest.json: found {tampered}, expected {honest} as it says itself"
    assert manifest_of(folder)["wall_seconds"] < 1e6


def test_a_manifest_of_the_first_version_is_read(workshop):
    folder = workshop.run().stage("a")
    manifest = manifest_of(folder)
    del manifest["manifest_sha256"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    workshop.run().stage("a")
    assert workshop.made == []


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".locks")


def test_a_failure_leaves_the_old_stage_and_no_draft(workshop):
    folder = workshop.run().stage("a")
    before = contents(folder)
    changed = replace(EXPERIMENT, snapshots=replace(EXPERIMENT.snapshots, seed=99))
    workshop.failing = True
    with pytest.raises(RuntimeError, match="the maker failed"):
        workshop.run(changed).stage("a")
    assert contents(folder) == before
    assert visible(folder.parent) == ["a"]
    workshop.failing = False
    workshop.run(changed).stage("a")
    assert workshop.made == ["a"]


def test_a_variant_has_a_folder_of_its_own(workshop):
    assert workshop.run(variant="few").stage("a").parent.name == "ising-few"
    workshop.run().stage("a")
    assert workshop.made == ["a"]


def test_checkpoints_are_there_while_a_stage_is_made_and_gone_after(workshop):
    run = workshop.run()
    path = run.checkpoint("a")
    for name in (path.name, f"skip-{path.name}", f".{path.stem}-x{path.suffix}"):
        path.with_name(name).write_text("weights")
    other = run.checkpoint("b")
    other.write_text("weights")
    run.stage("a")
    assert not path.parent.exists()
    assert other.exists()


def test_the_wall_time_is_that_of_the_manifests(workshop):
    run = workshop.run()
    total = sum(manifest_of(run.stage(name))["wall_seconds"] for name in ("a", "b"))
    assert run.wall_seconds("a", "b") == pytest.approx(total)


def test_a_results_folder_that_cannot_be_made_is_the_user_s_mistake(workshop):
    (workshop.root / "results").write_text("a file")
    with pytest.raises(InputError, match="expected a folder that can be written to"):
        workshop.run().stage("a")
    assert (workshop.root / "results").read_text() == "a file"
    assert workshop.made == []


SLOW = """
import sys, time
from pathlib import Path
from dcl.runs.experiment import load_experiment
from dcl.runs.run import Run, Stage

root, go = Path(sys.argv[1]), Path(sys.argv[1]) / "go"

def make(run, folder):
    (folder / "text").write_text("half")
    run.checkpoint("a").write_text("weights")
    print("half made", flush=True)
    while not go.exists():
        time.sleep(0.01)
    (folder / "text").write_text("whole")

experiment = load_experiment("ising", "smoke", root=Path(sys.argv[2]))
run = Run(experiment, {"a": Stage(make, lambda e: {})}, root=root)
print("ready", flush=True)
print((run.stage("a") / "text").read_text(), flush=True)
"""


def slow_process(root):
    """A process that makes a stage and waits in the middle for the file `go`."""
    command = [sys.executable, "-c", SLOW, str(root), str(ROOT)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_run_that_was_killed_starts_again_and_finishes(tmp_path):
    process = slow_process(tmp_path)
    assert process.stdout.readline() == "half made\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    folder = tmp_path / "results" / "smoke" / "ising"
    assert not (folder / "a").exists()
    assert (folder / "checkpoints" / "a").is_dir(), "is what the next attempt goes on from"
    (tmp_path / "go").touch()
    assert slow_process(tmp_path).communicate(timeout=60)[0] == "half made\nwhole\n"
    assert visible(folder) == ["a", "checkpoints"]
    assert visible(folder / "checkpoints") == []


def test_two_processes_make_a_stage_once(tmp_path):
    first = slow_process(tmp_path)
    assert first.stdout.readline() == "half made\n"
    second = slow_process(tmp_path)
    time.sleep(0.5)  # in which it would begin, as it is ready
    (tmp_path / "go").touch()
    assert second.communicate(timeout=60)[0] == "whole\n"
    assert first.communicate(timeout=60)[0] == "whole\n"
