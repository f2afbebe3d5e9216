"""Spins of 64 replicas in every machine word: packing, unpacking, and products of spins.

Bit b of ``lattice[site, word]`` is the spin, 1 for up, of replica 64 word + b. Words
go in blocks of `dcl.sampling.multispin_kernels.WORDS`.
"""

import numpy as np
from numba import njit

from dcl.sampling.multispin_kernels import WORDS

__all__ = ["count_positive", "multiply", "to_spins", "to_words"]


@njit(cache=True, forceinline=True)
def multiply(lattice, sites, count, mask, product):  # type: ignore[no-untyped-def]
    """Multiply the spins of a product, in all words of a block."""
    for w in range(WORDS):
        product[w] = mask ^ lattice[sites[0], w] if count else mask
    for place in range(1, count):
        for w in range(WORDS):
            product[w] ^= lattice[sites[place], w]


@njit(cache=True, nogil=True)
def count_positive(begin, end, lattices, sites, counts, masks, planes):  # type: ignore[no-untyped-def]
    """Count positive products of each kind: binary digits, lowest first, in words."""
    carry = np.empty(WORDS, np.uint64)
    for block in range(begin, end):
        lattice = lattices[:, block * WORDS : (block + 1) * WORDS]
        numbers = planes[:, :, block * WORDS : (block + 1) * WORDS]
        for site in range(len(lattice)):
            for k in range(len(counts)):
                multiply(lattice, sites[site, k], counts[k], masks[k], carry)
                for plane in range(numbers.shape[1]):
                    for w in range(WORDS):
                        kept = numbers[k, plane, w]
                        numbers[k, plane, w] = kept ^ carry[w]
                        carry[w] &= kept


@njit(cache=True, nogil=True)
def to_words(begin, end, flat, lattice):  # type: ignore[no-untyped-def]
    """Pack spins (n, N) into words (N, words), 64 sites of 64 replicas at a time."""
    square = np.empty(64, np.uint64)
    for word in range(begin, end):
        for start in range(0, len(lattice), 64):
            square[:] = 0
            for b in range(min(64, len(flat) - 64 * word)):
                spins = flat[64 * word + b, start : start + 64]
                for i in range(len(spins)):
                    square[i] |= np.uint64(spins[i] > 0) << np.uint64(b)
            target = lattice[start : start + 64, word]
            target[:] = square[: len(target)]


@njit(cache=True, nogil=True)
def to_spins(begin, end, lattice, flat):  # type: ignore[no-untyped-def]
    """Unpack words (N, words) into spins (n, N)."""
    square = np.empty(64, np.uint64)
    for word in range(begin, end):
        for start in range(0, len(lattice), 64):
            source = lattice[start : start + 64, word]
            square[: len(source)] = source
            for b in range(min(64, len(flat) - 64 * word)):
                spins = flat[64 * word + b, start : start + 64]
                for i in range(len(spins)):
                    spins[i] = np.int8(2 * np.int8((square[i] >> np.uint64(b)) & np.uint64(1)) - 1)
