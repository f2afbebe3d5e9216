"""Kernels of multispin coding: heat bath and packing of 64 replicas in every machine word.

Bit b of ``words[group, site, w]`` is the spin (1 is up) of replica 64 (W group + w) + b at that
site, for W words a group. See `dcl.sampling.multispin` for the algorithm. Inner loops run over the
words of a group in short pieces, which compile soon and to the widest vector instructions.
"""

import numpy as np
from numba import njit

from dcl.sampling.xoshiro import next_word

__all__ = ["DIGITS", "WORDS", "compare", "pack_words", "sweep"]

WORDS = 32
"""Words of a group, updated together."""
DIGITS = 13
"""Random words for a word of spins."""


@njit(cache=True, forceinline=True)
def _follow_majority(lattice, neighbours, masks, site, work):  # type: ignore[no-untyped-def]
    """Give a site its neighbours' majority; ``work`` tells where f is 2, 4, and either."""
    left, right, up, down = neighbours[site]
    mask_a, mask_b, mask_c, mask_d = masks[site]
    for w in range(WORDS):
        a, b = lattice[left, w] ^ mask_a, lattice[right, w] ^ mask_b
        c, d = lattice[up, w] ^ mask_c, lattice[down, w] ^ mask_d
        both, either, both_too, either_too = a & b, a | b, c & d, c | d
        odd, extreme = a ^ b ^ c ^ d, (both & both_too) | ~(either | either_too)
        lattice[site, w] = (both & either_too) | (both_too & either)
        work[0, w], work[1, w], work[2, w] = odd, extreme, odd | extreme


@njit(cache=True, forceinline=True)
def _first_digit(lattice, site, generators, work, two, four):  # type: ignore[no-untyped-def]
    """Compare the first digit of every p with random bits; where f is 0, one bit decides."""
    for w in range(WORDS):
        a, b, c, d = generators[0, w], generators[1, w], generators[2, w], generators[3, w]
        random, (a, b, c, d) = next_word((a, b, c, d))
        generators[0, w], generators[1, w], generators[2, w], generators[3, w] = a, b, c, d
        digit = (work[0, w] & two) | (work[1, w] & four)
        lattice[site, w] ^= ~random & (digit | ~work[2, w])
        work[2, w] &= ~(random ^ digit)


@njit(cache=True, forceinline=True)
def compare(a, b, c, d, spin, undecided, digit):  # type: ignore[no-untyped-def]
    """Compare one digit of every p, where replicas are undecided, with random bits."""
    random, (a, b, c, d) = next_word((a, b, c, d))
    return a, b, c, d, spin ^ (undecided & digit & ~random), undecided & ~(random ^ digit)


@njit(cache=True, forceinline=True)
def _two_digits(lattice, site, generators, work, digits, k):  # type: ignore[no-untyped-def]
    """Compare two more: half the memory traffic of one at a time."""
    two, four, next_two, next_four = digits[k, 0], digits[k, 1], digits[k + 1, 0], digits[k + 1, 1]
    for w in range(WORDS):
        a, b, c, d = generators[0, w], generators[1, w], generators[2, w], generators[3, w]
        odd, extreme, spin, rest = work[0, w], work[1, w], lattice[site, w], work[2, w]
        digit, next_digit = (odd & two) | (extreme & four), (odd & next_two) | (extreme & next_four)
        a, b, c, d, spin, rest = compare(a, b, c, d, spin, rest, digit)
        a, b, c, d, spin, rest = compare(a, b, c, d, spin, rest, next_digit)
        generators[0, w], generators[1, w], generators[2, w], generators[3, w] = a, b, c, d
        lattice[site, w], work[2, w] = spin, rest


@njit(cache=True, forceinline=True)
def _decide_late(lattice, site, rest, generator, work):  # type: ignore[no-untyped-def]
    """Decide the replicas that are undecided still, one after another."""
    a, b, c, d = generator[0], generator[1], generator[2], generator[3]
    for w in range(WORDS):
        undecided = work[2, w]
        while undecided:
            bit = undecided & (np.uint64(0) - undecided)
            undecided ^= bit
            random, (a, b, c, d) = next_word((a, b, c, d))
            if random < (rest[0] if work[0, w] & bit else rest[1]):
                lattice[site, w] ^= bit
    generator[0], generator[1], generator[2], generator[3] = a, b, c, d


@njit(cache=True)
def _copy(source, target):  # type: ignore[no-untyped-def]
    for k in range(4):
        for w in range(WORDS):
            target[k, w] = source[k, w]


@njit(cache=True, nogil=True)
def sweep(  # type: ignore[no-untyped-def]
    first,
    last,
    lattices,
    generators,
    late_generators,
    neighbours,
    masks,
    order,
    digits,
    rest,
    sweeps,
):
    """Update every site of the groups from first to last so many times."""
    work, own = np.empty((3, WORDS), np.uint64), np.empty((4, WORDS), np.uint64)
    for group in range(first, last):
        lattice, late = lattices[group], late_generators[group]
        _copy(generators[group], own)  # the compiler sees that it overlaps no other array
        for _ in range(sweeps):
            for site in order:
                _follow_majority(lattice, neighbours, masks, site, work)
                _first_digit(lattice, site, own, work, digits[0, 0], digits[0, 1])
                for k in range(1, DIGITS, 2):
                    _two_digits(lattice, site, own, work, digits, k)
                _decide_late(lattice, site, rest, late, work)
        _copy(own, generators[group])


@njit(cache=True, nogil=True)
def pack_words(first_word, last_word, words, packed):  # type: ignore[no-untyped-def]
    """Write the replicas' spins as bits, uint8 (n, ceil(N / 8)), in the order of `numpy.packbits`.

    As many replicas as there is room for, of the words from first to last; squares of 64 sites by
    64 replicas are turned over in six rounds of swapped halves (Warren, Hacker's Delight, section
    7-3).
    """
    _, n_sites, width = words.shape
    for index in range(first_word, last_word):
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
