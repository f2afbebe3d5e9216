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
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dcl.analysis.metrics import level_rmse
from dcl.chapters.accuracy_plan import (
    SIZE,
    SIZES,
    STRIDE,
    SYSTEMS,
    Fit,
    imposed_symmetries,
    plan,
    snapshots_of,
)
from dcl.chapters.accuracy_rows import archived_rows, spread
from dcl.exact.solver import exact_thermodynamics
from dcl.files import new_folder, read_json, write_json
from dcl.lattice.snapshots import Snapshots
from dcl.learning.settings import (
    ExtensiveSettings,
    PseudolikelihoodSettings,
    SequenceSettings,
    TermSettings,
    sequence_settings,
)
from dcl.machine import machine_record
from dcl.runs.archive import hashed
from dcl.runs.experiment import find_root, load_experiment
from dcl.sampling.energy_levels import EnergyLevels
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.multicanonical import sample_levels, sample_windows

__all__ = ["METHODS", "NUMBERS", "main", "row", "rows_folder"]

PER_LEVEL = 200
HELD_OUT = 20_000

NUMBERS = ("rnn_rmse", "ednn_rmse", "ednn_rmse_16x16", "pairwise_rmse", "rnn_kl_nats")
"""What may be measured of a fit."""

SEEN = {
    "masked": (500_000, 4_000_000, 10_000_000, 50_000_000),
    "gru": (100_000, 200_000, 400_000, 1_600_000),
    "gru-sparse": (100_000, 200_000, 400_000, 800_000),
    "gru-paper": 4 * (20_000,),
    "transformer": (50_000, 50_000, 100_000, 200_000),
}
"""Configurations shown to a sequence model, by method, for each of `SIZES`."""
MOST_SEEN = {
    ("masked", "potts"): 20_000_000,
    ("masked", "spin_glass"): 20_000_000,
    ("gru-paper", "potts"): 10_000,
}
"""Of them, by method and system. Potts takes more than twice as long, with 512 units four times."""

TRAINED = ExtensiveSettings(drawn=200_000, uniform=100_000, patterned=0, images=16, passes=40)
"""Labels of the rows in which an extensive network is trained."""

SEQUENCES: dict[str, tuple[str, TermSettings | ExtensiveSettings | None]] = {
    "masked": ("masked", TermSettings()),
    "masked-trained": ("masked", TRAINED),
    "masked-drawn": ("masked", replace(TRAINED, drawn=300_000, uniform=0)),
    "masked-uniform": ("masked", replace(TRAINED, drawn=0, uniform=300_000)),
    "masked-one-image": ("masked", replace(TRAINED, images=1)),
    "gru": ("gru", TermSettings(drawn=50_000)),
    "gru-trained": ("gru", TRAINED),
    "gru-plain": ("gru-plain", None),
    "gru-sparse": ("gru-sparse", None),
    "gru-paper": ("gru-paper", TermSettings(drawn=2_000)),
    "transformer": ("transformer", TermSettings(drawn=10_000)),
}
"""By method: the sequence model, and the extensive network after it unless the system is a glass. A
transformer and the paper's GRU take longest to label configurations."""


def _direct(snapshots: Snapshots, fit: Fit, folder: Path) -> tuple[Any, dict[str, Any]]:
    from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood

    settings = PseudolikelihoodSettings(symmetries=imposed_symmetries(fit.system))
    model, inferred = fit_pseudolikelihood(snapshots, settings, seed=fit.seed)
    names = [function.name for function in inferred.functions]
    return {"ednn": model}, {"law": dict(zip(names, inferred.couplings.tolist(), strict=True))}


def _pairwise(snapshots: Snapshots, fit: Fit, folder: Path) -> tuple[Any, dict[str, Any]]:
    from dcl.learning.pairwise import fit_pairwise

    return {"pairwise": fit_pairwise(snapshots)}, {}


def _every_pair(snapshots: Snapshots, fit: Fit, folder: Path) -> tuple[Any, dict[str, Any]]:
    from dcl.learning.pairwise import fit_every_pair

    return {"pairwise": fit_every_pair(snapshots)}, {}


def _sequence(
    snapshots: Snapshots, fit: Fit, folder: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    from dcl.learning.distillation import distill

    network, student = SEQUENCES[fit.method]
    teacher, facts = _teacher(snapshots, replace(fit, method=network), folder)
    models: dict[str, Any] = {"rnn": teacher}
    if student and fit.system != "spin_glass":
        start = time.perf_counter()
        student = replace(student, symmetries=imposed_symmetries(fit.system))
        models["ednn"] = distill(teacher, student, seed=fit.seed)[0]
        facts["distill_seconds"] = time.perf_counter() - start
    return models, facts


def _seen(fit: Fit) -> int:
    seen = SEEN[fit.method.removesuffix("-plain")][SIZES.index(fit.snapshots)]
    return min(seen, MOST_SEEN.get((fit.method, fit.system), seen))


def _settings(fit: Fit) -> SequenceSettings:
    if fit.method == "gru-paper":
        paper = load_experiment(f"{fit.system}-gru_paper").gru
        return replace(paper, configurations_seen=_seen(fit))
    symmetries = {"gru-plain": (), "gru-sparse": ("states",)}.get(
        fit.method, imposed_symmetries(fit.system)
    )
    return sequence_settings(
        fit.method.removesuffix("-plain"),
        SYSTEMS[fit.system].n_states,
        symmetries=symmetries,
        configurations_seen=_seen(fit),
    )


def _teacher(snapshots: Snapshots, fit: Fit, folder: Path) -> tuple[Any, dict[str, Any]]:
    """The sequence model of a row; fitted once, as two methods may share it."""
    from dcl.learning.sequence import fit_sequence
    from dcl.models.energy import load_energy_model

    model, facts = folder / f"{fit.name}-teacher", folder / f"{fit.name}-teacher.json"
    if facts.is_file():
        return load_energy_model(model), read_json(facts)
    settings = _settings(fit)
    start = time.perf_counter()
    teacher, history = fit_sequence(snapshots, settings, seed=fit.seed)
    found = {"fit_seconds": time.perf_counter() - start, "seen": history["examples_seen"][-1]}
    teacher.save(model)
    write_json(facts, found)
    return teacher, found


Method = Callable[[Snapshots, Fit, Path], tuple[dict[str, Any], dict[str, Any]]]

METHODS: dict[str, Method] = {
    "direct": _direct,
    "pairwise": _pairwise,
    "every-pair": _every_pair,
    **dict.fromkeys(SEQUENCES, _sequence),
}
"""By name. ``direct`` is `dcl.learning.pseudolikelihood_fit`, ``pairwise`` and ``every-pair`` are
`dcl.learning.pairwise`; the others are sequence models. All symmetries of the system are imposed,
but none on ``gru-plain`` and ``gru-paper``, which is that of `experiments/`, and the global flip
alone on ``gru-sparse``."""


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
    """Where rows are made, with those that are archived and not there yet."""
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
    with new_folder(root / "artifacts" / "accuracy") as draft:
        write_json(draft / "rows.json", {"rows": rows})
        write_json(draft / "summary.json", _summary(made, rows))
        write_json(draft / "hashes.json", hashed(draft))
    return 0


if __name__ == "__main__":
    sys.exit(main())
