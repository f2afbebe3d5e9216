"""Configurations, temperatures and numbers of states: checks of arrays, and a random start.

Configurations are integers of shape (n, L1, L2): spins -1 and +1, or states 0..Q-1.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.lattice.geometry import LatticeSize, lattice_shape

__all__ = [
    "MAX_STATES",
    "check_configurations",
    "check_n_states",
    "check_temperature",
    "distinct_values",
    "number_of_states",
    "random_configurations",
    "square_lattices",
    "square_spins",
    "told",
]

MAX_STATES = 21


def check_temperature(value: Any, field: str) -> float:
    """Return the temperature as a float, if it is one positive finite number.

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
        raise InputError(f"{field}: found {told(value)}, expected one positive number (J / k_B)")
    return temperature


def check_n_states(value: Any, field: str) -> int:
    """Return the number of states as an integer, if it is one from 2 to `MAX_STATES`.

    Raises
    ------
    InputError
        If it is anything else.

    Examples
    --------
    >>> check_n_states([3], "n_states")
    3
    """
    array = _array(value)
    integer = array.size == 1 and array.dtype.kind in "iu"
    n_states = int(array.reshape(())) if integer else 0
    if not 2 <= n_states <= MAX_STATES:
        raise InputError(
            f"{field}: found {told(value)}, expected an integer from 2 to {MAX_STATES}"
        )
    return n_states


def _array(value: Any) -> NDArray[Any]:
    """Convert to an array; ragged lists become one of objects."""
    try:
        return np.asarray(value)
    except ValueError:
        return np.empty(0, object)


def told(value: Any) -> str:
    """Shorten a value for an error of one line.

    Examples
    --------
    >>> told(None), told(np.eye(2))
    ('nothing', '[[1. 0.] [0. 1.]]')
    """
    return "nothing" if value is None else " ".join(str(value).split())[:60]


def number_of_states(configurations: NDArray[np.int8]) -> int:
    """Read the number of states off configurations: 2 for spins, Q for states 0..Q-1.

    Examples
    --------
    >>> number_of_states(np.array([[[-1, 1], [1, 1]]], np.int8))
    2
    >>> number_of_states(np.array([[[0, 2], [1, 1]]], np.int8))
    3
    """
    lowest, highest = int(configurations.min()), int(configurations.max())
    return 2 if lowest == -1 or lowest == highest == 1 else max(highest + 1, 2)


def distinct_values(array: NDArray[Any]) -> set[float]:
    """Collect the distinct values of a numeric array.

    Few values close together, as configurations have, are found without sorting.

    Examples
    --------
    >>> sorted(distinct_values(np.array([0.5, -0.5, 0.5])))
    [-0.5, 0.5]
    """
    lowest, highest = array.min().item() + 0, array.max().item() + 0
    step = 0.5 if array.dtype.kind == "f" else 1
    tried = [lowest, highest]
    if highest - lowest <= MAX_STATES:
        tried = [lowest + step * k for k in range(int((highest - lowest) / step) + 1)]
    counts = {value: np.count_nonzero(array == value) for value in tried}
    if sum(counts.values()) == array.size:
        return {value for value, count in counts.items() if count}
    return set(np.unique(array).tolist())


def check_configurations(array: Any, field: str, n_states: int | None = None) -> NDArray[np.int8]:
    """Return the array as int8, if it is a set of configurations of rectangular lattices.

    Parameters
    ----------
    array : numpy.ndarray
        Expected: integers or booleans, shape (n, L1, L2) with n >= 1 and L1, L2 >= 2, values
        +1 / -1 or 0..Q-1, which are kept.
    field : str
        Name of the array in an error.
    n_states : int, optional
        Number of states that the values must fit; otherwise read off the values.

    Raises
    ------
    InputError
        If the type, the shape or a value is not as expected.
    """
    array = _array(array)
    if array.dtype.kind not in "iub":
        missing = array.dtype.kind == "f" and np.isnan(array).any()
        found = "NaN" if missing else f"dtype {array.dtype}"
        raise InputError(f"{field}: found {found}, expected integers or booleans")
    if array.ndim != 3 or min(array.shape[1:]) < 2:
        raise InputError(
            f"{field}: found shape {array.shape}, expected (n, L1, L2) with L1, L2 >= 2"
        )
    if len(array) == 0:
        raise InputError(f"{field}: found no configuration, expected at least one")
    values = distinct_values(array)
    spins, most = n_states in (None, 2), n_states or MAX_STATES
    if not (values <= set(range(most)) or (spins and values <= {-1, 1})):
        found = ", ".join(map(str, sorted(values)[:6]))
        expected = f"{'+1 and -1 or ' if spins else ''}0 to {most - 1}"
        raise InputError(f"{field}: found values {found}, expected {expected}")
    return np.ascontiguousarray(array, np.int8)


def square_lattices(configurations: ArrayLike) -> NDArray[np.generic]:
    """Return configurations of square lattices as an integer array (n, L, L).

    Raises
    ------
    InputError
        If the shape or the type is another.
    """
    array = np.asarray(configurations)
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.shape[1] < 2:
        raise InputError(
            f"configurations: found shape {array.shape}, expected (n, L, L) with L >= 2"
        )
    if array.dtype.kind not in "iu":
        raise InputError(f"configurations: found type {array.dtype}, expected integers (int8)")
    return array


def square_spins(configurations: ArrayLike) -> NDArray[np.int8]:
    """Return spins -1 and +1 on square lattices as int8 (n, L, L).

    Raises
    ------
    InputError
        If the shape, the type or a value is another.
    """
    array = square_lattices(configurations)
    if not np.isin(array, (-1, 1)).all():
        raise InputError("configurations: found values other than -1 and +1, expected spins")
    return array.astype(np.int8, copy=False)


def random_configurations(
    count: int, size: LatticeSize, n_states: int, seed: int
) -> NDArray[np.int8]:
    """Draw uniformly random configurations (infinite temperature), int8 (count, L1, L2).

    Examples
    --------
    >>> random_configurations(2, 4, n_states=2, seed=0).shape
    (2, 4, 4)
    """
    shape = (count, *lattice_shape(size))
    states = np.random.default_rng(seed).integers(0, n_states, shape, dtype=np.int8)
    return 2 * states - 1 if n_states == 2 else states
