"""Snapshots of cold glasses and other frustrated models, by replica exchange with hotter copies."""

import math
from typing import Unpack

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.sampling.replica_exchange import HamiltonianSweeper
from dcl.sampling.site_tables import Model, slow_temperature, start_configurations
from dcl.sampling.temperature_ladder import TemperatureLadder
from dcl.sampling.walk import Walk, WalkOptions, check_snapshots
from dcl.sampling.xoshiro import chain_states

__all__ = ["LADDERS", "sample_exchanged"]

LADDERS = 64
"""At most: more snapshots than these come from one ladder one after another."""
_HOTTEST = 1.25
"""Highest temperature of a ladder, in units of `slow_temperature`."""


def sample_exchanged(
    hamiltonian: Model,
    size: int,
    temperature: float,
    count: int,
    **walk: Unpack[WalkOptions],
) -> NDArray[np.int8]:
    """Sample snapshots at the lowest temperature of independent ladders.

    Parameters
    ----------
    hamiltonian : Ising, Potts, EdwardsAnderson or MultiSpinIsing
    size : int
        L, 2 or more; 3 or more for MultiSpinIsing.
    temperature : float
        In units of J / k_B, below `dcl.sampling.site_tables.slow_temperature`.
    count : int
        Number of snapshots.
    **walk
        Fields of `dcl.sampling.walk.Walk`; a chain is a ladder, of which there are at most 64.
        Replicas are exchanged after every sweep.

    Returns
    -------
    ndarray of int8, shape (count, L, L)
        Snapshot k is the (k // ladders)-th of ladder k % ladders.

    Raises
    ------
    InputError
        If a value is out of range.

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

    def walk_on(sweeps: int) -> None:
        for k in range(sweeps):
            sweeper.sweep(configurations, energies, ladder.betas, random_states)
            ladder.exchange(energies, parity=k % 2)

    snapshots = np.empty((count, size, size), np.int8)
    walk_on(plan.burn_in)
    with tqdm(total=count, unit="snapshot", disable=not plan.progress) as bar:
        for start in range(0, count, chains):
            walk_on(plan.stride)
            part = snapshots[start : start + chains]
            part[:] = configurations[ladder.replicas[0, : len(part)]]
            bar.update(len(part))
    return snapshots


def _temperatures(hamiltonian: Model, size: int, coldest: float) -> NDArray[np.float64]:
    """Return a geometric ladder, as close as a heat capacity of one a site asks for."""
    hottest = _HOTTEST * max(slow_temperature(hamiltonian, size), coldest)
    steps = 2 + math.ceil(size * math.log(hottest / coldest))
    return np.geomspace(coldest, hottest, steps)
