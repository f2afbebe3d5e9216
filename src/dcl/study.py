"""From a file of snapshots to thermodynamics and a report, in one go.

The direct fit finds the law, Metropolis under it predicts every temperature, and the law is put to
a test that needs no truth: simulated at the temperature of the snapshots, it must give their energy
and their magnetisation again.
"""

import base64
import csv
import html
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from numpy.typing import ArrayLike

from dcl.direct import fit_direct
from dcl.energy import ExtensiveEnergy
from dcl.files import new_folder, write_json
from dcl.inspection import Inspection, inspect
from dcl.plotting import predicted_curves
from dcl.pseudolikelihood import Law
from dcl.settings import DirectSettings
from dcl.snapshots import Snapshots
from dcl.statistics import Estimate, estimate_mean
from dcl.thermodynamics import Scan, infinite_temperature_energy, scan

__all__ = ["Check", "Study", "learn"]

CHAINS, SWEEPS, BURN_IN = 8, 4000, 400
SUSPECT = 4.0
"""Standard errors beyond which a check fails."""

COLUMNS = ("energy", "heat_capacity", "magnetisation", "binder_cumulant")


@dataclass(frozen=True)
class Check:
    """An observable of the snapshots, and of the law at their temperature."""

    name: str
    observed: Estimate
    predicted: float
    predicted_error: float

    @property
    def deviation(self) -> float:
        """Difference in standard errors."""
        error = np.hypot(self.observed.error, self.predicted_error)
        return float(abs(self.predicted - self.observed.mean) / max(error, 1e-12))

    def __str__(self) -> str:
        """Print both values, and whether they agree."""
        verdict = "agree" if self.deviation < SUSPECT else "DISAGREE"
        return (
            f"{self.name}: snapshots {self.observed.mean:.4f} +- {self.observed.error:.4f}, law "
            f"{self.predicted:.4f} +- {self.predicted_error:.4f}: {verdict} "
            f"({self.deviation:.1f} standard errors)"
        )


@dataclass(frozen=True)
class Study:
    """All that `learn` found."""

    inspection: Inspection
    law: Law
    model: ExtensiveEnergy
    prediction: Scan
    checks: tuple[Check, ...]

    @property
    def terms(self) -> list[str]:
        """The terms of the law with their standard errors, one a line."""
        law = zip(self.law.functions, self.law.couplings, self.law.errors, strict=True)
        return [f"{f.name}: {coupling:.5f} +- {error:.5f} J" for f, coupling, error in law]

    def save(self, folder: Path) -> None:
        """Write ``report.html``, ``law.json``, ``scan.json``, ``scan.csv`` and ``model/``."""
        with new_folder(folder) as draft:
            self.model.save(draft / "model")
            names = [function.name for function in self.law.functions]
            values = zip(names, self.law.couplings, self.law.errors, strict=True)
            terms = [{"name": n, "coupling": float(c), "error": float(e)} for n, c, e in values]
            write_json(draft / "law.json", {"unit": "J", "terms": terms})
            write_json(draft / "scan.json", self.prediction.to_json())
            _write_csv(draft / "scan.csv", self.prediction)
            (draft / "report.html").write_text(self._html(), "utf-8")

    def _html(self) -> str:
        stream = io.BytesIO()
        figure = predicted_curves(self.prediction, self.inspection.temperature)
        figure.savefig(stream, format="png", bbox_inches="tight")
        plt.close(figure)
        peak = self.prediction.temperatures[self.prediction.heat_capacity.argmax()]
        size = self.prediction.lattice_size
        facts = {
            "Snapshots": str(self.inspection),
            "The law": "\n".join(self.terms) or "no term: every state is as likely as any other",
            "Does it give the snapshots again?": "\n".join(map(str, self.checks)),
            "What not to trust": "\n".join([*_CAVEATS, *self.prediction.warnings]),
        }
        blocks = "".join(
            f"<h2>{title}</h2><pre>{html.escape(text)}</pre>" for title, text in facts.items()
        )
        alt = (
            f"Energy, heat capacity, order parameter and Binder cumulant of {size} x {size} sites "
            f"against temperature; the heat capacity is largest near T = {peak:g}."
        )
        image = base64.b64encode(stream.getvalue()).decode()
        return _PAGE.format(blocks=blocks, alt=alt, image=image, size=size)


_CAVEATS = (
    "The law couples sites within 3x3 only, at most four at once. A force that reaches further",
    "is not in it, and the nearest thing takes its place: a check above may then disagree.",
    "Bars in the figure are those of the simulation. The law's own errors are in its table.",
    "Far from the temperature of the snapshots small errors of the law grow.",
)

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A law from snapshots</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font-family: sans-serif;
color-scheme: light dark }} pre {{ white-space: pre-wrap }} img {{ max-width: 100% }}</style>
</head><body><h1>A law from snapshots</h1>
<img alt="{alt}" src="data:image/png;base64,{image}">
<p>Predicted for {size} x {size} sites; the numbers are in scan.json and scan.csv, energies and heat
capacities as totals in J and k_B.</p>{blocks}</body></html>
"""


def learn(
    snapshots: Snapshots,
    temperatures: ArrayLike,
    *,
    size: int | None = None,
    settings: DirectSettings | None = None,
    seed: int = 1,
    progress: bool = False,
) -> Study:
    """Inspect snapshots, fit a law, predict all temperatures, and check the law.

    Parameters
    ----------
    snapshots : Snapshots
        Of a system that looks the same everywhere.
    temperatures : array_like
        To predict, in order, J / k_B.
    size : int, optional
        Linear size of the lattice to predict; that of the snapshots otherwise.
    settings : DirectSettings, optional
    seed : int
        Of the fit and of the Monte Carlo.
    progress : bool
        Show progress bars.

    Raises
    ------
    InputError
        If the snapshots are too few or too ordered for a fit.
    """
    walk: dict[str, Any] = {"chains": CHAINS, "sweeps": SWEEPS, "burn_in": BURN_IN}
    found = inspect(snapshots)
    model, law = fit_direct(snapshots, settings, seed=seed)
    prediction = scan(
        model, size or snapshots.lattice_size, temperatures, seed=seed, progress=progress, **walk
    )
    again = scan(model, snapshots.lattice_size, [snapshots.temperature], seed=seed + 1, **walk)
    zero = infinite_temperature_energy(model, snapshots.lattice_size)
    energies = estimate_mean(model.energy(snapshots.configurations) - zero)
    checks = (
        Check("energy (J)", energies, float(again.energy[0]), float(again.energy_error[0])),
        Check(
            "magnetisation", found.magnetisation, float(again.magnetisation[0]),
            float(again.magnetisation_error[0]),
        ),
    )  # fmt: skip
    return Study(found, law, model, prediction, checks)


def _write_csv(path: Path, prediction: Scan) -> None:
    names = [name for column in COLUMNS for name in (column, f"{column}_error")]
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["temperature", *names])
        columns = [prediction.temperatures, *(getattr(prediction, name) for name in names)]
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
