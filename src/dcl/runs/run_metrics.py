"""Numbers of a run: `metrics.json`, one key a number, named after the model that reached it.

RMSE in J over the energy levels after subtracting the mean difference, KL divergences in nats,
curve errors in J per spin, times in seconds. A key that an experiment cannot have is absent.
"""

from pathlib import Path
from typing import Any

import numpy as np

from dcl.analysis.metrics import level_rmse, level_spread, max_error_per_spin
from dcl.analysis.peak import heat_capacity_peak
from dcl.exact.onsager import critical_temperature
from dcl.exact.solver import exact_thermodynamics
from dcl.files import read_json, write_json
from dcl.lattice.geometry import lattice_shape
from dcl.lattice.hamiltonians import EdwardsAnderson
from dcl.machine import machine_record
from dcl.runs.archive import load_rows
from dcl.runs.configuration import EXTENSIVE, NAMES, SEQUENCE
from dcl.runs.contents import binder_curves, history, level_energies, scan_result
from dcl.runs.run import Run

__all__ = [
    "KEYS", "archived_crossings", "archived_numbers", "curve_errors", "energy_errors", "metrics",
    "trained_row",
]  # fmt: skip

KEYS = {stage: key for stage, (_, key) in NAMES.items()}
"""First word of a model's keys by its stage; only a recurrent network's are ``rnn``."""


def metrics(run: Run) -> dict[str, float]:
    """Make every stage of a run and write its `metrics.json`.

    Returns
    -------
    dict
        What the file holds.
    """
    for name in run.stage_names:
        run.stage(name)
    values: dict[str, float] = {}
    for stage in KEYS:
        if stage in run.stage_names:
            values |= energy_errors(run, stage) | curve_errors(run, stage)
    values |= archived_numbers(run) | _critical_errors(run)
    values["configurations_seen"] = history(run, "gru")["examples_seen"][-1]
    values["distinct_configurations"] = float(run.experiment.snapshots.count)
    values["train_seconds"] = run.wall_seconds("gru")
    values["total_seconds"] = run.wall_seconds(*run.stage_names)
    write_json(run.folder / "metrics.json", values)
    return values


def archived_numbers(run: Run) -> dict[str, float]:
    """Read the median over the archived seeds of the supplement's EDNN, which trains too long.

    Nothing is read where the run trains it itself, or does not train its teacher.
    """
    if "paper_gru" not in run.stage_names or "paper_ednn" in run.stage_names:
        return {}
    rows = load_rows("paper", run.folder.parents[2])
    found = [row["paper_ednn_rmse"] for row in rows if row["system"] == run.experiment.name
             and "paper_ednn_rmse" in row]  # fmt: skip
    return {"paper_ednn_rmse": float(np.median(found))} if found else {}


def trained_row(run: Run, *stages: str) -> dict[str, Any]:
    """Make trained models of a run, and say what they reached.

    Parameters
    ----------
    run : Run
    *stages : str
        Of the models; the first gives the seed.

    Returns
    -------
    dict
        ``system``, ``seed``, ``machine``, the errors of `energy_errors` and the seconds of each
        training.
    """
    row: dict[str, Any] = {
        "system": run.experiment.name,
        "seed": run.experiment.models[stages[0]].seed,
        "machine": machine_record(),
    }
    for stage in stages:
        if stage in run.stage_names:
            row |= energy_errors(run, stage)
            row[f"{KEYS[stage]}_seconds"] = run.wall_seconds(stage)
    return row


def energy_errors(run: Run, stage: str) -> dict[str, float]:
    """Measure a model's energies, and a sequence model's distance from the distribution.

    Parameters
    ----------
    run : Run
    stage : str
        The model's, one of `KEYS`.

    Returns
    -------
    dict
        RMSE and spread within a level in J, the KL divergence in nats.
    """
    key = KEYS[stage]
    learned, true = level_energies(run, stage), level_energies(run, "true")
    true = true[:, : learned.shape[1]]
    values = {f"{key}_rmse": level_rmse(learned, true)}
    values[f"{key}_level_spread"] = level_spread(learned, true)
    if stage in SEQUENCE:
        values[f"{key}_kl_nats"] = read_json(run.stage(stage) / "outcome.json")["kl"]
    if stage in EXTENSIVE and run.experiment.transfer:
        larger = level_energies(run, f"{stage}_16x16")
        values[f"{key}_rmse_16x16"] = level_rmse(larger, level_energies(run, "true_16x16"))
    return values


