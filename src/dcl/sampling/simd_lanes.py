"""Replicas in groups of 64, side by side in memory: the SIMD lanes of a kernel's loops.

Replicas of a group visit the sites in the same order, so that every step is a short loop over
lanes, which the compiler turns into vector instructions. What each replica does depends on its own
random numbers alone.
"""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from dcl.sampling.xoshiro import next_word

__all__ = ["GROUP", "grouped", "lane_word", "pack", "unpack"]

GROUP = 64
_SITES = 64
"""Sites that are copied at a time, to stay in the cache."""


def grouped(array: NDArray[Any]) -> NDArray[Any]:
    """Group an array (n, ...) as (groups, 64, ...), filled up with copies."""
    groups = -(-len(array) // GROUP)
    return np.resize(array, (groups, GROUP, *array.shape[1:]))


@njit(cache=True, parallel=True)
def pack(flat, states):  # type: ignore[no-untyped-def]
    """Write the states 0..Q-1 (groups, N, 64) of configurations (n, N), repeated if need be."""
    groups, sites, lanes = states.shape
    for group in prange(groups):
        for start in range(0, sites, _SITES):
            for lane in range(lanes):
                source = flat[(group * lanes + lane) % len(flat)]
                for site in range(start, min(start + _SITES, sites)):
                    states[group, site, lane] = max(source[site], 0)


@njit(cache=True, parallel=True)
def unpack(states, flat, spins):  # type: ignore[no-untyped-def]
    """Write the configurations (n, N) of states (groups, N, 64)."""
    groups, sites, lanes = states.shape
    for group in prange(groups):
        for start in range(0, sites, _SITES):
            for lane in range(min(lanes, len(flat) - group * lanes)):
                target = flat[group * lanes + lane]
                for site in range(start, min(start + _SITES, sites)):
                    state = states[group, site, lane]
                    target[site] = 2 * state - 1 if spins else state


@njit(cache=True, inline="always")
def lane_word(words, lane):  # type: ignore[no-untyped-def]
    """Draw the next word of a lane's generator."""
    lane_words = words[0, lane], words[1, lane], words[2, lane], words[3, lane]
    word, lane_words = next_word(lane_words)
    words[0, lane], words[1, lane], words[2, lane], words[3, lane] = lane_words
    return word
