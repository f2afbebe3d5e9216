"""Multispin coding: 64 replicas of a two-state lattice in every machine word.

All bonds must have one magnitude J; signs are free. A sweep updates the even, then the odd
sublattice by heat bath, which is stationary and ergodic at every temperature. 32 words of a group
are updated together, so that the compiler can use its widest vector registers.

A site takes the majority of its neighbours (their signs turned on negative bonds) unless noise
turns it over: with probability p = 1 / (1 + exp(2 beta J f)) where f, their sum, is 0, 2 or 4 in
magnitude. Noise is that a uniform number is less than p: random bits are compared with the binary
digits of p, highest first, and the first that differs decides. After 13 random words, 2^-13 of the
replicas at f = 2 and 4 are undecided still; for each of them a further word is compared with the
rest of p, which makes the comparison exact to 2^-64.
"""

import math
from collections.abc import Iterator
from typing import Unpack

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising
from dcl.sampling.multispin_kernels import DIGITS, WORDS, pack_words, sweep
from dcl.sampling.site_tables import bonds, site_table
from dcl.sampling.threads import compile_first, over_threads
from dcl.sampling.walk import Walk, WalkOptions, check_snapshots
from dcl.sampling.xoshiro import chain_states

__all__ = ["Replicas", "sample_multispin", "sample_multispin_packed"]

_GROUPS = 8  # at most, unless few snapshots are asked for
_ALL = 2**64 - 1


def sample_multispin(
    hamiltonian: Ising | EdwardsAnderson,
    size: int,
    temperature: float,
    count: int,
    **walk: Unpack[WalkOptions],
) -> NDArray[np.int8]:
    """Sample snapshots at one temperature, 64 replicas in every machine word.

    Parameters
    ----------
    hamiltonian, size, temperature, count, **walk
        See `dcl.sampling.equilibrium.sample_equilibrium`. The model is Ising, or
        a glass with couplings of one magnitude, on an even lattice; there are min(count, 16384)
        chains, rounded up to a multiple of 2048, whatever is asked for.

    Returns
    -------
    ndarray of int8, shape (count, L, L)

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> sample_multispin(Ising(), 8, temperature=4.0, count=10, seed=1).shape
    (10, 8, 8)
    """
    plan = Walk(**walk)
    check_snapshots(temperature, count, plan.stride)
    replicas = Replicas(hamiltonian, size, temperature, plan, at_least=count)
    return plan.record(size, count, replicas.count, replicas.sweep, replicas.unpack)


def sample_multispin_packed(
    hamiltonian: Ising | EdwardsAnderson,
    size: int,
    temperature: float,
    count: int,
    **walk: Unpack[WalkOptions],
) -> Iterator[NDArray[np.uint8]]:
    """Sample the snapshots of `sample_multispin` in parts, one bit a spin.

    Parameters
    ----------
    hamiltonian, size, temperature, count, **walk
        See `sample_multispin`.

    Returns
    -------
    iterator of ndarray of uint8, shape (at most 16384, ceil(L * L / 8))
        Parts as `dcl.lattice.packed.pack` makes them, in all ``count`` rows.

    Raises
    ------
    InputError
        For an odd size, couplings of several magnitudes, or values out of range.

    Examples
    --------
    >>> parts = sample_multispin_packed(Ising(), 8, temperature=4.0, count=20000, seed=1)
    >>> [part.shape for part in parts]
    [(16384, 8), (3616, 8)]
    """
    plan = Walk(**walk)
    check_snapshots(temperature, count, plan.stride)
    return _pack_parts(Replicas(hamiltonian, size, temperature, plan, at_least=count), count, plan)


def _pack_parts(replicas: "Replicas", count: int, plan: Walk) -> Iterator[NDArray[np.uint8]]:
    replicas.sweep(plan.burn_in)
    with tqdm(total=count, unit="snapshot", disable=not plan.progress) as bar:
        for start in range(0, count, replicas.count):
            replicas.sweep(plan.stride)
            packed = replicas.pack(min(replicas.count, count - start))
            bar.update(len(packed))
            yield packed


