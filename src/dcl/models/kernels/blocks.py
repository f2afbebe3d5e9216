"""Chains in equal blocks, one block after the other on each thread."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.machine import Threads
from dcl.sampling.xoshiro import chain_states

__all__ = ["each_block", "in_blocks", "sample_blocks", "score_blocks", "sweep_blocks"]

BLOCK = 64
"""Chains that share a matrix product, so few that a block's hidden states stay in the cache."""

Array = NDArray[Any]


def in_blocks(array: Array) -> Array:
    """Chains in blocks (blocks, C, ...), the last one filled up with copies of the first.

    Examples
    --------
    >>> in_blocks(np.arange(5)).tolist()
    [[0, 1, 2], [3, 4, 0]]
    """
    count = len(array)
    block = min(BLOCK, -(-count // 2))
    padded = np.resize(np.arange(count), -(-count // block) * block)
    return np.ascontiguousarray(array[padded].reshape(-1, block, *array.shape[1:]))


def each_block(kernel: Callable[..., None], weights: Any, *arrays: Any) -> None:
    """Call a kernel on every block of the arrays, on as many threads as Numba would use."""
    blocks, threads = list(zip(*arrays, strict=True)), Threads()

    def share(thread: int) -> None:
        for parts in blocks[thread :: threads.count]:
            kernel(weights, *parts)

    threads.map(share)


def score_blocks(
    kernel: Callable[..., None], weights: Any, sequences: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Return ln P (n,) of sequences of states 0..Q-1 in reading order, (n, N).

    The kernel takes weights, states (C, N), and ln P (C,) to which it adds.
    """
    states = in_blocks(sequences)
    logs = np.zeros(states.shape[:2])
    each_block(kernel, weights, states, logs)
    return logs.reshape(-1)[: len(sequences)]


def sample_blocks(
    kernel: Callable[..., None], weights: Any, sites: int, count: int, seed: int
) -> NDArray[np.int8]:
    """Draw independent sequences (count, N) of states 0..Q-1 in reading order, site by site.

    The kernel takes weights, states (C, N) to fill, and generators (C, 4).
    """
    generators = in_blocks(chain_states(seed, count))
    states = np.empty((*generators.shape[:2], sites), np.int8)
    each_block(kernel, weights, states, generators)
    return states.reshape(-1, sites)[:count]


def sweep_blocks(
    kernel: Callable[..., None],
    weights: Any,
    states: NDArray[np.int8],
    exponents: NDArray[np.float64],
    generators: NDArray[np.uint64],
    sweeps: int,
) -> NDArray[np.float64]:
    """Sweep chains (n, N) in place with a kernel that sweeps one block, and return their gains.

    The kernel takes weights, states (C, N) in reading order, exponents (C,), gains of ln P (C,),
    generators (C, 4) and a number of sweeps.
    """
    blocks, powers, words = in_blocks(states), in_blocks(exponents), in_blocks(generators)
    gains = np.zeros(powers.shape)
    each_block(kernel, weights, blocks, powers, gains, words, np.full(len(blocks), sweeps))
    states[:] = blocks.reshape(-1, states.shape[1])[: len(states)]
    generators[:] = words.reshape(-1, generators.shape[1])[: len(states)]
    return gains.reshape(-1)[: len(states)]
