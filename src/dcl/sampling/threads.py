"""Kernels over threads that end with the call: none spins, and a process may fork afterwards."""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from dcl.machine import over_threads

__all__ = ["announced", "compile_first", "over_threads"]

_PATIENCE = 0.5
"""Seconds after which a compilation is announced: a cached kernel is loaded sooner."""


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
