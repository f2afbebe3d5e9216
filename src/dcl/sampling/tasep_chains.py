"""Snapshots of the open TASEP by random-sequential updates, 64 replicas in every machine word.

Bit b of a word is one site of replica b. An update picks one of the L + 1 bonds and moves the
particles of those replicas that a random bit lets move, one half of them; entry and exit are
thinned to alpha and beta by comparing 32 random bits with the binary digits of the rate. The
factor one half is a unit of time and changes no average.

Replicas of one word share the sequence of bonds, which makes them correlated; words are
independent. Error bars therefore come from means over words: snapshot k belongs to word k // 64.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.exact.tasep import check_rates
from dcl.machine import over_threads
from dcl.sampling.xoshiro import chain_states, load, next_word

__all__ = ["sample_tasep"]

_DIGITS = 32
_ALL = np.uint64(2**64 - 1)


def sample_tasep(
    length: int, alpha: float, beta: float, count: int, *, seed: int, sweeps: int = 1000
) -> NDArray[np.int8]:
    """Snapshots of the steady state: +1 is a particle, -1 a hole.

    Parameters
    ----------
    length : int
        L, 1 or more sites.
    alpha, beta : float
        Rates of entry and exit, in (0, 1].
    count : int
        Number of snapshots, one a replica.
    seed : int
        The same seed gives the same snapshots, for any number of threads.
    sweeps : int
        Updates of each replica from a random start, in units of L + 1.

    Returns
    -------
    numpy.ndarray
        int8, shape (count, L).

    Raises
    ------
    InputError
        For a rate outside (0, 1], and for any other number below 1 but the seed.

    Examples
    --------
    >>> sample_tasep(8, 0.3, 0.3, count=100, seed=1).shape
    (100, 8)
    """
    check_rates(alpha, beta)
    for name, value in {"L": length, "count": count, "sweeps": sweeps}.items():
        if value < 1:
            raise InputError(f"{name}: found {value}, expected 1 or more")
    words = np.zeros((-(-count // 64), length), np.uint64)
    digits = np.array([round(rate * 2**_DIGITS) for rate in (alpha, beta)], np.uint64)
    updates = sweeps * (length + 1)
    over_threads(
        _run, len(words), len(words) * updates, words, chain_states(seed, len(words)), digits,
        updates,
    )  # fmt: skip
    bits = words[:, None, :] >> np.arange(64, dtype=np.uint64)[:, None] & np.uint64(1)
    return (2 * bits.astype(np.int8) - 1).reshape(-1, length)[:count]


@njit(cache=True)
def _thinned(rate, generator):  # type: ignore[no-untyped-def]
    """Set each bit with probability rate / 2^32, by its binary digits from the last to the first.

    A rate of 2^32 has no digit left and sets them all.
    """
    if rate >> np.uint64(_DIGITS):
        return _ALL, generator
    chosen = np.uint64(0)
    for digit in range(_DIGITS):
        random, generator = next_word(generator)
        if rate >> np.uint64(digit) & np.uint64(1):
            chosen |= random
        else:
            chosen &= random
    return chosen, generator


@njit(cache=True, nogil=True)
def _run(first, last, words, generators, digits, updates):  # type: ignore[no-untyped-def]
    length = words.shape[1]
    for w in range(first, last):
        chain, generator = words[w], load(generators, w)
        for site in range(length):
            chain[site], generator = next_word(generator)
        for _ in range(updates):
            random, generator = next_word(generator)
            bond = (random >> np.uint64(32)) * np.uint64(length + 1) >> np.uint64(32)
            moved, generator = next_word(generator)
            if bond == 0:
                enters, generator = _thinned(digits[0], generator)
                chain[0] |= moved & enters
            elif bond == length:
                leaves, generator = _thinned(digits[1], generator)
                chain[length - 1] &= ~(moved & leaves)
            else:
                hops = moved & chain[bond - np.uint64(1)] & ~chain[bond]
                chain[bond - np.uint64(1)] ^= hops
                chain[bond] ^= hops
