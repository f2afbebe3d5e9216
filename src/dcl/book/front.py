"""The first screen of the book, which a run writes: one figure, three numbers, and where to go.

The text is `data/front.md`; `book/intro.md` includes it. What no run has made yet is shown as such.
"""

from collections.abc import Collection
from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from dcl.analysis.front_figure import SystemPanel, front_figure
from dcl.analysis.scans import Scan
from dcl.book.results import caution, quantity_name, reached_numbers, results_table
from dcl.book.slider import recorded_snapshots
from dcl.book.templates import filled
from dcl.exact.onsager import critical_temperature
from dcl.exact.solver import exact_thermodynamics
from dcl.files import read_json
from dcl.lattice.hamiltonians import Ising
from dcl.runs.experiment import load_experiment

__all__ = ["write"]

SYSTEMS = {
    "ising": "Ising",
    "potts": "Potts",
    "spin_glass": "spin glass, seed 69",
    "spin_glass_420": "spin glass, seed 420",
}
NUMBERS = ("rnn_rmse", "ednn_scan_16x16_max_error_per_spin", "critical_temperature")
PICTURES = (2.0, 2.3, 4.0)
OBSERVED = 4.0
OWN = {"08_your_data": "Your data", "23_imperfect_pictures": "Imperfect pictures"}


def write(pages: Path, root: Path, profile: str, notebooks: Collection[str]) -> None:
    """Write `front.md`, and the figure beside it, for wide and for narrow screens.

    Parameters
    ----------
    pages : Path
        The folder of the prose.
    root : Path
        The repository; reads `results/<profile>` and `experiments/`.
    profile : str
    notebooks : collection of str
        Names of those that have a page.
    """
    results = root / "results" / profile
    panels = [_panel(name, root, profile) for name in SYSTEMS]
    recorded = recorded_snapshots()
    pictures = {f"T = {T:g}": recorded[T] for T in PICTURES}
    for name, narrow, dpi in (("front.png", False, 110), ("front-narrow.png", True, 220)):
        figure = front_figure(panels, pictures, OBSERVED, narrow=narrow)
        _save_small(figure, pages / name, dpi)
    ways = [
        f"{{doc}}`{title} </notebooks/{name}>`" if name in notebooks else f"`{name}`"
        for name, title in OWN.items()
    ]
    words = {
        "CAUTION": caution(profile),
        "ERRORS": _errors(results),
        "NUMBERS": "\n".join(_number_card(results, key) for key in NUMBERS),
        "OWN": " and ".join(ways),
    }
    (pages / "front.md").write_text(filled("front.md", words), "utf-8")


def _save_small(figure: Figure, path: Path, dpi: int) -> None:
    """Write a figure in 64 colours, so that the first page loads fast."""
    drawn = BytesIO()
    figure.savefig(drawn, dpi=dpi)
    plt.close(figure)
    Image.open(drawn).convert("RGB").quantize(64).save(path, optimize=True)


def _panel(name: str, root: Path, profile: str) -> SystemPanel:
    experiment = load_experiment(name, profile, root=root)
    size = experiment.system.size
    exact = exact_thermodynamics(experiment.hamiltonian, size, np.linspace(0.5, 5.0, 46))
    scan = root / "results" / profile / name / "scan_gru" / "scan.json"
    learned = Scan.from_json(read_json(scan)) if scan.is_file() else None
    return SystemPanel(SYSTEMS[name], exact, learned, size**2)


def _errors(results: Path) -> str:
    """Largest errors of the curves that were run, in words."""
    found = []
    for name, title in SYSTEMS.items():
        error = reached_numbers(results / name).get("rnn_scan_max_error_per_spin")
        found.append(f"{title} {'not run yet' if error is None else f'{error:.2g}'}")
    return ", ".join(found)


def _number_card(results: Path, key: str) -> str:
    """One number of the Ising run, with the name of what reached it and what it compares with."""
    rows = [row for row in results_table(results) if row.experiment == "ising"]
    values = {row.quantity: row for row in rows}
    name = quantity_name(key)
    row = values.get(name)
    compared = f" The paper: {row.paper:.3g}." if row and row.paper is not None else ""
    shown = f"{row.reached:.3g}" if row else "not run yet"
    if key == "critical_temperature":
        compared = f" Exact: {critical_temperature(Ising()):.4f}."
        mean = quantity_name("critical_temperature_mean")
        name = mean if mean in values else name
        key = "critical_temperature_mean" if mean in values else key
        error = values.get(quantity_name(f"{key}_standard_error"))
        shown = f"{values[name].reached:.4f} ± {error.reached:.4f}" if error else shown
    return f":::{{grid-item-card}} {shown}\n{name}.{compared}\n:::\n"
