"""Snapshots of cold glasses and other frustrated models, by replica exchange with hotter copies."""

import itertools
import math
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from dcl.sampling.replica_exchange import HamiltonianSweeper
from dcl.sampling.site_tables import Hamiltonian, slow_temperature, start_configurations
from dcl.sampling.temperature_ladder import TemperatureLadder
from dcl.sampling.walk import Walk, WalkOptions, check_snapshots
from dcl.sampling.xoshiro import chain_states

__all__ = ["LADDERS", "sample_exchanged"]

LADDERS = 64
"""Most ladders; more snapshots than these come from one ladder one after another."""
_HOTTEST = 1.25
"""Highest temperature of a ladder, in units of `slow_temperature`."""


def sample_exchanged(
    hamiltonian: Hamiltonian, size: int, temperature: float, count: int, **walk: Unpack[WalkOptions]
) -> NDArray[np.int8]:
    """Sample snapshots at the lowest temperature of independent ladders.

    Arguments, result and errors are those of `dcl.sampling.equilibrium.sample_equilibrium`. A chain
    is a ladder of temperatures, of which there are at most 64; replicas are exchanged after every
    sweep, even and odd pairs in turn for any stride.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import EdwardsAnderson
    >>> glass = EdwardsAnderson.gaussian(4, seed=1)
    >>> sample_exchanged(glass, 4, temperature=0.3, count=10, seed=1).shape
    (10, 4, 4)
    """
    plan = Walk(**walk)
    check_snapshots(temperature, count, plan.stride)
    chains = min(plan.chains, count, LADDERS)
    sweeper = HamiltonianSweeper(hamiltonian, size)
    ladder = TemperatureLadder(_temperatures(hamiltonian, size, temperature), chains, plan.seed)
    replicas = ladder.betas.size
    random_states = chain_states(plan.seed, replicas)
    configurations = start_configurations(hamiltonian, size, replicas, plan.seed, plan.start)
    energies = hamiltonian.energy(configurations)
    parities = itertools.cycle((0, 1))

    def sweep(sweeps: int) -> None:
        for parity in itertools.islice(parities, sweeps):
            sweeper.sweep(configurations, energies, ladder.betas, random_states)
            ladder.exchange(energies, parity)

    def write(part: NDArray[np.int8]) -> None:
        part[:] = configurations[ladder.replicas[0, : len(part)]].reshape(len(part), -1)

    return plan.record(size, count, chains, sweep, write)


def _temperatures(hamiltonian: Hamiltonian, size: int, coldest: float) -> NDArray[np.float64]:
    """Return a geometric ladder, as close as a heat capacity of one a site asks for."""
    hottest = _HOTTEST * max(slow_temperature(hamiltonian, size), coldest)
    steps = 2 + math.ceil(size * math.log(hottest / coldest))
    return np.geomspace(coldest, hottest, steps)
