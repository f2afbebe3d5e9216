"""Sweepers of replicas in groups of 64: packing, and configurations kept between calls."""

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.sampling.replica_exchange import Replicas, Sweeper
from dcl.sampling.simd_lanes import GROUP, grouped, pack, unpack

__all__ = ["LaneSweeper"]


class LaneSweeper(Sweeper):
    """Sweeps of replicas side by side, which read a configuration once if no other moves it.

    Parameters
    ----------
    n_states : int
        2 for spins -1 and +1, otherwise Q of the states 0..Q-1.
    """

    def __init__(self, n_states: int) -> None:
        self._n_states = n_states
        self._known = np.empty((0, 0), np.int8)

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        flat, (_, energies, inverse_temperatures, random_states) = replicas.flat, replicas
        if not np.array_equal(flat, self._known):
            self._known = np.empty_like(flat)
            self._states = np.empty((-(-len(flat) // GROUP), flat.shape[1], GROUP), np.int8)
            pack(flat, self._states)
            self._read()
        betas, sums = grouped(inverse_temperatures.astype(np.float32)), grouped(energies)
        words = np.ascontiguousarray(grouped(random_states).swapaxes(1, 2))
        self._walk((betas, words), sums, sweeps)
        unpack(self._states, flat, *((-1, 1) if self._n_states == 2 else (0, 0)))
        self._known[:] = flat
        energies[:] = sums.reshape(-1)[: len(flat)]
        random_states[:] = words.swapaxes(1, 2).reshape(-1, 4)[: len(flat)]

    @abstractmethod
    def _read(self) -> None:
        """Find what else is kept of the states (groups, N, 64)."""

    @abstractmethod
    def _walk(
        self, chains: tuple[NDArray[Any], NDArray[Any]], sums: NDArray[np.float64], sweeps: int
    ) -> None:
        """Sweep; chains are 1 / T (groups, 64) and words (groups, 4, 64), sums energies."""
