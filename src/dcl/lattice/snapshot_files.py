"""Files of snapshots, which may be larger than memory.

On disk a set of snapshots is an ``.npz`` or HDF5 file with the arrays ``configurations`` (shape
(n, L1, L2), any integer or boolean type) and ``temperature`` (one float, in units of J / k_B; in
HDF5 a data set or an attribute), and optionally ``n_states`` (one integer), or an ``.npy`` file
with the configurations alone. Values are spins -1 and +1, or states 0..Q-1. Two states 0 and 1 (or
False and True) are read as spins -1 and +1; a file of Potts colours in which only 0 and 1 occur
needs its ``n_states``. Spins may have one bit each: ``packed`` (uint8, shape
(n, ceil(L * L / 8)), bits as in `dcl.lattice.packed`) and ``lattice_size`` (one integer) then take
the place of ``configurations``. Arrays are never unpickled. An ``.npz`` file written here has the
field ``content_sha256``, against which the others are checked, see `dcl.lattice.storage`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import (
    MAX_STATES,
    check_configurations,
    check_n_states,
    check_temperature,
)
from dcl.lattice.packed import unpack
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.storage import BARE, StoredArray, open_arrays

__all__ = ["SnapshotFile", "load_configurations", "load_snapshots", "open_snapshots"]


@dataclass(frozen=True)
class SnapshotFile:
    """Snapshots that stay in their file; `open_snapshots` makes it.

    Attributes
    ----------
    path : Path
    array : StoredArray
        The configurations as they are stored.
    temperature : float or None
        J / k_B; None where neither the file nor the caller gave one.
    n_states : int
    lowest : int
        Of the values in the file.
    """

    path: Path
    array: StoredArray
    temperature: float | None
    n_states: int
    lowest: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of snapshots, rows and columns of the lattice."""
        count, rows, columns = self.array.shape
        return count, rows, columns

    def require_temperature(self) -> float:
        """J / k_B; raises InputError if there is none."""
        if self.temperature is not None:
            return self.temperature
        fields = open_arrays(self.path)
        if BARE not in fields:
            found = ", ".join(fields)
            raise InputError(f"{self.path}: found the fields {found}, expected temperature")
        raise InputError(
            f"{self.path}: found a single array, expected .npz with configurations and temperature"
        )

    @property
    def stored(self) -> str:
        """The type and the values in the file, in words."""
        if self.n_states > 2:
            values = f"states 0 to {self.n_states - 1}"
        elif self.lowest == 0:
            values = "0 and 1, read as spins -1 and +1"
        else:
            values = "spins -1 and +1"
        return f"{self.array.dtype}, {values}"

    def parts(self) -> Iterator[NDArray[np.int8]]:
        """All configurations in order, int8 (any number, L1, L2) at a time."""
        return map(self._as_read, self.array.parts())

    def take(self, numbers: NDArray[np.int64]) -> NDArray[np.int8]:
        """The configurations of these numbers, which must rise."""
        count, *lattice = self.shape
        if count > 8 * len(numbers):
            rows = [self.array.read(number, number + 1) for number in numbers.tolist()]
            return self._as_read(np.concatenate(rows))
        taken, start = np.empty((len(numbers), *lattice), np.int8), 0
        for part in self.parts():
            here = slice(*np.searchsorted(numbers, (start, start + len(part))))
            taken[here] = part[numbers[here] - start]
            start += len(part)
        return taken

    def load(self) -> Snapshots:
        """All of them in memory.

        Raises
        ------
        InputError
            If there is no temperature.
        """
        temperature = self.require_temperature()
        if self.array.dtype == np.int8:
            return Snapshots(self._as_read(self.array.read()), temperature, self.n_states)
        loaded, start = np.empty(self.shape, np.int8), 0
        for part in self.parts():
            loaded[start : start + len(part)] = part
            start += len(part)
        return Snapshots(loaded, temperature, self.n_states)

    def _as_read(self, part: NDArray[Any]) -> NDArray[np.int8]:
        states = np.ascontiguousarray(part, np.int8)
        return 2 * states - np.int8(1) if (self.lowest, self.n_states) == (0, 2) else states


