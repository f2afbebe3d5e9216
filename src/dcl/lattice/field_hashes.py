"""Hashes of the fields of an ``.npz`` file, against which they are checked when it is read.

An ``.npz`` file of snapshots or energy levels that this package writes has a field
``content_sha256``: for each other field a line of text with its type, its shape and the SHA-256 of
its bytes in C order, as `content_line` makes it. Fields that no line names, and files without
``content_sha256``, are read as they are.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = ["CONTENT", "check_content", "content_line", "with_content"]

CONTENT = "content_sha256"
"""The field of an ``.npz`` file that holds the hashes of the others."""


def content_line(name: str, dtype: np.dtype[Any], shape: tuple[int, ...], sha256: str) -> str:
    """Write the line of ``content_sha256`` for a field.

    Examples
    --------
    >>> content_line("temperature", np.dtype(float), (), "ab12")
    'temperature: float64 (), SHA-256 ab12'
    """
    return f"{name}: {dtype} {shape}, SHA-256 {sha256}"


def _line_of(name: str, array: NDArray[Any]) -> str:
    content: Any = np.ascontiguousarray(array)
    return content_line(name, array.dtype, array.shape, hashlib.sha256(content).hexdigest())


def with_content(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Add ``content_sha256`` to the fields of an ``.npz`` file, which are arrays.

    Examples
    --------
    >>> [line[:32] for line in with_content({"energies": np.zeros(2)})["content_sha256"]]
    ['energies: float64 (2,), SHA-256 ']
    """
    return {**fields, CONTENT: np.array([_line_of(*field) for field in fields.items()])}


def check_content(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Compare fields with their lines of ``content_sha256``.

    Raises
    ------
    InputError
        If a field is missing or differs.

    Examples
    --------
    >>> check_content(Path("levels.npz"), with_content({"energies": np.zeros(2)}))
    """
    for line in map(str, np.ravel(arrays.get(CONTENT, np.empty(0)))):
        name, expected = (" ".join(part.split())[:200] for part in line.partition(": ")[::2])
        if name not in arrays:
            raise InputError(
                f"{path}: found the fields {', '.join(arrays)}, expected {name} as in {CONTENT}"
            )
        found = " ".join(_line_of(name, arrays[name]).removeprefix(f"{name}: ").split())
        if found != expected:
            raise InputError(f"{path}: {name}: found {found}, expected {expected} as in {CONTENT}")
