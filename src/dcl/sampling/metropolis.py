"""Single-spin-flip Metropolis sampling of the true models at one temperature.

Many independent chains run side by side. A sweep is N = L^2 proposals at sites picked at random
(see `dcl.sampling.proposals`). Boltzmann factors come from a table, so no exponential is taken in
the loop.
"""

from typing import Unpack

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.sampling.proposals import propose
from dcl.sampling.site_tables import Hamiltonian, site_table, start_configurations
from dcl.sampling.threads import compile_first, over_threads
from dcl.sampling.walk import Walk, WalkOptions, check_snapshots
from dcl.sampling.xoshiro import chain_states, load, store

__all__ = ["sample_metropolis"]


def sample_metropolis(
    hamiltonian: Hamiltonian, size: int, temperature: float, count: int, **walk: Unpack[WalkOptions]
) -> NDArray[np.int8]:
    """Sample snapshots at one temperature.

    Arguments, result and errors are those of `dcl.sampling.equilibrium.sample_equilibrium`. A
    stride of 0 stores a chain after every single proposal, as the paper's authors did: neighbours
    in time are nearly equal.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> sample_metropolis(Ising(), 8, temperature=4.0, count=10, seed=1).shape
    (10, 8, 8)
    """
    plan = Walk(**walk)
    check_snapshots(temperature, count)
    chains = min(plan.chains, count)
    table = site_table(hamiltonian, size)
    weights = np.exp((table.values.min(axis=2, keepdims=True) - table.values) / temperature)
    table = table._replace(values=weights)
    states = chain_states(plan.seed, chains)
    walkers = start_configurations(hamiltonian, size, chains, plan.seed, plan.start)
    walkers = walkers.reshape(chains, -1)
    compile_first(_walk, plan.progress, walkers, table, states, 1)

    def sweep(sweeps: int) -> None:
        proposals = sweeps * size**2 or 1
        over_threads(_walk, chains, chains * proposals, walkers, table, states, proposals)

    def write(part: NDArray[np.int8]) -> None:
        part[:] = walkers[: len(part)]

    return plan.record(size, count, chains, sweep, write)


@njit(cache=True, nogil=True)
def _walk(first, last, walkers, table, random_states, proposals):  # type: ignore[no-untyped-def]
    for chain in range(first, last):
        configuration = walkers[chain]
        words = load(random_states, chain)
        for _ in range(proposals):
            site, value, old, new, remainder, words = propose(configuration, table, words)
            if remainder * old < new:
                configuration[site] = value
        store(random_states, chain, words)
