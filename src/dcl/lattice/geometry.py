"""The square lattice with periodic boundaries: unwrap orders and tiles.

A lattice has L x L sites, or L1 rows of L2 sites. They are numbered row by row: site ``i * L2 + j``
is row i, column j.
Every function returns site numbers (int64), so that gathering is one indexing operation.
"""

from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = [
    "Boundaries",
    "LatticeSize",
    "UnwrapOrder",
    "inside_sites",
    "lattice_shape",
    "lattice_size",
    "parse_lattice_size",
    "tile_sites",
    "unwrap_order",
]

Boundaries = Literal["periodic", "open"]
LatticeSize = int | tuple[int, int]
"""L of a square, or rows and columns."""
UnwrapOrder = Literal["raster", "snake", "spiral"]


def lattice_shape(size: LatticeSize) -> tuple[int, int]:
    """Return rows and columns of a size.

    Examples
    --------
    >>> lattice_shape(8), lattice_shape((12, 8))
    ((8, 8), (12, 8))
    """
    return (size, size) if isinstance(size, int | np.integer) else size


def lattice_size(rows: int, columns: int) -> LatticeSize:
    """Return L of a square, otherwise rows and columns.

    Examples
    --------
    >>> lattice_size(8, 8), lattice_size(12, 8)
    (8, (12, 8))
    """
    return rows if rows == columns else (rows, columns)


def parse_lattice_size(text: str, field: str = "size", least: int = 2) -> LatticeSize:
    """Parse the size in ``"16"`` or ``"12x8"``, rows first.

    Raises
    ------
    InputError
        If the text is something else, or a number is less than `least`.

    Examples
    --------
    >>> parse_lattice_size("12x8")
    (12, 8)
    """
    parts = text.split("x")
    if len(parts) > 2 or not all(p.isascii() and p.isdigit() and int(p) >= least for p in parts):
        raise InputError(
            f"{field}: found {text}, expected {least} or more, or rows x columns such as 12x8"
        )
    return lattice_size(int(parts[0]), int(parts[-1]))


def unwrap_order(name: UnwrapOrder, size: LatticeSize) -> NDArray[np.int64]:
    """List the sites of a lattice in the order in which a sequence model reads them.

    ``raster`` reads every row from left to right, ``snake`` every second row from right to
    left, so that consecutive sites are neighbours, and ``spiral`` starts at the centre and
    winds outwards (the paper, section "Essence of the approach"). Of a rectangle the spiral leaves
    out what is beyond its edges.

    Parameters
    ----------
    name : {"raster", "snake", "spiral"}
    size : int or tuple of int
        Linear size L, or rows and columns.

    Returns
    -------
    numpy.ndarray
        Site numbers, int64, shape (sites,), each once.

    Raises
    ------
    InputError
        If there is no order of this name.

    Examples
    --------
    >>> unwrap_order("snake", 3)
    array([0, 1, 2, 5, 4, 3, 6, 7, 8])
    >>> unwrap_order("spiral", 3)
    array([4, 5, 8, 7, 6, 3, 0, 1, 2])
    >>> unwrap_order("spiral", (2, 3))
    array([1, 2, 5, 4, 3, 0])
    """
    if name not in get_args(UnwrapOrder):
        raise InputError(
            f"order: found {name!r}, expected one of {', '.join(get_args(UnwrapOrder))}"
        )
    rows, columns = lattice_shape(size)
    sites = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    if name == "spiral":
        return _spiral(rows, columns)
    if name == "snake":
        sites[1::2] = sites[1::2, ::-1]
    return sites.ravel()


def _spiral(rows: int, columns: int) -> NDArray[np.int64]:
    """Walk right, down, left, up with legs of length 1, 1, 2, 2, 3, 3, ... from the centre."""
    row, column = (rows - 1) // 2, (columns - 1) // 2
    order = [row * columns + column]
    leg = 0
    while len(order) < rows * columns:
        row_step, column_step = ((0, 1), (1, 0), (0, -1), (-1, 0))[leg % 4]
        for _ in range(leg // 2 + 1):
            row, column = row + row_step, column + column_step
            if 0 <= row < rows and 0 <= column < columns:
                order.append(row * columns + column)
        leg += 1
    return np.array(order, dtype=np.int64)


@cache
def tile_sites(size: LatticeSize, focus: int, context: int) -> NDArray[np.int64]:
    """List the sites of the overlapping tiles over which an extensive network sums.

    The lattice is covered by focus blocks of f x f sites; a tile is a block with c sites of
    context on every side, w = f + 2c wide, wrapped around the torus (Mills et al., Chem. Sci.
    10, 4129 (2019)).

    Parameters
    ----------
    size : int or tuple of int
        Linear size L of the lattice, or rows and columns.
    focus, context : int
        f >= 1 and c >= 0.

    Returns
    -------
    numpy.ndarray
        Site numbers, int64, shape (sites / f ** 2, w * w).

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
    rows, columns = lattice_shape(size)
    if min(rows, columns) < 1 or rows % focus or columns % focus:
        raise InputError(
            f"lattice size: found {size}, expected a multiple of the network's focus {focus}"
        )
    span = np.arange(-context, focus + context)
    across = (np.arange(0, columns, focus)[:, None] + span) % columns
    down = (np.arange(0, rows, focus)[:, None] + span) % rows
    sites = down[:, None, :, None] * columns + across[None, :, None, :]
    return np.ascontiguousarray(sites.reshape(-1, span.size**2))


def inside_sites(rows: int, columns: int, margin: int, boundaries: Boundaries) -> NDArray[np.int64]:
    """List sites whose surroundings are known: all of a torus, else those far from the edges.

    Parameters
    ----------
    rows, columns : int
    margin : int
        Sites that an open lattice must have on all sides of such a site.
    boundaries : {"periodic", "open"}

    Raises
    ------
    InputError
        If there is no such site.

    Examples
    --------
    >>> inside_sites(3, 4, 1, "open")
    array([5, 6])
    """
    sites = np.arange(rows * columns).reshape(rows, columns)
    if boundaries == "open":
        if min(rows, columns) <= 2 * margin:
            raise InputError(
                f"lattice: found {rows} x {columns} sites, expected {2 * margin + 1} or more each "
                "way with open boundaries"
            )
        sites = sites[margin : rows - margin, margin : columns - margin]
    return sites.ravel()