class Replicas:
    """Replicas that `sample_multispin` moves, in groups of 2048.

    Parameters
    ----------
    hamiltonian, size, temperature
        See `sample_multispin`.
    walk : Walk
        Its seed and start, and whether a compilation is announced.
    at_least : int
        Replicas wanted: rounded up to whole groups, and no more than 16384 are made.

    Examples
    --------
    >>> replicas = Replicas(Ising(), 8, 4.0, Walk(seed=1), at_least=1500)
    >>> replicas.sweep(100)
    >>> replicas.count, replicas.words.shape
    (2048, (1, 64, 32))
    """

    def __init__(
        self,
        hamiltonian: Ising | EdwardsAnderson,
        size: int,
        temperature: float,
        walk: Walk,
        at_least: int,
    ) -> None:
        if size < 2 or size % 2:
            raise InputError(f"size: found {size}, expected an even number")
        magnitude, masks = _signs(hamiltonian, size)
        groups = min(_GROUPS, -(-at_least // (64 * WORDS)))
        generators = chain_states(walk.seed, groups * WORDS).reshape(groups, WORDS, 4)
        shape = groups, size * size, WORDS
        if walk.start == "ordered":
            self.words = np.full(shape, _ALL, np.uint64)
        else:
            self.words = np.random.default_rng(walk.seed).integers(0, 2**64, shape, np.uint64)
        parity = np.indices((size, size)).sum(axis=0).ravel() % 2
        self._state = (
            self.words,
            np.ascontiguousarray(generators.swapaxes(1, 2)),
            chain_states(walk.seed, groups, stream=1),
            site_table(hamiltonian, size).neighbours,
            masks,
            np.argsort(parity, kind="stable").astype(np.uint32),
            *_probabilities(magnitude / temperature),
        )
        compile_first(sweep, walk.progress, *self._state, 1)

    @property
    def count(self) -> int:
        """Number of replicas."""
        return 64 * WORDS * len(self.words)

    def sweep(self, sweeps: int) -> None:
        """Update every site of every replica so many times."""
        updates = self.words.size * sweeps  # of 64 spins each
        over_threads(sweep, len(self.words), updates, *self._state, sweeps)

    def unpack(self, snapshots: NDArray[np.int8]) -> None:
        """Write the replicas' spins as int8 (n, N), for as many replicas as there is room."""
        octets = self.words.astype("<u8", copy=False).view(np.uint8)
        for group in range(len(octets)):
            part = snapshots[group * 64 * WORDS : (group + 1) * 64 * WORDS]
            bits = np.unpackbits(octets[group], axis=1, bitorder="little")[:, : len(part)]
            part[:] = bits.T
            part *= 2
            part -= 1

    def pack(self, count: int) -> NDArray[np.uint8]:
        """Return the spins of the first replicas as bits, uint8 (count, ceil(N / 8))."""
        packed = np.empty((count, -(-self.words.shape[1] // 8)), np.uint8)
        over_threads(pack_words, len(self.words) * WORDS, packed.size, self.words, packed)
        return packed


def _signs(hamiltonian: Ising | EdwardsAnderson, size: int) -> tuple[float, NDArray[np.uint64]]:
    """Return |J| and, for the four bonds of every site (N, 4), all bits set where J < 0."""
    if not isinstance(hamiltonian, Ising | EdwardsAnderson):
        raise InputError(f"hamiltonian: found {hamiltonian}, expected Ising or EdwardsAnderson")
    couplings = bonds(hamiltonian, size)
    if np.ptp(np.abs(couplings)) > 0:
        raise InputError("hamiltonian: found couplings of several magnitudes, expected one")
    masks = np.where(couplings < 0, np.uint64(_ALL), np.uint64(0))
    return abs(float(couplings[0, 0])), np.ascontiguousarray(
        np.broadcast_to(masks, (size * size, 4))
    )


def _probabilities(beta: float) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return p where f is 2 and 4: digits (13, 2), all bits set for 1, and the rest in 2^-64."""
    y = math.exp(-4 * beta)
    numbers = [int(p * 2**64) for p in (y / (1 + y), y * y / (1 + y * y))]
    digits = [[_ALL * (n >> (63 - k) & 1) for n in numbers] for k in range(DIGITS)]
    rest = [n << DIGITS & _ALL for n in numbers]
    return np.array(digits, np.uint64), np.array(rest, np.uint64)
