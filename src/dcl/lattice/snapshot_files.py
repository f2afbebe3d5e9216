"""Files of snapshots, which may be larger than memory.

On disk a set of snapshots is an ``.npz`` or HDF5 file with the arrays ``configurations`` (shape
(n, L1, L2)) and ``temperature`` (one number, in units of J / k_B; in HDF5 a data set or an
attribute), and optionally ``n_states`` (one integer), or a file with the configurations alone.
Values are spins -1 and +1, or states 0..Q-1. Two states 0 and 1 (or False and True) are read as
spins -1 and +1; a file of Potts states in which only 0 and 1 occur needs its ``n_states``. Spins
may have one bit each: ``packed`` (uint8, shape (n, ceil(L * L / 8)), bits as in
`dcl.lattice.packed`) and ``lattice_size`` (one integer) then take the place of ``configurations``.

Others' files are read as well, and `SnapshotFile.remarks` says how: MATLAB and text
(`dcl.lattice.storage`), other names and groups (`dcl.lattice.snapshot_fields`), other shapes
(`dcl.lattice.snapshot_layout`) and other values (`dcl.lattice.state_coding`). Arrays are never
unpickled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import distinct_values
from dcl.lattice.snapshot_fields import FileFields, find_fields
from dcl.lattice.snapshot_layout import looks_turned, snapshots_first
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.state_coding import StateCoding, state_coding
from dcl.lattice.storage import StoredArray

__all__ = ["SnapshotFile", "load_configurations", "load_snapshots", "open_snapshots"]


@dataclass(frozen=True)
class SnapshotFile:
    """Snapshots that stay in their file; `open_snapshots` makes it.

    Attributes
    ----------
    path : Path
    array : StoredArray
        Configurations as they are read, int8 (n, L1, L2).
    temperature : float or None
        J / k_B; None where neither the file nor the caller gave one.
    n_states : int
    stored : str
        Type and values in the file, in words.
    remarks : tuple of str
        Readings of a file that is not as described above.
    warnings : tuple of str
        Doubts about the file, one line each.
    """

    path: Path
    array: StoredArray
    temperature: float | None
    n_states: int
    stored: str
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of snapshots, rows and columns of the lattice."""
        count, rows, columns = self.array.shape
        return count, rows, columns

    def require_temperature(self) -> float:
        """Return the temperature in J / k_B; raise InputError if there is none."""
        if self.temperature is None:
            raise InputError(
                f"{self.path}: found no temperature, expected one in the file or --temperature "
                "(1 if J is not known)"
            )
        return self.temperature

    def parts(self) -> Iterator[NDArray[np.int8]]:
        """Read all configurations in order, int8 (any number, L1, L2) at a time."""
        return self.array.parts()

    def take(self, numbers: NDArray[np.int64]) -> NDArray[np.int8]:
        """Read the configurations of these numbers, which must rise."""
        count, *lattice = self.shape
        if count > 8 * len(numbers):
            return np.concatenate([self.array.read(k, k + 1) for k in numbers.tolist()])
        taken, start = np.empty((len(numbers), *lattice), np.int8), 0
        for part in self.parts():
            here = slice(*np.searchsorted(numbers, (start, start + len(part))))
            taken[here] = part[numbers[here] - start]
            start += len(part)
        return taken

    def load(self) -> Snapshots:
        """Read all of them into memory.

        Raises
        ------
        InputError
            If there is no temperature.
        """
        temperature = self.require_temperature()
        loaded, start = np.empty(self.shape, np.int8), 0
        for part in self.parts():
            loaded[start : start + len(part)] = part
            start += len(part)
        return Snapshots(loaded, temperature, self.n_states)


def open_snapshots(
    path: Path,
    temperature: float | None = None,
    *,
    dataset: str | None = None,
    temperature_dataset: str | None = None,
    snapshots_last: bool = False,
) -> SnapshotFile:
    """Validate a snapshot file, all values of it, and leave it where it is.

    Parameters
    ----------
    path : Path
        File of snapshots, see above.
    temperature : float, optional
        Temperature of a file that holds none, J / k_B.
    dataset, temperature_dataset : str, optional
        Names of the arrays in the file, where they are not obvious.
    snapshots_last : bool
        Take the last axis of the array for the first.

    Raises
    ------
    InputError
        If the file is missing, truncated, not a snapshot file, or its content is invalid, or if it
        holds another temperature.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "spins.npy"
    ...     np.save(path, np.eye(3, dtype=bool)[None])
    ...     found = open_snapshots(path, 4.0)
    ...     found.shape, found.stored, found.load().configurations[0, 0].tolist()
    ((1, 3, 3), 'bool, 0 and 1, read as spins -1 and +1', [1, -1, -1])
    """
    fields = find_fields(path, temperature, dataset, temperature_dataset)
    raw = snapshots_first(fields.configurations, snapshots_last)
    coding = state_coding(_values(raw), raw.name, fields.n_states)
    turned = not snapshots_last and looks_turned(fields.configurations.shape)
    count, rows, columns = raw.shape
    doubt = (
        f"there are {count} snapshots of {rows} x {columns} sites: if the last axis counts "
        "snapshots, --snapshots-last turns the array"
    )
    remarks = (*fields.remarks, *_remarks(fields, raw, coding, snapshots_last))
    return SnapshotFile(
        path=Path(path),
        array=StoredArray(
            raw.name, raw.shape, np.dtype(np.int8), lambda a, b: coding.read(raw.read(a, b))
        ),
        temperature=fields.temperature,
        n_states=coding.n_states,
        stored=f"{raw.dtype}, {coding}",
        remarks=remarks,
        warnings=(doubt,) if turned else (),
    )


def _values(array: StoredArray) -> set[float]:
    """Collect the distinct values of a numeric array without NaN."""
    values: set[float] = set()
    for part in array.parts():
        values |= distinct_values(part)
        if any(value != value for value in values):
            raise InputError(f"{array.name}: found NaN, expected integers or booleans")
        if len(values) > 256:
            break  # no states, whatever follows
    return values


def _remarks(
    fields: FileFields, raw: StoredArray, coding: StateCoding, snapshots_last: bool
) -> Iterator[str]:
    """Tell the readings of shape and values that are not obvious."""
    stored = fields.configurations.shape
    if snapshots_last:
        yield f"the last axis of {stored} counts snapshots"
    if len(stored) != 3:
        yield f"shape {stored} is read as {raw.shape}"
    if raw.dtype.kind == "f" or (coding.lowest, coding.step) not in ((-1, 2), (0, 1)):
        yield f"{raw.dtype}, {coding}"


def load_snapshots(path: Path, temperature: float | None = None) -> Snapshots:
    """Read and validate a snapshot file; arguments as of `open_snapshots`.

    Raises
    ------
    InputError
        If the file is missing, truncated, not a snapshot file, or its content is invalid.
    """
    return open_snapshots(path, temperature).load()


def load_configurations(path: Path, n_states: int | None = None) -> NDArray[np.int8]:
    """Read the configurations of a file alone.

    Parameters
    ----------
    path : Path
        File of snapshots, with or without a temperature.
    n_states : int, optional
        Number of states of the model that is to read them; otherwise that of the file.

    Raises
    ------
    InputError
        If the file cannot be read or does not hold configurations.
    """
    fields = find_fields(path)
    raw = snapshots_first(fields.configurations, snapshots_last=False)
    return state_coding(_values(raw), raw.name, n_states or fields.n_states).read(raw.read())
