"""Loading TensorFlow without the remarks that its native code writes meanwhile."""

import contextlib
import importlib
import os
from collections.abc import Iterator
from types import ModuleType

__all__ = ["import_quietly"]


def import_quietly(name: str) -> ModuleType:
    """Import a module while native code cannot write to standard error.

    Exceptions are raised as ever. What TensorFlow's native code writes later, such as that there
    is no GPU, is switched off too, unless the environment variable TF_CPP_MIN_LOG_LEVEL is set.

    Examples
    --------
    >>> import_quietly("math").sqrt(4.0)
    2.0
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_standard_error():
        return importlib.import_module(name)


@contextlib.contextmanager
def _silent_standard_error() -> Iterator[None]:
    """Python's `contextlib.redirect_stderr` does not reach native code; this does."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
