"""Replica exchange: Metropolis at many temperatures side by side, for any energy.

The sweeps come from a ``Sweeper``, so that true models and networks share this loop. Replicas are
numbered 0 ... n-1 with n = n_temperatures * chains. A ladder is one replica at each temperature;
the ``chains`` ladders are independent. Before every measurement neighbouring temperatures of a
ladder, even and odd pairs in turn, exchange their replicas with probability
min(1, exp((beta - beta') (E - E'))) (Hukushima and Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996)).
Energies are totals; temperatures are in units of J / k_B.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.lattice.geometry import LatticeSize, lattice_shape
from dcl.lattice.hamiltonians import Potts
from dcl.sampling.proposals import Model, propose, site_table
from dcl.sampling.xoshiro import chain_states, load, store

__all__ = ["HamiltonianSweeper", "Sweeper", "TimeSeries", "order_parameter", "replica_exchange"]


class Sweeper(Protocol):
    """Metropolis sweeps of every replica."""

    def sweep(
        self,
        configurations: NDArray[np.int8],
        energies: NDArray[np.float64],
        inverse_temperatures: NDArray[np.float64],
        random_states: NDArray[np.uint64],
        sweeps: int = 1,
    ) -> None:
        """Update configurations (n, L, L), energies (n,) and random_states (n, 4) in place.

        ``inverse_temperatures`` (n,) are in units of k_B / J. Every sweep must leave the Boltzmann
        distribution of every replica unchanged and use only the replica's own random numbers.
        """


@dataclass(frozen=True)
class TimeSeries:
    """What ``replica_exchange`` saw.

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
    """Magnetisation per site (n,) of configurations (n, L, L).

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
    chains: int,
    sweeps: int,
    burn_in: int,
    stride: int = 1,
    seed: int,
    start: Literal["random", "ordered"] = "random",
    progress: bool = False,
) -> TimeSeries:
    """Sample all temperatures at once.

    Parameters
    ----------
    sweeper
        Makes the Metropolis sweeps.
    size
        L, or rows and columns.
    temperatures
        (n_temperatures,), positive and monotonic; ``math.inf`` is allowed.
    n_states
        2 for spins -1 and +1, otherwise Q of the states 0 ... Q-1.
    initial_energy
        Total energies (n,) of configurations (n, L, L); called once.
    chains
        Independent ladders.
    sweeps, burn_in, stride
        Sweeps that are measured, sweeps before them, and sweeps from one sample, and one attempt
        to exchange, to the next: n_samples = sweeps // stride.
    seed
        The same seed gives the same samples.
    start
        Random configurations, or all sites in the highest state: what large lattices below a
        transition need, which do not order in a reasonable time.
    progress
        Show a progress bar on standard error.

    Raises
    ------
    InputError
        For values out of range.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> series = replica_exchange(
    ...     HamiltonianSweeper(Ising(), 4), 4, [1.0, 2.0, 4.0], n_states=2,
    ...     initial_energy=Ising().energy, chains=2, sweeps=100, burn_in=10, seed=1)
    >>> series.energy.shape
    (3, 2, 100)
    """
    shape = lattice_shape(size)
    _check(size=(min(shape), 2), chains=(chains, 1), stride=(stride, 1), burn_in=(burn_in, 0))
    _check(sweeps=(sweeps, stride))
    ladder = _Ladder(_monotonic(temperatures), chains, seed)
    random_states = chain_states(seed, ladder.betas.size)
    configurations = _random_start(n_states, (ladder.betas.size, *shape), seed)
    if start == "ordered":
        configurations[:] = n_states - 1
    energies = np.array(initial_energy(configurations), np.float64)
    energy = np.empty((*ladder.replicas.shape, sweeps // stride))
    magnetisation = np.empty_like(energy)
    rounds = range(-math.ceil(burn_in / stride), sweeps // stride)
    for sample in tqdm(rounds, unit="sample", disable=not progress):
        sweeper.sweep(configurations, energies, ladder.betas, random_states, stride)
        ladder.exchange(energies, parity=(sample + 1) % 2)
        if sample >= 0:
            energy[:, :, sample] = energies[ladder.replicas]
            magnetisation[:, :, sample] = order_parameter(configurations, n_states)[ladder.replicas]
    last = configurations[ladder.replicas]
    return TimeSeries(ladder.temperatures, energy, magnetisation, last, ladder.rates())


class _Ladder:
    """Which replica is at which temperature; ``replicas`` has shape (n_temperatures, chains)."""

    def __init__(self, temperatures: NDArray[np.float64], chains: int, seed: int) -> None:
        self.temperatures = temperatures
        self.replicas = np.arange(len(temperatures) * chains).reshape(-1, chains)
        self.betas = np.repeat(1.0 / temperatures, chains)
        self._random = np.random.default_rng([seed, 1])
        self._attempts = np.zeros(len(temperatures) - 1)
        self._accepted = np.zeros(len(temperatures) - 1)

    def exchange(self, energies: NDArray[np.float64], parity: int) -> None:
        colder, hotter = self.replicas[parity:-1:2].copy(), self.replicas[parity + 1 :: 2].copy()
        gain = (self.betas[colder] - self.betas[hotter]) * (energies[colder] - energies[hotter])
        accepted = np.log1p(-self._random.random(gain.shape)) < gain
        self.replicas[parity:-1:2] = np.where(accepted, hotter, colder)
        self.replicas[parity + 1 :: 2] = np.where(accepted, colder, hotter)
        self.betas[self.replicas] = 1.0 / self.temperatures[:, None]
        self._attempts[parity::2] += gain.shape[1]
        self._accepted[parity::2] += accepted.sum(axis=1)

    def rates(self) -> NDArray[np.float64]:
        return np.asarray(self._accepted / np.maximum(self._attempts, 1))


def _check(**fields: tuple[int, int]) -> None:
    for name, (value, least) in fields.items():
        if value < least:
            raise InputError(f"{name}: found {value}, expected {least} or more")


def _monotonic(temperatures: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(temperatures, np.float64)
    if array.ndim != 1 or not array.size or not (array > 0).all():
        raise InputError(f"temperatures: found {array}, expected a list of positive numbers")
    steps = np.sign(array[1:] - array[:-1])
    if not (abs(steps.sum()) == steps.size):
        raise InputError(f"temperatures: found {array}, expected them in order")
    return array


def _random_start(n_states: int, shape: tuple[int, ...], seed: int) -> NDArray[np.int8]:
    states = np.random.default_rng([seed, 0]).integers(0, n_states, shape, dtype=np.int8)
    return 2 * states - np.int8(1) if n_states == 2 else states


class HamiltonianSweeper:
    """Metropolis sweeps under a true model; a ``Sweeper``.

    A sweep of a replica is N = L^2 proposals at sites picked at random.

    Parameters
    ----------
    hamiltonian
        Ising, EdwardsAnderson, MultiSpinIsing or Potts with three states or more.
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

    def __init__(self, hamiltonian: Model, size: int) -> None:
        if isinstance(hamiltonian, Potts) and hamiltonian.n_states == 2:
            raise InputError("hamiltonian: found Potts with 2 states, expected Ising in its place")
        self._table = site_table(hamiltonian, size)

    def sweep(
        self,
        configurations: NDArray[np.int8],
        energies: NDArray[np.float64],
        inverse_temperatures: NDArray[np.float64],
        random_states: NDArray[np.uint64],
        sweeps: int = 1,
    ) -> None:
        """Update configurations (n, L, L), energies (n,) and random_states (n, 4) in place."""
        flat = configurations.reshape(len(configurations), -1)
        _sweep(flat, energies, inverse_temperatures, self._table, random_states, sweeps)


@njit(cache=True, parallel=True)
def _sweep(configurations, energies, betas, table, random_states, sweeps):  # type: ignore[no-untyped-def]
    replicas, n_sites = configurations.shape
    for replica in prange(replicas):
        configuration, energy, beta = configurations[replica], energies[replica], betas[replica]
        words = load(random_states, replica)
        for _ in range(sweeps * n_sites):
            site, value, old, new, remainder, words = propose(configuration, table, words)
            if new <= old or remainder < math.exp(beta * (old - new)):
                configuration[site] = value
                energy += new - old
        energies[replica] = energy
        store(random_states, replica, words)
