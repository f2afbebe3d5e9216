"""Kernels over threads that end with the call: none spins, and a process may fork afterwards."""

import contextlib
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba

__all__ = ["announced", "compile_first", "over_threads"]

_WORTH = 2**18
"""Spin updates for which a thread is worth starting."""
_PATIENCE = 0.5
"""Seconds after which a compilation is announced: a cached kernel is loaded sooner."""


def over_threads(kernel: Callable[..., None], count: int, updates: float, *arguments: Any) -> None:
    """Call ``kernel(first, last, *arguments)`` for ranges that cover 0 to `count`.

    Parameters
    ----------
    kernel : callable
        A compiled function that releases the interpreter's lock.
    count : int
        Number of independent pieces of work.
    updates : float
        Spin updates of all of them, which say how many threads are worth while.
    *arguments
        Passed on.
    """
    threads = int(max(1, min(numba.get_num_threads(), count, updates // _WORTH)))
    if threads == 1:
        kernel(0, count, *arguments)
        return
    bounds = [count * part // threads for part in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        parts = [
            pool.submit(kernel, first, last, *arguments)
            for first, last in itertools.pairwise(bounds)
        ]
        for part in parts:
            part.result()


@contextlib.contextmanager
def announced(progress: bool) -> Iterator[None]:
    """Say on standard error that a kernel is compiled, if it takes time and `progress` is on."""
    announcement = threading.Timer(_PATIENCE, print, ("compiling, once",), {"file": sys.stderr})
    if progress:
        announcement.start()
    try:
        yield
    finally:
        announcement.cancel()


def compile_first(kernel: Callable[..., None], progress: bool, *arguments: Any) -> None:
    """Compile a kernel by a call for no work, see `announced`."""
    with announced(progress):
        kernel(0, 0, *arguments)
