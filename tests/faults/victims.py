"""What is killed: each function is run in a process of its own, forked from a prepared one."""

from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from dcl.files import new_file, new_folder
from dcl.runs.stages import open_run

SIZE = 100_000
"""Numbers in each file, so that writing takes a while."""


def make(root: Path, stage: str, parent: Connection) -> None:
    """Make a stage of the experiment `tiny`, and all that it needs."""
    parent.send("ready")
    open_run("tiny", "smoke", root=root).stage(stage)
    parent.send("done")


def write(root: Path, versions: int, parent: Connection) -> None:
    """Write versions of a folder of three files and of a file, and tell of each that is there."""
    parent.send("ready")
    for version in range(1, versions + 1):
        values = np.full(SIZE, version)
        with new_folder(root / "model") as draft:
            for name in ("a.npy", "b.npy", "c.npy"):
                np.save(draft / name, values)
        with new_file(root / "numbers.npy") as draft, draft.open("wb") as stream:
            np.save(stream, values)
        parent.send(version)
    parent.send("done")
