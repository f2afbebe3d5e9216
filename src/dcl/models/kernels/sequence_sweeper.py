"""Metropolis sweeps of any sequence model; nothing is kept between calls."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dcl.sampling.replica_exchange import Replicas, Sweeper

__all__ = ["SequenceSweeper"]


class SequenceSweeper(Sweeper):
    """Sweeps under a sequence model.

    Parameters
    ----------
    temperature : float
        At which the snapshots were observed, J / k_B.
    order : numpy.ndarray
        Site numbers in reading order, shape (N,).
    n_states : int
    sweep : callable
        Sweeps sequences in place; see `dcl.models.sequence_functions.SequenceFunctions`.
    """

    def __init__(
        self,
        temperature: float,
        order: NDArray[np.int64],
        n_states: int,
        sweep: Callable[..., NDArray[np.float64]],
    ) -> None:
        self._temperature, self._order, self._spins = temperature, order, n_states == 2
        self._sweep_states = sweep

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        flat, (_, energies, betas, random_states) = replicas.flat, replicas
        states = np.maximum(flat[:, self._order], 0)
        gains = self._sweep_states(states, self._temperature * betas, random_states, sweeps)
        energies -= self._temperature * gains
        flat[:, self._order] = 2 * states - 1 if self._spins else states
