"""Bit-parallel sampling: 64 replicas of a two-state lattice in every machine word.

Bit b of word w of a site is that site's spin (1 is up) in replica 64 w + b; 32 words of a group are
updated together, so that the compiler can use its widest vector registers. All bonds must have one
magnitude J; signs are free. A sweep updates the even, then the odd sublattice by heat bath, which
is stationary and ergodic at every temperature.

A site takes the majority of its neighbours (their signs turned on negative bonds) unless noise
turns it over: with probability p = 1 / (1 + exp(2 beta J f)) where f, their sum, is 0, 2 or 4 in
magnitude. Noise is that a uniform number is less than p: random bits are compared with the binary
digits of p, highest first, and the first that differs decides. After 13 random words, 2^-13 of the
replicas at f = 2 and 4 are undecided still; for each of them a further word is compared with the
rest of p, which makes the comparison exact to 2^-64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising
from dcl.sampling.multispin_words import pack_words, unpack_words
from dcl.sampling.proposals import site_table
from dcl.sampling.xoshiro import chain_states

__all__ = ["Replicas", "sample_bitparallel", "sample_packed"]

_WORDS = 32  # of 64 replicas in a group
_GROUPS = 8  # at most, unless few snapshots are asked for
_DIGITS = 13
_ALL = 2**64 - 1


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
        Each uint8 (at most 16384, ceil(L * L / 8)), as `dcl.lattice.packed.pack` makes it; in all
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
    """The replicas that `sample_bitparallel` moves, in groups of 2048.

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
    (2048, (1, 64, 32))
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
        self._late_generators = chain_states(seed, groups, stream=1)
        self._digits, self._rest = _probabilities(magnitude / temperature)

    @property
    def count(self) -> int:
        """Number of replicas."""
        return 64 * _WORDS * len(self.words)

    def sweep(self, sweeps: int) -> None:
        """Update every site of every replica so many times."""
        _sweep(
            self.words, self._generators, self._late_generators, self._neighbours, self._masks,
            self._order, self._digits, self._rest, sweeps,
        )  # fmt: skip


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


def _probabilities(beta: float) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Of noise where f is 2 and 4: digits (13, 2), all bits set for 1, and the rest as 2^-64ths."""
    y = math.exp(-4 * beta)
    numbers = [int(p * 2**64) for p in (y / (1 + y), y * y / (1 + y * y))]
    digits = [[_ALL * (n >> (63 - k) & 1) for n in numbers] for k in range(_DIGITS)]
    rest = [n << _DIGITS & _ALL for n in numbers]
    return np.array(digits, np.uint64), np.array(rest, np.uint64)


@njit(cache=True, inline="always")
def _draw(a, b, c, d):  # type: ignore[no-untyped-def]
    """Random words from advanced generators: xoshiro256++, see ``dcl.sampling.xoshiro``."""
    total = a + d
    random = ((total << np.uint64(23)) | (total >> np.uint64(41))) + a
    shifted = b << np.uint64(17)
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << np.uint64(45)) | (d >> np.uint64(19))
    return random, a, b, c, d


@njit(cache=True, inline="always")
def _digit(a, b, c, d, noise, undecided, odd, extreme, two, four):  # type: ignore[no-untyped-def]
    """Compare one digit of every p, where replicas are undecided, with random bits."""
    random, a, b, c, d = _draw(a, b, c, d)
    digit = (odd & two) | (extreme & four)
    return a, b, c, d, noise | (undecided & digit & ~random), undecided & ~(random ^ digit)


@njit(cache=True, inline="always")
def _four_digits(a, b, c, d, noise, undecided, odd, extreme, digits, k):  # type: ignore[no-untyped-def]
    """Written out, because the compiler does not vectorise over words around a loop."""
    a, b, c, d, noise, undecided = _digit(
        a, b, c, d, noise, undecided, odd, extreme, digits[k, 0], digits[k, 1]
    )
    a, b, c, d, noise, undecided = _digit(
        a, b, c, d, noise, undecided, odd, extreme, digits[k + 1, 0], digits[k + 1, 1]
    )
    a, b, c, d, noise, undecided = _digit(
        a, b, c, d, noise, undecided, odd, extreme, digits[k + 2, 0], digits[k + 2, 1]
    )
    a, b, c, d, noise, undecided = _digit(
        a, b, c, d, noise, undecided, odd, extreme, digits[k + 3, 0], digits[k + 3, 1]
    )
    return a, b, c, d, noise, undecided


@njit(cache=True, inline="always")
def _update(lattice, neighbours, masks, site, digits, generators, work):  # type: ignore[no-untyped-def]
    """Heat bath of one site; rows of ``work`` become undecided replicas and those at f = 2."""
    left, right, up, down = neighbours[site]
    mask_a, mask_b, mask_c, mask_d = masks[site]
    for w in range(_WORDS):
        a, b = lattice[left, w] ^ mask_a, lattice[right, w] ^ mask_b
        c, d = lattice[up, w] ^ mask_c, lattice[down, w] ^ mask_d
        both, either, both_too, either_too = a & b, a | b, c & d, c | d
        majority = (both & either_too) | (both_too & either)
        odd, extreme = a ^ b ^ c ^ d, (both & both_too) | ~(either | either_too)
        a, b, c, d = generators[0, w], generators[1, w], generators[2, w], generators[3, w]
        random, a, b, c, d = _draw(a, b, c, d)
        digit = (odd & digits[0, 0]) | (extreme & digits[0, 1])
        noise = ~random & (digit | ~(odd | extreme))  # where f is 0, one bit decides
        undecided = (odd | extreme) & ~(random ^ digit)
        a, b, c, d, noise, undecided = _four_digits(
            a, b, c, d, noise, undecided, odd, extreme, digits, 1
        )
        a, b, c, d, noise, undecided = _four_digits(
            a, b, c, d, noise, undecided, odd, extreme, digits, 5
        )
        a, b, c, d, noise, undecided = _four_digits(
            a, b, c, d, noise, undecided, odd, extreme, digits, 9
        )
        generators[0, w], generators[1, w], generators[2, w], generators[3, w] = a, b, c, d
        work[0, w], work[1, w] = undecided, odd
        lattice[site, w] = majority ^ noise


@njit(cache=True, inline="always")
def _decide_late(lattice, site, rest, generator, work):  # type: ignore[no-untyped-def]
    """Noise of the replicas that are undecided still, one after another."""
    a, b, c, d = generator[0], generator[1], generator[2], generator[3]
    for w in range(_WORDS):
        undecided = work[0, w]
        while undecided:
            bit = undecided & (np.uint64(0) - undecided)
            undecided ^= bit
            random, a, b, c, d = _draw(a, b, c, d)
            if random < (rest[0] if work[1, w] & bit else rest[1]):
                lattice[site, w] ^= bit
    generator[0], generator[1], generator[2], generator[3] = a, b, c, d


@njit(cache=True, parallel=True)
def _sweep(  # type: ignore[no-untyped-def]
    lattices, generators, late_generators, neighbours, masks, order, digits, rest, sweeps
):
    for group in prange(len(lattices)):
        lattice, work = lattices[group], np.empty((2, _WORDS), np.uint64)
        own = generators[group].copy()  # the compiler sees that it overlaps no other array
        late = late_generators[group].copy()
        for _ in range(sweeps):
            for site in order:
                _update(lattice, neighbours, masks, site, digits, own, work)
                _decide_late(lattice, site, rest, late, work)
        generators[group] = own
        late_generators[group] = late
