"""Shapes of snapshots as files have them, and as the package has them: (n, L1, L2)."""

from math import isqrt

import numpy as np

from dcl.errors import InputError
from dcl.lattice.storage import StoredArray, whole_array

__all__ = ["lattice_axes", "looks_turned", "snapshots_first"]


def lattice_axes(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Read rows and columns of the lattice off the shape of an array of snapshots.

    Snapshots are (n, L1, L2); (n, L1, L2, 1) or (n, 1, L1, L2) with an axis of channels; or
    (n, L * L), flattened. A square array is not taken for flattened snapshots: it is more likely
    one snapshot.

    Examples
    --------
    >>> lattice_axes((100, 64)), lattice_axes((100, 1, 4, 6)), lattice_axes((100, 60))
    ((8, 8), (4, 6), None)
    """
    if len(shape) == 4 and 1 in (shape[1], shape[3]):
        shape = shape[:3] if shape[3] == 1 else (shape[0], *shape[2:])
    if len(shape) == 2 and shape[0] != shape[1] and isqrt(shape[1]) ** 2 == shape[1]:
        shape = (shape[0], isqrt(shape[1]), isqrt(shape[1]))
    return (shape[1], shape[2]) if len(shape) == 3 and min(shape[1:]) >= 2 else None


def looks_turned(shape: tuple[int, ...]) -> bool:
    """Tell whether the snapshots of an array are more likely on its last axis than on its first.

    They are if the first two axes are a square and the third is not, or if there are less than
    half as many snapshots as sites in a row; of flattened snapshots, if there are less than sites
    and that number is a square.

    Examples
    --------
    >>> looks_turned((8, 8, 1000)), looks_turned((1000, 8, 8)), looks_turned((64, 1024))
    (True, False, True)
    """
    if len(shape) == 2:
        return 4 <= shape[0] < shape[1] and isqrt(shape[0]) ** 2 == shape[0]
    if len(shape) != 3:
        return False
    count, rows, columns = shape
    return rows != columns and (count == rows or 2 * count < columns)


def snapshots_first(array: StoredArray, snapshots_last: bool) -> StoredArray:
    """Bring an array of snapshots into the shape (n, L1, L2); with its last axis first, whole.

    Raises
    ------
    InputError
        If the shape is not one of snapshots, or there are none.

    Examples
    --------
    >>> spins = whole_array("spins", np.ones((64, 100), np.int8))
    >>> snapshots_first(spins, snapshots_last=True).shape
    (100, 8, 8)
    """
    if snapshots_last and len(array.shape) > 1:
        array = whole_array(array.name, np.moveaxis(array.read(), -1, 0))
    axes = lattice_axes(array.shape)
    if axes is None:
        advice = "" if snapshots_last or not looks_turned(array.shape) else ", or --snapshots-last"
        raise InputError(
            f"{array.name}: found shape {array.shape}, expected (n, L1, L2) with L1, L2 >= 2"
            f"{advice}"
        )
    if array.shape[0] == 0:
        raise InputError(f"{array.name}: found no configuration, expected at least one")
    return StoredArray(
        array.name,
        (array.shape[0], *axes),
        array.dtype,
        lambda start, stop: array.read(start, stop).reshape(-1, *axes),
    )
