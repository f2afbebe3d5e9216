"""What this machine has, and what will be slow on it."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dcl.quiet import import_quietly

__all__ = ["machine", "report"]

PACKAGES = ("dcl", "numpy", "numba", "keras", "tensorflow", "matplotlib")


def machine() -> dict[str, Any]:
    """The processor in words, the number of cores and the memory in GiB, for a record.

    Examples
    --------
    >>> list(machine())
    ['processor', 'cores', 'memory_gib']
    """
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(_memory_gib()),
    }


def report() -> str:
    """Versions, cores, memory and accelerators, one a line; then advice.

    Examples
    --------
    >>> "cores" in report()
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
