"""Stages of every experiment: snapshots, test sets, models, their energies, scans.

A model's stage says what made it; `dcl.runs.configuration.MODELS` lists them. Networks are imported
where they are used, so that reading results does not load TensorFlow.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dcl.files import write_json
from dcl.lattice.hamiltonians import EdwardsAnderson, Potts
from dcl.lattice.snapshots import save_snapshots
from dcl.runs.configuration import EXTENSIVE, MODELS, SEQUENCE, TEACHERS, Experiment
from dcl.runs.contents import (
    exact_log_probability,
    fresh_configurations,
    levels,
    model,
    observe,
    scan_result,
    snapshots,
)
from dcl.runs.experiment import load_experiment
from dcl.runs.grids import parse_sizes, parse_temperatures
from dcl.runs.run import Run, Stage
from dcl.sampling.multicanonical import sample_levels, sample_windows

__all__ = ["STAGES", "open_run"]


def open_run(
    name: str, profile: str = "quick", changes: Any = None, variant: str = "", root: Any = None,
    stages: Iterable[str] | None = None,
) -> Run:  # fmt: skip
    """Open the run of an experiment file in one profile; nothing is computed yet.

    Parameters
    ----------
    name, profile, changes, root
        See `dcl.runs.experiment.load_experiment`.
    variant : str
        Names the folder of a run with changes.
    stages : iterable of str, optional
        Of the run; all that the experiment asks for by default.

    Examples
    --------
    >>> open_run("ising", "smoke").stage_names[:2]
    ('snapshots', 'levels')
    """
    chosen = {stage: STAGES[stage] for stage in stages or STAGES}
    return Run(load_experiment(name, profile, changes, root), chosen, variant, root)


def _make_levels(run: Run, folder: Path, transfer: bool = False) -> None:
    experiment = run.experiment
    hamiltonian, larger = experiment.hamiltonian, experiment.transfer if transfer else None
    sampler = sample_windows if isinstance(hamiltonian, EdwardsAnderson) else sample_levels
    size, config = (larger or experiment.system).size, larger or experiment.levels
    found = sampler(hamiltonian, size, config.per_level, seed=config.seed, progress=True)
    found.save(folder / "levels.npz")


def _make_sequence(run: Run, folder: Path, name: str) -> None:
    """Fit a sequence model; fresh configurations give the KL, and steer nothing."""
    from dcl.learning.objective import held_out_likelihood
    from dcl.learning.sequence import fit_sequence

    experiment, taken = run.experiment, snapshots(run)
    config = experiment.models[name]
    fresh = fresh_configurations(experiment)
    exact = exact_log_probability(experiment, fresh)
    fitted, record = fit_sequence(
        taken, config.settings, seed=config.seed, checkpoint=run.checkpoint(name), fresh=fresh,
        fresh_log_probability=exact,
    )  # fmt: skip
    reached = held_out_likelihood(fitted, fresh, exact)
    _save_model(fitted, record, folder, **reached)


def _make_extensive(run: Run, folder: Path, name: str) -> None:
    from dcl.learning.distillation import distill
    from dcl.models.energy import SequenceEnergy

    config, teacher = run.experiment.models[name], model(run, TEACHERS[name])
    assert isinstance(teacher, SequenceEnergy)
    student, record = distill(
        teacher, config.settings, seed=config.seed, checkpoint=run.checkpoint(name)
    )
    _save_model(student, record, folder)


def _save_model(model: Any, history: Any, folder: Path, **reached: float) -> None:
    """Save a model, its learning curve, and what it reached."""
    model.save(folder / "model")
    write_json(folder / "history.json", history)
    terms = model.origin["metrics"].get("law")
    count = len(terms) if terms is not None else model.network.count_params()
    write_json(folder / "outcome.json", {**reached, "parameters": count})


def _make_energies(run: Run, folder: Path, stage: str, names: tuple[str, ...]) -> None:
    """Save the energies of a test set under the truth and under every model that the run has."""
    configurations = levels(run, stage).configurations
    _save_energies(run.experiment.hamiltonian.energy, configurations, folder / "true.npy")
    for name in names:
        if name in run.stage_names:
            wide = name == "paper_gru"
            most = run.experiment.levels.per_level_wide if wide else configurations.shape[1]
            energy = model(run, name).energy
            _save_energies(energy, configurations[:, :most], folder / f"{name}.npy")


def _save_energies(energy: Callable[..., Any], configurations: Any, path: Path) -> None:
    count, each, *lattice = configurations.shape
    np.save(path, energy(configurations.reshape(-1, *lattice)).reshape(count, each))


def _make_scan(run: Run, folder: Path, name: str, transfer: bool = False) -> None:
    from dcl.analysis.thermodynamics import scan

    experiment = run.experiment
    config = experiment.scans["ednn" if name == "true" else name]
    larger = experiment.transfer if transfer else None
    result = scan(
        experiment.hamiltonian if name == "true" else model(run, name),
        (larger or experiment.system).size, parse_temperatures(config.temperatures),
        seed=config.seed, **_lengths(config),
    )  # fmt: skip
    write_json(folder / "scan.json", result.to_json())


def _lengths(config: Any) -> dict[str, Any]:
    """Chains and sweeps of a simulation, as `dcl.analysis.thermodynamics.scan` takes them."""
    names = ("chains", "sweeps", "burn_in")
    return {**{name: getattr(config, name) for name in names}, "progress": True}


def _make_crossing(run: Run, folder: Path) -> None:
    from dcl.analysis.binder import binder_curve

    config = run.experiment.crossing
    assert config is not None
    learned, scan = model(run, config.model), scan_result(run, f"scan_{config.model}")
    peak = float(scan.temperatures[np.argmax(scan.heat_capacity)])
    temperatures = peak * np.linspace(config.lowest, config.highest, config.points)
    lengths = _lengths(config)
    curves = [
        binder_curve(learned, size, temperatures, seed=config.seed + size, **lengths).to_json()
        for size in parse_sizes(config.sizes)
    ]
    write_json(folder / "curves.json", {"curves": curves})


def _make_large(run: Run, folder: Path) -> None:
    from dcl.analysis.thermodynamics import measure, sample_series

    config = run.experiment.large
    assert config is not None
    learned = model(run, config.model)
    temperatures = parse_temperatures(config.temperatures)
    series = sample_series(
        learned, config.size, temperatures, seed=config.seed, start="ordered", **_lengths(config)
    )
    write_json(folder / "scan.json", measure(learned, series, config.seed).to_json())
    up = series.configurations[:, 0] > 0
    np.savez(folder / "last.npz", up=np.packbits(up, axis=-1), temperatures=series.temperatures)


def _fields(*names: str) -> Callable[[Experiment], dict[str, Any] | None]:
    """Parameters of a stage: these fields of the experiment; None if one of them is None."""

    def config(experiment: Experiment) -> dict[str, Any] | None:
        parts = {name: getattr(experiment, name) for name in names}
        if any(part is None for part in parts.values()):
            return None
        return {name: asdict(part) for name, part in parts.items()}

    return config


def _settings(name: str) -> Callable[[Experiment], dict[str, Any] | None]:
    def config(experiment: Experiment) -> dict[str, Any] | None:
        found = experiment.models.get(name)
        return {name: asdict(found.settings), f"{name}_seed": found.seed} if found else None

    return config


def _scan(name: str, transfer: bool = False) -> Callable[[Experiment], dict[str, Any] | None]:
    def config(experiment: Experiment) -> dict[str, Any] | None:
        found = experiment.scans.get("ednn" if name == "true" else name)
        larger = _fields("transfer")(experiment) if transfer else {}
        if found is None or larger is None:
            return None
        if name == "true" and not isinstance(experiment.hamiltonian, Potts):
            return None  # where the larger lattice has an exact solution
        return {f"scan_{name}": asdict(found), **larger}

    return config


def _energies(experiment: Experiment) -> dict[str, Any]:
    wide = "paper_gru" in experiment.models
    return {"per_level_wide": experiment.levels.per_level_wide} if wide else {}


def _transfer_scan(name: str, *inputs: str) -> Stage:
    return Stage(partial(_make_scan, name=name, transfer=True), _scan(name, True), inputs)


STAGES = {
    "snapshots": Stage(
        lambda run, folder: save_snapshots(observe(run.experiment), folder / "snapshots.npz"),
        _fields("system", "snapshots"),
    ),
    "levels": Stage(_make_levels, _fields("system", "levels")),
    **{
        name: Stage(partial(_make_sequence, name=name), _settings(name), ("snapshots",))
        for name in SEQUENCE
    },
    **{
        name: Stage(partial(_make_extensive, name=name), _settings(name), (TEACHERS[name],))
        for name in EXTENSIVE
    },
    "energies": Stage(
        partial(_make_energies, stage="levels", names=MODELS), _energies, ("levels", *MODELS)
    ),
    **{
        f"scan_{name}": Stage(partial(_make_scan, name=name), _scan(name), (name,))
        for name in MODELS
    },
    "levels_transfer": Stage(partial(_make_levels, transfer=True), _fields("system", "transfer")),
    "energies_transfer": Stage(
        partial(_make_energies, stage="levels_transfer", names=tuple(EXTENSIVE)),
        _fields("transfer"),
        ("levels_transfer", *EXTENSIVE),
    ),
    **{f"scan_{name}_transfer": _transfer_scan(name, name) for name in EXTENSIVE},
    "scan_true_transfer": _transfer_scan("true"),
    "crossing": Stage(
        _make_crossing, _fields("crossing"), ("ednn", "couplings", "scan_ednn", "scan_couplings")
    ),
    "large": Stage(_make_large, _fields("large"), ("ednn", "couplings")),
}
