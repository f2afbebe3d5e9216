"""Heat-bath sweeps under couplings of clusters, for any number of states.

A site's new state is drawn from its distribution given all others (Creutz, Phys. Rev. D 21, 2308
(1980)); its energies are looked up in the tables of the clusters that hold it.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.lattice.cluster_placements import placements
from dcl.lattice.clusters import ClusterFunction
from dcl.sampling.replica_exchange import Replicas, Sweeper
from dcl.sampling.threads import over_threads
from dcl.sampling.xoshiro import load, store, uniform

__all__ = ["CouplingSweeper"]

Array = NDArray[np.float64]


class CouplingSweeper(Sweeper):
    """Heat-bath sweeps of clusters, over the sites in order.

    Parameters
    ----------
    clusters : sequence of ClusterFunction
        Tables in J: functions times couplings.
    shape : tuple of int
        Rows and columns of the torus.
    n_states : int
    sites : numpy.ndarray, optional
        Those that are drawn, int64; all by default. The others stay.
    """

    def __init__(
        self,
        clusters: Sequence[ClusterFunction],
        shape: tuple[int, int],
        n_states: int,
        sites: NDArray[np.int64] | None = None,
    ) -> None:
        placed = placements(clusters, shape)
        self._sites = np.arange(shape[0] * shape[1]) if sites is None else sites
        self._around, self._n_states = placed.around(self._sites, shape), n_states
        self._tables = placed[2:]

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        flat, (_, energies, betas, random_states) = replicas.flat, replicas
        states = np.maximum(flat, 0)
        over_threads(
            _heat_bath, len(states), sweeps * states.size, states, energies, betas, random_states,
            self._sites, self._around, *self._tables, self._n_states, sweeps,
        )  # fmt: skip
        flat[:] = 2 * states - 1 if self._n_states == 2 else states


@njit(cache=True, nogil=True)
def _heat_bath(  # type: ignore[no-untyped-def]
    first, last, states, energies, betas, generators, sites, around, starts, digits, factors, own,
    tables, n_states, sweeps,
):  # fmt: skip
    for row in range(first, last):
        words = load(generators, row)
        costs, sums = np.empty(n_states), np.empty(n_states)
        for step in range(sweeps * len(sites)):
            index = step % len(sites)
            old = np.int64(states[row, sites[index]])
            costs[:] = 0
            for k in range(len(starts)):
                place = starts[k] - own[k] * old
                for c in range(digits.shape[1]):
                    place += factors[k, c] * states[row, around[index, digits[k, c]]]
                for state in range(n_states):
                    costs[state] += tables[place + own[k] * state]
            total = 0.0
            lowest = costs.min()
            for state in range(n_states):
                total += np.exp(-betas[row] * (costs[state] - lowest))
                sums[state] = total
            draw, words = uniform(words)
            new = 0
            while new < n_states - 1 and draw * total >= sums[new]:
                new += 1
            energies[row] += costs[new] - costs[old]
            states[row, sites[index]] = new
        store(generators, row, words)
