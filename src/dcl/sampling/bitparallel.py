"""Bit-parallel sampling: 64 replicas of a two-state lattice in every machine word.

Bit b of word w of a site is that site's spin (1 is up) in replica 64 w + b; 16 words of a group are
updated together, so that the compiler can use its widest vector registers. All bonds must have one
magnitude |J|; signs are free. A sweep updates the even, then the odd sublattice by heat bath, which
is stationary and ergodic at every temperature.

A site takes the majority of its neighbours (their signs turned where J < 0) unless noise turns it
over: with probability 1 / (1 + exp(2 beta |J| f)) where f, their sum, is 0, 2 or 4 in magnitude.
The three noises are nested products of independent bits. A bit of probability p comes from
comparing random bits with the binary digits of p, highest first, until every replica is decided:
exact to 2^-64, for about 11 random words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.hamiltonians import EdwardsAnderson, Ising
from dcl.sampling.proposals import site_table
from dcl.sampling.random import chain_states
from dcl.sampling.words import pack_words, unpack_words

__all__ = ["Replicas", "sample_bitparallel", "sample_packed"]

_WORDS = 16  # of 64 replicas in a group
_GROUPS = 16  # at most, unless few snapshots are asked for
# Rows of _WORDS words in a group's work array; the generators' four words are rows 0 to 3.
_OPEN, _BIT, _NOISE, _MAJORITY, _ODD, _EXTREME = 4, 5, 6, 7, 8, 9


def sample_bitparallel(
    hamiltonian: Ising | EdwardsAnderson,
    size: int,
    temperature: float,
    count: int,
    *,
    seed: int,
    burn_in: int = 1000,
    stride: int = 10,
    progress: bool = False,
) -> NDArray[np.int8]:
    """Snapshots at one temperature, 64 replicas in every machine word.

    Parameters
    ----------
    hamiltonian
        Ising, or EdwardsAnderson whose couplings have one magnitude.
    size
        L, even.
    temperature
        In units of J / k_B; ``math.inf`` is allowed.
    count
        Number of snapshots.
    seed
        The same seed gives the same snapshots, for any number of threads.
    burn_in, stride
        Sweeps before the first snapshot of a replica, and from each snapshot to the next.
    progress
        Show a progress bar on standard error.

    Returns
    -------
    configurations
        int8 (count, L, L). Of R replicas (at most 16384), snapshot k is the (k // R)-th of replica
        k % R.

    Raises
    ------
    InputError
        For an odd size, couplings of several magnitudes, or values out of range.

    Examples
    --------
    >>> sample_bitparallel(Ising(), 8, temperature=4.0, count=10, seed=1).shape
    (10, 8, 8)
    """
    _check(count, burn_in, stride)
    replicas = Replicas(hamiltonian, size, temperature, seed=seed, at_least=count)
    snapshots = np.empty((count, size * size), np.int8)
    replicas.sweep(burn_in)
    with tqdm(total=count, unit="snapshot", disable=not progress) as bar:
        for start in range(0, count, replicas.count):
            replicas.sweep(stride)
            part = snapshots[start : start + replicas.count]
            unpack_words(replicas.words, part)
            bar.update(len(part))
    return snapshots.reshape(count, size, size)


def sample_packed(
    hamiltonian: Ising | EdwardsAnderson,
    size: int,
    temperature: float,
    count: int,
    *,
    seed: int,
    burn_in: int = 1000,
    stride: int = 10,
    progress: bool = False,
) -> Iterator[NDArray[np.uint8]]:
    """The snapshots of `sample_bitparallel` in parts, one bit a spin.

    Parameters
    ----------
    hamiltonian, size, temperature, count, seed, burn_in, stride, progress
        See `sample_bitparallel`.

    Returns
    -------
    parts
        Each uint8 (at most 16384, ceil(L * L / 8)), as `dcl.packed.pack` makes it; in all
        ``count`` rows.

    Raises
    ------
    InputError
        For an odd size, couplings of several magnitudes, or values out of range.

    Examples
    --------
    >>> parts = sample_packed(Ising(), 8, temperature=4.0, count=20000, seed=1)
    >>> [part.shape for part in parts]
    [(16384, 8), (3616, 8)]
    """
    _check(count, burn_in, stride)
    replicas = Replicas(hamiltonian, size, temperature, seed=seed, at_least=count)
    return _pack_parts(replicas, count, burn_in, stride, progress)


def _pack_parts(
    replicas: Replicas, count: int, burn_in: int, stride: int, progress: bool
) -> Iterator[NDArray[np.uint8]]:
    width = -(-replicas.words.shape[1] // 8)
    replicas.sweep(burn_in)
    with tqdm(total=count, unit="snapshot", disable=not progress) as bar:
        for start in range(0, count, replicas.count):
            replicas.sweep(stride)
            packed = np.empty((min(replicas.count, count - start), width), np.uint8)
            pack_words(replicas.words, packed)
            bar.update(len(packed))
            yield packed


class Replicas:
    """The replicas that `sample_bitparallel` moves, in groups of 1024.

    Parameters
    ----------
    hamiltonian, size, temperature, seed
        See `sample_bitparallel`.
    at_least
        Replicas wanted: rounded up to whole groups, and no more than 16384 are made.

    Examples
    --------
    >>> replicas = Replicas(Ising(), 8, temperature=4.0, seed=1, at_least=1500)
    >>> replicas.sweep(100)
    >>> replicas.count, replicas.words.shape
    (2048, (2, 64, 16))
    """

    def __init__(
        self,
        hamiltonian: Ising | EdwardsAnderson,
        size: int,
        temperature: float,
        *,
        seed: int,
        at_least: int,
    ) -> None:
        if size < 2 or size % 2:
            raise InputError(f"size: found {size}, expected an even number")
        if not temperature > 0:
            raise InputError(f"temperature: found {temperature}, expected a positive number")
        magnitude, self._masks = _signs(hamiltonian, size)
        groups = min(_GROUPS, -(-at_least // (64 * _WORDS)))
        generators = chain_states(seed, groups * _WORDS).reshape(groups, _WORDS, 4).swapaxes(1, 2)
        self._generators = np.ascontiguousarray(generators)
        random = np.random.default_rng(seed)
        self.words = random.integers(0, 2**64, (groups, size * size, _WORDS), dtype=np.uint64)
        parity = np.indices((size, size)).sum(axis=0).ravel() % 2
        self._order = np.argsort(parity, kind="stable").astype(np.uint32)
        self._neighbours = site_table(hamiltonian, size).neighbours
        self._odds = _odds(magnitude / temperature)

    @property
    def count(self) -> int:
        """Number of replicas."""
        return 64 * _WORDS * len(self.words)

    def sweep(self, sweeps: int) -> None:
        """Update every site of every replica so many times."""
        walk = (self.words, self._generators, self._neighbours, self._masks)
        _sweep(*walk, self._order, self._odds, sweeps)


def _check(count: int, burn_in: int, stride: int) -> None:
    if burn_in < 0:
        raise InputError(f"burn_in: found {burn_in}, expected 0 or more")
    for name, value in {"count": count, "stride": stride}.items():
        if value < 1:
            raise InputError(f"{name}: found {value}, expected 1 or more")


def _signs(hamiltonian: Ising | EdwardsAnderson, size: int) -> tuple[float, NDArray[np.uint64]]:
    """|J| and, for the four bonds of every site (N, 4), all bits set where J < 0."""
    if not isinstance(hamiltonian, Ising | EdwardsAnderson):
        raise InputError(f"hamiltonian: found {hamiltonian}, expected Ising or EdwardsAnderson")
    horizontal, vertical = hamiltonian.couplings(size)
    magnitudes = np.abs([horizontal, vertical])
    if np.ptp(magnitudes) > 0:
        raise InputError("hamiltonian: found couplings of several magnitudes, expected one")
    right, down = np.roll(horizontal, -1, axis=1), np.roll(vertical, -1, axis=0)
    bonds = np.stack([horizontal, right, vertical, down], axis=-1).reshape(-1, 4)
    return float(magnitudes[0, 0, 0]), np.where(bonds < 0, np.uint64(2**64 - 1), np.uint64(0))


def _odds(beta: float) -> NDArray[np.uint64]:
    """Noise at |field| 2 given noise at 0, and at 4 given noise at 2, as multiples of 2^-64."""
    y = math.exp(-4 * beta)
    probabilities = (2 * y / (1 + y), y * (1 + y) / (1 + y * y))
    return np.array([min(int(p * 2**64), 2**64 - 1) for p in probabilities], np.uint64)


@njit(cache=True, inline="always")
def _advance(work, w):  # type: ignore[no-untyped-def]
    """Next word of generator w: xoshiro256++, see ``dcl.sampling.random``."""
    a, b, c, d = work[w], work[_WORDS + w], work[2 * _WORDS + w], work[3 * _WORDS + w]
    total = a + d
    shifted = b << np.uint64(17)
    c ^= a
    d ^= b
    work[_WORDS + w] = b ^ c
    work[w] = a ^ d
    work[2 * _WORDS + w] = c ^ shifted
    work[3 * _WORDS + w] = (d << np.uint64(45)) | (d >> np.uint64(19))
    return ((total << np.uint64(23)) | (total >> np.uint64(41))) + a


@njit(cache=True, inline="always")
def _draw_bits(work, probability):  # type: ignore[no-untyped-def]
    """Set row _BIT, where row _OPEN has a 1, with the probability; row _OPEN is used up."""
    for w in range(_WORDS):
        work[_BIT * _WORDS + w] = np.uint64(0)
    for digit in range(63, -1, -1):
        one = np.uint64(0) - ((probability >> np.uint64(digit)) & np.uint64(1))
        left = np.uint64(0)
        for w in range(_WORDS):
            random, undecided = _advance(work, w), work[_OPEN * _WORDS + w]
            work[_BIT * _WORDS + w] |= undecided & ~random & one
            undecided &= random ^ ~one
            work[_OPEN * _WORDS + w] = undecided
            left |= undecided
        if left == 0:
            break


@njit(cache=True, inline="always")
def _count_neighbours(lattice, neighbours, masks, site, work):  # type: ignore[no-untyped-def]
    """Majority of the neighbours, and whether their number up is odd or extreme (0 or 4)."""
    left, right, up, down = neighbours[site]
    for w in range(_WORDS):
        a = lattice[left, w] ^ masks[site, 0]
        b = lattice[right, w] ^ masks[site, 1]
        c = lattice[up, w] ^ masks[site, 2]
        d = lattice[down, w] ^ masks[site, 3]
        both, either, both_too, either_too = a & b, a | b, c & d, c | d
        work[_MAJORITY * _WORDS + w] = (both & either_too) | (both_too & either)
        work[_ODD * _WORDS + w] = a ^ b ^ c ^ d
        work[_EXTREME * _WORDS + w] = (both & both_too) | ~(either | either_too)


@njit(cache=True, inline="always")
def _update(lattice, neighbours, masks, site, odds, work):  # type: ignore[no-untyped-def]
    _count_neighbours(lattice, neighbours, masks, site, work)
    for w in range(_WORDS):
        noise, odd = _advance(work, w), work[_ODD * _WORDS + w]
        work[_NOISE * _WORDS + w] = noise
        work[_OPEN * _WORDS + w] = noise & (odd | work[_EXTREME * _WORDS + w])
    _draw_bits(work, odds[0])
    for w in range(_WORDS):
        odd, extreme = work[_ODD * _WORDS + w], work[_EXTREME * _WORDS + w]
        work[_NOISE * _WORDS + w] &= ~(odd | extreme) | work[_BIT * _WORDS + w]
        work[_OPEN * _WORDS + w] = work[_NOISE * _WORDS + w] & extreme
    _draw_bits(work, odds[1])
    for w in range(_WORDS):
        noise = work[_NOISE * _WORDS + w] & (~work[_EXTREME * _WORDS + w] | work[_BIT * _WORDS + w])
        lattice[site, w] = work[_MAJORITY * _WORDS + w] ^ noise


@njit(cache=True, parallel=True)
def _sweep(lattices, generators, neighbours, masks, order, odds, sweeps):  # type: ignore[no-untyped-def]
    for group in prange(len(lattices)):
        lattice = lattices[group]
        work = np.empty(10 * _WORDS, np.uint64)
        work[: 4 * _WORDS] = generators[group].ravel()
        for _ in range(sweeps):
            for site in order:
                _update(lattice, neighbours, masks, site, odds, work)
        generators[group] = work[: 4 * _WORDS].reshape(4, _WORDS)
