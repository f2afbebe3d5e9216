"""Multispin coding of learned couplings: heat bath of 64 replicas in every machine word.

A bit of a word is the spin of one replica, 1 for up. The field on a spin has few values, the
classes of `dcl.models.kernels.spin_products.FlipCosts`: operations on words find the replicas of
each. Every replica has its own temperature, so that the binary digits of its probabilities are
bits of words too. As in `dcl.sampling.multispin`, 12 of them are compared with random words, and a
further number decides the few replicas that those leave undecided: acceptance is exact to 2^-53.
Sites are updated in order, which is ergodic at every temperature.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import expit

from dcl.lattice.clusters import Sites
from dcl.models.kernels.spin_products import FlipCosts, on_torus
from dcl.models.kernels.spin_words import count_positive, multiply, to_spins, to_words
from dcl.sampling.multispin_kernels import WORDS, compare
from dcl.sampling.replica_exchange import Replicas, Sweeper
from dcl.sampling.threads import over_threads
from dcl.sampling.xoshiro import load, next_word, store

__all__ = ["MultispinSweeper"]

_DIGITS = 12
"""Compared with random words."""
_SPINS, _UNDECIDED, _DIGIT = 4, 5, 6
"""Rows of the words that an update works on; the first four are random generators."""
_BLOCK = 64 * WORDS
_ALL = ~np.uint64(0)
_BELOW_ONE = 1 - 2.0**-53


class MultispinSweeper(Sweeper):
    """Heat-bath sweeps of spins under products of spins, over the sites in order.

    The 64 replicas of a word share the random numbers of one of them: each takes its own bits.

    Parameters
    ----------
    products : dict
        Couplings in J by sites, see `dcl.models.kernels.spin_products.spin_products`.
    costs : FlipCosts
        What they make a flip cost on the torus.
    shape : tuple of int
        Rows and columns of the torus.
    few : Sweeper
        Takes fewer replicas than are worth a block of 2048.
    """

    def __init__(
        self, products: dict[Sites, float], costs: FlipCosts, shape: tuple[int, int], few: Sweeper
    ) -> None:
        self._few, self._fewest = few, 12 * (len(costs.fields) + 10)  # measured against a table
        self._couplings, self._fields = np.array(list(products.values())), costs.fields
        self._folded = np.array_equal(self._fields, -self._fields[::-1])  # half of them tell all
        self._terms = on_torus(list(products), [False] * len(products), shape)
        self._around = (*on_torus(costs.products, costs.negative, shape), costs.strides)

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        flat, (_, energies, betas, random_states) = replicas.flat, replicas
        if len(flat) < self._fewest:
            self._few.sweep(*replicas, sweeps)
            return
        blocks, used = -(-len(flat) // _BLOCK), -(-len(flat) // 64)
        lattice = np.zeros((flat.shape[1], blocks * WORDS), np.uint64)
        over_threads(to_words, used, flat.size / 8, flat, lattice)
        fields = self._fields[: (len(self._fields) + 1) // 2] if self._folded else self._fields
        probabilities = _probabilities(fields, betas, blocks)
        words = np.resize(random_states, (blocks * WORDS, 4))  # idle words repeat some
        over_threads(
            _heat_bath, blocks, flat.size * sweeps / 64, lattice, words, self._around,
            len(self._fields), self._folded,
            _digits(probabilities, min(used, WORDS)), probabilities << np.uint64(_DIGITS), sweeps,
        )  # fmt: skip
        random_states[:used] = words[:used]
        energies[:] = self._energies(lattice, len(flat))
        over_threads(to_spins, used, flat.size / 8, lattice, flat)

    def _energies(self, lattice: NDArray[np.uint64], count: int) -> NDArray[np.float64]:
        """Total energies in J (n,) from the numbers of positive products."""
        sites, width = lattice.shape
        positive = np.empty((len(self._couplings), count))
        over_threads(
            count_positive, width // WORDS, sites * count / 64, lattice, *self._terms, positive
        )
        return np.asarray(self._couplings @ (2 * positive - sites))


def _probabilities(
    fields: NDArray[np.float64], betas: NDArray[np.float64], blocks: int
) -> NDArray[np.uint64]:
    """Probabilities of up in 2^-64, by block, class and replica; a multiple of three classes."""
    found = np.zeros((-(-len(fields) // 3) * 3, blocks * _BLOCK), np.uint64)
    up = np.minimum(expit(-2 * np.multiply.outer(fields, betas)), _BELOW_ONE)
    found[: len(fields), : len(betas)] = (up * 2.0**64).astype(np.uint64)
    return np.ascontiguousarray(found.reshape(-1, blocks, _BLOCK).swapaxes(0, 1))


@njit(cache=True)
def _digits(probabilities, used):  # type: ignore[no-untyped-def]
    """Highest binary digits as words (blocks, 12, classes, words); 0 in words that are not used."""
    blocks, classes, _ = probabilities.shape
    words = np.zeros((blocks, _DIGITS, classes, WORDS), np.uint64)
    for block in range(blocks):
        for c in range(classes):
            for replica in range(64 * used):
                word, bit = replica // 64, np.uint64(replica % 64)
                for k in range(_DIGITS):
                    digit = (probabilities[block, c, replica] >> np.uint64(63 - k)) & np.uint64(1)
                    words[block, k, c, word] |= digit << bit
    return words


@njit(cache=True, forceinline=True)
def _classify(lattice, site, sites, counts, masks, strides, products, classes):  # type: ignore[no-untyped-def]
    """Find the replicas of each class, adding two products after the other; the last row is 0."""
    known, nowhere = 1, len(classes) - 1
    for w in range(WORDS):
        classes[0, w] = _ALL
    for k in range(0, len(counts), 2):
        for j in range(2):
            multiply(lattice, sites[site, k + j], counts[k + j], masks[k + j], products[j])
        stride = strides[k]
        for c in range(known + 2 * stride - 1, -1, -1):
            none = c if c < known else nowhere
            one = c - stride if stride <= c < known + stride else nowhere
            both = c - 2 * stride if c >= 2 * stride else nowhere
            _add_two(products, classes, none, one, both, c)
        known += 2 * stride


@njit(cache=True, forceinline=True)
def _add_two(products, classes, none, one, both, c):  # type: ignore[no-untyped-def]
    """Fill a class with the replicas that come to it by none, one or both of two products."""
    for w in range(WORDS):
        x, y = products[0, w], products[1, w]
        classes[c, w] = (
            (classes[none, w] & ~(x | y)) | (classes[one, w] & (x ^ y)) | (classes[both, w] & x & y)
        )


@njit(cache=True, forceinline=True)
def _fold(classes, known, work):  # type: ignore[no-untyped-def]
    """Join opposite classes: a field that is turned over turns the spin over."""
    for w in range(WORDS):
        work[_SPINS, w] = np.uint64(0)
    for c in range(known // 2):
        for w in range(WORDS):
            opposite = classes[known - 1 - c, w]
            work[_SPINS, w] |= opposite
            classes[c, w] |= opposite


@njit(cache=True, forceinline=True)
def _gather(classes, digits, c, work):  # type: ignore[no-untyped-def]
    """Look up digits in three classes beyond the first three."""
    for k in range(_DIGITS):
        for w in range(WORDS):
            work[_DIGIT + k, w] |= (
                (classes[c, w] & digits[k, c, w])
                | (classes[c + 1, w] & digits[k, c + 1, w])
                | (classes[c + 2, w] & digits[k, c + 2, w])
            )


@njit(cache=True, forceinline=True)
def _digit(classes, digits, work, more, k, w):  # type: ignore[no-untyped-def]
    """Look up a binary digit of every replica's probability."""
    first, second, third = digits[k, 0, w], digits[k, 1, w], digits[k, 2, w]
    digit = (classes[0, w] & first) | (classes[1, w] & second) | (classes[2, w] & third)
    return digit | work[_DIGIT + k, w] if more else digit


