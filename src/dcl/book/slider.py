"""The page `temperature` of the book: a slider through snapshots and exact curves, offline.

The snapshots are in the committed `data/slider_snapshots.json`, which `python -m dcl.book.slider`
makes anew in a minute or two; the exact curves are computed when the page is written, and the
learned ones read from a run where there is one. The page's own part is `data/slider.html`, one
piece of HTML that asks for no other file.
"""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.book.templates import committed, filled
from dcl.exact import ising_thermodynamics
from dcl.files import read_json, write_json
from dcl.lattice.hamiltonians import Ising

__all__ = ["make_snapshots", "recorded_snapshots", "temperature_page"]

SIZE = 64
"""Of the snapshots; those of a lattice as small as the observed one show little."""
CURVE_SIZE = 16
TEMPERATURES = (
    1.0, 1.25, 1.5, 1.75, 1.9, 2.0, 2.1, 2.15, 2.2, 2.25, 2.3, 2.35, 2.4, 2.5, 2.6, 2.75, 3.0, 3.25,
    3.5, 3.75, 4.0, 4.25, 4.5, 4.75,
)  # fmt: skip
OBSERVED = 4.0
START = 2.3
"""Where the slider stands at first, J / k_B: its picture and its line are not those observed."""
SWEEPS = 4000
SEED = 1


def make_snapshots(
    size: int = SIZE, temperatures: Sequence[float] = TEMPERATURES, sweeps: int = SWEEPS
) -> dict[str, Any]:
    """One Ising configuration at each temperature, by replica exchange from an ordered start.

    Parameters
    ----------
    size : int
        Linear size L.
    temperatures : sequence of float
        Ascending, J / k_B.
    sweeps : int
        Before the configurations are taken.

    Returns
    -------
    dict
        ``size``, ``seed``, ``sweeps``, ``temperatures`` and ``up``: for each temperature the
        lattice row by row, one bit a spin, 1 is up, highest bit first, in base 64.
    """
    from dcl.sampling.replica_exchange import HamiltonianSweeper, replica_exchange

    truth = Ising()
    series = replica_exchange(
        HamiltonianSweeper(truth, size), size, temperatures, n_states=2,
        initial_energy=truth.energy, chains=1, sweeps=sweeps, burn_in=0, seed=SEED, start="ordered",
        progress=True,
    )  # fmt: skip
    bits = np.packbits(series.configurations[:, 0].reshape(len(temperatures), -1) > 0, axis=1)
    return {
        "size": size,
        "seed": SEED,
        "sweeps": sweeps,
        "temperatures": list(temperatures),
        "up": [base64.b64encode(row.tobytes()).decode() for row in bits],
    }


def recorded_snapshots(record: dict[str, Any] | None = None) -> NDArray[np.int8]:
    """Unpack the spins of a record of `make_snapshots`, int8 (n_temperatures, L, L).

    Parameters
    ----------
    record : dict, optional
        The committed one otherwise.

    Examples
    --------
    >>> recorded_snapshots().shape
    (24, 64, 64)
    """
    record = record or _committed()
    bits = [np.frombuffer(base64.b64decode(text), np.uint8) for text in record["up"]]
    spins = 2 * np.unpackbits(np.array(bits), axis=1).astype(np.int8) - 1
    return spins.reshape(len(bits), record["size"], record["size"])


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
    words = {"WIDGET": f"```{{raw}} html\n{widget}```", "SIZE": SIZE, "CURVE": CURVE_SIZE}
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


if __name__ == "__main__":
    write_json(Path("src/dcl/book/data/slider_snapshots.json"), make_snapshots())
