"""Metropolis under tabulated tile energies, many replicas side by side.

A proposal looks up what it does to the few tiles that hold its site. Replicas go in groups of 64:
they visit the sites in the same order, so that every step is a short loop over the replicas of a
group, which the compiler turns into vector instructions. What each replica does depends on its own
random numbers alone.

The table is indexed by pattern numbers, see `dcl.lattice.tile_patterns`. Changes of energy are
float32; the acceptance probability is right to a relative 1e-5, and to 2^-40 where it is small.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.lattice.tile_patterns import touched_tiles
from dcl.models.kernels.activations import acceptance
from dcl.models.kernels.lane_sweeper import LaneSweeper
from dcl.sampling.simd_lanes import GROUP, lane_word
from dcl.sampling.threads import over_threads

__all__ = ["TableSweeper", "draw_uniforms", "split_word"]

_HALF, _STEP = np.float32(0.5), np.float32(2.0**-40)


class TableSweeper(LaneSweeper):
    """Metropolis sweeps under tabulated tile energies, over the sites in order.

    Parameters
    ----------
    table : numpy.ndarray
        Energy of every pattern of a tile, float32, shape (Q ** (w * w),).
    sites : numpy.ndarray
        Of the tiles, shape (tiles, w * w), from `dcl.lattice.geometry.tile_sites`.
    n_states : int
        2 for spins -1 and +1, otherwise Q of the states 0..Q-1.
    """

    def __init__(self, table: NDArray[np.float32], sites: NDArray[np.int64], n_states: int) -> None:
        super().__init__(n_states)
        self._table = table
        tiles, increments = touched_tiles(sites, n_states)
        self._tiles, self._increments = tiles.astype(np.int32), increments.astype(np.uint32)
        if n_states == 2:
            masks, rows = np.unique(self._increments, return_inverse=True)
            self._rows = rows.reshape(tiles.shape).astype(np.int32)
            self._flips = np.stack([_flip_differences(table, mask) for mask in masks])

    def _read(self) -> None:
        states, tiles = self._states, int(self._tiles.max()) + 1
        self._codes = np.zeros((len(states), tiles, GROUP), np.uint32)
        over_threads(
            _number, len(states), states.size, states, self._codes, self._tiles, self._increments
        )
        if self._n_states > 2:
            self._values = self._table[self._codes]

    def _walk(
        self, chains: tuple[NDArray[Any], NDArray[Any]], sums: NDArray[np.float64], sweeps: int
    ) -> None:
        walk = (self._states, *chains, self._codes)
        updates = sweeps * self._known.size
        if self._n_states == 2:
            over_threads(
                _sweep_spins, len(sums), updates, *walk, self._flips, self._tiles, self._rows,
                self._increments, sweeps,
            )  # fmt: skip
        else:
            over_threads(
                _sweep_colours, len(sums), updates, *walk, self._values, self._table, self._tiles,
                self._increments, self._n_states, sweeps,
            )  # fmt: skip
        over_threads(_add_up, len(sums), self._known.size, self._codes, self._table, sums)


def _flip_differences(table: NDArray[np.float32], mask: np.uint32) -> NDArray[np.float32]:
    """Energy changes of turning the spins under a mask down, for patterns that have them up."""
    up = np.arange(len(table), dtype=np.uint32) | mask
    turned: NDArray[np.float32] = table[up ^ mask] - table[up]
    return turned


@njit(cache=True, nogil=True)
def _number(first, last, states, codes, tiles, increments):  # type: ignore[no-untyped-def]
    """Pattern numbers of all tiles."""
    _, sites, lanes = states.shape
    for group in range(first, last):
        for site in range(sites):
            for k in range(tiles.shape[1]):
                for lane in range(lanes):
                    state = np.uint32(states[group, site, lane])
                    codes[group, tiles[site, k], lane] += state * increments[site, k]


@njit(cache=True, nogil=True)
def _add_up(first, last, codes, table, sums):  # type: ignore[no-untyped-def]
    """Energies from the table: what adding up changes would give, without its rounding."""
    for group in range(first, last):
        sums[group] = 0
        for tile in range(codes.shape[1]):
            for lane in range(GROUP):
                sums[group, lane] += table[codes[group, tile, lane]]


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
def draw_uniforms(words, uniforms):  # type: ignore[no-untyped-def]
    """A number for every lane."""
    for lane in range(GROUP):
        uniforms[lane], _ = split_word(lane_word(words, lane), 0, 2)


@njit(cache=True)
def _draw_steps(words, uniforms, steps, states, n_states):  # type: ignore[no-untyped-def]
    """A number for every lane, and the step to its proposed state."""
    for lane in range(GROUP):
        uniforms[lane], new = split_word(lane_word(words, lane), states[lane], n_states)
        steps[lane] = new - np.int32(states[lane])


@njit(cache=True, fastmath=True)
def _decide(uniforms, betas, changes, accepted):  # type: ignore[no-untyped-def]
    """All bits set where the change is accepted, else none."""
    for lane in range(GROUP):
        taken = uniforms[lane] < acceptance(betas[lane] * changes[lane])
        accepted[lane] = np.uint32(0xFFFFFFFF) if taken else np.uint32(0)


@njit(cache=True, fastmath=True)
def _look_up_flip(codes, flips, mask, changes):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        changes[lane] += flips[codes[lane] | mask]


@njit(cache=True, fastmath=True)
def _point(changes, states):  # type: ignore[no-untyped-def]
    """From what turning a spin down changes to what turning it over does."""
    for lane in range(GROUP):
        changes[lane] *= np.float32(2) * np.float32(states[lane]) - np.float32(1)


@njit(cache=True)
def _flip(codes, accepted, mask):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        codes[lane] ^= accepted[lane] & mask


@njit(cache=True)
def _flip_states(states, accepted):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        states[lane] ^= np.int8(accepted[lane] & np.uint32(1))


@njit(cache=True, nogil=True)
def _sweep_spins(first, last, states, betas, words, codes, flips, tiles, rows, masks, sweeps):  # type: ignore[no-untyped-def]
    """Two states: the table tells what turning each spin of a tile does."""
    sites, each = tiles.shape
    for group in range(first, last):
        uniforms, changes = np.empty(GROUP, np.float32), np.empty(GROUP, np.float32)
        accepted = np.empty(GROUP, np.uint32)
        for step in range(sweeps * sites):
            site = step % sites
            spins = states[group, site]
            draw_uniforms(words[group], uniforms)
            changes[:] = 0
            for k in range(each):
                flip = flips[rows[site, k]]
                _look_up_flip(codes[group, tiles[site, k]], flip, masks[site, k], changes)
            _point(changes, spins)
            _decide(uniforms, betas[group], changes, accepted)
            _flip_states(spins, accepted)
            for k in range(each):
                _flip(codes[group, tiles[site, k]], accepted, masks[site, k])


@njit(cache=True, fastmath=True)
def _look_up(codes, values, table, steps, increment, trial, changes):  # type: ignore[no-untyped-def]
    """Look up one tile's new energies, and add up the changes."""
    for lane in range(GROUP):
        trial[lane] = table[np.uint32(codes[lane] + np.int64(steps[lane]) * increment)]
        changes[lane] += trial[lane] - values[lane]


