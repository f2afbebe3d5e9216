"""Heat-bath sampling of the true models at one temperature, 64 replicas in vector instructions.

A sweep visits the sites in order and gives each a new state with its conditional probability given
its neighbours: a number of 32 random bits is compared with Q - 1 thresholds from a table, so
that probabilities are right to 2^-32. Every step leaves the Boltzmann distribution unchanged, and
at infinite temperature a single sweep forgets everything.
"""

from typing import Unpack

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.sampling.simd_lanes import GROUP, grouped, lane_word, pack, unpack
from dcl.sampling.site_tables import (
    Hamiltonian,
    SiteTable,
    cumulative_probabilities,
    site_table,
    start_configurations,
)
from dcl.sampling.threads import compile_first, over_threads
from dcl.sampling.walk import Walk, WalkOptions, check_snapshots
from dcl.sampling.xoshiro import chain_states

__all__ = ["sample_heat_bath"]


def sample_heat_bath(
    hamiltonian: Hamiltonian, size: int, temperature: float, count: int, **walk: Unpack[WalkOptions]
) -> NDArray[np.int8]:
    """Sample snapshots at one temperature.

    Arguments, result and errors are those of `dcl.sampling.equilibrium.sample_equilibrium`.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Potts
    >>> sample_heat_bath(Potts(3), 8, temperature=4.0, count=10, seed=1).shape
    (10, 8, 8)
    """
    plan = Walk(**walk)
    check_snapshots(temperature, count, plan.stride)
    chains = min(plan.chains, count)
    table = site_table(hamiltonian, size)
    words = np.ascontiguousarray(grouped(chain_states(plan.seed, chains)).swapaxes(1, 2))
    states = np.empty((len(words), size * size, GROUP), np.int8)
    start = start_configurations(hamiltonian, size, chains, plan.seed, plan.start)
    pack((start.reshape(chains, -1) - table.lowest) >> table.shift, states)
    lattices = (states, words, table.neighbours, _thresholds(table, temperature))
    compile_first(_sweep, plan.progress, *lattices, 0)
    return plan.record(
        size,
        count,
        chains,
        lambda sweeps: over_threads(_sweep, len(states), sweeps * states.size, *lattices, sweeps),
        lambda part: unpack(states, part, table.lowest, table.shift),
    )


def _thresholds(table: SiteTable, temperature: float) -> NDArray[np.uint32]:
    """Return 2^32 times P(state <= a) for a = 0 ... Q-2, shape (Q - 1, 1 or N, Q^z)."""
    below = cumulative_probabilities(table, temperature)
    numbers = np.minimum(np.rint(below * 2.0**32), 2.0**32 - 1)
    return np.ascontiguousarray(np.moveaxis(numbers, 2, 0)).astype(np.uint32)


@njit(cache=True)
def _draw(words, numbers):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        numbers[lane] = lane_word(words, lane) >> np.uint64(32)


@njit(cache=True)
def _read(left, right, up, down, n_states, neighbourhoods):  # type: ignore[no-untyped-def]
    """Read the first four neighbours' states as numbers in base Q."""
    for lane in range(GROUP):
        upper = np.uint32(left[lane]) * np.uint32(n_states) + np.uint32(right[lane])
        lower = np.uint32(up[lane]) * np.uint32(n_states) + np.uint32(down[lane])
        neighbourhoods[lane] = upper * np.uint32(n_states * n_states) + lower


@njit(cache=True)
def _append(states, n_states, neighbourhoods):  # type: ignore[no-untyped-def]
    """Append one more neighbour's states."""
    for lane in range(GROUP):
        neighbourhoods[lane] = neighbourhoods[lane] * np.uint32(n_states) + np.uint32(states[lane])


@njit(cache=True)
def _clear(states):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        states[lane] = 0


@njit(cache=True)
def _count_up(states, numbers, neighbourhoods, thresholds):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        passed = numbers[lane] >= thresholds[neighbourhoods[lane]]
        states[lane] += np.int8(1) if passed else np.int8(0)


@njit(cache=True, nogil=True)
def _sweep(first, last, states, words, neighbours, thresholds, sweeps):  # type: ignore[no-untyped-def]
    n_states, rows = len(thresholds) + 1, thresholds.shape[1]
    for group in range(first, last):
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
                _clear(lattice[site])
                row = site if rows > 1 else 0
                for state in range(n_states - 1):
                    _count_up(lattice[site], numbers, neighbourhoods, thresholds[state, row])
