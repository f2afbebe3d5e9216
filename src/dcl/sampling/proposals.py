"""The single-site proposal that all samplers share: pick a site and another state for it.

A site's energy depends on its own state and on those of its four neighbours, or eight under a
multi-spin law, so one table per model holds every case: ``SiteTable.values[site, neighbourhood,
state]``, where ``neighbourhood`` reads the neighbours' states (left, right, up, down; then upper
left, upper right, lower left, lower right) as a number in base Q. Models with uniform couplings
have one row for all sites. Sites are picked at random, one at a time, which makes every step obey
detailed balance and the walk ergodic even at infinite temperature.

Numba's cache does not see that a kernel's inlined functions changed: after an edit here or in
``random.py``, delete ``src/dcl/sampling/__pycache__``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.sampling.xoshiro import uniform

__all__ = ["Model", "SiteTable", "propose", "random_start", "site_table"]

Model = Ising | Potts | EdwardsAnderson | MultiSpinIsing

_SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
"""Of the lattice, which bring a site's neighbours to its place."""


class SiteTable(NamedTuple):
    """Everything a kernel needs to know about a model.

    ``neighbours`` is uint32 (N, z) and ``values`` float64 (1 or N, Q^z, Q) for z = 4 or 8
    neighbours; ``is_spin`` is 1 where configurations hold -1 and +1 (state = (value + 1) / 2), 0
    where they hold the states.
    """

    neighbours: NDArray[np.uint32]
    values: NDArray[np.float64]
    n_states: int
    is_spin: int


def site_table(hamiltonian: Model, size: int) -> SiteTable:
    """Tabulate the energy of all terms that hold a site, in units of J.

    Examples
    --------
    >>> site_table(Potts(3), 8).values.shape
    (1, 81, 3)
    """
    if size < 2:
        raise InputError(f"size: found {size}, expected 2 or more")
    if isinstance(hamiltonian, MultiSpinIsing):
        hamiltonian.check_size(size)
        values = _multi_spin_values(hamiltonian)
        return SiteTable(_neighbours(size, 8), values, 2, 1)
    n_states = hamiltonian.n_states
    difference = (np.arange(n_states)[None, :] - np.arange(n_states)[:, None]) % n_states
    if isinstance(hamiltonian, Potts):
        couplings, bond_energies = np.ones((1, 4)), hamiltonian.bond_energies[difference]
    else:
        couplings, bond_energies = _bonds(hamiltonian, size), np.where(difference == 0, -1.0, 1.0)
    digits = np.indices((n_states,) * 4).reshape(4, -1)
    values = np.einsum("sd,dnq->snq", couplings, bond_energies[digits])
    is_spin = int(not isinstance(hamiltonian, Potts))
    return SiteTable(_neighbours(size, 4), values, n_states, is_spin)


def _neighbours(size: int, count: int) -> NDArray[np.uint32]:
    """The first ``count`` neighbours of every site, shape (N, count)."""
    sites = np.arange(size * size, dtype=np.uint32).reshape(size, size)
    rolled = [np.roll(sites, shift, axis=(0, 1)).ravel() for shift in _SHIFTS[:count]]
    return np.stack(rolled, axis=1)


def _multi_spin_values(hamiltonian: MultiSpinIsing) -> NDArray[np.float64]:
    """Energies (1, 2^8, 2) of the terms that hold a site, by its eight neighbours' spins."""
    spins = 2 * np.indices((2,) * 8).reshape(8, -1) - 1
    left, right, up, down, upper_left, upper_right, lower_left, lower_right = spins
    plaquettes = left * (up * upper_left + down * lower_left)
    plaquettes += right * (up * upper_right + down * lower_right)
    nearest, diagonal = spins[:4].sum(axis=0), spins[4:].sum(axis=0)
    field = hamiltonian.nearest * nearest + hamiltonian.diagonal * diagonal
    field += hamiltonian.plaquette * plaquettes
    return np.stack([field, -field], axis=1)[None]


def _bonds(hamiltonian: Ising | EdwardsAnderson, size: int) -> NDArray[np.float64]:
    horizontal, vertical = hamiltonian.couplings(size)
    right, down = np.roll(horizontal, -1, axis=1), np.roll(vertical, -1, axis=0)
    bonds = np.stack([horizontal, right, vertical, down], axis=-1).reshape(-1, 4)
    return bonds[:1] if isinstance(hamiltonian, Ising) else bonds


def random_start(hamiltonian: Model, size: int, count: int, seed: int) -> NDArray[np.int8]:
    """Draw uniformly random configurations (count, size, size) of a model.

    Examples
    --------
    >>> random_start(Potts(3), 4, 10, seed=1).shape
    (10, 4, 4)
    """
    states = random_configurations(count, size, hamiltonian.n_states, seed)
    two_colours = isinstance(hamiltonian, Potts) and hamiltonian.n_states == 2
    return (states + 1) // 2 if two_colours else states


@njit(cache=True, forceinline=True)  # left to itself, the compiler does not: a third of the speed
def propose(configuration, table, words):  # type: ignore[no-untyped-def]
    """Pick a site and a different state for it, both uniformly, with one random number.

    ``configuration`` is flat, int8 (N,). Returns (site, its new value, table value of the old
    state, of the new state, a further uniform number, advanced words). The further number is what
    the picks left over of the 53 random bits: at least 38 bits for N (Q-1) <= 2^15.
    """
    n_sites, n_states, is_spin = len(configuration), table.n_states, table.is_spin
    position, words = uniform(words)
    position *= n_sites
    site = np.uint32(position)
    position = (position - site) * (n_states - 1)
    shift = np.uint32(position)
    neighbourhood = 0
    for direction in range(table.neighbours.shape[1]):
        value = configuration[table.neighbours[site, direction]]
        neighbourhood = neighbourhood * n_states + ((value + is_spin) >> is_spin)
    state = (configuration[site] + is_spin) >> is_spin
    other = state + 1 + shift
    if other >= n_states:
        other -= n_states
    row = table.values[np.uint32(site * (len(table.values) > 1)), np.uint32(neighbourhood)]
    return (
        site,
        (other << is_spin) - is_spin,
        row[np.uint32(state)],
        row[np.uint32(other)],
        position - shift,
        words,
    )