def _check_values(array: StoredArray, n_states: int | None) -> set[int]:
    """Check type, shape and values; of the values, those that tell the alphabet."""
    if array.dtype.kind not in "iub":
        missing = array.dtype.kind == "f" and any(np.isnan(part).any() for part in array.parts())
        found = "NaN" if missing else f"dtype {array.dtype}"
        raise InputError(f"{array.name}: found {found}, expected integers or booleans")
    if len(array.shape) != 3 or min(array.shape[1:]) < 2:
        raise InputError(
            f"{array.name}: found shape {array.shape}, expected (n, L1, L2) with L1, L2 >= 2"
        )
    if array.shape[0] == 0:
        raise InputError(f"{array.name}: found no configuration, expected at least one")
    if n_states is None:
        accepted = [{-1, 1}, set(range(MAX_STATES))]
    else:
        accepted = [{-1, 1}] if n_states == 2 else []
        accepted.append(set(range(n_states)))
    values: set[int] = set()
    for part in array.parts():
        lowest, highest = int(part.min()), int(part.max())
        values |= {lowest, highest}
        if lowest == -1 and (part == 0).any():
            values.add(0)
    if not any(values <= alphabet for alphabet in accepted):
        values = set().union(*(np.unique(part).tolist() for part in array.parts()))
        found = ", ".join(map(str, sorted(values)[:6]))
        expected = " or ".join(
            "+1 and -1" if -1 in alphabet else f"0 to {max(alphabet)}" for alphabet in accepted
        )
        raise InputError(f"{array.name}: found values {found}, expected {expected}")
    return values


def open_snapshots(path: Path, temperature: float | None = None) -> SnapshotFile:
    """Validate a snapshot file, all values of it, and leave it where it is.

    Parameters
    ----------
    path : Path
        ``.npz``, ``.npy`` or HDF5, see above.
    temperature : float, optional
        Of a file that holds none, J / k_B.

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
    fields = open_arrays(path)
    array = _configurations(fields, path)
    n_states = None
    if "n_states" in fields:
        n_states = check_n_states(fields["n_states"].read(), f"{path}: n_states")
    values = _check_values(array, n_states)
    if "temperature" in fields:
        stored = check_temperature(fields["temperature"].read(), f"{path}: temperature")
        if temperature not in (None, stored):
            raise InputError(
                f"--temperature: found {temperature:g}, expected {stored:g} as in {path}"
            )
        temperature = stored
    elif temperature is not None:
        temperature = check_temperature(temperature, "temperature")
    n_states = n_states or (2 if min(values) == -1 or values == {1} else max(max(values) + 1, 2))
    return SnapshotFile(Path(path), array, temperature, n_states, min(values))


def load_snapshots(path: Path, temperature: float | None = None) -> Snapshots:
    """Read and validate a snapshot file; arguments as of `open_snapshots`.

    Raises
    ------
    InputError
        If the file is missing, truncated, not a snapshot file, or its content is invalid.
    """
    return open_snapshots(path, temperature).load()


def _configurations(fields: dict[str, StoredArray], path: Path) -> StoredArray:
    """The array of configurations among the fields of a file; bits are unpacked."""
    if BARE in fields:
        return fields[BARE]
    if "packed" in fields and "configurations" not in fields:
        _require(fields, "lattice_size", path)
        size = fields["lattice_size"].read()
        spins = unpack(fields["packed"].read(), size, f"{path}: ")
        return StoredArray(
            f"{path}: configurations", spins.shape, spins.dtype, lambda a, b: spins[a:b]
        )
    _require(fields, "configurations", path)
    return fields["configurations"]


def _require(fields: dict[str, StoredArray], name: str, path: Path) -> None:
    if name not in fields:
        found = ", ".join(fields) or "nothing"
        raise InputError(f"{path}: found the fields {found}, expected {name}")


def load_configurations(path: Path, n_states: int | None = None) -> NDArray[np.int8]:
    """Read configurations from an .npy file, or from those of an .npz or HDF5 file, as they are.

    Those of an .npz or HDF5 file may be packed. States 0 and 1 stay as they are: a model that knows
    how many states there are reads them as its own.

    Raises
    ------
    InputError
        If the file cannot be read or does not hold configurations.
    """
    array = _configurations(open_arrays(path), path)
    return check_configurations(array.read(), array.name, n_states)
