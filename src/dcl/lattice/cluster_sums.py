"""Sums of cluster functions over all places of a torus."""

from collections.abc import Sequence
from string import ascii_letters

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.lattice.clusters import ClusterFunction, Sites
from dcl.machine import over_threads

__all__ = ["ClusterSums"]


class ClusterSums:
    """The sum of each function over a torus, one cluster of each kind at every site.

    Parameters
    ----------
    functions : sequence of ClusterFunction
    shape : tuple of int
        Rows and columns of the torus.
    corners : numpy.ndarray, optional
        Sites at which clusters have their corner, int64; all by default.

    Attributes
    ----------
    means : numpy.ndarray
        Exact means of the sums over uniformly random configurations, float64 (functions,): zero but
        where a narrow torus makes a cluster meet itself.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> field, pair = cluster_functions(3, 2, 2)[:2]
    >>> ClusterSums([field, pair], (4, 4))(np.ones((1, 4, 4), np.int8))
    array([[16., 16.]])
    """

    def __init__(
        self,
        functions: Sequence[ClusterFunction],
        shape: tuple[int, int],
        corners: NDArray[np.int64] | None = None,
    ) -> None:
        rows, columns = shape
        corners = np.arange(rows * columns) if corners is None else corners
        row, column = np.divmod(corners, columns)
        clusters = [(k, *item) for k, f in enumerate(functions) for item in f.tables.items()]
        widest = max((len(sites) for _, sites, _ in clusters), default=1)
        self._members = np.zeros((len(clusters), len(corners), widest), np.int32)
        self._factors = np.zeros((len(clusters), widest), np.int64)
        for number, (_, sites, table) in enumerate(clusters):
            for place, (r, c) in enumerate(sites):
                self._members[number, :, place] = (row + r) % rows * columns + (
                    column + c
                ) % columns
                self._factors[number, place] = len(table) ** (len(sites) - 1 - place)
        self._owners = np.array([owner for owner, _, _ in clusters], np.int64)
        sizes = [table.size for _, _, table in clusters]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._tables = np.concatenate([*(table.ravel() for _, _, table in clusters), np.zeros(0)])
        self._many, self.means = len(functions), np.zeros(len(functions))
        for owner, sites, table in clusters:
            self.means[owner] += len(corners) * _random_mean(sites, table, shape)

    def __call__(self, states: NDArray[np.int8]) -> NDArray[np.float64]:
        """Add up every function, float64 (n, functions).

        Parameters
        ----------
        states : numpy.ndarray
            0..Q-1, or spins -1 and +1, int8, shape (n, L1, L2).
        """
        sums = np.zeros((len(states), self._many))
        flat = states.reshape(len(states), -1)
        over_threads(
            _add_up, len(flat), len(flat) * self._members.size, flat, self._members, self._factors,
            self._owners, self._starts, self._tables, sums,
        )  # fmt: skip
        return sums


def _random_mean(sites: Sites, table: NDArray[np.float64], shape: tuple[int, int]) -> float:
    """Mean of a table over independent states of the distinct sites of a cluster on a torus."""
    rows, columns = shape
    cells = [(r % rows, c % columns) for r, c in sites]
    labels = "".join(ascii_letters[cells.index(cell)] for cell in cells)
    total = float(np.einsum(f"{labels}->", table))
    return total / float(len(table) ** len(set(labels)))


@njit(cache=True, nogil=True)
def _add_up(  # type: ignore[no-untyped-def]
    first, last, states, members, factors, owners, starts, tables, sums
):
    for row in range(first, last):
        for cluster in range(len(owners)):
            total = 0.0
            for site in range(members.shape[1]):
                place = starts[cluster]
                for k in range(members.shape[2]):
                    state = states[row, members[cluster, site, k]]
                    place += factors[cluster, k] * max(state, 0)
                total += tables[place]
            sums[row, owners[cluster]] += total
