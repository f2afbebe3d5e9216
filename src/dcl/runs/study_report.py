"""The folder that a study leaves: its numbers as JSON and CSV, its model, and one HTML page.

The page makes no request to anywhere.
"""

import csv
import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dcl.analysis.coupling_response import COLUMNS
from dcl.analysis.figure_style import png_text
from dcl.analysis.plotting import predicted_curves
from dcl.files import new_folder, write_json
from dcl.lattice.geometry import lattice_shape
from dcl.runs.study import Study

__all__ = ["page", "write"]

RELATIVE = " Temperatures are relative to that of the snapshots."
UNITS = {
    "temperatures": "J / k_B",
    "energy": "J, total for the lattice, zero for random states",
    "heat_capacity": "k_B, total for the lattice",
    "magnetisation": "per site, from 0 to 1",
    "binder_cumulant": "1",
    "autocorrelation_time": "sweeps",
    "effective_snapshots": "1",
}


def write(study: Study, folder: Path) -> None:
    """Write ``report.html``, ``law.json``, ``scan.json``, ``scan.csv`` and ``model/``.

    Parameters
    ----------
    study : Study
    folder : Path
        Appears whole, by a rename.
    """
    couplings = {
        "unit": study.unit,
        "terms": study.couplings,
        "covariance": study.hamiltonian.covariance.tolist(),
        "provenance": study.provenance,
    }
    with new_folder(folder) as draft:
        study.model.save(draft / "model")
        write_json(draft / "law.json", couplings)
        write_json(draft / "scan.json", _scan(study))
        _write_csv(draft / "scan.csv", study)
        (draft / "report.html").write_text(page(study), "utf-8")


def _scan(study: Study) -> dict[str, Any]:
    units = UNITS
    if study.unit != "J":
        energy = UNITS["energy"].replace("J", f"{study.unit} of the snapshots")
        units = UNITS | {"temperatures": "temperature of the snapshots", "energy": energy}
    return {
        **study.prediction.to_json(),
        **{f"{name}_law_error": error.tolist() for name, error in study.coupling_errors.items()},
        "effective_snapshots": study.effective.tolist(),
        "units": units,
        "provenance": study.provenance,
    }


def _write_csv(path: Path, study: Study) -> None:
    """One row a temperature; units are in ``scan.json``."""
    columns: dict[str, NDArray[Any]] = {"temperature": study.prediction.temperatures}
    for name in COLUMNS:
        columns[name] = getattr(study.prediction, name)
        columns[f"{name}_error"] = getattr(study.prediction, f"{name}_error")
        columns[f"{name}_law_error"] = study.coupling_errors[name]
    columns["effective_snapshots"] = study.effective
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))


def page(study: Study) -> str:
    """The report as HTML.

    Parameters
    ----------
    study : Study
    """
    rows, columns = lattice_shape(study.prediction.lattice_size)
    size, data = f"{rows} x {columns}", study.provenance["data"]
    peak = study.prediction.temperatures[study.prediction.heat_capacity.argmax()]
    alt = (
        f"Energy, heat capacity, order parameter and Binder cumulant of {size} sites against "
        f"temperature, with error bands; the heat capacity is largest near T = {peak:g}. "
        f"{_support(study)}"
    )
    source = f"{data['file']}, SHA-256 {data['sha256']}; " if "file" in data else ""
    seed, software = study.provenance["seed"], study.provenance["versions"]["dcl"]
    return _PAGE.format(
        alt=html.escape(alt, quote=True),
        image=_image(study),
        size=size,
        unit=study.unit,
        relative="" if study.unit == "J" else RELATIVE,
        hamiltonian=_couplings(study),
        checks=_list(map(str, study.checks)),
        trust=_list(_trust(study)),
        distrust=_list(_distrust(study)),
        snapshots=html.escape(str(study.inspection)),
        provenance=html.escape(f"{source}seed {seed}; dcl {software}"),
    )


def _image(study: Study) -> str:
    supported, observed = study.supported, study.provenance["temperature"]
    span = (supported.min(), supported.max()) if len(supported) else None
    return png_text(predicted_curves(study.prediction, observed, span, study.unit))


def _couplings(study: Study) -> str:
    if not study.couplings:
        return "<p>No term: every state is as likely as any other.</p>"
    rows = "".join(
        f"<tr><th scope=row>{html.escape(row['words'])}</th><td>{html.escape(row['name'])}</td>"
        f"<td>{row['coupling']:.5f} &plusmn; {row['error']:.5f}</td></tr>"
        for row in study.couplings
    )
    return (
        "<div class=wide><table><thead><tr><th scope=col>couples</th><th scope=col>sites (row, "
        "column)</th><th scope=col>coupling "
        f"({study.unit})</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def _support(study: Study) -> str:
    """Describe the temperatures at which the snapshots back the prediction."""
    supported = study.supported
    if not len(supported):
        return "At no temperature shown are the snapshots, reweighted, worth 100."
    return (
        f"From T = {supported.min():g} to {supported.max():g} the snapshots, reweighted by the "
        "law, are still worth 100 or more."
    )


def _trust(study: Study) -> list[str]:
    errors = (
        "Bands are one standard error of the simulation and of the couplings together, "
        "to first order."
    )
    passed = [
        f"The Hamiltonian gives the {c.name} of the snapshots again."
        for c in study.checks
        if c.passed
    ]
    return [*passed, _support(study), errors]


def _distrust(study: Study) -> list[str]:
    found = [
        f"The Hamiltonian does not give the {c.name} again." for c in study.checks if not c.passed
    ]
    found += [
        "Outside the shaded range the snapshots say nothing themselves: there the prediction "
        "rests on the form of the Hamiltonian (effective_snapshots in scan.csv).",
        f"The Hamiltonian couples sites within {study.model.focus + 2 * study.model.context} x "
        f"{study.model.focus + 2 * study.model.context} only, a few at once. A force that reaches "
        "further is not in it, and the nearest thing takes its place: a check may then disagree.",
        "A term weaker than about three standard errors is left out, and no error bar knows it.",
    ]
    if study.inspection.boundaries == "open":
        found.append(
            "The snapshots have open boundaries: the fit used sites away from the edges, and the "
            "prediction is for a periodic lattice, without edges."
        )
    return [*found, *study.inspection.warnings, *study.prediction.warnings]


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A Hamiltonian from snapshots</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font-family: sans-serif;
line-height: 1.5; color-scheme: light dark; overflow-wrap: anywhere }}
pre {{ white-space: pre-wrap }} img {{ max-width: 100%; background: white }}
.wide {{ overflow-x: auto }} table {{ border-collapse: collapse }}
th, td {{ padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; overflow-wrap: normal }}
</style></head><body><main><h1>A Hamiltonian from snapshots</h1>
<img alt="{alt}" src="data:image/png;base64,{image}">
<p>Predicted for a periodic lattice of {size} sites; the numbers are in scan.json and scan.csv,
energies and heat capacities there as totals in {unit} and k_B.{relative} Shaded: where the
snapshots, reweighted, are worth 100 or more.</p>
<h2>The Hamiltonian</h2>{hamiltonian}
<h2>Does it give the snapshots again?</h2>{checks}
<h2>What to trust</h2>{trust}<h2>What not to trust</h2>{distrust}
<h2>The snapshots</h2><pre>{snapshots}</pre>
<h2>Provenance</h2><p>{provenance}</p></main></body></html>
"""
