"""Configurations from machine words that hold the spins of 64 replicas each.

Bit b of ``words[group, site, w]`` is the spin (1 is up) of replica 64 (W group + w) + b at that
site, for W words a group. Packing turns squares of 64 sites by 64 replicas over, in six rounds of
swapped halves (Warren, Hacker's Delight, section 7-3).
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

__all__ = ["pack_words", "unpack_words"]


@njit(cache=True, parallel=True)
def unpack_words(words, snapshots):  # type: ignore[no-untyped-def]
    """Write the replicas' spins as int8 (n, N), for as many replicas as there is room."""
    groups, n_sites, width = words.shape
    for index in prange(groups * width):
        column = words[index // width, :, index % width].copy()
        for bit in range(min(64, len(snapshots) - 64 * index)):
            snapshot = snapshots[64 * index + bit]
            for site in range(n_sites):
                up = (column[site] >> np.uint64(bit)) & np.uint64(1)
                snapshot[site] = np.int8(2 * np.int8(up) - 1)


@njit(cache=True, parallel=True)
def pack_words(words, packed):  # type: ignore[no-untyped-def]
    """Write the replicas' spins as bits, uint8 (n, ceil(N / 8)), in the order of `numpy.packbits`.

    As many replicas as there is room for.
    """
    groups, n_sites, width = words.shape
    for index in prange(groups * width):
        rows = min(64, len(packed) - 64 * index)
        square = np.empty(64, np.uint64)
        for first in range(0, n_sites if rows > 0 else 0, 64):
            for site in range(64):  # the first of eight sites becomes the highest bit of a byte
                inside = first + site < n_sites
                word = (
                    words[index // width, first + site, index % width] if inside else np.uint64(0)
                )
                square[site ^ 7] = word
            _turn_over(square)
            for bit in range(rows):
                for byte in range(min(8, packed.shape[1] - first // 8)):
                    value = (square[bit] >> np.uint64(8 * byte)) & np.uint64(255)
                    packed[64 * index + bit, first // 8 + byte] = value


@njit(cache=True, inline="always")
def _turn_over(square):  # type: ignore[no-untyped-def]
    """Exchange bit b of word w with bit w of word b, for all 64 words."""
    half, mask = 32, np.uint64(0xFFFFFFFF)
    while half:
        for low in range(64):
            if not low & half:
                shift, high = np.uint64(half), low + half
                change = ((square[low] >> shift) ^ square[high]) & mask
                square[low] ^= change << shift
                square[high] ^= change
        half >>= 1
        mask ^= mask << np.uint64(half)
