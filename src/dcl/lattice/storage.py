"""Arrays in files, read a part at a time: ``.npy``, ``.npz`` and HDF5, told apart by their content.

Nothing is unpickled, and nothing is mapped into memory: a part is read when it is asked for, so
that a file may be larger than memory. The members of an ``.npz`` file are the exception. They may
be compressed and are read whole.

An ``.npz`` file of snapshots or energy levels that this package writes has a field
``content_sha256``: for each other field a line of text with its type, its shape and the SHA-256 of
its bytes in C order, as `content_line` makes it. Whenever an ``.npz`` file is read, the fields that
a line names are compared with it. Fields that no line names, files without ``content_sha256``, and
``.npy`` and HDF5 files, which others write, are read as they are.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = [
    "BARE",
    "CONTENT",
    "StoredArray",
    "content_line",
    "open_arrays",
    "whole_array",
    "with_content",
]

BARE = ""
"""The name of the one array of an ``.npy`` file."""

CONTENT = "content_sha256"
"""The field of an ``.npz`` file that holds the hashes of the others."""

PART = 2**24
"""Bytes of an array that are in memory at a time."""

_ZIP, _NPY, _HDF5 = b"PK", b"\x93NUMPY", b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class StoredArray:
    """An array in a file.

    Attributes
    ----------
    name : str
        What to call it in an error: file and field.
    shape : tuple of int
    dtype : numpy.dtype
    rows : callable
        From first and last but one row to those rows; see `read`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: Callable[[int, int], NDArray[Any]]

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Rows of the array, the first axis from `start` up to `stop`; all of a scalar.

        Raises
        ------
        InputError
            If the file cannot be read there.
        """
        last = self.shape[0] if self.shape else 1
        try:
            return self.rows(start, last if stop is None else min(stop, last))
        except Exception as error:  # a damaged file can raise nearly anything
            raise InputError(
                f"{self.name}: found an unreadable array ({_one_line(error)}), expected "
                f"{self.shape} of {self.dtype}"
            ) from None

    def parts(self) -> Iterator[NDArray[Any]]:
        """Read the array part by part along its first axis."""
        row = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        each = max(1, PART // max(row, 1))
        for start in range(0, self.shape[0] if self.shape else 1, each):
            yield self.read(start, start + each)


def open_arrays(path: Path) -> dict[str, StoredArray]:
    """The arrays of a file by name; that of an ``.npy`` file has the name `BARE`.

    Parameters
    ----------
    path : Path
        ``.npy``, ``.npz``, or HDF5 with data sets, or attributes for single numbers, at its root.

    Raises
    ------
    InputError
        If the file is missing, damaged or of another format, or a field does not fit its hash.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(Path(folder) / "a.npz", spins=np.ones((3, 2)), temperature=4.0)
    ...     {name: array.shape for name, array in open_arrays(Path(folder) / "a.npz").items()}
    {'spins': (3, 2), 'temperature': ()}
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_HDF5))
        if start.startswith(_NPY):
            return {BARE: _open_npy(path)}
        if start == _HDF5:
            return _open_hdf5(path)
        if start.startswith(_ZIP):
            return _open_npz(path)
    except FileNotFoundError:
        raise InputError(f"{path}: found no such file, expected .npz, .npy or HDF5") from None
    except InputError:
        raise
    except Exception as error:  # a damaged header can raise nearly anything
        raise InputError(
            f"{path}: found an unreadable file ({_one_line(error)}), expected .npz, .npy or HDF5"
        ) from None
    raise InputError(
        f"{path}: found an unreadable file (neither of the formats), expected .npz, .npy or HDF5"
    )


def content_line(name: str, dtype: np.dtype[Any], shape: tuple[int, ...], sha256: str) -> str:
    """What ``content_sha256`` says of a field.

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
    """The fields of an ``.npz`` file, which are arrays, and ``content_sha256``.

    Examples
    --------
    >>> [line[:32] for line in with_content({"energies": np.zeros(2)})["content_sha256"]]
    ['energies: float64 (2,), SHA-256 ']
    """
    return {**fields, CONTENT: np.array([_line_of(*field) for field in fields.items()])}


def _check_content(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Compare fields with what ``content_sha256`` says of them."""
    for line in map(str, np.ravel(arrays.get(CONTENT, np.empty(0)))):
        name, expected = (_in_line(part)[:200] for part in line.partition(": ")[::2])
        if name not in arrays:
            raise InputError(
                f"{path}: found the fields {', '.join(arrays)}, expected {name} as in {CONTENT}"
            )
        found = _line_of(name, arrays[name]).removeprefix(f"{name}: ")
        if found != expected:
            raise InputError(
                f"{path}: {name}: found {_in_line(found)}, expected {expected} as in {CONTENT}"
            )


def _one_line(error: Exception) -> str:
    return _in_line(str(error) or type(error).__name__)[:120]


def _in_line(text: str) -> str:
    return " ".join(text.split())


def _open_npy(path: Path) -> StoredArray:
    """Read by its rows; whole if it is empty or has its last axis first."""
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(mapped, np.memmap) or not mapped.flags.c_contiguous or mapped.ndim == 0:
        return whole_array(str(path), np.load(path, allow_pickle=False))
    dtype, (count, *rest), offset = mapped.dtype, mapped.shape, mapped.offset
    row = int(np.prod(rest, dtype=np.int64))

    def rows(start: int, stop: int) -> NDArray[Any]:
        part = np.fromfile(
            path, dtype, (stop - start) * row, offset=offset + start * row * dtype.itemsize
        )
        return part.reshape(stop - start, *rest)

    return StoredArray(str(path), (count, *rest), dtype, rows)


def _open_npz(path: Path) -> dict[str, StoredArray]:
    arrays = {}
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            try:
                arrays[_in_line(name)] = np.asarray(archive[name])
            except Exception as error:  # so can a damaged member of the archive
                raise InputError(
                    f"{path}: found an unreadable field {_in_line(name)} ({_one_line(error)}), "
                    "expected an array"
                ) from None
    _check_content(path, arrays)
    return {name: whole_array(f"{path}: {name}", array) for name, array in arrays.items()}


def _open_hdf5(path: Path) -> dict[str, StoredArray]:
    """The file stays open for as long as one of its data sets is in use."""
    import h5py

    file = h5py.File(path, "r")
    found = {}
    for name, value in file.attrs.items():
        found[_in_line(name)] = whole_array(f"{path}: {_in_line(name)}", np.asarray(value))
    for name, item in file.items():
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            found[_in_line(name)] = _hdf5_array(f"{path}: {_in_line(name)}", item)
    return found


def _hdf5_array(name: str, item: Any) -> StoredArray:
    def rows(start: int, stop: int) -> NDArray[Any]:
        return np.asarray(item[start:stop] if item.shape else item[()])

    return StoredArray(name, tuple(item.shape), item.dtype, rows)


def whole_array(name: str, array: NDArray[Any]) -> StoredArray:
    """Wrap an array that is in memory already.

    Examples
    --------
    >>> whole_array("spins", np.ones((3, 2))).shape
    (3, 2)
    """
    return StoredArray(
        name, array.shape, array.dtype, lambda a, b: array[a:b] if array.ndim else array
    )
