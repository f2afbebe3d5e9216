"""Chains in equal blocks, one block after the other on each thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401  (loads the BLAS that Numba calls, whose threads are limited here)
from numba import get_num_threads
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

__all__ = ["each_block", "in_blocks"]

BLOCK = 64
"""Chains that share a matrix product: the hidden states of a block stay in the cache."""

Array = NDArray[Any]


def in_blocks(array: Array, multiple: int = 1) -> Array:
    """Chains in blocks (blocks, C, ...), the last one filled up with copies of the first.

    C is at most BLOCK, and a multiple of what is asked for, which divides BLOCK.

    Examples
    --------
    >>> in_blocks(np.arange(5)).tolist()
    [[0, 1, 2], [3, 4, 0]]
    >>> in_blocks(np.arange(5), multiple=4).tolist()
    [[0, 1, 2, 3], [4, 0, 1, 2]]
    """
    count = len(array)
    block = min(BLOCK, -(-count // (2 * multiple)) * multiple)
    padded = np.resize(np.arange(count), -(-count // block) * block)
    return np.ascontiguousarray(array[padded].reshape(-1, block, *array.shape[1:]))


def each_block(kernel: Callable[..., None], weights: Any, *arrays: Any) -> None:
    """Call a kernel on every block of the arrays, on as many threads as Numba would use.

    A parallel loop inside the kernel would do the same, but takes half a minute to compile.
    """
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(get_num_threads()) as pool:
        list(pool.map(lambda parts: kernel(weights, *parts), zip(*arrays, strict=True)))
