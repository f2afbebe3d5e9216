"""Energies of one site given its neighbours, tabulated: what every sampler knows of a model.

A site's energy depends on its own state and on those of its four neighbours, or eight under
multi-spin couplings, so one table per model holds every case:
``SiteTable.values[site, neighbourhood, state]``, where ``neighbourhood`` reads the neighbours'
states (left, right, up, down; then upper left, upper right, lower left, lower right) as a number in
base Q. Models with uniform couplings have one row for all sites. What a site has by itself, such as
the crystal field and the field of a Blume-Capel model, does not depend on the neighbourhood.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.walk import Start, check_least

__all__ = [
    "Hamiltonian",
    "SiteTable",
    "bonds",
    "cumulative_probabilities",
    "site_table",
    "slow_temperature",
    "start_configurations",
]

Hamiltonian = Ising | Potts | EdwardsAnderson | MultiSpinIsing | BlumeCapel

_SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
"""Of the lattice, which bring a site's neighbours to its place."""


class SiteTable(NamedTuple):
    """Everything a kernel needs to know about a model.

    ``neighbours`` is uint32 (N, z) and ``values`` float64 (1 or N, Q^z, Q) for z = 4 or 8
    neighbours. Configurations hold ``lowest + state * 2 ** shift``: spins -1 and +1 have
    (-1, 1), those of spin one (-1, 0), and Potts states (0, 0).
    """

    neighbours: NDArray[np.uint32]
    values: NDArray[np.float64]
    n_states: int
    lowest: int
    shift: int


def site_table(hamiltonian: Hamiltonian, size: int) -> SiteTable:
    """Tabulate the energy of all terms that hold a site, in units of J.

    Examples
    --------
    >>> site_table(Potts(3), 8).values.shape
    (1, 81, 3)
    """
    check_least(2, size=size)
    if isinstance(hamiltonian, MultiSpinIsing):
        hamiltonian.check_size(size)
        values = _multi_spin_values(hamiltonian)
        return SiteTable(_neighbours(size, 8), values, 2, -1, 1)
    if isinstance(hamiltonian, BlumeCapel):
        values = _spin_one_values(hamiltonian)
        return SiteTable(_neighbours(size, 4), values, 3, -1, 0)
    n_states = hamiltonian.n_states
    difference = (np.arange(n_states)[None, :] - np.arange(n_states)[:, None]) % n_states
    if isinstance(hamiltonian, Potts):
        couplings, bond_energies = np.ones((1, 4)), hamiltonian.bond_energies[difference]
    else:
        couplings, bond_energies = bonds(hamiltonian, size), np.where(difference == 0, -1.0, 1.0)
    digits = np.indices((n_states,) * 4).reshape(4, -1)
    values = np.einsum("sd,dnq->snq", couplings, bond_energies[digits])
    lowest, shift = (0, 0) if isinstance(hamiltonian, Potts) else (-1, 1)
    return SiteTable(_neighbours(size, 4), values, n_states, lowest, shift)


def cumulative_probabilities(table: SiteTable, temperature: float) -> NDArray[np.float64]:
    """Conditional P(state <= a) of a site for a = 0 ... Q-2, shape (1 or N, Q^z, Q - 1).

    Examples
    --------
    >>> cumulative_probabilities(site_table(Ising(), 4), np.inf)[0, 0]
    array([0.5])
    """
    energies = table.values - table.values.min(axis=2, keepdims=True)
    weights = np.exp(-energies / temperature)
    sums = np.cumsum(weights, axis=2)
    return np.asarray(sums[..., :-1] / sums[..., -1:])


def _neighbours(size: int, count: int) -> NDArray[np.uint32]:
    """Return the first ``count`` neighbours of every site, shape (N, count)."""
    sites = np.arange(size * size, dtype=np.uint32).reshape(size, size)
    rolled = [np.roll(sites, shift, axis=(0, 1)).ravel() for shift in _SHIFTS[:count]]
    return np.stack(rolled, axis=1)


def _multi_spin_values(hamiltonian: MultiSpinIsing) -> NDArray[np.float64]:
    """Return the energies (1, 2^8, 2) of the terms that hold a site, by its neighbours' spins."""
    spins = 2 * np.indices((2,) * 8).reshape(8, -1) - 1
    left, right, up, down, upper_left, upper_right, lower_left, lower_right = spins
    plaquettes = left * (up * upper_left + down * lower_left)
    plaquettes += right * (up * upper_right + down * lower_right)
    nearest, diagonal = spins[:4].sum(axis=0), spins[4:].sum(axis=0)
    pairs = hamiltonian.nearest * nearest + hamiltonian.diagonal * diagonal
    field = pairs + hamiltonian.plaquette * plaquettes
    return np.stack([field, -field], axis=1)[None]


def _spin_one_values(hamiltonian: BlumeCapel) -> NDArray[np.float64]:
    """Return the energies (1, 3^4, 3) of a site's bonds and of the site by itself."""
    spins = np.arange(-1, 2)
    sums = np.indices((3,) * 4).reshape(4, -1).sum(axis=0) - 4
    return np.asarray(
        hamiltonian.onsite(spins) - hamiltonian.coupling * np.multiply.outer(sums, spins)
    )[None]


def bonds(hamiltonian: Ising | EdwardsAnderson, size: int) -> NDArray[np.float64]:
    """Return the couplings of every site to its left, right, upper and lower neighbour, in J.

    Shape (N, 4), or (1, 4) where all are equal.

    Examples
    --------
    >>> bonds(Ising(-1.0), 4)
    array([[-1., -1., -1., -1.]])
    """
    horizontal, vertical = hamiltonian.couplings(size)
    right, down = np.roll(horizontal, -1, axis=1), np.roll(vertical, -1, axis=0)
    couplings = np.stack([horizontal, right, vertical, down], axis=-1).reshape(-1, 4)
    return couplings[:1] if isinstance(hamiltonian, Ising) else couplings


def slow_temperature(hamiltonian: Hamiltonian, size: int) -> float:
    """Estimate below which temperature single spins no longer find equilibrium soon, in J / k_B.

    It is 0.62 of the mean-field temperature, half the range of a site's energy averaged over the
    sites: 1.1 T_c of the Ising model on the square lattice, 1.25 T_c of the Potts model with three
    states, and about 2 for Gaussian couplings of unit variance.

    Examples
    --------
    >>> slow_temperature(Ising(), 8)
    2.48
    """
    ranges = np.ptp(site_table(hamiltonian, size).values, axis=(1, 2)) / 2
    return float(0.62 * ranges.mean())


def start_configurations(
    hamiltonian: Hamiltonian, size: int, count: int, seed: int, start: Start = "random"
) -> NDArray[np.int8]:
    """Draw uniformly random configurations (count, size, size), or make ordered ones.

    Examples
    --------
    >>> start_configurations(Potts(3), 4, 10, seed=1).shape
    (10, 4, 4)
    """
    states = random_configurations(count, size, hamiltonian.n_states, seed)
    if isinstance(hamiltonian, Potts) and hamiltonian.n_states == 2:
        states = (states + np.int8(1)) // np.int8(2)
    if isinstance(hamiltonian, BlumeCapel):
        states -= np.int8(1)
    if start == "ordered":
        states[:] = hamiltonian.n_states - 1 if isinstance(hamiltonian, Potts) else 1
    return states