def curve_errors(run: Run, stage: str) -> dict[str, float]:
    """Measure the largest error of a model's energy curves, and that of the heat capacity's peak.

    Parameters
    ----------
    run : Run
    stage : str
        The model's, one of `KEYS`.

    Returns
    -------
    dict
        Errors of energies in J per spin, of peaks in J / k_B, for each lattice that is scanned.
    """
    key = KEYS[stage]
    values: dict[str, float] = {}
    if f"scan_{stage}" in run.stage_names:
        values |= _exact_curve_errors(run, f"scan_{stage}", key, "")
    larger = f"scan_{stage}_transfer"
    if larger in run.stage_names and "scan_true_transfer" in run.stage_names:
        result, simulated = scan_result(run, larger), scan_result(run, "scan_true_transfer")
        (size, _) = lattice_shape(result.lattice_size)
        error = max_error_per_spin(result.energy, simulated.energy, size)
        values[f"{key}_scan_16x16_max_error_per_spin"] = error
    elif larger in run.stage_names:
        values |= _exact_curve_errors(run, larger, key, "_16x16")
    return values


def _exact_curve_errors(run: Run, stage: str, key: str, ending: str) -> dict[str, float]:
    """Errors of one scan against the exact curves of its lattice."""
    hamiltonian, result = run.experiment.hamiltonian, scan_result(run, stage)
    (size, _), temperatures = lattice_shape(result.lattice_size), result.temperatures
    exact = exact_thermodynamics(hamiltonian, size, temperatures)
    name = f"{key}_scan{ending}_max_error_per_spin"
    values = {name: max_error_per_spin(result.energy, exact.energy, size)}
    moving = result.heat_capacity > 0
    if not isinstance(hamiltonian, EdwardsAnderson) and moving.sum() >= 7:
        peak, _ = heat_capacity_peak(
            temperatures[moving], result.heat_capacity[moving], result.heat_capacity_error[moving]
        )
        fine = np.arange(temperatures.min(), temperatures.max(), 0.001)
        curve = exact_thermodynamics(hamiltonian, size, fine).heat_capacity
        values[f"{key}_heat_capacity_peak{ending}_error"] = abs(peak - fine[curve.argmax()])
    return values


def _critical_errors(run: Run) -> dict[str, float]:
    """Learned critical temperature from the two largest sizes, and its distance from the truth."""
    if "crossing" not in run.stage_names:
        return {}
    from dcl.analysis.binder import crossings

    found = crossings(binder_curves(run))
    if not found:
        return {}
    last = found[-1]
    exact = critical_temperature(run.experiment.hamiltonian)
    values = {
        "critical_temperature": last.temperature,
        "critical_temperature_standard_error": last.error,
        "critical_temperature_error": abs(last.temperature - exact),
    }
    seed = run.experiment.models["gru"].seed
    archived = archived_crossings(run.experiment.name, last.sizes, run.folder.parents[2])
    return values | _over_networks({**archived, seed: last.temperature})


def archived_crossings(system: str, sizes: tuple[int, int], root: Path) -> dict[int, float]:
    """Read the crossings of two sizes under the archived networks of a system.

    Parameters
    ----------
    system : str
        Name of the experiment.
    sizes : tuple of int
        Of the crossing.
    root : Path
        The repository.

    Returns
    -------
    dict
        Seed of the networks to temperature in J / k_B.
    """
    return {
        row["seed"]: temperature
        for row in load_rows("networks", root)
        if row["system"] == system
        for *pair, temperature, _ in row.get("crossings", [])
        if tuple(pair) == sizes
    }


def _over_networks(temperatures: dict[int, float]) -> dict[str, float]:
    """Mean and spread of the critical temperature over three or more networks.

    The spread holds what networks and Monte Carlo add, and not what other snapshots would.
    """
    if len(temperatures) < 3:
        return {}
    values = list(temperatures.values())
    spread = float(np.std(values, ddof=1))
    return {
        "critical_temperature_network_error": spread,
        "critical_temperature_mean": float(np.mean(values)),
        "critical_temperature_mean_standard_error": spread / len(values) ** 0.5,
    }
