"""Kernels over threads that end with the call: none spins, and a process may fork afterwards."""

import sys
import threading
from collections.abc import Callable
from typing import Any

from dcl.machine import over_threads

__all__ = ["compile_first", "over_threads"]

_PATIENCE = 0.5
"""Seconds after which a compilation is announced; a cached kernel is loaded sooner."""


def compile_first(kernel: Callable[..., None], progress: bool, *arguments: Any) -> None:
    """Compile a kernel by a call for no work, and say so if it takes time and `progress` is on."""
    announcement = threading.Timer(_PATIENCE, print, ("compiling, once",), {"file": sys.stderr})
    if progress:
        announcement.start()
    try:
        kernel(0, 0, *arguments)
    finally:
        announcement.cancel()
