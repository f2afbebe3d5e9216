"""Files appear whole or not at all: written beside their place, then renamed into it.

A draft lies beside its place as ``.NAME.draft-*`` and is locked by the process that writes it.
What a killed process leaves there is removed when the same file or folder is written again.
"""

import contextlib
import ctypes
import errno
import fcntl
import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dcl.errors import InputError

__all__ = [
    "alone", "file_hash", "json_hash", "new_file", "new_folder", "read_json", "write_json"
]  # fmt: skip

_REFUSALS = {
    errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS
}  # fmt: skip
"""Errors of a system that refuses to write, for the user to mend; no fault of the program."""


class _UnwritableError(InputError):
    """A path that cannot be written to, and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: found {reason}, expected a folder that can be written to")
        self.reason = reason


@contextlib.contextmanager
def _refusals_named(path: Path) -> Iterator[None]:
    """Turn what the system refuses into one line about the path."""
    try:
        yield
    except _UnwritableError as error:
        raise _UnwritableError(path, error.reason) from None
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        raise _UnwritableError(path, _reason(error)) from None


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `path` when the block ends without an error.

    Parameters
    ----------
    path : Path
        Place where the file is to appear; its parent folder must exist.

    Yields
    ------
    Path
        The draft to write, in the same folder and with the same suffix.

    Raises
    ------
    InputError
        If the parent folder does not exist or cannot be written to, or `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: found a folder, expected a name for a file")

    def make(prefix: str) -> str:
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        return name

    with _draft(path, path.stem, make) as draft:
        draft.chmod(0o644)
        yield draft
        os.replace(draft, path)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that replaces `path` when the block ends without an error.

    Parameters
    ----------
    path : Path
        Place where the folder is to appear; missing parents are made.

    Yields
    ------
    Path
        The empty draft to fill, in the same folder.

    Raises
    ------
    InputError
        If the parent folder cannot be written to, if `path` is a file, or if it is a folder with
        files none of which the new one has: it is then not an earlier version of the same.
    """
    path = Path(path)
    if path.is_file():
        raise InputError(f"{path}: found a file, expected a name for a folder")

    def make(prefix: str) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkdtemp(prefix=prefix, dir=path.parent)

    with _draft(path, path.name, make) as draft:
        draft.chmod(0o755)
        yield draft
        if path.exists():
            _check_replaceable(path, draft)
            _exchange(draft, path)
        else:
            os.replace(draft, path)


@contextlib.contextmanager
def _draft(path: Path, name: str, make: Callable[[str], str]) -> Iterator[Path]:
    """Yield a new draft of `path`, locked while the block lasts; remove those that nobody locks.

    `make` gets the beginning of the draft's name, makes it, and returns its path.
    """
    prefix = f".{name}.draft-"
    for other in path.parent.glob(f"{glob.escape(prefix)}*"):
        with contextlib.suppress(OSError):
            handle = os.open(other, os.O_RDONLY)
            if _lock(handle, wait=False):
                _remove(other)
            os.close(handle)
    while True:
        try:
            draft = Path(make(prefix))
        except OSError as error:
            raise _UnwritableError(path, _reason(error)) from None
        with contextlib.suppress(FileNotFoundError):  # another process took it for abandoned
            handle = os.open(draft, os.O_RDONLY)
            _lock(handle, wait=True)
            if draft.exists():
                break
            os.close(handle)
    try:
        with _refusals_named(path):
            yield draft
    finally:
        _remove(draft)
        os.close(handle)


def _remove(draft: Path) -> None:
    """Remove a file, a folder or a link, if it is there."""
    shutil.rmtree(draft, ignore_errors=True)
    with contextlib.suppress(OSError):
        draft.unlink()


def _lock(handle: int, wait: bool) -> bool | None:
    """Lock an open file: False if another process holds it, None if there are no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _exchange(draft: Path, path: Path) -> None:
    """Let two folders change places, in one step where the system has one (Linux)."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:
        rename = None
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if rename and not rename(here, os.fsencode(draft), here, os.fsencode(path), exchange):
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.draft-", dir=path.parent))
    os.replace(path, old / path.name)
    os.replace(draft, path)
    shutil.rmtree(old)


@contextlib.contextmanager
def alone(path: Path, wait: bool) -> Iterator[None]:
    """Hold a lock, so that one process at a time does what it guards.

    The lock of a killed process is free, and file systems without locks let everyone in.

    Parameters
    ----------
    path : Path
        A file that is there while the lock is held; missing parents are made.
    wait : bool
        Wait for another process that holds the lock instead of refusing.

    Raises
    ------
    InputError
        If the folder cannot be written to, or another process holds the lock and `wait` is False.
    """
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _UnwritableError(path.parent, _reason(error)) from None
        if _lock(handle, wait) is False:
            os.close(handle)
            raise InputError(
                f"{path}: found a lock that another process holds, expected it to end first"
            )
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                break
        os.close(handle)  # its holder has ended and removed it meanwhile
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _check_replaceable(path: Path, draft: Path) -> None:
    old, new = ({entry.name for entry in folder.iterdir()} for folder in (path, draft))
    if old and not old & new:
        raise InputError(
            f"{path}: found a folder with other files, expected a new name, an empty folder or an "
            "earlier version"
        )


def _reason(error: OSError) -> str:
    return (error.strerror or "an error").lower()


def file_hash(path: Path) -> str:
    """Hash a file's bytes: SHA-256 in hexadecimal.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     file_hash(Path(file.name))[:8]
    'e3b0c442'
    """
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def json_hash(value: Any) -> str:
    """Hash a value as JSON with sorted keys and no spaces: SHA-256 in hexadecimal.

    Examples
    --------
    >>> json_hash({})[:8]
    '44136fa3'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically, indented, with a final newline."""
    with new_file(Path(path)) as draft:
        draft.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    InputError
        If the file is missing or is not a JSON object.
    """
    try:
        value = json.loads(Path(path).read_text())
    except FileNotFoundError:
        raise InputError(f"{path}: found no such file, expected a JSON file") from None
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"{path}: found unreadable text ({error}), expected JSON") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: found a JSON {type(value).__name__}, expected an object")
    return value
