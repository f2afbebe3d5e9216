"""Snapshots of the Ising model in a field, each at its own coupling and field.

The weight of a configuration is exp(K A + B M), see `dcl.exact.ising_field`. A sweep gives each
spin in order its conditional distribution, then turns all spins over with the probability
1 / (1 + exp(2 B M)) of a heat bath: without that move a cold lattice keeps the sign of its start.
"""

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.machine import over_threads
from dcl.sampling.xoshiro import chain_states, load, uniform

__all__ = ["sample_ising_in_field"]


def sample_ising_in_field(
    size: int, K: ArrayLike, B: ArrayLike, *, seed: int, sweeps: int = 200
) -> NDArray[np.int8]:
    """Run one chain a pair of coupling and field from all spins up, and return its last state.

    Parameters
    ----------
    size : int
        L, 2 or more.
    K, B : array_like
        J / T and h / T, shape (n,) each, finite.
    seed : int
        The same seed gives the same snapshots, for any number of threads.
    sweeps : int
        From the start to the snapshot.

    Returns
    -------
    numpy.ndarray
        int8, shape (n, L, L).

    Raises
    ------
    InputError
        For other shapes, parameters that are not finite, and values out of range.

    Examples
    --------
    >>> sample_ising_in_field(4, [0.3, 0.4], [0.0, -0.1], seed=1).shape
    (2, 4, 4)
    """
    couplings, fields = np.asarray(K, np.float64), np.asarray(B, np.float64)
    if couplings.ndim != 1 or couplings.shape != fields.shape or not len(fields):
        raise InputError(f"K, B: found shapes {couplings.shape}, {fields.shape}, expected (n,)")
    if not np.isfinite(couplings + fields).all():
        raise InputError("K, B: found a number that is not finite, expected finite numbers")
    if size < 2 or sweeps < 1:
        raise InputError(f"size, sweeps: found {size}, {sweeps}, expected at least 2 and 1")
    upward = 1 / (1 + np.exp(-2 * (fields[:, None] + couplings[:, None] * np.arange(-4, 5))))
    spins = np.ones((len(fields), size, size), np.int8)
    states = chain_states(seed, len(fields))
    over_threads(_run, len(fields), spins.size * sweeps, spins, states, upward, fields, sweeps)
    return spins


@njit(cache=True, nogil=True)
def _run(first, last, spins, states, upward, fields, sweeps):  # type: ignore[no-untyped-def]
    size = spins.shape[1]
    for chain in range(first, last):
        lattice, words, table = spins[chain], load(states, chain), upward[chain]
        for _ in range(sweeps):
            total = 0
            for i in range(size):
                up, down = lattice[i - 1], lattice[i + 1 if i + 1 < size else 0]
                row = lattice[i]
                for j in range(size):
                    right = row[j + 1 if j + 1 < size else 0]
                    neighbours = np.int64(up[j]) + down[j] + row[j - 1] + right
                    number, words = uniform(words)
                    row[j] = 1 if number < table[neighbours + 4] else -1
                    total += row[j]
            number, words = uniform(words)
            if number * (1 + np.exp(2 * fields[chain] * total)) < 1:
                for i in range(size):
                    for j in range(size):
                        lattice[i, j] = -lattice[i, j]
