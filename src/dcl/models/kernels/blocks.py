"""Chains in equal blocks, one block after the other on each thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401  (loads the BLAS that Numba calls, whose threads are limited here)
from numba import get_num_threads
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dcl.sampling.xoshiro import chain_states

__all__ = ["each_block", "in_blocks", "sample_blocks", "score_blocks", "sweep_blocks"]

BLOCK = 64
"""Chains that share a matrix product: the hidden states of a block stay in the cache."""

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
    blocks = list(zip(*arrays, strict=True))
    threads = min(get_num_threads(), len(blocks))
    with threadpool_limits(1, "blas"):
        if threads == 1:
            for parts in blocks:
                kernel(weights, *parts)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda parts: kernel(weights, *parts), blocks))


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
