"""Replicas in groups of 64, side by side in memory: the lanes of a kernel's inner loops.

Replicas of a group visit the sites in the same order, so that every step is a short loop over
lanes, which the compiler turns into vector instructions. What each replica does depends on its own
random numbers alone.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.sampling.threads import over_threads
from dcl.sampling.xoshiro import next_word

__all__ = ["GROUP", "grouped", "lane_word", "pack", "unpack"]

GROUP = 64
_SITES = 512
"""Sites that are copied at a time, through a block that stays in the cache."""


def grouped(array: NDArray[Any]) -> NDArray[Any]:
    """An array (n, ...) as (groups, 64, ...), filled up with copies."""
    groups = -(-len(array) // GROUP)
    return np.resize(array, (groups, GROUP, *array.shape[1:]))


def pack(flat: NDArray[np.int8], states: NDArray[np.int8]) -> None:
    """States 0..Q-1 (groups, N, 64) of configurations (n, N), which are repeated if need be."""
    over_threads(_pack, len(states), states.size, flat, states)


@njit(cache=True, nogil=True)
def _pack(first, last, flat, states):  # type: ignore[no-untyped-def]
    block, sites = np.empty((GROUP, _SITES), np.int8), states.shape[1]
    for group in range(first, last):
        for start in range(0, sites, _SITES):
            count = min(_SITES, sites - start)
            for lane in range(GROUP):
                row = (group * GROUP + lane) % len(flat)
                for k in range(count):
                    state = flat[row, start + k]
                    block[lane, k] = state if state > 0 else np.int8(0)
            for k in range(count):
                for lane in range(GROUP):
                    states[group, start + k, lane] = block[lane, k]


def unpack(states: NDArray[np.int8], flat: NDArray[np.int8], lowest: int, shift: int) -> None:
    """Configurations (n, N), lowest + state * 2^shift, of states (groups, N, 64)."""
    over_threads(_unpack, len(states), states.size, states, flat, lowest, shift)


@njit(cache=True, nogil=True)
def _unpack(first, last, states, flat, lowest, shift):  # type: ignore[no-untyped-def]
    block, sites = np.empty((_SITES, GROUP), np.int8), states.shape[1]
    for group in range(first, last):
        for start in range(0, sites, _SITES):
            count = min(_SITES, sites - start)
            for k in range(count):
                for lane in range(GROUP):
                    block[k, lane] = np.int8((states[group, start + k, lane] << shift) + lowest)
            for lane in range(min(GROUP, len(flat) - group * GROUP)):
                for k in range(count):
                    flat[group * GROUP + lane, start + k] = block[k, lane]


@njit(cache=True, inline="always")
def lane_word(words, lane):  # type: ignore[no-untyped-def]
    """Next word of a lane's generator."""
    lane_words = words[0, lane], words[1, lane], words[2, lane], words[3, lane]
    word, lane_words = next_word(lane_words)
    words[0, lane], words[1, lane], words[2, lane], words[3, lane] = lane_words
    return word
