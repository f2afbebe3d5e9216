"""Places where a command writes: checked before its work, and held until it ends."""

import contextlib
import glob
import os
from pathlib import Path

from dcl.errors import InputError
from dcl.files import alone

__all__ = ["LOCKS", "checkpoint", "output", "remove_checkpoints"]

LOCKS = contextlib.ExitStack()
"""Of the files and folders that the command writes."""


def output(out: Path, mark: str | None = None) -> Path:
    """Return the absolute path of a file to write, or of a folder known by the file `mark` in it.

    Finds out before the work whether its result can be written, and sees to it that nobody else
    writes it until the command ends.

    Raises
    ------
    InputError
        If the place holds something else, or cannot be written to, or another process writes it.
    """
    path = Path(os.path.abspath(out))
    if mark is None and path.is_dir():
        raise InputError(f"{out}: found a folder, expected a name for a file")
    if mark and not _replaceable(path, mark):
        raise InputError(f"{out}: found something else, expected a new name or an older model")
    if not path.parent.is_dir():
        raise InputError(f"{out}: found no folder {path.parent}, expected one to write to")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{out}: found no permission to write, expected a folder to write to")
    LOCKS.enter_context(alone(path.parent / f".{path.name}.dcl-lock", wait=False))
    return path


def _replaceable(path: Path, mark: str) -> bool:
    if not path.is_dir():
        return not path.exists()
    return (path / mark).is_file() or not any(path.iterdir())


def checkpoint(out: Path) -> Path:
    """Return the place of the checkpoint of a training, beside its result."""
    return out.parent / f".{out.name}.checkpoint.npz"


def remove_checkpoints(out: Path) -> None:
    """Remove the checkpoints of all trainings that led to a result."""
    for path in out.parent.glob(f"*.{glob.escape(out.name)}.checkpoint*.npz"):
        path.unlink()
