"""Series of the accuracy study, by the names that its figures and tables use.

All numbers are RMSE in J over all energy levels, of fits to snapshots at T = 4.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.chapters.accuracy_rows import Point, error_curve, where

__all__ = ["DRAWN", "SERIES", "Series", "by_seed", "curve", "medians"]

TEMPERATURE = 4.0


class Series(NamedTuple):
    """Method and number in the archived rows, and what the method assumes."""

    key: str
    number: str
    assumes: str


_TILE = "symmetries, 3x3 sites"
SERIES = {
    "direct": Series("direct", "ednn_rmse", _TILE),
    "masked network, then cluster expansion": Series("masked", "ednn_rmse", _TILE),
    "GRU, then cluster expansion": Series("gru", "ednn_rmse", _TILE),
    "transformer, then cluster expansion": Series("transformer", "ednn_rmse", _TILE),
    "pairs only": Series("pairwise", "pairwise_rmse", "pairs, places alike"),
    "masked network": Series("masked", "rnn_rmse", "symmetries"),
    "GRU": Series("gru", "rnn_rmse", "symmetries"),
    "transformer": Series("transformer", "rnn_rmse", "symmetries"),
    "every pair": Series("every-pair", "pairwise_rmse", "pairs"),
    "gru-paper, then cluster expansion": Series("gru-paper", "ednn_rmse", _TILE),
    "gru-paper": Series("gru-paper", "rnn_rmse", "nothing"),
    "gru-sparse": Series("gru-sparse", "rnn_rmse", "global flip"),
    "PyPLM": Series("pyplm", "pairwise_rmse", "pairs"),
    "adabmDCA": Series("adabmdca", "pairwise_rmse", "pairs"),
    "adabmDCA, long": Series("adabmdca-long", "pairwise_rmse", "pairs"),
}
DRAWN = tuple(SERIES)[:11]
"""Methods in the figures of Ising and Potts; the rest are for spins without places alike."""


def curve(rows: list[dict[str, Any]], label: str, system: str = "ising") -> list[Point]:
    """Errors of a method at every number of snapshots.

    Examples
    --------
    >>> row = {"method": "direct", "system": "ising", "temperature": 4.0, "snapshots": 1000}
    >>> rows = [{**row, "seed": seed, "seconds": 60.0, "ednn_rmse": seed / 4} for seed in (1, 2, 3)]
    >>> [point.median for point in curve(rows, "direct")]
    [0.5]
    """
    series = SERIES[label]
    chosen = {"method": series.key, "system": system, "temperature": TEMPERATURE}
    return error_curve(rows, series.number, **chosen)


def medians(rows: list[dict[str, Any]], label: str, system: str = "ising") -> dict[int, float]:
    """Median errors of a method in J, by the number of snapshots."""
    return {point.snapshots: point.median for point in curve(rows, label, system)}


def by_seed(rows: list[dict[str, Any]], label: str, snapshots: int) -> NDArray[np.float64]:
    """Errors of a method in J on Ising snapshots, float64 (n_seeds,), in the order of the seeds."""
    series = SERIES[label]
    chosen = {"method": series.key, "system": "ising", "temperature": TEMPERATURE}
    fits = sorted(where(rows, **chosen, snapshots=snapshots), key=lambda fit: fit["seed"])
    return np.array([fit[series.number] for fit in fits])
