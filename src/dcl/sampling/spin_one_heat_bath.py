"""Heat-bath snapshots of Blume-Capel models, a whole plane of parameters at once.

A sweep visits the sites in order and gives each a new state with its exact conditional probability
given its neighbours, from a table. Every step leaves the Boltzmann distribution unchanged.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.spin_one import BlumeCapel
from dcl.machine import over_threads
from dcl.sampling.site_tables import cumulative_probabilities, site_table
from dcl.sampling.xoshiro import chain_states, load, uniform

__all__ = ["sample_blume_capel"]


def sample_blume_capel(
    hamiltonians: Sequence[BlumeCapel],
    temperatures: Sequence[float],
    size: int,
    count: int,
    *,
    seed: int,
    sweeps: int = 300,
    slabs: Sequence[int] | None = None,
) -> NDArray[np.int8]:
    """Draw snapshots of several models, one a chain.

    Where a transition jumps, a chain that starts in one phase stays there beyond it. One that
    starts in slabs of all phases does not: their interfaces move until the stable phase has won.

    Parameters
    ----------
    hamiltonians, temperatures : sequence
        Models and their temperatures in J / k_B, equally many.
    size, count : int
        L, 2 or more, and snapshots of each model.
    seed : int
        The same seed gives the same snapshots, for any number of threads.
    sweeps : int
        From the start to the snapshot.
    slabs : sequence of int, optional
        Spins of the phases that share the rows at the start, equally; random spins by default.

    Returns
    -------
    numpy.ndarray
        int8, shape (models, count, L, L), values -1, 0 and +1.

    Raises
    ------
    InputError
        For unequal numbers of models and temperatures, or a value below its least.

    Examples
    --------
    >>> sample_blume_capel([BlumeCapel(crystal_field=1.0)], [1.4], 8, count=5, seed=1).shape
    (1, 5, 8, 8)
    """
    if len(hamiltonians) != len(temperatures) or not len(temperatures):
        raise InputError(
            f"temperatures: found {len(temperatures)}, expected one for each of "
            f"{len(hamiltonians)} models"
        )
    if not all(temperature > 0 for temperature in temperatures):
        raise InputError(f"temperatures: found {min(temperatures)}, expected positive numbers")
    if size < 2 or count < 1 or sweeps < 1:
        raise InputError(
            f"size, count, sweeps: found {size}, {count}, {sweeps}, expected at least 2, 1, 1"
        )
    below = np.concatenate(
        [
            cumulative_probabilities(site_table(hamiltonian, size), temperature)
            for hamiltonian, temperature in zip(hamiltonians, temperatures, strict=True)
        ]
    )
    states = chain_states(seed, len(below) * count)
    spins = np.empty((len(below), count, size, size), np.int8)
    if slabs is None:
        spins[:] = np.random.default_rng(seed).integers(-1, 2, spins.shape, np.int8)
    else:
        phases = np.asarray(slabs, np.int8)
        spins[:] = phases[np.arange(size) * len(phases) // size][:, None]
    chains = spins.reshape(-1, size, size)
    over_threads(_run, len(chains), spins.size * sweeps, chains, states, below, sweeps)
    return spins


@njit(cache=True, nogil=True)
def _run(first, last, spins, states, below, sweeps):  # type: ignore[no-untyped-def]
    size = spins.shape[1]
    for chain in range(first, last):
        lattice, words = spins[chain], load(states, chain)
        table = below[chain * len(below) // len(spins)]
        for _ in range(sweeps):
            for i in range(size):
                up, down = lattice[i - 1], lattice[i + 1 if i + 1 < size else 0]
                row = lattice[i]
                for j in range(size):
                    right = row[j + 1 if j + 1 < size else 0]
                    neighbourhood = 27 * row[j - 1] + 9 * right + 3 * up[j] + down[j] + 40
                    number, words = uniform(words)
                    low, high = table[neighbourhood]
                    row[j] = np.int8(number >= low) + np.int8(number >= high) - np.int8(1)
