"""Metropolis under tabulated tile energies, many replicas side by side.

A proposal looks up the new energies of the few tiles that hold its site. Replicas go in groups of
32: they visit the sites in the same order, so that every step is a short loop over the replicas of
a group, which the compiler turns into vector instructions. What each replica does depends on its
own random numbers alone.

The table is indexed by pattern numbers, see `dcl.sampling.tiles`. Changes of energy are float32;
the acceptance probability is right to a relative 1e-5, and to 2^-40 where it is small.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from dcl.sampling.activations import exp_minus
from dcl.sampling.random import next_word
from dcl.sampling.tile_patterns import touched_tiles

__all__ = ["TableSweeper", "split_word"]

_GROUP = 32
_HALF, _STEP = np.float32(0.5), np.float32(2.0**-40)


class TableSweeper:
    """Metropolis sweeps under tabulated tile energies; a `dcl.sampling.tempering.Sweeper`.

    Parameters
    ----------
    table : numpy.ndarray
        Energy of every pattern of a tile, float32, shape (Q ** (w * w),).
    sites : numpy.ndarray
        Of the tiles, shape (tiles, w * w), from `dcl.lattice.tile_sites`.
    n_states : int
        2 for spins -1 and +1, otherwise Q of the states 0..Q-1.
    """

    def __init__(self, table: NDArray[np.float32], sites: NDArray[np.int64], n_states: int) -> None:
        self._table, self._n_states = table, n_states
        tiles, increments = touched_tiles(sites, n_states)
        self._tiles, self._increments = tiles.astype(np.int32), increments.astype(np.int32)
        self._known = np.empty((0, 0), np.int8)

    def sweep(
        self,
        configurations: NDArray[np.int8],
        energies: NDArray[np.float64],
        inverse_temperatures: NDArray[np.float64],
        random_states: NDArray[np.uint64],
    ) -> None:
        """One sweep of every replica in place, over the sites in order."""
        flat = configurations.reshape(len(configurations), -1)
        if not np.array_equal(flat, self._known):
            self._start(flat)
        betas, sums = _grouped(inverse_temperatures.astype(np.float32)), _grouped(energies)
        words = np.ascontiguousarray(_grouped(random_states).swapaxes(1, 2))
        _sweep(
            self._states, sums, betas, words, self._codes, self._values, self._table,
            self._tiles, self._increments, self._n_states,
        )  # fmt: skip
        _unpack(self._states, flat, self._n_states == 2)
        self._known[:] = flat
        energies[:] = sums.reshape(-1)[: len(flat)]
        random_states[:] = words.swapaxes(1, 2).reshape(-1, 4)[: len(flat)]

    def _start(self, flat: NDArray[np.int8]) -> None:
        """Look up all tiles of configurations that are not the ones left by the last sweep."""
        groups, (sites, _) = -(-len(flat) // _GROUP), self._tiles.shape
        self._known = np.empty_like(flat)
        self._states = np.empty((groups, sites, _GROUP), np.int8)
        self._codes = np.zeros((groups, int(self._tiles.max()) + 1, _GROUP), np.int32)
        self._values = np.empty(self._codes.shape, np.float32)
        _pack(flat, self._states)
        _look_up(
            self._states, self._codes, self._values, self._table, self._tiles, self._increments
        )


def _grouped(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """An array (n, ...) as (groups, 32, ...), filled up with copies."""
    groups = -(-len(array) // _GROUP)
    return np.resize(array, (groups, _GROUP, *array.shape[1:]))


@njit(cache=True, parallel=True)
def _pack(flat, states):  # type: ignore[no-untyped-def]
    """States 0..Q-1 (groups, N, 32) of configurations (n, N), which are repeated if need be."""
    groups, sites, lanes = states.shape
    for group in prange(groups):
        for lane in range(lanes):
            source = flat[(group * lanes + lane) % len(flat)]
            for site in range(sites):
                states[group, site, lane] = max(source[site], 0)


@njit(cache=True, parallel=True)
def _unpack(states, flat, spins):  # type: ignore[no-untyped-def]
    _, sites, lanes = states.shape
    for index in prange(len(flat)):
        source, target = states[index // lanes], flat[index]
        for site in range(sites):
            state = source[site, index % lanes]
            target[site] = 2 * state - 1 if spins else state


@njit(cache=True, parallel=True)
def _look_up(states, codes, values, table, tiles, increments):  # type: ignore[no-untyped-def]
    groups, sites, lanes = states.shape
    for group in prange(groups):
        for site in range(sites):
            for k in range(tiles.shape[1]):
                for lane in range(lanes):
                    state = np.int32(states[group, site, lane])
                    codes[group, tiles[site, k], lane] += state * increments[site, k]
        for tile in range(codes.shape[1]):
            for lane in range(lanes):
                values[group, tile, lane] = table[np.uint32(codes[group, tile, lane])]


@njit(cache=True, inline="always")
def split_word(word, old, n_states):  # type: ignore[no-untyped-def]
    """From 64 random bits a number in (0, 1) and a state other than the old one, both uniform.

    40 bits make the number, the other 24 the state.
    """
    number = (np.float32(np.int64(word >> np.uint64(24))) + _HALF) * _STEP
    low = np.int32(word & np.uint64(0xFFFFFF))
    new = np.int32(old) + np.int32(1) + ((low * np.int32(n_states - 1)) >> np.int32(24))
    return number, new - np.int32(n_states) if new >= n_states else new


@njit(cache=True)
def _draw(words, uniforms, steps, states, n_states):  # type: ignore[no-untyped-def]
    """A number for every lane, and the step to its proposed state."""
    for lane in range(_GROUP):
        lane_words = words[0, lane], words[1, lane], words[2, lane], words[3, lane]
        word, lane_words = next_word(lane_words)
        words[0, lane], words[1, lane], words[2, lane], words[3, lane] = lane_words
        uniforms[lane], new = split_word(word, states[lane], n_states)
        steps[lane] = new - np.int32(states[lane])


@njit(cache=True, fastmath=True)
def _try(codes, values, table, steps, increment, trial, changes):  # type: ignore[no-untyped-def]
    """Look up one tile's new energies, and add up the changes."""
    for lane in range(_GROUP):
        trial[lane] = table[np.uint32(codes[lane] + steps[lane] * increment)]
        changes[lane] += trial[lane] - values[lane]


