"""Spins of 64 replicas in every machine word: packing, unpacking, and products of spins.

Bit b of ``lattice[site, word]`` is the spin, 1 for up, of replica 64 word + b. Words
go in blocks of `dcl.sampling.multispin_kernels.WORDS`.
"""

import numpy as np
from numba import njit

from dcl.sampling.multispin_kernels import WORDS

__all__ = ["count_positive", "multiply", "to_spins", "to_words"]

_NONE = np.zeros(WORDS, np.uint64)


@njit(cache=True, forceinline=True)
def multiply(lattice, sites, count, mask, product):  # type: ignore[no-untyped-def]
    """Multiply the spins of a product, in all words of a block."""
    for w in range(WORDS):
        product[w] = mask
    for place in range(count):
        site = sites[place]
        for w in range(WORDS):
            product[w] ^= lattice[site, w]


@njit(cache=True, nogil=True)
def count_positive(begin, end, lattices, sites, counts, masks, positive):  # type: ignore[no-untyped-def]
    """Count positive products of each kind, in blocks of words: float64 (kinds, replicas).

    Up to 15 sites are counted in words of four binary digits, which are then added to all digits.
    """
    carry, few = np.empty(WORDS, np.uint64), np.zeros((len(counts), 4, WORDS), np.uint64)
    digits = 1
    while len(lattices) >> digits:
        digits += 1
    for block in range(begin, end):
        lattice = lattices[:, block * WORDS : (block + 1) * WORDS]
        numbers = np.zeros((len(counts), digits, WORDS), np.uint64)
        for site in range(len(lattice)):
            for k in range(len(counts)):
                multiply(lattice, sites[site, k], counts[k], masks[k], carry)
                for plane in range(4):
                    _count(few[k, plane], carry)
                if site % 15 == 14 or site == len(lattice) - 1:
                    carry[:] = 0
                    for plane in range(digits):
                        _add(numbers[k, plane], few[k, plane] if plane < 4 else _NONE, carry)
                    few[k] = 0
        _read(numbers, positive[:, 64 * WORDS * block : 64 * WORDS * (block + 1)])


@njit(cache=True, forceinline=True)
def _read(numbers, values):  # type: ignore[no-untyped-def]
    """Read the numbers of replicas from their binary digits."""
    for k in range(len(values)):
        for replica in range(values.shape[1]):
            word, bit = replica // 64, np.uint64(replica % 64)
            value = 0
            for plane in range(numbers.shape[1]):
                value |= ((numbers[k, plane, word] >> bit) & np.uint64(1)) << np.uint64(plane)
            values[k, replica] = value


@njit(cache=True, forceinline=True)
def _count(number, carry):  # type: ignore[no-untyped-def]
    for w in range(WORDS):
        kept = number[w]
        number[w] = kept ^ carry[w]
        carry[w] &= kept


@njit(cache=True, forceinline=True)
def _add(number, other, carry):  # type: ignore[no-untyped-def]
    for w in range(WORDS):
        a, b, c = number[w], other[w], carry[w]
        number[w] = a ^ b ^ c
        carry[w] = (a & b) | (c & (a ^ b))


@njit(cache=True, nogil=True)
def to_words(begin, end, flat, lattice):  # type: ignore[no-untyped-def]
    """Pack spins (n, N) into words (N, words), 64 sites of 64 replicas at a time."""
    square, octet = np.empty(64, np.uint64), np.empty(64, np.uint8)
    for word in range(begin, end):
        for start in range(0, len(lattice), 64):
            count = min(64, len(lattice) - start)
            square[:] = 0
            for first in range(0, min(64, len(flat) - 64 * word), 8):
                octet[:] = 0
                for b in range(min(8, len(flat) - 64 * word - first)):
                    _set(
                        flat[64 * word + first + b, start : start + count], np.uint8(1 << b), octet
                    )
                for i in range(count):
                    square[i] |= np.uint64(octet[i]) << np.uint64(first)
            lattice[start : start + count, word] = square[:count]


@njit(cache=True, forceinline=True)
def _set(spins, bit, octet):  # type: ignore[no-untyped-def]
    for i in range(len(spins)):
        octet[i] |= bit if spins[i] > 0 else np.uint8(0)


@njit(cache=True, nogil=True)
def to_spins(begin, end, lattice, flat):  # type: ignore[no-untyped-def]
    """Unpack words (N, words) into spins (n, N)."""
    square, octet = np.empty(64, np.uint64), np.empty(64, np.uint8)
    for word in range(begin, end):
        for start in range(0, len(lattice), 64):
            count = min(64, len(lattice) - start)
            square[:count] = lattice[start : start + count, word]
            for first in range(0, min(64, len(flat) - 64 * word), 8):
                for i in range(count):
                    octet[i] = np.uint8((square[i] >> np.uint64(first)) & np.uint64(255))
                for b in range(min(8, len(flat) - 64 * word - first)):
                    _get(
                        octet, np.uint8(1 << b), flat[64 * word + first + b, start : start + count]
                    )


@njit(cache=True, forceinline=True)
def _get(octet, bit, spins):  # type: ignore[no-untyped-def]
    for i in range(len(spins)):
        spins[i] = np.int8(1) if octet[i] & bit else np.int8(-1)
