"""What this machine has, and what will be slow on it."""

import os
import platform
from importlib.metadata import version

from dcl.quiet import import_quietly

__all__ = ["report"]

PACKAGES = ("dcl", "numpy", "numba", "keras", "tensorflow", "matplotlib")


def report() -> str:
    """Versions, cores, memory and accelerators, one a line; then advice.

    Examples
    --------
    >>> "cores" in report()
    True
    """
    lines = [f"python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    lines += [f"{package} {version(package)}" for package in PACKAGES]
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


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _gpus() -> int:
    tensorflow = import_quietly("tensorflow")
    return len(tensorflow.config.list_physical_devices("GPU"))
