"""Rates and their ratios; also imported by the peers' process, so the standard library only."""

import statistics
import time
from collections.abc import Callable, Sequence

REPETITIONS = 7
BATCHES = 32
"""Of one chain, each of 2000 sweeps."""


def rate(work: Callable[[], float], least: float = 0.3) -> float:
    """Units of work a second, over calls that last `least` seconds together."""
    done, start = 0.0, time.perf_counter()
    while True:
        done += work()
        elapsed = time.perf_counter() - start
        if elapsed >= least:
            return done / elapsed


def compare(
    key: str, ours: Callable[[], float], peer: Callable[[], float], repetitions: int = REPETITIONS
) -> dict[str, float]:
    """Ours over theirs from alternating repetitions, the first of them thrown away.

    The key is the median ratio; `_lowest` and `_highest` are its range, `_ours` and `_peer` the
    median rates.
    """
    pairs = [(ours(), peer()) for _ in range(repetitions + 1)][1:]
    spread = summary(key, [first / second for first, second in pairs])
    first, second = zip(*pairs, strict=True)
    rates = {f"{key}_ours": statistics.median(first), f"{key}_peer": statistics.median(second)}
    return {**spread, **rates}


def summary(key: str, values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest."""
    return {
        key: statistics.median(values),
        f"{key}_lowest": min(values),
        f"{key}_highest": max(values),
    }


def error_bars(means: Sequence[float], error: float = 1e-3) -> float:
    """Error bars of this size that the means of independent batches are worth together."""
    return error**2 * len(means) / statistics.variance(means)
