"""Metropolis under tabulated energies of 3 x 3 tiles of spins, three look-ups a proposal.

The nine tiles that hold a spin lie in three strips of five rows and three columns. What turning it
up adds to the energy is tabulated for all 2^14 patterns of the other spins of a strip, once for
each column that the spin may lie in. Every site keeps its column code: bits of the five spins from
two rows above it to two rows below, its own spin the highest. Replicas go in groups of 64, see
`dcl.models.kernels.table_sweeps`.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy import bitwise_and, bitwise_or, left_shift
from numpy.typing import NDArray

from dcl.models.kernels.activations import acceptance
from dcl.models.kernels.lane_sweeper import LaneSweeper
from dcl.models.kernels.table_sweeps import draw_uniforms
from dcl.sampling.simd_lanes import GROUP
from dcl.sampling.threads import over_threads

__all__ = ["StripSweeper"]

_COLUMNS, _ROWS = np.arange(-2, 3), np.array([-2, 2, -1, 1, 0])
"""Columns of the strips about a site, and the rows of its column code from the lowest bit."""
_OWN, _INNER, _LOWER = 4, 2, np.uint8(15)
"""Own spin's bit of a column code, lowest bit of the inner three rows, and all bits but the own."""


class StripSweeper(LaneSweeper):
    """Metropolis sweeps of spins under energies of 3 x 3 tiles, over the sites in order.

    Parameters
    ----------
    table : numpy.ndarray
        Energy in J of every pattern of a tile, float32 (512,), see `dcl.lattice.tile_patterns`.
    shape : tuple of int
        Rows and columns of the torus, 3 or more each.
    """

    def __init__(self, table: NDArray[np.float32], shape: tuple[int, int]) -> None:
        super().__init__(2)
        self._tiles = table.reshape((2,) * 9).transpose(3, 0, 6, 4, 1, 7, 5, 2, 8).ravel()
        self._rises = tuple(_rises(table, place) for place in range(3))
        row, column = (places.ravel()[:, None] for places in np.indices(shape))
        beside, above = (column + _COLUMNS) % shape[1], (row - _ROWS) % shape[0]
        self._beside = (row * shape[1] + beside).astype(np.uint32)
        self._above = (above * shape[1] + column).astype(np.uint32)

    def _read(self) -> None:
        states = self._states
        self._columns = np.zeros(states.shape, np.uint8)
        over_threads(_encode, len(states), states.size, states, self._above, self._columns)

    def _walk(
        self, chains: tuple[NDArray[Any], NDArray[Any]], sums: NDArray[np.float64], sweeps: int
    ) -> None:
        over_threads(
            _walk_groups, len(sums), sweeps * self._known.size, self._states, self._columns,
            *chains, sums, self._rises, self._tiles, self._beside, self._above, sweeps,
        )  # fmt: skip


def _rises(table: NDArray[np.float32], place: int) -> NDArray[np.float32]:
    """Energies (2^14,) that turning up a spin of the column at this place of a strip adds.

    Patterns have five bits of each other column, the left one lowest, and four of the own one.
    """
    codes = np.arange(2**14)
    others = [codes & 31, codes >> 5 & 31]
    down, up = (
        _strip_energies(table, [*others[:place], codes >> 10 | own, *others[place:]])
        for own in (0, 1 << _OWN)
    )
    return np.asarray(up - down, np.float32)


