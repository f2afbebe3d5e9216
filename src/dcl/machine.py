"""The machine: cores and threads, quiet imports, the cache of kernels, and what will be slow."""

import atexit
import contextlib
import importlib
import itertools
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

__all__ = [
    "Threads",
    "doctor_report",
    "import_quietly",
    "machine_record",
    "make_kernel_cache",
    "over_threads",
]

_WORTH = 2**18
"""Spin updates for which a thread is worth starting."""
TEMPORARY = "dcl-kernels-"
"""Beginning of the name of a folder of kernels that is gone at the end of the process."""
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


def make_kernel_cache() -> None:
    """Let Numba keep compiled kernels in a temporary folder where it has no other place.

    It keeps them beside the source or in the user's cache, and fails where neither can be written.
    Must be called before Numba is imported. The folder is gone at the end of the process; where it
    is made, a remark on standard error says how to keep kernels.
    """
    if _kernel_cache() is None:
        folder = tempfile.mkdtemp(prefix=TEMPORARY)
        os.environ["NUMBA_CACHE_DIR"] = folder
        atexit.register(_remove_in, os.getpid(), folder)
        print(
            f"dcl: kernels are compiled into {folder} for this time only, as neither the package's "
            "folder nor the user's cache can be written; set NUMBA_CACHE_DIR to keep them",
            file=sys.stderr,
        )


def _remove_in(process: int, folder: str) -> None:
    """Remove a folder, but not in a forked child."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def _kernel_cache() -> Path | None:
    """Find the folder of Numba's compiled kernels, or None where none can be written."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen)
    user = Path(os.environ.get("XDG_CACHE_HOME", Path("~/.cache").expanduser())) / "numba"
    beside = Path(__file__).parent / "models" / "kernels" / "__pycache__"
    return next((folder for folder in (beside, user) if _writable(folder)), None)


def _writable(folder: Path) -> bool:
    """Test if a folder can be written, or made."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


class Threads:
    """As many threads as Numba would use, each with a BLAS of one thread; they end with a call."""

    def __init__(self) -> None:
        import scipy.linalg  # noqa: F401  (loads the BLAS that Numba calls, whose threads are limited)
        from numba import get_num_threads
        from threadpoolctl import ThreadpoolController

        self.count: int = get_num_threads()
        self._blas = ThreadpoolController()

    def map(self, function: Callable[[int], T]) -> list[T]:
        """Results of the function for each number of a thread, in order."""
        with self._blas.limit(limits=1, user_api="blas"):
            if self.count == 1:
                return [function(0)]
            with ThreadPoolExecutor(self.count) as pool:
                return list(pool.map(function, range(self.count)))

    def block(self, batch: int, largest: int) -> int:
        """Size of equal blocks, at most `largest`, as many for one thread as for another."""
        rounds = -(-batch // (largest * self.count))
        return -(-batch // (rounds * self.count))


def over_threads(kernel: Callable[..., None], count: int, updates: float, *arguments: Any) -> None:
    """Call ``kernel(first, last, *arguments)`` for ranges that cover 0 to `count`.

    The threads end with the call: none spins, and a process may fork afterwards.

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
    from numba import get_num_threads

    threads = int(max(1, min(get_num_threads(), count, updates // _WORTH)))
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
    lines.append(f"kernels compiled into {_kernel_cache()}")
    lines.append(f"processor {_processor()}")
    cores, memory = os.cpu_count() or 1, _memory_gib()
    gpus = _gpus()
    lines.append(f"cores {cores}, memory {memory:.0f} GiB, GPUs {gpus}")
    if cores < 2:
        lines.append("slow: one core; the quick profile is planned for two")
    if memory < 4:
        lines.append("slow: less than 4 GiB of memory; give fewer snapshots")
    if TEMPORARY in str(_kernel_cache()):
        lines.append("slow: kernels are compiled anew each time; set NUMBA_CACHE_DIR to keep them")
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