@njit(cache=True, fastmath=True)
def _decide(states, energies, betas, uniforms, changes, steps, accepted):  # type: ignore[no-untyped-def]
    for lane in range(_GROUP):
        accepted[lane] = uniforms[lane] < exp_minus(betas[lane] * changes[lane])
    for lane in range(_GROUP):
        steps[lane] = steps[lane] if accepted[lane] else np.int32(0)
        states[lane] += np.int8(steps[lane])
        energies[lane] += changes[lane] if accepted[lane] else np.float32(0)


@njit(cache=True)
def _keep(codes, values, steps, increment, trial, accepted):  # type: ignore[no-untyped-def]
    for lane in range(_GROUP):
        codes[lane] += steps[lane] * increment
        values[lane] = trial[lane] if accepted[lane] else values[lane]


@njit(cache=True, parallel=True)
def _sweep(states, energies, betas, words, codes, values, table, tiles, increments, n_states):  # type: ignore[no-untyped-def]
    sites, each = tiles.shape
    for group in prange(len(states)):
        uniforms, changes = np.empty(_GROUP, np.float32), np.empty(_GROUP, np.float32)
        trial = np.empty((each, _GROUP), np.float32)
        steps, accepted = np.empty(_GROUP, np.int32), np.empty(_GROUP, np.bool_)
        for site in range(sites):
            _draw(words[group], uniforms, steps, states[group, site], n_states)
            changes[:] = 0
            for k in range(each):
                tile = tiles[site, k]
                _try(
                    codes[group, tile], values[group, tile], table, steps, increments[site, k],
                    trial[k], changes,
                )  # fmt: skip
            _decide(
                states[group, site], energies[group], betas[group], uniforms, changes, steps,
                accepted,
            )  # fmt: skip
            for k in range(each):
                tile = tiles[site, k]
                _keep(
                    codes[group, tile], values[group, tile], steps, increments[site, k], trial[k],
                    accepted,
                )  # fmt: skip