def _strip_energies(
    table: NDArray[np.float32], columns: list[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Sum the energies of the three tiles of a strip, from the codes of its three columns."""
    bits = {int(row): bit for bit, row in enumerate(_ROWS)}
    energies = np.zeros(len(columns[0]))
    for middle in (-1, 0, 1):
        numbers = np.zeros(len(energies), np.int64)
        for column, code in enumerate(columns):
            for row in (0, 1, 2):
                numbers |= (code >> bits[middle + row - 1] & 1) << (3 * row + column)
        energies += table[numbers]
    return energies


@njit(cache=True, nogil=True)
def _encode(first, last, states, above, columns):  # type: ignore[no-untyped-def]
    """Turn the up spins over, from lattices where all are down."""
    turned = np.empty(GROUP, np.uint8)
    for group in range(first, last):
        for site in range(len(above)):
            for lane in range(GROUP):
                turned[lane] = np.uint8(255) if states[group, site, lane] else np.uint8(0)
            _turn(columns[group], above[site], turned)


@njit(cache=True, nogil=True)
def _walk_groups(  # type: ignore[no-untyped-def]
    first, last, states, columns, betas, words, sums, rises, tiles, beside, above, sweeps
):
    """Sweep the groups from first to last; spins and energies that they end with."""
    for group in range(first, last):
        codes, total = columns[group], np.zeros(GROUP, np.float64)
        _sweep_columns(codes, betas[group], words[group], rises, beside, above, sweeps)
        _add_energies(codes, beside, tiles, total)
        for site in range(len(beside)):
            for lane in range(GROUP):
                states[group, site, lane] = np.int8(codes[site, lane] >> _OWN)
        sums[group] = total


@njit(cache=True)
def _add_energies(codes, beside, tiles, total):  # type: ignore[no-untyped-def]
    numbers = np.empty(GROUP, np.uint16)
    for site in range(len(beside)):
        left, right = beside[site, 1], beside[site, 3]
        for lane in range(GROUP):
            low, between = codes[left, lane] >> _INNER, codes[site, lane] >> _INNER
            high = codes[right, lane] >> _INNER
            numbers[lane] = low | between << 3 | high << 6
        for lane in range(GROUP):
            if numbers[lane] > np.uint16(2**9 - 1):
                break
            total[lane] += tiles[numbers[lane]]


@njit(cache=True)
def _sweep_columns(columns, betas, words, rises, beside, above, sweeps):  # type: ignore[no-untyped-def]
    uniforms, changes = np.empty(GROUP, np.float32), np.empty(GROUP, np.float32)
    patterns, turned = np.empty((3, GROUP), np.uint16), np.empty(GROUP, np.uint8)
    for _ in range(sweeps):
        for site in range(len(beside)):
            draw_uniforms(words, uniforms)
            _number(columns, beside[site], patterns)
            _look_up(patterns, rises, changes)
            _decide(uniforms, betas, changes, columns[site], turned)
            _turn(columns, above[site], turned)


@njit(cache=True, forceinline=True)
def _number(columns, near, patterns):  # type: ignore[no-untyped-def]
    """Pattern numbers of the three strips, from the left one, without the site's own spin.

    NumPy's functions keep 16 bits, where operators would go to 64.
    """
    first, second, site, fourth, last = near[0], near[1], near[2], near[3], near[4]
    for lane in range(GROUP):
        own = left_shift(bitwise_and(np.uint16(columns[site, lane]), np.uint16(15)), np.uint16(10))
        left, right = np.uint16(columns[second, lane]), np.uint16(columns[fourth, lane])
        leftmost, rightmost = np.uint16(columns[first, lane]), np.uint16(columns[last, lane])
        patterns[0, lane] = bitwise_or(bitwise_or(leftmost, left_shift(left, np.uint16(5))), own)
        patterns[1, lane] = bitwise_or(bitwise_or(left, left_shift(right, np.uint16(5))), own)
        patterns[2, lane] = bitwise_or(bitwise_or(right, left_shift(rightmost, np.uint16(5))), own)


@njit(cache=True, forceinline=True)
def _look_up(patterns, rises, changes):  # type: ignore[no-untyped-def]
    """Energies that turning the spins up adds.

    Patterns have 14 bits. The exit keeps the compiler from vector gathers, slower than these loads.
    """
    right_end, middle, left_end = rises
    for lane in range(GROUP):
        pattern = patterns[0, lane]
        if pattern > np.uint16(2**14 - 1):
            break
        changes[lane] = left_end[pattern] + middle[patterns[1, lane]] + right_end[patterns[2, lane]]


@njit(cache=True, fastmath=True, forceinline=True)
def _decide(uniforms, betas, rises, codes, turned):  # type: ignore[no-untyped-def]
    """All bits set where the spin is turned over, else none."""
    for lane in range(GROUP):
        rise = betas[lane] * rises[lane]
        taken = uniforms[lane] < acceptance(-rise if codes[lane] > _LOWER else rise)
        turned[lane] = np.uint8(255) if taken else np.uint8(0)


@njit(cache=True, forceinline=True)
def _turn(columns, around, turned):  # type: ignore[no-untyped-def]
    """Turn a site's spin over in the five column codes that hold it."""
    for k in range(5):
        row, bit = around[k], np.uint8(1 << k)
        for lane in range(GROUP):
            columns[row, lane] ^= turned[lane] & bit
