"""Heat-bath sampling of the true models at one temperature, 64 replicas in vector instructions.

A sweep visits the sites in order and gives each a new state with its conditional probability given
its neighbours: a number of 32 random bits is compared with Q - 1 thresholds from a table, so
that probabilities are right to 2^-32. Every step leaves the Boltzmann distribution unchanged, and
at infinite temperature a single sweep forgets everything.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.sampling.proposals import Model, SiteTable, random_start, site_table
from dcl.sampling.simd_lanes import GROUP, grouped, lane_word, pack, unpack
from dcl.sampling.xoshiro import chain_states

__all__ = ["sample_heat_bath"]


def sample_heat_bath(
    hamiltonian: Model,
    size: int,
    temperature: float,
    count: int,
    *,
    seed: int,
    chains: int = 1024,
    burn_in: int = 1000,
    stride: int = 10,
    progress: bool = False,
) -> NDArray[np.int8]:
    """Snapshots at one temperature.

    Parameters
    ----------
    hamiltonian, size, temperature, count, seed, chains, burn_in, progress
        See `dcl.sampling.metropolis.sample_metropolis`.
    stride
        Sweeps from each snapshot of a chain to the next, 1 or more.

    Returns
    -------
    configurations
        int8 (count, L, L). Snapshot k is the (k // chains)-th of chain k % chains, so neighbours
        in the array are independent and time runs along it.

    Raises
    ------
    InputError
        For values out of range.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Potts
    >>> sample_heat_bath(Potts(3), 8, temperature=4.0, count=10, seed=1).shape
    (10, 8, 8)
    """
    if not temperature > 0:
        raise InputError(f"temperature: found {temperature}, expected a positive number")
    for name, value in {"count": count, "chains": chains, "stride": stride}.items():
        if value < 1:
            raise InputError(f"{name}: found {value}, expected 1 or more")
    if burn_in < 0:
        raise InputError(f"burn_in: found {burn_in}, expected 0 or more")
    chains = min(chains, count)
    table = site_table(hamiltonian, size)
    words = np.ascontiguousarray(grouped(chain_states(seed, chains)).swapaxes(1, 2))
    states = np.empty((len(words), size * size, GROUP), np.int8)
    pack(random_start(hamiltonian, size, chains, seed).reshape(chains, -1), states)
    walk = (states, words, table.neighbours, _thresholds(table, temperature))
    snapshots = np.empty((count, size * size), np.int8)
    _sweep(*walk, burn_in)
    with tqdm(total=count, unit="snapshot", disable=not progress) as bar:
        for start in range(0, count, chains):
            _sweep(*walk, stride)
            part = snapshots[start : start + chains]
            unpack(states, part, bool(table.is_spin))
            bar.update(len(part))
    return snapshots.reshape(count, size, size)


def _thresholds(table: SiteTable, temperature: float) -> NDArray[np.uint32]:
    """2^32 times P(state <= a) for a = 0 ... Q-2, shape (Q - 1, 1 or N, Q^4)."""
    energies = table.values - table.values.min(axis=2, keepdims=True)
    weights = np.exp(-energies / temperature)
    below = np.cumsum(weights, axis=2)[..., :-1] / weights.sum(axis=2, keepdims=True)
    numbers = np.minimum(np.rint(below * 2.0**32), 2.0**32 - 1)
    return np.ascontiguousarray(np.moveaxis(numbers, 2, 0)).astype(np.uint32)


@njit(cache=True)
def _draw(words, numbers):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        numbers[lane] = lane_word(words, lane) >> np.uint64(32)


@njit(cache=True)
def _read(left, right, up, down, n_states, neighbourhoods):  # type: ignore[no-untyped-def]
    """Neighbours' states as numbers in base Q."""
    for lane in range(GROUP):
        upper = np.uint32(left[lane]) * np.uint32(n_states) + np.uint32(right[lane])
        lower = np.uint32(up[lane]) * np.uint32(n_states) + np.uint32(down[lane])
        neighbourhoods[lane] = upper * np.uint32(n_states * n_states) + lower


@njit(cache=True)
def _append(states, n_states, neighbourhoods):  # type: ignore[no-untyped-def]
    """One more neighbour's states."""
    for lane in range(GROUP):
        neighbourhoods[lane] = neighbourhoods[lane] * np.uint32(n_states) + np.uint32(states[lane])


@njit(cache=True)
def _count_up(states, numbers, neighbourhoods, thresholds):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        passed = numbers[lane] >= thresholds[neighbourhoods[lane]]
        states[lane] += np.int8(1) if passed else np.int8(0)


@njit(cache=True, parallel=True)
def _sweep(states, words, neighbours, thresholds, sweeps):  # type: ignore[no-untyped-def]
    n_states, rows = len(thresholds) + 1, thresholds.shape[1]
    for group in prange(len(states)):
        numbers, neighbourhoods = np.empty(GROUP, np.uint32), np.empty(GROUP, np.uint32)
        lattice = states[group]
        for _ in range(sweeps):
            for site in range(len(neighbours)):
                left, right, up, down = neighbours[site, :4]
                _draw(words[group], numbers)
                _read(
                    lattice[left], lattice[right], lattice[up], lattice[down], n_states,
                    neighbourhoods,
                )  # fmt: skip
                for corner in neighbours[site, 4:]:
                    _append(lattice[corner], n_states, neighbourhoods)
                lattice[site] = 0
                row = site if rows > 1 else 0
                for state in range(n_states - 1):
                    _count_up(lattice[site], numbers, neighbourhoods, thresholds[state, row])
