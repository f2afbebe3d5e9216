"""Random numbers for the Numba kernels: one xoshiro256++ generator for every chain.

A chain's numbers depend on (seed, stream, index of the chain) alone, so that results are the same
for any number of threads. States are uint64 ``(n_chains, 4)``. The algorithms are those of Blackman
and Vigna, https://prng.di.unimi.it (xoshiro256++ and, to seed it, SplitMix64).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = ["chain_states", "load", "next_word", "store", "uniform"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def chain_states(seed: int, n_chains: int, stream: int = 0) -> NDArray[np.uint64]:
    """Independent generator states (n_chains, 4) from SplitMix64.

    Parameters
    ----------
    seed
        0 ... 2^64 - 1.
    n_chains
        Number of generators.
    stream
        0 ... 2^64 - 1; another stream of the same seed is independent too.

    Raises
    ------
    InputError
        For a seed outside the range.

    Examples
    --------
    >>> chain_states(1, n_chains=3).shape
    (3, 4)
    """
    if not 0 <= seed < 2**64:
        raise InputError(f"seed: found {seed}, expected 0 to 2^64 - 1")
    start = _mix(_mix(np.array([seed], np.uint64)) + np.array([stream], np.uint64) * _GOLDEN)
    steps = np.arange(1, 4 * n_chains + 1, dtype=np.uint64)
    return _mix(start + steps * _GOLDEN).reshape(n_chains, 4)


@njit(cache=True, inline="always")
def load(states, chain):  # type: ignore[no-untyped-def]
    """Read one chain's generator into four local words, which the compiler keeps in registers."""
    return states[chain, 0], states[chain, 1], states[chain, 2], states[chain, 3]


@njit(cache=True, inline="always")
def store(states, chain, words):  # type: ignore[no-untyped-def]
    """Write the four local words back."""
    states[chain, 0], states[chain, 1], states[chain, 2], states[chain, 3] = words


@njit(cache=True)
def next_word(words):  # type: ignore[no-untyped-def]
    """Draw 64 random bits: returns (word, advanced words)."""
    a, b, c, d = words
    total = a + d
    result = ((total << np.uint64(23)) | (total >> np.uint64(41))) + a
    shifted = b << np.uint64(17)
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << np.uint64(45)) | (d >> np.uint64(19))
    return result, (a, b, c, d)


@njit(cache=True)
def uniform(words):  # type: ignore[no-untyped-def]
    """Draw from [0, 1) with 53 random bits: returns (number, advanced words)."""
    word, words = next_word(words)
    return (word >> np.uint64(11)) * 2.0**-53, words
