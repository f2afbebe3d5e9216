"""Configurations of spins with one bit a spin, and the file that holds them.

Bits are those of `numpy.packbits`: row by row of the lattice, the first site the highest bit of the
first byte, 1 for +1, and zeros up to the end of the last byte. On disk they are the array
``packed`` of ``snapshots.npz``, see `dcl.lattice.snapshot_files`.
"""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.files import new_file
from dcl.lattice.field_hashes import CONTENT, content_line, with_content

__all__ = ["pack", "save_packed", "unpack"]

_LARGEST = 2**15
"""Linear size of a lattice beyond which a file is more likely to be damaged than large."""


def pack(configurations: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Pack spins +1 and -1, int8 (n, L, L), into one bit a spin, uint8 (n, ceil(L * L / 8)).

    Examples
    --------
    >>> pack(np.array([[[1, -1], [-1, -1]]], np.int8))
    array([[128]], dtype=uint8)
    """
    count, rows, columns = configurations.shape
    return np.packbits(configurations.reshape(count, rows * columns) > 0, axis=1)


def unpack(packed: Any, lattice_size: Any, field: str = "") -> NDArray[np.int8]:
    """Unpack spins, int8 (n, L, L), from their bits.

    Parameters
    ----------
    packed : numpy.ndarray
        uint8 (n, ceil(L * L / 8)).
    lattice_size : int
        L, 2 or more.
    field : str
        Words before the name of the argument in an error.

    Raises
    ------
    InputError
        If a type, a shape or a bit after the last spin is not as described.

    Examples
    --------
    >>> unpack(np.array([[128]], np.uint8), 2).tolist()
    [[[1, -1], [-1, -1]]]
    """
    packed, size = np.asarray(packed), _check_size(lattice_size, f"{field}lattice_size")
    width = -(-size * size // 8)
    if packed.dtype != np.uint8:
        raise InputError(f"{field}packed: found dtype {packed.dtype}, expected uint8")
    if packed.ndim != 2 or packed.shape[1] != width:
        raise InputError(
            f"{field}packed: found shape {packed.shape}, expected (n, {width}) for L = {size}"
        )
    if (packed[:, -1] & (2 ** (8 * width - size * size) - 1)).any():
        raise InputError(f"{field}packed: found bits after the last spin, expected zeros")
    spins = np.empty((len(packed), size * size), np.int8)
    rows = max(1, 2**20 // width)
    for start in range(0, len(packed), rows):
        part = np.unpackbits(packed[start : start + rows], axis=1, count=size * size)
        spins[start : start + rows] = 2 * part.view(np.int8) - np.int8(1)
    return spins.reshape(-1, size, size)


def _check_size(value: Any, field: str) -> int:
    array = np.asarray(value)
    size = int(array.reshape(())) if array.size == 1 and array.dtype.kind in "iu" else 0
    if not 2 <= size <= _LARGEST:
        found = " ".join(str(value).split())[:60]
        raise InputError(f"{field}: found {found}, expected an integer from 2 to {_LARGEST}")
    return size


def save_packed(
    parts: Iterable[NDArray[np.uint8]],
    path: Path,
    *,
    count: int,
    lattice_size: int,
    temperature: float,
) -> None:
    """Write a packed snapshot file part by part; it appears by rename.

    Parameters
    ----------
    parts : iterable of numpy.ndarray
        uint8 (rows, ceil(L * L / 8)), as `pack` makes them; in all `count` rows.
    path : Path
        The file, .npz.
    count, lattice_size, temperature
        Number of configurations, L, and the temperature in J / k_B.

    Raises
    ------
    InputError
        If `path` cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> from dcl.lattice.snapshot_files import load_snapshots
    >>> parts = [np.array([[128]], np.uint8), np.array([[0], [240]], np.uint8)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "snapshots.npz"
    ...     save_packed(parts, path, count=3, lattice_size=2, temperature=4.0)
    ...     load_snapshots(path).configurations.sum(axis=(1, 2)).tolist()
    [-2, -4, 4]
    """
    shape, digest = (count, -(-lattice_size * lattice_size // 8)), hashlib.sha256()
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    fields = {"lattice_size": np.array(lattice_size), "temperature": np.array(float(temperature))}
    with new_file(Path(path)) as draft, zipfile.ZipFile(draft, "w") as archive:
        with archive.open("packed.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, header)
            for part in parts:
                bits = np.ascontiguousarray(part).data
                member.write(bits)
                digest.update(bits)
        line = content_line("packed", np.dtype(np.uint8), shape, digest.hexdigest())
        content = with_content(fields)
        content[CONTENT] = np.append(content[CONTENT], line)
        for name, value in content.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, value, allow_pickle=False)
