"""Snapshots: configurations observed at one temperature, and their file.

On disk a set of snapshots is ``snapshots.npz`` with the arrays ``configurations`` (int8, shape
(n, L, L)) and ``temperature`` (one float, in units of J / k_B), and optionally ``n_states``
(one integer). Ising and spin-glass spins are +1 and -1, Potts colours 0..Q-1. Spins may have one
bit each: ``packed`` (uint8, shape (n, ceil(L * L / 8)), bits as in `dcl.packed`) and
``lattice_size`` (one integer) then take the place of ``configurations``. Arrays are never
unpickled.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.files import new_file
from dcl.packed import unpack

__all__ = [
    "Snapshots",
    "check_configurations",
    "check_temperature",
    "load_configurations",
    "load_snapshots",
    "number_of_states",
    "random_configurations",
    "save_snapshots",
]

MAX_STATES = 8


@dataclass(frozen=True)
class Snapshots:
    """Configurations and the temperature at which they were observed.

    Parameters
    ----------
    configurations : numpy.ndarray
        int8, shape (n, L, L), C-contiguous.
    temperature : float
        In units of J / k_B.
    n_states : int
        2 for spins +1 / -1, Q for Potts colours 0..Q-1.

    Raises
    ------
    InputError
        If the configurations, the temperature or the number of states are not as described.

    Examples
    --------
    >>> Snapshots(np.ones((3, 2, 2), np.int8), temperature=4.0).lattice_size
    2
    """

    configurations: NDArray[np.int8]
    temperature: float
    n_states: int = 2

    def __post_init__(self) -> None:
        n_states = _check_n_states(self.n_states, "n_states")
        checked = {
            "configurations": check_configurations(self.configurations, "configurations", n_states),
            "temperature": check_temperature(self.temperature, "temperature"),
            "n_states": n_states,
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def lattice_size(self) -> int:
        """Linear size L."""
        return int(self.configurations.shape[1])


def check_temperature(value: Any, field: str) -> float:
    """The temperature as a float, if it is one positive finite number.

    Raises
    ------
    InputError
        If it is missing, zero, negative, not finite or not one number.

    Examples
    --------
    >>> check_temperature(4, "temperature")
    4.0
    """
    array = _array(value)
    numeric = array.size == 1 and array.dtype.kind in "iuf"
    temperature = float(array.reshape(())) if numeric else np.nan
    if not 0 < temperature < np.inf:
        raise InputError(f"{field}: found {_short(value)}, expected one positive number (J / k_B)")
    return temperature


def _check_n_states(value: Any, field: str) -> int:
    array = _array(value)
    integer = array.size == 1 and array.dtype.kind in "iu"
    n_states = int(array.reshape(())) if integer else 0
    if not 2 <= n_states <= MAX_STATES:
        raise InputError(
            f"{field}: found {_short(value)}, expected an integer from 2 to {MAX_STATES}"
        )
    return n_states


def _array(value: Any) -> NDArray[Any]:
    """The value as an array; ragged lists as one of objects."""
    try:
        return np.asarray(value)
    except ValueError:
        return np.empty(0, object)


def _short(value: Any) -> str:
    return "nothing" if value is None else " ".join(str(value).split())[:60]


def number_of_states(configurations: NDArray[np.int8]) -> int:
    """2 if the values are +1 and -1, otherwise one more than the largest Potts colour.

    Examples
    --------
    >>> number_of_states(np.array([[[-1, 1], [1, 1]]], np.int8))
    2
    >>> number_of_states(np.array([[[0, 2], [1, 1]]], np.int8))
    3
    """
    lowest, highest = int(configurations.min()), int(configurations.max())
    if lowest == -1 or (lowest == highest == 1):
        return 2
    return max(highest + 1, 2)


def check_configurations(array: Any, field: str, n_states: int | None = None) -> NDArray[np.int8]:
    """The array itself, if it is a set of configurations of square lattices.

    Parameters
    ----------
    array : numpy.ndarray
        Expected: int8, shape (n, L, L) with n >= 1 and L >= 2, values +1 / -1 or 0..Q-1.
    field : str
        What to call it in an error.
    n_states : int, optional
        Number of states that the values must fit; otherwise read off the values.

    Raises
    ------
    InputError
        If the type, the shape or a value is not as expected.
    """
    array = _array(array)
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise InputError(f"{field}: found NaN, expected int8 spins")
    if array.dtype != np.int8:
        raise InputError(f"{field}: found dtype {array.dtype}, expected int8")
    if array.ndim != 3 or array.shape[1] != array.shape[2] or min(array.shape[1:]) < 2:
        raise InputError(f"{field}: found shape {array.shape}, expected (n, L, L) with L >= 2")
    if array.shape[0] == 0:
        raise InputError(f"{field}: found no configuration, expected at least one")
    _check_values(array, field, n_states)
    return np.ascontiguousarray(array)


def _check_values(array: NDArray[np.int8], field: str, n_states: int | None) -> None:
    """Compare the values that occur with the accepted alphabets."""
    values = _values(array)
    if n_states is None:
        accepted = [{-1, 1}, set(range(MAX_STATES))]
    else:
        accepted = [{-1, 1}] if n_states == 2 else []
        accepted.append(set(range(n_states)))
    if not any(values <= alphabet for alphabet in accepted):
        found = ", ".join(map(str, sorted(values)[:6]))
        expected = " or ".join(
            "+1 and -1" if -1 in alphabet else f"0 to {max(alphabet)}" for alphabet in accepted
        )
        raise InputError(f"{field}: found values {found}, expected {expected}")


def _values(array: NDArray[np.int8]) -> set[int]:
    """The distinct values, read in slices that fit in the cache."""
    counts = np.zeros(256, np.int64)
    flat = array.view(np.uint8).ravel()
    for start in range(0, flat.size, 1 << 20):
        counts += np.bincount(flat[start : start + (1 << 20)], minlength=256)
    return {value - 256 if value > 127 else value for value in np.flatnonzero(counts).tolist()}


def _open(path: Path) -> Any:
    """Open an .npy or .npz file without unpickling; one line for whatever is wrong with it."""
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InputError(f"{path}: found no such file, expected a snapshot file") from None
    except Exception as error:  # a damaged header can raise nearly anything
        raise InputError(
            f"{path}: found an unreadable file ({_one_line(error)}), expected .npz or .npy"
        ) from None


def _one_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def load_snapshots(path: Path) -> Snapshots:
    """Read and validate a snapshot file.

    Raises
    ------
    InputError
        If the file is missing, truncated, not a snapshot file, or its content is invalid.
    """
    archive = _open(path)
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise InputError(f"{path}: found a single array, expected .npz with configurations")
    with archive:
        fields = {name: _read_array(archive, name, path) for name in archive.files}
    if "packed" in fields and "configurations" not in fields:
        _require(fields, ("lattice_size", "temperature"), path)
        configurations = unpack(fields["packed"], fields["lattice_size"], f"{path}: ")
    else:
        _require(fields, ("configurations", "temperature"), path)
        configurations = fields["configurations"]
    n_states = None
    if "n_states" in fields:
        n_states = _check_n_states(fields["n_states"], f"{path}: n_states")
    configurations = check_configurations(configurations, f"{path}: configurations", n_states)
    temperature = check_temperature(fields["temperature"], f"{path}: temperature")
    return Snapshots(configurations, temperature, n_states or number_of_states(configurations))


def _require(fields: dict[str, NDArray[Any]], names: tuple[str, ...], path: Path) -> None:
    for name in names:
        if name not in fields:
            found = ", ".join(fields) or "nothing"
            raise InputError(f"{path}: found the fields {found}, expected {name}")


def _read_array(archive: Any, name: str, path: Path) -> NDArray[Any]:
    try:
        return np.asarray(archive[name])
    except Exception as error:  # so can a damaged member of the archive
        raise InputError(
            f"{path}: found an unreadable field {name} ({_one_line(error)}), expected an array"
        ) from None


def save_snapshots(snapshots: Snapshots, path: Path) -> None:
    """Write a snapshot file; it appears by rename.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "snapshots.npz"
    ...     save_snapshots(Snapshots(np.ones((3, 2, 2), np.int8), 4.0), path)
    ...     load_snapshots(path).temperature
    4.0
    """
    with new_file(Path(path)) as draft, draft.open("wb") as stream:
        np.savez(
            stream,
            configurations=snapshots.configurations,
            temperature=np.float64(snapshots.temperature),
            n_states=np.int64(snapshots.n_states),
        )


def load_configurations(path: Path, n_states: int | None = None) -> NDArray[np.int8]:
    """Read configurations from an .npy file, or from the ``configurations`` of an .npz file.

    Those of an .npz file may be packed.

    Raises
    ------
    InputError
        If the file cannot be read or does not hold configurations.
    """
    content = _open(path)
    if isinstance(content, np.lib.npyio.NpzFile):
        with content:
            if {"packed", "lattice_size"} <= {*content.files} - {"configurations"}:
                size = _read_array(content, "lattice_size", path)
                spins = unpack(_read_array(content, "packed", path), size, f"{path}: ")
                return check_configurations(spins, str(path), n_states)
            if "configurations" not in content.files:
                raise InputError(f"{path}: found no field configurations, expected one")
            content = _read_array(content, "configurations", path)
    return check_configurations(content, str(path), n_states)


def random_configurations(count: int, size: int, n_states: int, seed: int) -> NDArray[np.int8]:
    """Uniformly random configurations (infinite temperature), int8 (count, L, L).

    Examples
    --------
    >>> random_configurations(2, 4, n_states=2, seed=0).shape
    (2, 4, 4)
    """
    states = np.random.default_rng(seed).integers(0, n_states, (count, size, size), dtype=np.int8)
    return 2 * states - 1 if n_states == 2 else states
