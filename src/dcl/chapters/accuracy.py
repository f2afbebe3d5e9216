"""Accuracy against snapshots: several methods on the same data sets, row by row.

A row is one fit: a system, a method, a number of snapshots, their temperature, and a seed, which
decides the snapshots and everything else. Rows are JSON files under `results/accuracy/`; one that
is there, or in the archive `artifacts/accuracy/`, is not made again.

    python -m dcl.chapters.accuracy

makes what is missing, which takes some hours, and archives all rows. Rows of other packages are
made by `make accuracy-peers`, in an environment of their own.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dcl.analysis.metrics import level_rmse
from dcl.chapters.accuracy_methods import METHODS, Method
from dcl.chapters.accuracy_plan import (
    SIZE,
    STRIDE,
    SYSTEMS,
    Fit,
    plan,
    snapshots_of,
)
from dcl.chapters.accuracy_rows import archived_rows, spread
from dcl.exact.solver import exact_thermodynamics
from dcl.files import read_json, write_json
from dcl.machine import machine_record
from dcl.runs.archive import archive_rows
from dcl.runs.experiment import find_root
from dcl.sampling.energy_levels import EnergyLevels
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.multicanonical import sample_levels, sample_windows

__all__ = ["NUMBERS", "main", "row", "rows_folder"]

PER_LEVEL = 200
HELD_OUT = 20_000

NUMBERS = ("rnn_rmse", "ednn_rmse", "ednn_rmse_16x16", "pairwise_rmse", "rnn_kl_nats")
"""What may be measured of a fit."""


def row(fit: Fit, folder: Path, method: Method | None = None) -> dict[str, Any]:
    """Fit and measure, or read what was measured before.

    Parameters
    ----------
    fit : Fit
    folder : Path
        Of the rows and of the test sets.
    method : callable, optional
        How to fit, if `METHODS` does not know: from snapshots, fit and folder to models by name,
        ``rnn``, ``ednn`` or ``pairwise``, and further fields of the row.

    Returns
    -------
    dict
        The fields of `Fit`, ``seconds`` (without the fit of a teacher that was there already), and
        what the method gives of ``rnn_rmse``, ``ednn_rmse``,
        ``pairwise_rmse`` (J, over all energy levels of the 8 x 8 lattice), ``ednn_rmse_16x16`` for
        Ising, ``rnn_kl_nats``, ``law``, ``fit_seconds`` and ``distill_seconds``; and the
        ``machine`` that took this long.
    """
    path = folder / f"{fit.name}.json"
    if path.is_file():
        return read_json(path)
    snapshots = snapshots_of(fit)
    start = time.perf_counter()
    models, facts = (method or METHODS[fit.method])(snapshots, fit, folder)
    facts["seconds"] = time.perf_counter() - start
    for name, model in models.items():
        facts[f"{name}_rmse"] = _rmse(model, fit.system, SIZE, folder)
    if fit.system == "ising" and "ednn" in models:
        facts["ednn_rmse_16x16"] = _rmse(models["ednn"], fit.system, 16, folder)
    if "rnn" in models:
        facts["rnn_kl_nats"] = _divergence(models["rnn"], fit)
    write_json(path, {**asdict(fit), **facts, "machine": machine_record()})
    return read_json(path)


def _rmse(model: Any, system: str, size: int, folder: Path) -> float:
    levels = _levels(system, size, folder)
    flat = levels.configurations.reshape(-1, size, size)
    shape = levels.configurations.shape[:2]
    return level_rmse(
        model.energy(flat).reshape(shape), SYSTEMS[system].energy(flat).reshape(shape)
    )


def _levels(system: str, size: int, folder: Path) -> EnergyLevels:
    path = folder / f"levels-{system}-{size}.npz"
    if not path.is_file():
        sampler = sample_windows if system == "spin_glass" else sample_levels
        sampler(SYSTEMS[system], size, PER_LEVEL, seed=2, progress=True).save(path)
    return EnergyLevels.load(path)


def _divergence(model: Any, fit: Fit) -> float:
    from dcl.learning.objective import held_out_likelihood

    hamiltonian = SYSTEMS[fit.system]
    exact = exact_thermodynamics(hamiltonian, SIZE, [fit.temperature])
    fresh = sample_equilibrium(
        hamiltonian, SIZE, fit.temperature, HELD_OUT, seed=999, stride=STRIDE
    )
    logs = (exact.free_energy[0] - hamiltonian.energy(fresh)) / fit.temperature
    return held_out_likelihood(model, fresh, logs)["kl"]


def _summary(fits: list[Fit], rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Medians over the seeds, by `Fit.study`."""
    result: dict[str, dict[str, float]] = {}
    for study in dict.fromkeys(fit.study for fit in fits):
        chosen = [one for fit, one in zip(fits, rows, strict=True) if fit.study == study]
        found = [number for number in NUMBERS if number in chosen[0]]
        result[study] = {number: spread(chosen, number)[0] for number in found}
        result[study]["seeds"] = len(chosen)
    return result


def rows_folder(root: Path) -> Path:
    """Prepare the folder where rows are made, with those that are archived and not there yet."""
    folder = root / "results" / "accuracy"
    folder.mkdir(parents=True, exist_ok=True)
    if not (root / "artifacts" / "accuracy").is_dir():
        return folder
    for found in archived_rows(root):
        fit = Fit(**{field.name: found[field.name] for field in fields(Fit)})
        if not (folder / f"{fit.name}.json").is_file():
            write_json(folder / f"{fit.name}.json", found)
    return folder


def main() -> int:
    """Make the rows that are missing, and archive them all."""
    parser = argparse.ArgumentParser(
        prog="python -m dcl.chapters.accuracy", description=main.__doc__
    )
    parser.add_argument("--only", default="", help="rows whose names hold this text")
    only = parser.parse_args().only
    root = find_root()
    folder = rows_folder(root)
    known = [fit for fit in plan() if only in fit.name and fit.method in METHODS]
    for fit in tqdm(known, "fits", file=sys.stderr):
        print(json.dumps(row(fit, folder)), file=sys.stderr)
    made = [fit for fit in plan() if (folder / f"{fit.name}.json").is_file()]
    rows = [row(fit, folder) for fit in made]
    archive_rows("accuracy", rows, root, summary=_summary(made, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