@njit(cache=True, forceinline=True)
def _compare_digits(classes, digits, work, more):  # type: ignore[no-untyped-def]
    """Compare the digits of every replica's probability with random bits, four at a time.

    The four are written out: not every compiler makes vector instructions of a loop of loops.
    """
    for k in range(0, _DIGITS, 4):
        for w in range(WORDS):
            a, b, c, d = work[0, w], work[1, w], work[2, w], work[3, w]
            spin, rest = work[_SPINS, w], work[_UNDECIDED, w]
            digit = _digit(classes, digits, work, more, k, w)
            a, b, c, d, spin, rest = compare(a, b, c, d, spin, rest, digit)
            digit = _digit(classes, digits, work, more, k + 1, w)
            a, b, c, d, spin, rest = compare(a, b, c, d, spin, rest, digit)
            digit = _digit(classes, digits, work, more, k + 2, w)
            a, b, c, d, spin, rest = compare(a, b, c, d, spin, rest, digit)
            digit = _digit(classes, digits, work, more, k + 3, w)
            a, b, c, d, spin, rest = compare(a, b, c, d, spin, rest, digit)
            work[0, w], work[1, w], work[2, w], work[3, w] = a, b, c, d
            work[_SPINS, w], work[_UNDECIDED, w] = spin, rest
    if more:
        work[_DIGIT:] = 0


@njit(cache=True)
def _decide_late(work, w, classes, rest):  # type: ignore[no-untyped-def]
    """Decide the replicas of a word that are undecided still, one after another."""
    words = work[0, w], work[1, w], work[2, w], work[3, w]
    for b in range(64):
        bit = np.uint64(1) << np.uint64(b)
        if work[_UNDECIDED, w] & bit:
            c = 0
            while not classes[c, w] & bit:
                c += 1
            random, words = next_word(words)
            if random < rest[c, 64 * w + b]:
                work[_SPINS, w] ^= bit
    work[0, w], work[1, w], work[2, w], work[3, w] = words


@njit(cache=True, nogil=True)
def _heat_bath(  # type: ignore[no-untyped-def]
    begin, end, lattices, generators, around, known, folded, digits, rest, sweeps
):
    """Update every site of the blocks from begin to end so many times."""
    products, work = (
        np.empty((2, WORDS), np.uint64),
        np.zeros((_DIGIT + _DIGITS, WORDS), np.uint64),
    )
    classes = np.zeros((max(known, digits.shape[2]) + 1, WORDS), np.uint64)
    for block in range(begin, end):
        first = block * WORDS
        lattice = lattices[:, first : first + WORDS]
        for w in range(WORDS):
            work[0, w], work[1, w], work[2, w], work[3, w] = load(generators, first + w)
        for step in range(sweeps * len(lattice)):
            site = step % len(lattice)
            _classify(lattice, site, *around, products, classes)
            if folded:
                _fold(classes, known, work)
            else:
                work[_SPINS] = 0
            work[_UNDECIDED] = _ALL
            for c in range(3, digits.shape[2], 3):
                _gather(classes, digits[block], c, work)
            _compare_digits(classes, digits[block], work, digits.shape[2] > 3)
            for w in range(WORDS):
                if work[_UNDECIDED, w]:
                    _decide_late(work, w, classes, rest[block])
                lattice[site, w] = work[_SPINS, w]
        for w in range(WORDS):
            store(generators, first + w, (work[0, w], work[1, w], work[2, w], work[3, w]))
