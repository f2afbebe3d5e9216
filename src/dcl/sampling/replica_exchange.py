"""Replica exchange: Metropolis at many temperatures side by side, for any energy.

The sweeps come from a ``Sweeper``, so that true models and networks share this loop. Before every
measurement neighbouring temperatures exchange replicas, see `dcl.sampling.temperature_ladder`.
Energies are totals; temperatures are in units of J / k_B.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Unpack

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import LatticeSize, lattice_shape
from dcl.lattice.hamiltonians import Potts
from dcl.sampling.proposals import propose
from dcl.sampling.site_tables import Hamiltonian, site_table
from dcl.sampling.temperature_ladder import TemperatureLadder
from dcl.sampling.threads import over_threads
from dcl.sampling.walk import Walk, WalkOptions, check_least
from dcl.sampling.xoshiro import chain_states, load, store

__all__ = [
    "HamiltonianSweeper",
    "Replicas",
    "Sweeper",
    "TimeSeries",
    "order_parameter",
    "replica_exchange",
]


class Replicas(NamedTuple):
    """Replicas that a sweep updates in place, each with its own temperature and random numbers.

    ``configurations`` int8 (n, L1, L2), ``energies`` float64 (n,) in J, ``inverse_temperatures``
    (n,) in k_B / J, ``random_states`` uint64 (n, 4) from `dcl.sampling.xoshiro.chain_states`.
    """

    configurations: NDArray[np.int8]
    energies: NDArray[np.float64]
    inverse_temperatures: NDArray[np.float64]
    random_states: NDArray[np.uint64]

    @property
    def flat(self) -> NDArray[np.int8]:
        """Configurations (n, N), of the same memory."""
        return self.configurations.reshape(len(self.configurations), -1)


class Sweeper(ABC):
    """Metropolis sweeps of every replica.

    Every sweep must leave the Boltzmann distribution of every replica unchanged and use only the
    replica's own random numbers.
    """

    def sweep(
        self,
        configurations: NDArray[np.int8],
        energies: NDArray[np.float64],
        inverse_temperatures: NDArray[np.float64],
        random_states: NDArray[np.uint64],
        sweeps: int = 1,
    ) -> None:
        """Update configurations (n, L1, L2), energies (n,) and random_states (n, 4) in place."""
        replicas = Replicas(configurations, energies, inverse_temperatures, random_states)
        self._sweep(replicas, sweeps)

    @abstractmethod
    def _sweep(self, replicas: Replicas, sweeps: int) -> None: ...


@dataclass(frozen=True)
class TimeSeries:
    """Time series of ``replica_exchange``.

    Attributes
    ----------
    temperatures
        (n_temperatures,), ascending or descending as given, in units of J / k_B.
    energy
        (n_temperatures, chains, n_samples), totals in units of J.
    magnetisation
        The same shape; see ``order_parameter``.
    configurations
        int8 (n_temperatures, chains, L, L), the last ones.
    exchange_rates
        (n_temperatures - 1,), accepted exchanges of neighbouring temperatures per attempt.
    """

    temperatures: NDArray[np.float64]
    energy: NDArray[np.float64]
    magnetisation: NDArray[np.float64]
    configurations: NDArray[np.int8]
    exchange_rates: NDArray[np.float64]


def order_parameter(configurations: NDArray[np.int8], n_states: int) -> NDArray[np.float64]:
    """Measure the magnetisation per site (n,) of configurations (n, L, L).

    Two states are spins and give the signed mean, from -1 to 1. Q > 2 Potts states give
    (Q max_a n_a / N - 1) / (Q - 1), from 0 to 1, where n_a counts the sites in state a.

    Examples
    --------
    >>> order_parameter(np.zeros((1, 4, 4), np.int8), n_states=3)
    array([1.])
    """
    if n_states == 2:
        return np.asarray(configurations.mean(axis=(1, 2), dtype=np.float64))
    shares = [(configurations == state).mean(axis=(1, 2)) for state in range(n_states)]
    return np.asarray((n_states * np.max(shares, axis=0) - 1) / (n_states - 1), np.float64)


def replica_exchange(
    sweeper: Sweeper,
    size: LatticeSize,
    temperatures: ArrayLike,
    *,
    n_states: int,
    initial_energy: Callable[[NDArray[np.int8]], NDArray[np.float64]],
    sweeps: int,
    **walk: Unpack[WalkOptions],
) -> TimeSeries:
    """Sample all temperatures at once.

    Parameters
    ----------
    sweeper : Sweeper
        Makes the Metropolis sweeps.
    size : int or tuple of int
        L, or rows and columns.
    temperatures : array_like, shape (n_temperatures,)
        Positive and monotonic; ``math.inf`` is allowed.
    n_states : int
        2 for spins -1 and +1, otherwise Q of the states 0 ... Q-1.
    initial_energy : callable
        Total energies (n,) of configurations (n, L, L); called once.
    sweeps : int
        Sweeps that are measured.
    **walk
        Fields of `dcl.sampling.walk.Walk`: ``chains`` independent ladders; ``stride`` sweeps, 1 by
        default, from one sample, and one attempt to exchange, to the next, so that
        n_samples = sweeps // stride; an ordered ``start`` is what large lattices below a
        transition need, which do not order in a reasonable time.

    Raises
    ------
    InputError
        For a size below 2, fewer sweeps than a stride, or temperatures out of order.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> series = replica_exchange(
    ...     HamiltonianSweeper(Ising(), 4), 4, [1.0, 2.0, 4.0], n_states=2,
    ...     initial_energy=Ising().energy, chains=2, sweeps=100, burn_in=10, seed=1)
    >>> series.energy.shape
    (3, 2, 100)
    """
    walk.setdefault("stride", 1)
    plan = Walk(**walk)
    shape = lattice_shape(size)
    check_least(2, size=min(shape))
    check_least(1, stride=plan.stride)
    check_least(plan.stride, sweeps=sweeps)
    ladder = TemperatureLadder(temperatures, plan.chains, plan.seed)
    random_states = chain_states(plan.seed, ladder.betas.size)
    configurations = random_configurations(ladder.betas.size, shape, n_states, plan.seed)
    if plan.start == "ordered":
        configurations[:] = n_states - 1
    energies = np.array(initial_energy(configurations), np.float64)
    energy = np.empty((*ladder.replicas.shape, sweeps // plan.stride))
    magnetisation = np.empty_like(energy)
    rounds = range(-math.ceil(plan.burn_in / plan.stride), sweeps // plan.stride)
    for sample in tqdm(rounds, unit="sample", disable=not plan.progress):
        sweeper.sweep(configurations, energies, ladder.betas, random_states, plan.stride)
        ladder.exchange(energies, parity=(sample + 1) % 2)
        if sample >= 0:
            energy[:, :, sample] = energies[ladder.replicas]
            magnetisation[:, :, sample] = order_parameter(configurations, n_states)[ladder.replicas]
    last = configurations[ladder.replicas]
    return TimeSeries(ladder.temperatures, energy, magnetisation, last, ladder.rates())


class HamiltonianSweeper(Sweeper):
    """Metropolis sweeps under a true model; a ``Sweeper``.

    A sweep of a replica is N = L^2 proposals at sites picked at random.

    Parameters
    ----------
    hamiltonian
        Ising, EdwardsAnderson, MultiSpinIsing, BlumeCapel or Potts with three states or more.
    size
        L.

    Raises
    ------
    InputError
        For a two-state Potts model: ``replica_exchange`` would take its states for spins.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> spins = np.ones((1, 4, 4), np.int8)
    >>> energies = Ising().energy(spins)
    >>> HamiltonianSweeper(Ising(), 4).sweep(spins, energies, np.array([0.5]), chain_states(1, 1))
    >>> bool(energies == Ising().energy(spins))
    True
    """

    def __init__(self, hamiltonian: Hamiltonian, size: int) -> None:
        if isinstance(hamiltonian, Potts) and hamiltonian.n_states == 2:
            raise InputError("hamiltonian: found Potts with 2 states, expected Ising in its place")
        self._table = site_table(hamiltonian, size)

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        spins, (_, energies, betas, random_states) = replicas.flat, replicas
        over_threads(
            _sweep, len(spins), spins.size * sweeps, spins, energies, betas, self._table,
            random_states, sweeps,
        )  # fmt: skip


@njit(cache=True, nogil=True)
def _sweep(  # type: ignore[no-untyped-def]
    first, last, configurations, energies, betas, table, random_states, sweeps
):
    n_sites = configurations.shape[1]
    for replica in range(first, last):
        configuration, energy, beta = configurations[replica], energies[replica], betas[replica]
        words = load(random_states, replica)
        for _ in range(sweeps * n_sites):
            site, value, old, new, remainder, words = propose(configuration, table, words)
            if new <= old or remainder < math.exp(beta * (old - new)):
                configuration[site] = value
                energy += new - old
        energies[replica] = energy
        store(random_states, replica, words)
