"""Arrays in files, read a part at a time: ``.npy``, ``.npz`` and HDF5, told apart by their content.

Nothing is unpickled, and nothing is mapped into memory: a part is read when it is asked for, so
that a file may be larger than memory. The members of an ``.npz`` file are the exception. They may
be compressed and are read whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = ["BARE", "StoredArray", "open_arrays"]

BARE = ""
"""The name of the one array of an ``.npy`` file."""

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


def open_arrays(path: Path) -> dict[str, StoredArray]:
    """The arrays of a file by name; that of an ``.npy`` file has the name `BARE`.

    Parameters
    ----------
    path : Path
        ``.npy``, ``.npz``, or HDF5 with data sets, or attributes for single numbers, at its root.

    Raises
    ------
    InputError
        If the file is missing, damaged or of another format.

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
        raise InputError(f"{path}: found no such file, expected a snapshot file") from None
    except InputError:
        raise
    except Exception as error:  # a damaged header can raise nearly anything
        raise InputError(
            f"{path}: found an unreadable file ({_one_line(error)}), expected .npz, .npy or HDF5"
        ) from None
    raise InputError(
        f"{path}: found an unreadable file (neither of the formats), expected .npz, .npy or HDF5"
    )


def _one_line(error: Exception) -> str:
    return _in_line(str(error) or type(error).__name__)[:120]


def _in_line(text: str) -> str:
    return " ".join(text.split())


def _open_npy(path: Path) -> StoredArray:
    """Read by its rows; whole if it is empty or has its last axis first."""
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(mapped, np.memmap) or not mapped.flags.c_contiguous or mapped.ndim == 0:
        return _whole(str(path), np.load(path, allow_pickle=False))
    dtype, (count, *rest), offset = mapped.dtype, mapped.shape, mapped.offset
    row = int(np.prod(rest, dtype=np.int64))

    def rows(start: int, stop: int) -> NDArray[Any]:
        part = np.fromfile(
            path, dtype, (stop - start) * row, offset=offset + start * row * dtype.itemsize
        )
        return part.reshape(stop - start, *rest)

    return StoredArray(str(path), (count, *rest), dtype, rows)


def _open_npz(path: Path) -> dict[str, StoredArray]:
    found = {}
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            try:
                array = np.asarray(archive[name])
            except Exception as error:  # so can a damaged member of the archive
                raise InputError(
                    f"{path}: found an unreadable field {_in_line(name)} ({_one_line(error)}), "
                    "expected an array"
                ) from None
            found[_in_line(name)] = _whole(f"{path}: {_in_line(name)}", array)
    return found


def _open_hdf5(path: Path) -> dict[str, StoredArray]:
    """The file stays open for as long as one of its data sets is in use."""
    import h5py

    file = h5py.File(path, "r")
    found = {}
    for name, value in file.attrs.items():
        found[_in_line(name)] = _whole(f"{path}: {_in_line(name)}", np.asarray(value))
    for name, item in file.items():
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            found[_in_line(name)] = _hdf5_array(f"{path}: {_in_line(name)}", item)
    return found


def _hdf5_array(name: str, item: Any) -> StoredArray:
    def rows(start: int, stop: int) -> NDArray[Any]:
        return np.asarray(item[start:stop] if item.shape else item[()])

    return StoredArray(name, tuple(item.shape), item.dtype, rows)


def _whole(name: str, array: NDArray[Any]) -> StoredArray:
    """An array that is in memory already."""
    return StoredArray(
        name, array.shape, array.dtype, lambda a, b: array[a:b] if array.ndim else array
    )
