"""Metropolis under tabulated energies of 3 x 3 tiles of spins, three look-ups a proposal.

The nine tiles that hold a spin lie in three strips of five rows and three columns. The change of
energy that a flip makes is tabulated for all 2^15 patterns of a strip, once for each column that
the spin may lie in. Every site keeps its column code: bits of the five spins from two rows above
it to two rows below. Replicas go in groups of 64, see `dcl.models.kernels.table_sweeps`.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.models.kernels.table_sweeps import decide, draw_uniforms
from dcl.sampling.replica_exchange import Replicas, Sweeper
from dcl.sampling.simd_lanes import GROUP, grouped, pack, unpack
from dcl.sampling.threads import over_threads

__all__ = ["StripSweeper"]

_STEPS = np.arange(-2, 3)
_OWN = 2
"""Bit of a column code that is the site's own spin."""


class StripSweeper(Sweeper):
    """Metropolis sweeps of spins under energies of 3 x 3 tiles, over the sites in order.

    Parameters
    ----------
    table : numpy.ndarray
        Energy in J of every pattern of a tile, float32 (512,), see `dcl.lattice.tile_patterns`.
    shape : tuple of int
        Rows and columns of the torus, 3 or more each.
    """

    def __init__(self, table: NDArray[np.float32], shape: tuple[int, int]) -> None:
        self._tiles = table.reshape((2,) * 9).transpose(0, 3, 6, 1, 4, 7, 2, 5, 8).ravel()
        self._flips = _flip_differences(self._tiles)
        row, column = (places.ravel()[:, None] for places in np.indices(shape))
        beside, above = (column + _STEPS) % shape[1], (row + _STEPS) % shape[0]
        self._beside = (row * shape[1] + beside).astype(np.uint32)
        self._above = (above * shape[1] + column).astype(np.uint32)

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        flat, (_, energies, inverse_temperatures, random_states) = replicas.flat, replicas
        betas, sums = grouped(inverse_temperatures.astype(np.float32)), grouped(energies)
        words = np.ascontiguousarray(grouped(random_states).swapaxes(1, 2))
        states = np.empty((len(sums), flat.shape[1], GROUP), np.int8)
        pack(flat, states)
        over_threads(
            _walk, len(sums), sweeps * flat.size, states, betas, words, sums, self._flips,
            self._tiles, self._beside, self._above, sweeps,
        )  # fmt: skip
        unpack(states, flat, lowest=-1, shift=1)
        energies[:] = sums.reshape(-1)[: len(flat)]
        random_states[:] = words.swapaxes(1, 2).reshape(-1, 4)[: len(flat)]


def _flip_differences(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Energy changes (3, 2^15) when the middle spin of each column of a strip is turned over.

    Energies of tiles (512,) go by three bits a column, patterns of strips by five.
    """
    codes = np.arange(2**15)
    columns = codes >> 5 * np.arange(3)[:, None] & 31
    energies = np.zeros(len(codes))
    for first in range(3):
        inside = columns >> first & 7
        energies += tiles[inside[0] | inside[1] << 3 | inside[2] << 6]
    turned = codes ^ (1 << 5 * np.arange(3)[:, None] + _OWN)
    return np.asarray(energies[turned] - energies, np.float32)


@njit(cache=True, nogil=True)
def _walk(first, last, states, betas, words, sums, flips, tiles, beside, above, sweeps):  # type: ignore[no-untyped-def]
    """Sweep the groups from first to last, and add up the energies that they end with."""
    columns = np.empty((len(beside), GROUP), np.uint8)
    codes, total = np.empty(GROUP, np.uint32), np.empty(GROUP, np.float64)
    for group in range(first, last):
        spins = states[group]
        _encode(spins, above, columns)
        _sweep_columns(columns, betas[group], words[group], flips, beside, above, sweeps)
        total[:] = 0
        for site in range(len(beside)):
            _number_tile(columns, beside[site, 1], site, beside[site, 3], codes)
            _add_energies(codes, tiles, total)
            for lane in range(GROUP):
                spins[site, lane] = np.int8((columns[site, lane] >> _OWN) & 1)
        sums[group] = total


@njit(cache=True)
def _encode(spins, above, columns):  # type: ignore[no-untyped-def]
    """Turn the up spins over, from a lattice where all are down."""
    columns[:] = 0
    turned = np.empty(GROUP, np.uint8)
    for site in range(len(above)):
        for lane in range(GROUP):
            turned[lane] = np.uint8(255) if spins[site, lane] else np.uint8(0)
        _turn(columns, above[site], turned)


@njit(cache=True, forceinline=True)
def _number_tile(columns, left, middle, right, codes):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        low, high = np.uint32(columns[left, lane]), np.uint32(columns[right, lane])
        between = np.uint32(columns[middle, lane])
        codes[lane] = (
            ((low >> np.uint32(1)) & np.uint32(7))
            | ((between << np.uint32(2)) & np.uint32(7 << 3))
            | ((high << np.uint32(5)) & np.uint32(7 << 6))
        )


@njit(cache=True, forceinline=True)
def _add_energies(codes, tiles, total):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        total[lane] += tiles[codes[lane]]


@njit(cache=True)
def _sweep_columns(columns, betas, words, flips, beside, above, sweeps):  # type: ignore[no-untyped-def]
    uniforms, changes = np.empty(GROUP, np.float32), np.empty(GROUP, np.float32)
    accepted, codes = np.empty(GROUP, np.uint32), np.empty(GROUP, np.uint32)
    turned = np.empty(GROUP, np.uint8)
    for step in range(sweeps * len(beside)):
        site = step % len(beside)
        near, around = beside[site], above[site]
        draw_uniforms(words, uniforms)
        changes[:] = 0
        for k in range(3):
            _number(columns, near[k], near[k + 1], near[k + 2], codes)
            _look_up(codes, flips[2 - k], changes)
        decide(uniforms, betas, changes, accepted)
        for lane in range(GROUP):
            turned[lane] = np.uint8(accepted[lane])
        _turn(columns, around, turned)


@njit(cache=True, forceinline=True)
def _number(columns, left, middle, right, codes):  # type: ignore[no-untyped-def]
    """Pattern numbers of a strip."""
    for lane in range(GROUP):
        low, high = np.uint32(columns[left, lane]), np.uint32(columns[right, lane])
        between = np.uint32(columns[middle, lane])
        codes[lane] = low | between << np.uint32(5) | high << np.uint32(10)


@njit(cache=True, fastmath=True, forceinline=True)
def _look_up(codes, flips, changes):  # type: ignore[no-untyped-def]
    for lane in range(GROUP):
        changes[lane] += flips[codes[lane]]


@njit(cache=True, forceinline=True)
def _turn(columns, around, turned):  # type: ignore[no-untyped-def]
    """Turn a site's spin over in the five column codes that hold it."""
    for k in range(5):
        row, bit = around[k], np.uint8(1 << (4 - k))
        for lane in range(GROUP):
            columns[row, lane] ^= turned[lane] & bit
