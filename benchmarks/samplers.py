"""Our samplers as pieces of work: each call makes spin updates and returns their number.

A spin update is one proposal or heat-bath step of one spin of one replica.
"""

from collections.abc import Callable
from functools import partial

import numba
import numpy as np
from timing import rate

from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.energy import ExtensiveEnergy, SequenceEnergy
from dcl.models.kernels.strip_sweeps import StripSweeper
from dcl.models.networks import build_ednn, build_gru
from dcl.sampling.heat_bath import sample_heat_bath
from dcl.sampling.metropolis import sample_metropolis
from dcl.sampling.multispin import Replicas
from dcl.sampling.replica_exchange import Sweeper
from dcl.sampling.walk import Walk
from dcl.sampling.xoshiro import chain_states

Work = Callable[[], float]

CRITICAL = 2.269185
"""Temperature of the Ising rows, where mcising measures itself."""
REPLICAS = 256
"""Of the learned energies."""
BLOCK = 2048
"""Replicas of learned couplings that multispin coding moves together."""
SWEEPS = 5
"""From one measurement under a learned energy to the next, as `dcl.analysis.binder` has them."""
MOST_WORDS = 2**27
"""Of a lattice in multispin coding: 1 GiB; two groups of 2048 replicas are made all the same."""


def on_threads(work: Work, threads: int) -> Callable[[], float]:
    """The rate of the work with so many of Numba's threads."""

    def measured() -> float:
        numba.set_num_threads(threads)
        return rate(work)

    return measured


def multispin(size: int, temperature: float = CRITICAL) -> Work:
    groups = min(8, max(2, MOST_WORDS // (32 * size**2)))
    replicas = Replicas(Ising(), size, temperature, Walk(seed=1), at_least=2048 * groups)
    sweeps = max(1, 2**26 // (replicas.count * size**2))

    def work() -> float:
        replicas.sweep(sweeps)
        return float(sweeps * replicas.count * size**2)

    return work


def metropolis(size: int, temperature: float, chains: int = 256) -> Work:
    return _snapshots(sample_metropolis, Ising(), size, temperature, chains)


def heat_bath(
    model: Potts | EdwardsAnderson, size: int, temperature: float, chains: int = 1024
) -> Work:
    return _snapshots(sample_heat_bath, model, size, temperature, chains)


def _snapshots(
    sampler: Callable[..., object],
    model: Ising | Potts | EdwardsAnderson,
    size: int,
    temperature: float,
    chains: int,
) -> Work:
    sweeps = max(1, 2**26 // (chains * size**2))
    walk = partial(sampler, model, size, temperature, chains, seed=1, chains=chains)

    def work() -> float:
        walk(burn_in=0, stride=sweeps)
        return float(sweeps * chains * size**2)

    return work


def glass(size: int) -> EdwardsAnderson:
    return EdwardsAnderson.gaussian(size, seed=1)


def ednn(size: int, temperature: float = 2.5) -> Work:
    """Metropolis under an extensive network that is the Ising energy; see `ising_network`."""
    model = ising_network()
    return _sweeps(model.sweeper(size), model, size, temperature)


def learned_pairs(size: int, temperature: float = CRITICAL) -> Work:
    """Nearest-neighbour couplings in one block of words, in calls as long as mcising's."""
    pair = cluster_functions(3, 2, 2, ("point-group", "states"))[:1]
    model = CouplingsEnergy(pair, np.array([-1.0]))
    return _sweeps(model.sweeper(size), model, size, temperature, BLOCK, _long_call(size))


def learned_tiles(size: int, temperature: float = CRITICAL) -> Work:
    """All energies of a 3 x 3 tile by table; the couplings are those of `learned_pairs`."""
    pair = cluster_functions(3, 2, 2, ("point-group", "states"))[:1]
    model = CouplingsEnergy(pair, np.array([-1.0]))
    sweeper = StripSweeper(model.table, (size, size))
    return _sweeps(sweeper, model, size, temperature, REPLICAS, _long_call(size))


def _long_call(size: int) -> int:
    """Sweeps of a call that is as long as mcising's."""
    return max(1, 2**20 // size**2)


def gru(size: int, temperature: float = 2.5) -> Work:
    """Metropolis under the default recurrent network; it has random weights."""
    model = SequenceEnergy(build_gru(size**2), temperature=4.0, lattice_size=size)
    return _sweeps(model.sweeper(), model, size, temperature)


def _sweeps(
    sweeper: Sweeper,
    model: SequenceEnergy | ExtensiveEnergy | CouplingsEnergy,
    size: int,
    temperature: float,
    replicas: int = REPLICAS,
    sweeps: int = SWEEPS,
) -> Work:
    configurations = random_configurations(replicas, size, 2, seed=1)
    energies = model.energy(configurations)
    chains = (configurations, energies, np.full(replicas, 1 / temperature))
    generators = chain_states(1, replicas)
    for _ in range(5):
        sweeper.sweep(*chains, generators)

    def work() -> float:
        sweeper.sweep(*chains, generators, sweeps)
        return float(sweeps * configurations.size)

    return work


def ising_network() -> ExtensiveEnergy:
    """An extensive network of the usual shape whose weights make it the Ising energy, exactly.

    The bond of two spins is 1 - |s + t| = 1 - relu(s + t) - relu(-s - t). A learned one would make
    the same look-ups; this one also accepts as many proposals as the peer that it is held against.
    """
    network = build_ednn()
    dense = [layer for layer in network.layers if layer.get_weights()]
    first, second, last = ([np.zeros_like(w) for w in layer.get_weights()] for layer in dense)
    focus = [5, 6, 9, 10]  # of the tile's 4 x 4 sites
    bonds = [(site, site + step) for site in focus for step in (1, 4)]
    for unit, (site, other) in enumerate(bonds):
        first[0][[site, other], 2 * unit], first[0][[site, other], 2 * unit + 1] = 1, -1
    second[0][range(16), range(16)] = 1
    last[0][:16], last[1][:] = -1, len(bonds)
    for layer, weights in zip(dense, (first, second, last), strict=True):
        layer.set_weights(weights)
    model = ExtensiveEnergy(network)
    configurations = random_configurations(100, 6, 2, seed=1)
    np.testing.assert_allclose(model.energy(configurations), Ising().energy(configurations))
    return model
