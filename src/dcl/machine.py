"""The machine: cores and threads, quiet imports of native code, and what will be slow on it."""

import contextlib
import importlib
import os
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

__all__ = ["Threads", "doctor_report", "import_quietly", "machine_record"]

PACKAGES = ("dcl", "numpy", "numba", "keras", "tensorflow", "matplotlib")

T = TypeVar("T")


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


class Threads:
    """As many threads as Numba would use, each with a BLAS of one thread."""

    def __init__(self) -> None:
        import scipy.linalg  # noqa: F401  (loads the BLAS that Numba calls, whose threads are limited)
        from numba import get_num_threads
        from threadpoolctl import ThreadpoolController

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


def machine_record() -> dict[str, Any]:
    """The processor in words, the number of cores and the memory in GiB, for a record.

    Examples
    --------
    >>> list(machine_record())
    ['processor', 'cores', 'memory_gib']
    """
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(_memory_gib()),
    }


def doctor_report() -> str:
    """Versions, cores, memory and accelerators, one a line; then advice.

    Examples
    --------
    >>> "cores" in doctor_report()
    True
    """
    lines = [f"python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    lines += [f"{package} {version(package)}" for package in PACKAGES]
    lines.append(f"processor {_processor()}")
    cores, memory = os.cpu_count() or 1, _memory_gib()
    gpus = _gpus()
    lines.append(f"cores {cores}, memory {memory:.0f} GiB, GPUs {gpus}")
    if cores < 2:
        lines.append("slow: one core; the quick profile is planned for two")
    if memory < 4:
        lines.append("slow: less than 4 GiB of memory; give fewer snapshots")
    if not gpus:
        lines.append("slow: no GPU; the profile 'paper' would take weeks, 'quick' takes minutes")
    return "\n".join(lines)


def _processor(listing: Path = Path("/proc/cpuinfo")) -> str:
    """The model's name where Linux lists it, else what Python knows."""
    for line in listing.read_text().splitlines() if listing.is_file() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _gpus() -> int:
    tensorflow = import_quietly("tensorflow")
    return len(tensorflow.config.list_physical_devices("GPU"))
