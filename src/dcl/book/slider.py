"""The page `temperature` of the book: a slider through snapshots and exact curves, offline.

The snapshots are in the committed `data/slider_snapshots.json`, which
`book/drawings/slider_snapshots.py` makes anew; the exact curves are computed when the page is
written, and the learned ones read from a run where there is one. The page's own part is
`data/slider.html`, one piece of HTML that asks for no other file.
"""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.book.templates import committed, filled
from dcl.exact import ising_thermodynamics
from dcl.files import read_json

__all__ = ["recorded_snapshots", "temperature_page"]

CURVE_SIZE = 16
OBSERVED = 4.0
START = 2.3
"""First temperature of the slider, J / k_B; another than the observed one, so that they differ."""


def recorded_snapshots() -> dict[float, NDArray[np.int8]]:
    """Unpack the committed spins, int8 (L, L) by their temperature in J / k_B.

    Examples
    --------
    >>> recorded_snapshots()[4.0].shape
    (64, 64)
    """
    record = _committed()
    bits = [np.frombuffer(base64.b64decode(text), np.uint8) for text in record["up"]]
    spins = 2 * np.unpackbits(np.array(bits), axis=1).astype(np.int8) - 1
    pictures = spins.reshape(len(bits), record["size"], record["size"])
    return dict(zip(record["temperatures"], pictures, strict=True))


def temperature_page(results: Path) -> str:
    """The page `temperature`.

    Parameters
    ----------
    results : Path
        `results/<profile>`; the learned curve is that of its Ising run, where there is one.

    Returns
    -------
    str
        MyST Markdown.
    """
    scan = results / "ising" / "scan_ednn_transfer" / "scan.json"
    learned = _learned(scan) if scan.is_file() else None
    record = _committed()
    data = {
        "size": record["size"],
        "temperatures": record["temperatures"],
        "observed": OBSERVED,
        "start": START,
        "up": record["up"],
        "exact": _curve(np.linspace(0.9, 4.9, 161)),
        "at": _curve(np.array(record["temperatures"])),
        "learned": learned,
        "curveSize": CURVE_SIZE,
    }
    widget = filled("slider.html", {"DATA": json.dumps(data, separators=(",", ":"))})
    words = {"WIDGET": f"```{{raw}} html\n{widget}```", "SIZE": record["size"], "CURVE": CURVE_SIZE}
    marks = _MARKS if learned else "This profile has no learned curve yet."
    if learned and results.name == "smoke":
        marks += " Those of the profile `smoke` mean nothing."
    return filled("slider.md", {**words, "MARKS": marks, **_numbers()})


def _numbers() -> dict[str, str]:
    """The exact numbers that the text quotes, per spin."""
    fine = np.arange(2.0, 2.6, 0.001)
    peak = fine[ising_thermodynamics(CURVE_SIZE, fine).heat_capacity.argmax()]
    at = _curve(np.array([OBSERVED, 3.0, 3.25]))
    observed, cold, warm = at["energy"]
    return {
        "PEAK": f"{peak:.2f}",
        "ENERGY": f"{observed:.2f}",
        "SHARE": f"{(1 - observed / 2) / 2:.2f}",
        "RISE": f"{warm - cold:.3f}",
        "SLOPE": f"{(warm - cold) / 0.25:.2f}",
        "FIRST": f"{at['capacity'][1]:.2f}",
        "SECOND": f"{at['capacity'][2]:.2f}",
    }


_MARKS = (
    "The marks are predictions of the extensive network of figure 3. It was trained on labels of a "
    "GRU, and the GRU on snapshots of 8 x 8 spins at $T = 4$ with no symmetries imposed."
)


def _committed() -> dict[str, Any]:
    record: dict[str, Any] = json.loads(committed("slider_snapshots.json"))
    return record


def _curve(temperatures: NDArray[np.float64]) -> dict[str, list[float]]:
    exact = ising_thermodynamics(CURVE_SIZE, temperatures)
    return _per_spin(temperatures, exact.energy, exact.heat_capacity)


def _learned(scan: Path) -> dict[str, list[float]]:
    found = read_json(scan)
    columns = (np.array(found[name]) for name in ("temperatures", "energy", "heat_capacity"))
    return _per_spin(*columns)


def _per_spin(
    temperatures: NDArray[np.float64], energy: NDArray[np.float64], capacity: NDArray[np.float64]
) -> dict[str, list[float]]:
    spins = CURVE_SIZE**2
    columns = {"t": temperatures, "energy": energy / spins, "capacity": capacity / spins}
    return {name: column.round(4).tolist() for name, column in columns.items()}
