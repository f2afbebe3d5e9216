"""What a user waits for: whole commands, alone and beside a process that keeps one core busy.

Times are of the whole process, imports and compiling included; an empty kernel cache is a fresh
folder in `NUMBA_CACHE_DIR`.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DCL = str(Path(sys.executable).with_name("dcl"))
SPIN = "while True: pass"


def waiting() -> dict[str, float]:
    """Seconds and processor seconds of commands; `beside` is beside a busy process."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        cache = {"NUMBA_CACHE_DIR": str(place / "kernels")}
        empty = _run(_sample(8, 20_000, place / "small.npz"), cache)
        rows = _named("sample_20000_empty_cache", empty)
        small = [DCL, "learn", str(place / "small.npz"), "--out"]
        rows |= _named("learn_20000_empty_cache", _run([*small, str(place / "first")], cache))
        rows |= _named("learn_20000", alone := _run([*small, str(place / "second")], cache))
        with _busy():
            beside = _run([*small, str(place / "third")], cache)
        rows |= _named("learn_20000_beside", beside)
        rows["learn_20000_beside_processor_ratio"] = beside[1] / alone[1]
        _run(_sample(16, 100_000, place / "large.npz"), cache)
        large = [DCL, "learn", str(place / "large.npz"), "--out", str(place / "fourth")]
        return rows | _named("learn_100000_of_16", _run(large, cache))


def _sample(size: int, count: int, path: Path) -> list[str]:
    where = ["--size", str(size), "--temperature", "4", "--count", str(count), "--seed", "1"]
    return [DCL, "sample", "ising", *where, "--out", str(path)]


def _run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command to its end; its seconds and processor seconds."""
    before, start = _processor_seconds(), time.perf_counter()
    subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    return time.perf_counter() - start, _processor_seconds() - before


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _named(key: str, seconds: tuple[float, float]) -> dict[str, float]:
    return {f"{key}_seconds": seconds[0], f"{key}_processor_seconds": seconds[1]}


@contextmanager
def _busy() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", SPIN])
    try:
        yield
    finally:
        process.kill()
        process.wait()
