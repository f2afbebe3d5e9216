"""Files appear whole or not at all: written beside their place, then renamed into it."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dcl.errors import InputError

__all__ = ["file_hash", "new_file", "new_folder", "read_json", "write_json"]


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that replaces it when the block ends without an error.

    Parameters
    ----------
    path : Path
        Where the file is to appear; its parent folder must exist.

    Yields
    ------
    Path
        Where to write. It has the same suffix.

    Raises
    ------
    InputError
        If the parent folder does not exist or cannot be written to, or `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: found a folder, expected a name for a file")
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent
        )
    except OSError as error:
        raise InputError(
            f"{path}: found {_reason(error)}, expected a folder that can be written to"
        ) from None
    os.close(handle)
    os.chmod(name, 0o644)
    try:
        yield Path(name)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` that replaces it when the block ends without an error.

    Parameters
    ----------
    path : Path
        Where the folder is to appear; missing parents are made.

    Yields
    ------
    Path
        The empty folder to fill.

    Raises
    ------
    InputError
        If the parent folder cannot be written to, if `path` is a file, or if it is a folder with
        files none of which the new one has: it is then not an earlier version of the same.
    """
    path = Path(path)
    if path.is_file():
        raise InputError(f"{path}: found a file, expected a name for a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    except OSError as error:
        raise InputError(
            f"{path}: found {_reason(error)}, expected a folder that can be written to"
        ) from None
    draft.chmod(0o755)
    try:
        yield draft
        if path.exists():
            _check_replaceable(path, draft)
            old = Path(tempfile.mkdtemp(prefix=f".{path.name}-old-", dir=path.parent))
            os.replace(path, old / path.name)
            os.replace(draft, path)
            shutil.rmtree(old)
        else:
            os.replace(draft, path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


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
    """SHA-256 of a file's bytes, in hexadecimal.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     file_hash(Path(file.name))[:8]
    'e3b0c442'
    """
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
