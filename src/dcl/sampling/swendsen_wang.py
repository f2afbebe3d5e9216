"""Cluster moves for Ising and Potts models at one temperature: Swendsen and Wang.

A sweep picks a reflection of the states, a -> c - a modulo Q, which leaves every bond energy as it
is when applied to both of its ends. A bond between states a and b joins them with probability
1 - exp(-max(0, E(c - a, b) - E(a, b)) / T), and every cluster of joined sites is reflected or not
with equal probability: R. H. Swendsen and J.-S. Wang, Phys. Rev. Lett. 58, 86 (1987), in the
form of U. Wolff, Phys. Rev. Lett. 62, 361 (1989), for several states. Whole domains turn over in
one sweep, so that a quench into stripes is left at once and both signs of the order are seen.
"""

from typing import Unpack

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.lattice.hamiltonians import Ising, Potts
from dcl.sampling.site_tables import site_table, start_configurations
from dcl.sampling.threads import compile_first, over_threads
from dcl.sampling.walk import Walk, WalkOptions, check_snapshots
from dcl.sampling.xoshiro import chain_states, load, next_word, store, uniform

__all__ = ["sample_swendsen_wang"]


def sample_swendsen_wang(
    hamiltonian: Ising | Potts,
    size: int,
    temperature: float,
    count: int,
    **walk: Unpack[WalkOptions],
) -> NDArray[np.int8]:
    """Sample snapshots at one temperature, by clusters.

    Arguments, result and errors are those of `dcl.sampling.equilibrium.sample_equilibrium`, for
    Ising and Potts: ferromagnets, and antiferromagnets that are not frustrated; others are sampled
    right too, but no sooner than by single spins. A sweep builds the clusters of a lattice once.

    Examples
    --------
    No stripes after a quench, and as many lattices up as down:

    >>> cold = sample_swendsen_wang(Ising(), 8, temperature=0.5, count=1000, seed=1, burn_in=50)
    >>> int(Ising().energy(cold).max()), bool(abs(cold.mean()) < 0.2)
    (-128, True)
    """
    plan = Walk(**walk)
    check_snapshots(temperature, count, plan.stride)
    chains = min(plan.chains, count)
    join = _join_probabilities(hamiltonian, temperature)
    neighbours = site_table(hamiltonian, size).neighbours[:, [0, 2]].astype(np.int64)
    configurations = start_configurations(hamiltonian, size, chains, plan.seed, plan.start)
    states = configurations.reshape(chains, -1)
    is_spin = isinstance(hamiltonian, Ising)
    states = (states + np.int8(1)) // np.int8(2) if is_spin else states
    lattices = (states, neighbours, join, chain_states(plan.seed, chains))
    compile_first(_sweep, plan.progress, *lattices, 1)

    def sweep(sweeps: int) -> None:
        over_threads(_sweep, chains, states.size * sweeps, *lattices, sweeps)

    def write(part: NDArray[np.int8]) -> None:
        part[:] = 2 * states[: len(part)] - 1 if is_spin else states[: len(part)]

    return plan.record(size, count, chains, sweep, write)


def _join_probabilities(hamiltonian: Ising | Potts, temperature: float) -> NDArray[np.float64]:
    """Tabulate by reflection c and difference a - b, and by c - 2a, the chance of joining.

    Shape (Q, Q, Q), read at [c, a, b]; of two states the reflection c = 1 alone moves anything.
    """
    n_states = hamiltonian.n_states
    if isinstance(hamiltonian, Ising):
        energies = np.array([-hamiltonian.coupling, hamiltonian.coupling])
    else:
        energies = hamiltonian.bond_energies
    c, a, b = np.indices((n_states,) * 3)
    cost = energies[(c - a - b) % n_states] - energies[(a - b) % n_states]
    probabilities: NDArray[np.float64] = -np.expm1(-np.maximum(cost, 0) / temperature)
    return probabilities


@njit(cache=True)
def _root(parents, site):  # type: ignore[no-untyped-def]
    """Return the first site of a cluster, and shorten the way to it."""
    while parents[site] != site:
        parents[site] = parents[parents[site]]
        site = parents[site]
    return site


@njit(cache=True)
def _build(lattice, neighbours, chances, parents, words):  # type: ignore[no-untyped-def]
    """Join sites into clusters; returns advanced words."""
    for site in range(len(lattice)):
        parents[site] = site
    for site in range(len(lattice)):
        for direction in range(2):
            other = neighbours[site, direction]
            chance = chances[lattice[site], lattice[other]]
            if chance > 0.0:
                number, words = uniform(words)
                if number < chance:
                    one, two = _root(parents, site), _root(parents, other)
                    parents[max(one, two)] = min(one, two)
    return words


@njit(cache=True, nogil=True)
def _sweep(first, last, states, neighbours, join, random_states, sweeps):  # type: ignore[no-untyped-def]
    n_states, n_sites = len(join), states.shape[1]
    parents, turned = np.empty(n_sites, np.int64), np.empty(n_sites, np.bool_)
    for chain in range(first, last):
        lattice, words = states[chain], load(random_states, chain)
        for _ in range(sweeps):
            number, words = uniform(words)
            c = np.int64(number * n_states) if n_states > 2 else 1
            words = _build(lattice, neighbours, join[c], parents, words)
            for site in range(n_sites):
                if parents[site] == site:
                    word, words = next_word(words)
                    turned[site] = word >> np.uint64(63)
                if turned[_root(parents, site)]:
                    lattice[site] = (c - lattice[site]) % n_states
        store(random_states, chain, words)
