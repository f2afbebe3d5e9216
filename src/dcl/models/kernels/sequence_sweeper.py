"""Metropolis sweeps of any sequence model, block by block; nothing is kept between calls."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.models.kernels.blocks import each_block, in_blocks

__all__ = ["SequenceSweeper"]


class SequenceSweeper:
    """Sweeps under a sequence model, for `dcl.sampling.replica_exchange.replica_exchange`.

    Parameters
    ----------
    temperature : float
        At which the snapshots were observed, J / k_B.
    order : numpy.ndarray
        Site numbers in reading order, shape (N,).
    n_states : int
    weights : tuple
        Of its network, as the kernel reads them.
    kernel : callable
        Sweeps one block in place: from weights, states (C, N) in reading order, exponents (C,),
        gains of ln P (C,), generators (C, 4) and a number of sweeps.
    multiple : int
        Of which C must be one.
    """

    def __init__(
        self,
        temperature: float,
        order: NDArray[np.int64],
        n_states: int,
        weights: Any,
        kernel: Callable[..., None],
        multiple: int = 1,
    ) -> None:
        self._weights, self._kernel, self._multiple = weights, kernel, multiple
        self._temperature, self._order, self._spins = temperature, order, n_states == 2

    def sweep(
        self,
        configurations: NDArray[np.int8],
        energies: NDArray[np.float64],
        inverse_temperatures: NDArray[np.float64],
        random_states: NDArray[np.uint64],
        sweeps: int = 1,
    ) -> None:
        """Sweep every replica in place; see `dcl.sampling.replica_exchange.Sweeper`."""
        flat = configurations.reshape(len(configurations), -1)
        count = len(flat)
        states = in_blocks(np.maximum(flat[:, self._order], 0), self._multiple)
        exponents = in_blocks(self._temperature * inverse_temperatures, self._multiple)
        log_sums, generators = np.zeros(exponents.shape), in_blocks(random_states, self._multiple)
        each_block(
            self._kernel, self._weights, states, exponents, log_sums, generators,
            np.full(len(states), sweeps),
        )  # fmt: skip
        new = states.reshape(-1, flat.shape[1])[:count]
        flat[:, self._order] = 2 * new - 1 if self._spins else new
        energies -= self._temperature * log_sums.reshape(-1)[:count]
        random_states[:] = generators.reshape(-1, random_states.shape[1])[:count]
