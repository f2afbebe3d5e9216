"""A run: the stages of an experiment as folders on disk, each made once.

`results/<profile>/<experiment>/<stage>/` holds a stage's files and `manifest.json`: its own
parameters, the hashes of its inputs, of its files and of itself, the versions, the machine and the
wall time. A stage whose manifest still matches is not made again; one that does not match is. A
stage is written to a temporary folder and renamed; long trainings leave checkpoints in
`checkpoints/` meanwhile. Two processes never make the same stage at once: the second waits and
finds it made.
"""

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dcl.errors import InputError
from dcl.files import alone, file_hash, json_hash, new_folder, read_json, write_json
from dcl.machine import machine_record
from dcl.runs.configuration import Experiment
from dcl.runs.experiment import find_root

__all__ = ["Run", "Stage"]

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Stage:
    """One step of an experiment.

    Parameters
    ----------
    make : callable
        (run, folder) fills the folder with the stage's files.
    config : callable
        Experiment to the parameters that the files depend on, or None if the experiment has no
        such stage.
    inputs : tuple of str
        Stages that this one reads, where the experiment has them.
    """

    make: "Callable[[Run, Path], None]"
    config: Callable[[Experiment], dict[str, Any] | None]
    inputs: tuple[str, ...] = ()


class Run:
    """An experiment's stages on disk.

    Parameters
    ----------
    experiment : Experiment
    stages : dict of Stage
        In the order in which they can be made.
    variant : str
        Added to the folder's name, for an experiment with changes.
    root : Path, optional
        The repository; found from the current folder upwards otherwise.
    """

    def __init__(
        self,
        experiment: Experiment,
        stages: dict[str, Stage],
        variant: str = "",
        root: Path | None = None,
    ) -> None:
        name = f"{experiment.name}-{variant}" if variant else experiment.name
        self.experiment = experiment
        self.folder = (root or find_root()) / "results" / experiment.profile / name
        self._stages = {k: s for k, s in stages.items() if s.config(experiment) is not None}
        self._ready: set[str] = set()

    @property
    def stage_names(self) -> tuple[str, ...]:
        """The stages that this experiment has."""
        return tuple(self._stages)

    def stage(self, name: str) -> Path:
        """The folder of a finished stage, made now if it is missing or out of date.

        Raises
        ------
        InputError
            If the experiment has no such stage, or its folder cannot be written to.
        """
        if name not in self._stages:
            raise InputError(f"stage: found {name!r}, expected one of {', '.join(self._stages)}")
        folder = self.folder / name
        if name not in self._ready:
            expected = self._expected(name)
            if _fault(folder, expected):
                with alone(self.folder / ".locks" / name, wait=True):
                    self._make(name, folder, expected)
            self._ready.add(name)
        return folder

    def fault(self, name: str) -> str | None:
        """Say why a stage would be made if it were asked for, or None; nothing is made now."""
        folder = self.folder / name
        if not (folder / MANIFEST).is_file():
            return _MISSING
        present = [other for other in self._stages[name].inputs if other in self._stages]
        if any(self.fault(other) for other in present):
            return "one of its inputs is missing or out of date"
        return _fault(folder, self._expected(name))

    def needed(self, *names: str) -> tuple[str, ...]:
        """The stages and all that they need, in the order in which they can be made."""
        wanted = set(names)
        for name in reversed(self._stages):
            if name in wanted:
                wanted |= set(self._stages[name].inputs)
        return tuple(name for name in self._stages if name in wanted)

    def checkpoint(self, name: str) -> Path:
        """Name the file where a stage's training leaves its checkpoints."""
        folder = self._workshop(name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "training.npz"

    def _workshop(self, name: str) -> Path:
        return self.folder / "checkpoints" / name

    def wall_seconds(self, *names: str) -> float:
        """Time that the stages took when they were made, in seconds."""
        return float(sum(read_json(self.stage(name) / MANIFEST)["wall_seconds"] for name in names))

    def _expected(self, name: str) -> dict[str, Any]:
        """Collect what the manifest must say: parameters, inputs, version."""
        stage = self._stages[name]
        present = [other for other in stage.inputs if other in self._stages]
        inputs = {other: _digest(self.stage(other)) for other in present}
        config = json.loads(json.dumps(stage.config(self.experiment)))
        return {"stage": name, "config": config, "inputs": inputs, "dcl": version("dcl")}

    def _make(self, name: str, folder: Path, expected: dict[str, Any]) -> None:
        reason = _fault(folder, expected)
        if reason is None:
            return
        print(f"{folder}: making this stage, as {reason}", file=sys.stderr, flush=True)
        start = time.monotonic()
        with new_folder(folder) as draft:
            self._stages[name].make(self, draft)
            files = sorted(path for path in draft.rglob("*") if path.is_file())
            manifest = {
                **expected,
                "files": {str(path.relative_to(draft)): file_hash(path) for path in files},
                "versions": {package: version(package) for package in _PACKAGES},
                "machine": machine_record(),
                "wall_seconds": round(time.monotonic() - start, 3),
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            write_json(draft / MANIFEST, {**manifest, "manifest_sha256": json_hash(manifest)})
        shutil.rmtree(self._workshop(name), ignore_errors=True)


_MISSING = "it is missing"
_PACKAGES = ("keras", "numba", "numpy", "tensorflow")


def _fault(folder: Path, expected: dict[str, Any]) -> str | None:
    """Say why a stage's folder cannot be used, or None."""
    if not (folder / MANIFEST).is_file():
        return _MISSING
    try:
        manifest = read_json(folder / MANIFEST)
        signature = manifest.pop("manifest_sha256", None)
        files = dict(manifest["files"])
        float(manifest["wall_seconds"])
    except (InputError, KeyError, TypeError, ValueError):
        return "its manifest is damaged"
    if signature not in (None, json_hash(manifest)):  # manifests of version 0.1.0 have none
        return f"{MANIFEST}: found {json_hash(manifest)}, expected {signature} as it says itself"
    if any(manifest.get(key) != value for key, value in expected.items()):
        return "its parameters or inputs changed"
    for name, digest in files.items():
        found = file_hash(folder / name) if (folder / name).is_file() else "no file"
        if found != digest:
            return f"{name}: found {found}, expected {digest} as in its manifest"
    return None


def _digest(folder: Path) -> str:
    files = read_json(folder / MANIFEST)["files"]
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