@njit(cache=True)
def _keep(codes, values, steps, increment, trial, accepted):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        codes[lane] += (np.uint32(steps[lane]) & accepted[lane]) * increment
        values[lane] = trial[lane] if accepted[lane] else values[lane]


@njit(cache=True)
def _step_states(states, steps, accepted):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        states[lane] += np.int8(steps[lane]) if accepted[lane] else np.int8(0)


@njit(cache=True, nogil=True)
def _sweep_colours(  # type: ignore[no-untyped-def]
    first, last, states, betas, words, codes, values, table, tiles, increments, n_states, sweeps
):
    """Any number of states: the tiles' present energies are kept, the new ones looked up."""
    sites, each = tiles.shape
    for group in range(first, last):
        uniforms, changes = np.empty(GROUP, np.float32), np.empty(GROUP, np.float32)
        trial = np.empty((each, GROUP), np.float32)
        accepted, steps = np.empty(GROUP, np.uint32), np.empty(GROUP, np.int32)
        for step in range(sweeps * sites):
            site = step % sites
            _draw_steps(words[group], uniforms, steps, states[group, site], n_states)
            changes[:] = 0
            for k in range(each):
                tile = tiles[site, k]
                _look_up(
                    codes[group, tile], values[group, tile], table, steps, increments[site, k],
                    trial[k], changes,
                )  # fmt: skip
            _decide(uniforms, betas[group], changes, accepted)
            _step_states(states[group, site], steps, accepted)
            for k in range(each):
                tile = tiles[site, k]
                _keep(
                    codes[group, tile], values[group, tile], steps, increments[site, k], trial[k],
                    accepted,
                )  # fmt: skip
