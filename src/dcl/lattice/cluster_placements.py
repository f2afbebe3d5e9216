"""Placements of clusters on a torus: those that hold one site, by the states of its neighbours."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.clusters import ClusterFunction

__all__ = ["Placements", "placements"]

Integers = NDArray[np.int64]


class Placements(NamedTuple):
    """Every cluster that holds a site.

    Attributes
    ----------
    cells : numpy.ndarray
        Int64 (cells, 2), rows and columns from the site to all that are coupled to it; itself
        first.
    owners : numpy.ndarray
        Int64 (placements,), number of the function of each.
    starts : numpy.ndarray
        Int64 (placements,), where its values begin in `tables`.
    digits, factors : numpy.ndarray
        Int64 (placements, most sites): the cells that it couples, and how far the state of each
        moves the place in the table.
    own : numpy.ndarray
        Int64 (placements,), how far the site's own state moves it.
    tables : numpy.ndarray
        Float64, the values of all functions by the states of their clusters.
    """

    cells: Integers
    owners: Integers
    starts: Integers
    digits: Integers
    factors: Integers
    own: Integers
    tables: NDArray[np.float64]

    def around(self, sites: Integers, shape: tuple[int, int]) -> Integers:
        """Sites at the cells of each site of a torus, int64 (sites, cells)."""
        rows, columns = shape
        row, column = np.divmod(np.asarray(sites)[:, None], columns)
        down, right = self.cells.T
        return np.asarray((row + down) % rows * columns + (column + right) % columns)


def placements(functions: Sequence[ClusterFunction], shape: tuple[int, int]) -> Placements:
    """Place the clusters of functions on a torus so that they hold one site.

    Clusters that a narrow torus makes equal count once, as in the sum over its sites.

    Parameters
    ----------
    functions : sequence of ClusterFunction
    shape : tuple of int
        Rows and columns of the torus.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> pair = cluster_functions(3, 2, 2, ("point-group", "states"))[:1]
    >>> placements(pair, (4, 4)).cells.tolist()
    [[0, 0], [0, 1], [0, 3], [1, 0], [3, 0]]
    """
    rows, columns = shape
    cells: dict[tuple[int, int], int] = {(0, 0): 0}
    owners, starts, tables, total = [], [], [], 0
    places: list[list[tuple[int, int]]] = []
    for number, function in enumerate(functions):
        for sites, table in function.tables.items():
            strides = [len(table) ** (len(sites) - 1 - k) for k in range(len(sites))]
            for down, right in dict.fromkeys(((-r) % rows, (-c) % columns) for r, c in sites):
                seen = [((r + down) % rows, (c + right) % columns) for r, c in sites]
                numbers = [cells.setdefault(cell, len(cells)) for cell in seen]
                places.append(list(zip(numbers, strides, strict=True)))
                owners.append(number)
                starts.append(total)
            tables.append(table.ravel())
            total += table.size
    widest = max(map(len, places), default=1)
    digits, factors = (np.zeros((len(places), widest), np.int64) for _ in range(2))
    for row, pairs in enumerate(places):
        digits[row, : len(pairs)], factors[row, : len(pairs)] = zip(*pairs, strict=True)
    own = np.where(digits == 0, factors, 0).sum(axis=1)
    return Placements(
        np.array(list(cells), np.int64), np.array(owners, np.int64), np.array(starts, np.int64),
        digits, factors, own, np.concatenate([*tables, np.zeros(0)]),
    )  # fmt: skip
