"""Arrays in files, read a part at a time: ``.npy``, ``.npz``, HDF5, MATLAB and text.

Formats are told apart by their content. Nothing is unpickled, and nothing is mapped into memory: a
part of an ``.npy`` or HDF5 file is read when it is asked for, so that it may be larger than memory.
The members of an ``.npz`` file, MATLAB files before version 7.3 and text are read whole. MATLAB
files of version 7.3 are HDF5 with the axes in the opposite order, and have MATLAB's order here.
Fields of an ``.npz`` file that have a hash are compared with it, see `dcl.lattice.field_hashes`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.field_hashes import check_content
from dcl.lattice.matlab_arrays import read_matlab
from dcl.lattice.text_files import read_text

__all__ = ["BARE", "StoredArray", "open_arrays", "whole_array"]

BARE = ""
"""The name of the one array of an ``.npy`` or text file."""

FORMATS = ".npz, .npy, HDF5, MATLAB or text"
PART = 2**24
"""Bytes of an array that are in memory at a time."""

_HDF5 = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class StoredArray:
    """An array in a file.

    Attributes
    ----------
    name : str
        File and field, for errors.
    shape : tuple of int
    dtype : numpy.dtype
    rows : callable
        Function of the first and the last but one row that returns those rows; see `read`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: Callable[[int, int], NDArray[Any]]

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Read rows of the array, the first axis from `start` up to `stop`; all of a scalar.

        Raises
        ------
        InputError
            If the file cannot be read there.
        """
        last = self.shape[0] if self.shape else 1
        try:
            return self.rows(start, last if stop is None else min(stop, last))
        except InputError:
            raise
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
    """Open the arrays of a file by name; that of an ``.npy`` or text file has the name `BARE`.

    Parameters
    ----------
    path : Path
        File of any of the formats. Data sets in groups of HDF5, and fields of MATLAB's structures,
        have names such as ``group/name``; attributes of HDF5 count as arrays.

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
            start = stream.read(2048 + len(_HDF5))
        if start.startswith(b"\x93NUMPY"):
            return {BARE: _open_npy(path)}
        if any(start[block:].startswith(_HDF5) for block in (0, 512, 1024, 2048)):
            return _open_hdf5(path, reverse=start.startswith(b"MATLAB"))
        if start.startswith(b"PK"):
            return _open_npz(path)
        if start.startswith(b"MATLAB 5.0 MAT-file"):
            return _open_matlab(path)
        read = read_text(path)
        return {name: whole_array(_named(path, name), array) for name, array in read.items()}
    except FileNotFoundError:
        raise InputError(f"{path}: found no such file, expected {FORMATS}") from None
    except InputError:
        raise
    except Exception as error:  # a damaged header can raise nearly anything
        raise InputError(
            f"{path}: found an unreadable file ({_one_line(error)}), expected {FORMATS}"
        ) from None


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


def _one_line(error: Exception) -> str:
    return _in_line(str(error) or type(error).__name__)[:120]


def _in_line(text: str) -> str:
    return " ".join(text.split())


def _named(path: Path, field: str) -> str:
    return f"{path}: {_in_line(field)}" if field else str(path)


def _open_npy(path: Path) -> StoredArray:
    """Open an array to be read by its rows; whole if it is empty or has its last axis first."""
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
    check_content(path, arrays)
    return {name: whole_array(_named(path, name), array) for name, array in arrays.items()}


def _open_hdf5(path: Path, reverse: bool) -> dict[str, StoredArray]:
    """Open data sets and attributes, axes of data sets in the opposite order on demand.

    The file stays open for as long as one of them is in use.
    """
    import h5py

    file = h5py.File(path, "r")
    found = {}

    def add(name: str, item: Any) -> None:
        for key, value in item.attrs.items():
            field = _in_line(f"{name}/{key}").strip("/")
            found[field] = whole_array(_named(path, field), np.asarray(value))
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            found[_in_line(name)] = _hdf5_array(_named(path, name), item, reverse)

    add("", file)
    file.visititems(add)
    return found


def _hdf5_array(name: str, item: Any, reverse: bool) -> StoredArray:
    def rows(start: int, stop: int) -> NDArray[Any]:
        if reverse:
            return np.asarray(item[..., start:stop] if item.shape else item[()]).T
        return np.asarray(item[start:stop] if item.shape else item[()])

    return StoredArray(name, tuple(item.shape)[:: -1 if reverse else 1], item.dtype, rows)


def _open_matlab(path: Path) -> dict[str, StoredArray]:
    return {
        _in_line(name): whole_array(_named(path, name), array)
        for name, array in read_matlab(path).items()
    }
