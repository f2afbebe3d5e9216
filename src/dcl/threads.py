"""A fixed share of every batch for each thread, so that sums are the same at every run."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import scipy.linalg  # noqa: F401  (loads the BLAS that Numba calls, whose threads are limited here)
from numba import get_num_threads
from threadpoolctl import ThreadpoolController

__all__ = ["Threads"]

T = TypeVar("T")


class Threads:
    """As many threads as Numba would use, each with a BLAS of one thread."""

    def __init__(self) -> None:
        self.count: int = get_num_threads()
        self._pool = ThreadPoolExecutor(self.count)
        self._blas = ThreadpoolController()

    def map(self, function: Callable[[int], T]) -> list[T]:
        """Results of the function for each number of a thread, in order."""
        with self._blas.limit(limits=1, user_api="blas"):
            return list(self._pool.map(function, range(self.count)))

    def block(self, batch: int, largest: int) -> int:
        """Size of equal blocks, at most `largest`, as many for one thread as for another."""
        rounds = -(-batch // (largest * self.count))
        return -(-batch // (rounds * self.count))
