"""The square lattice with periodic boundaries: unwrap orders and tiles.

Sites of an L x L torus are numbered row by row: site ``i * L + j`` is row i, column j.
Every function returns site numbers (int64), so that gathering is one indexing operation.
"""

from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = ["UnwrapOrder", "tile_sites", "unwrap_order"]

UnwrapOrder = Literal["raster", "snake", "spiral"]


def unwrap_order(name: UnwrapOrder, size: int) -> NDArray[np.int64]:
    """Sites of an L x L lattice in the order in which a sequence model reads them.

    ``raster`` reads every row from left to right, ``snake`` every second row from right to
    left, so that consecutive sites are neighbours, and ``spiral`` starts at the centre and
    winds outwards (the paper, section "Essence of the approach").

    Parameters
    ----------
    name : {"raster", "snake", "spiral"}
    size : int
        Linear size L.

    Returns
    -------
    numpy.ndarray
        Site numbers, int64, shape (L * L,), each once.

    Raises
    ------
    InputError
        If the name is unknown.

    Examples
    --------
    >>> unwrap_order("snake", 3)
    array([0, 1, 2, 5, 4, 3, 6, 7, 8])
    >>> unwrap_order("spiral", 3)
    array([4, 5, 8, 7, 6, 3, 0, 1, 2])
    """
    if name not in get_args(UnwrapOrder):
        raise InputError(
            f"order: found {name!r}, expected one of {', '.join(get_args(UnwrapOrder))}"
        )
    sites = np.arange(size * size, dtype=np.int64).reshape(size, size)
    if name == "spiral":
        return _spiral(size)
    if name == "snake":
        sites[1::2] = sites[1::2, ::-1]
    return sites.ravel()


def _spiral(size: int) -> NDArray[np.int64]:
    """Walk right, down, left, up with legs of length 1, 1, 2, 2, 3, 3, ... from the centre."""
    row = column = (size - 1) // 2
    order = [row * size + column]
    leg = 0
    while len(order) < size * size:
        row_step, column_step = ((0, 1), (1, 0), (0, -1), (-1, 0))[leg % 4]
        for _ in range(leg // 2 + 1):
            row, column = row + row_step, column + column_step
            if 0 <= row < size and 0 <= column < size:
                order.append(row * size + column)
        leg += 1
    return np.array(order, dtype=np.int64)


@cache
def tile_sites(size: int, focus: int, context: int) -> NDArray[np.int64]:
    """Sites of the overlapping tiles over which an extensive network sums.

    The lattice is covered by focus blocks of f x f sites; a tile is a block with c sites of
    context on every side, w = f + 2c wide, wrapped around the torus (Mills et al., Chem. Sci.
    10, 4129 (2019)).

    Parameters
    ----------
    size : int
        Linear size L of the lattice.
    focus, context : int
        f >= 1 and c >= 0.

    Returns
    -------
    numpy.ndarray
        Site numbers, int64, shape ((L / f) ** 2, w * w).

    Raises
    ------
    InputError
        If f does not divide L.

    Examples
    --------
    >>> tile_sites(4, focus=2, context=0)
    array([[ 0,  1,  4,  5],
           [ 2,  3,  6,  7],
           [ 8,  9, 12, 13],
           [10, 11, 14, 15]])
    """
    if size < 1 or size % focus:
        raise InputError(
            f"lattice size: found {size}, expected a multiple of the network's focus {focus}"
        )
    span = np.arange(-context, focus + context)
    lines = (np.arange(0, size, focus)[:, None] + span) % size
    sites = lines[:, None, :, None] * size + lines[None, :, None, :]
    return np.ascontiguousarray(sites.reshape((size // focus) ** 2, span.size**2))
