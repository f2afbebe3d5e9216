"""Rows of the accuracy study as they are archived, and what many seeds say together.

`dcl.chapters.accuracy` makes them. A row is a mapping with the fields of
`dcl.chapters.accuracy_plan.Fit` and what was measured.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dcl.runs.archive import load_rows

__all__ = ["Point", "archived_rows", "error_curve", "minutes", "spread", "where"]


@dataclass(frozen=True)
class Point:
    """Fits to so many snapshots each.

    Parameters
    ----------
    snapshots : int
    minutes : float
        Median time to the number that was measured.
    median, lowest, highest : float
        Of the number.
    fits : int
    """

    snapshots: int
    minutes: float
    median: float
    lowest: float
    highest: float
    fits: int


def archived_rows(root: Path | None = None) -> list[dict[str, Any]]:
    """The rows in `artifacts/accuracy/`, after their file has been compared with its hash.

    Raises
    ------
    InputError
        If the file is missing or has changed.
    """
    return load_rows("accuracy", root)


def where(rows: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    """The rows with these values of these fields.

    Examples
    --------
    >>> where([{"method": "direct", "seed": 1}, {"method": "masked", "seed": 1}], method="masked")
    [{'method': 'masked', 'seed': 1}]
    """
    return [row for row in rows if all(row[key] == value for key, value in fields.items())]


def spread(rows: list[dict[str, Any]], number: str, **chosen: Any) -> tuple[float, float, float]:
    """Median, lowest and highest of a number over the rows with these fields.

    Examples
    --------
    >>> rows = [{"method": "direct", "ednn_rmse": value} for value in (1.0, 3.0, 2.0)]
    >>> spread(rows, "ednn_rmse", method="direct")
    (2.0, 1.0, 3.0)
    """
    values = [row[number] for row in where(rows, **chosen) if number in row]
    return float(np.median(values)), min(values), max(values)


def minutes(row: dict[str, Any], number: str) -> float:
    """Time from the snapshots to the model that the number is of.

    Examples
    --------
    >>> row = {"seconds": 91.0, "fit_seconds": 60.0, "distill_seconds": 30.0}
    >>> minutes(row, "rnn_rmse"), minutes(row, "ednn_rmse"), minutes({"seconds": 6.0}, "ednn_rmse")
    (1.0, 1.5, 0.1)
    """
    if "fit_seconds" not in row:
        return float(row["seconds"] / 60)
    after = row.get("distill_seconds", 0.0) if number.startswith("ednn") else 0.0
    return float((row["fit_seconds"] + after) / 60)


def error_curve(rows: list[dict[str, Any]], number: str, **chosen: Any) -> list[Point]:
    """A number against snapshots, over the rows with these fields that have it.

    Examples
    --------
    >>> row = {"snapshots": 1000, "seconds": 60.0, "ednn_rmse": 0.5}
    >>> error_curve([row, {**row, "ednn_rmse": 0.7}], "ednn_rmse")
    [Point(snapshots=1000, minutes=1.0, median=0.6, lowest=0.5, highest=0.7, fits=2)]
    """
    found = [row for row in where(rows, **chosen) if number in row]
    points = []
    for count in sorted({row["snapshots"] for row in found}):
        fits = where(found, snapshots=count)
        taken = float(np.median([minutes(row, number) for row in fits]))
        points.append(Point(count, taken, *spread(fits, number), len(fits)))
    return points
