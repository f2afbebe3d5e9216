"""Tables of the page that sums up the replication: Markdown from runs and archived rows."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dcl.book.figure_state import manifests
from dcl.book.results import paper_number, quantity_name
from dcl.book.templates import markdown_table
from dcl.chapters.accuracy_rows import where
from dcl.runs.archive import Archive
from dcl.runs.labels import FITTED, legend, parameter_count
from dcl.runs.run import Run
from dcl.runs.run_metrics import KEYS

__all__ = [
    "SYSTEMS",
    "accuracy_table",
    "data_table",
    "estimate",
    "machines_table",
    "models_table",
    "results_table",
]

SYSTEMS = {
    "ising": "Ising",
    "potts": "Potts",
    "spin_glass": "Glass of Fig. 5",
    "spin_glass_420": "Glass of Fig. 6",
}
"""Experiments of the paper, and what the page calls their systems."""
QUANTITIES = (
    "rmse", "kl_nats", "rmse_16x16", "scan_max_error_per_spin", "scan_16x16_max_error_per_spin"
)  # fmt: skip
"""Ends of the keys of `metrics.json` that the page shows; their beginnings are in `KEYS`."""
FITS = {
    "Pseudolikelihood fit": ("direct", "ednn_rmse", ("ising", "potts")),
    "Masked network, then cluster expansion": ("masked", "ednn_rmse", ("ising", "potts")),
    "Sparse sequence model": ("gru-sparse", "rnn_rmse", ("spin_glass",)),
}
"""Rows of the accuracy study that the page shows, by method, number and systems."""
COUNTS = (1000, 10_000, 100_000, 800_000)


def estimate(values: Mapping[int, float]) -> str:
    """Write a mean over seeds with its standard error, or one value with its seed.

    Examples
    --------
    >>> estimate({1: 0.5, 2: 0.7, 3: 0.6}), estimate({3: 0.5})
    ('0.6 ± 0.06 (3 seeds)', '0.5 (seed 3)')
    """
    numbers = list(values.values())
    if not numbers:
        return ""
    if len(numbers) == 1:
        return f"{numbers[0]:.3g} (seed {next(iter(values))})"
    error = statistics.stdev(numbers) / math.sqrt(len(numbers))
    return f"{statistics.mean(numbers):.3g} ± {error:.1g} ({len(numbers)} seeds)"


def data_table(runs: Mapping[str, Run]) -> str:
    """Snapshots and test sets of each system, from the experiments' files."""
    rows = []
    for title, run in runs.items():
        system, taken, levels = (
            getattr(run.experiment, part) for part in ("system", "snapshots", "levels")
        )
        rows.append(
            [
                title,
                f"{system.size} x {system.size}",
                f"{taken.temperature:g}",
                taken.count,
                taken.stride,
                levels.per_level,
                f"{taken.seed}, {levels.seed}",
            ]
        )
    head = "System, Sites, T (J / k_B), Snapshots, Sweeps between, Tests a level, Seeds"
    return _table(head.split(", "), rows)


def models_table(runs: Mapping[str, Run]) -> str:
    """Settings, parameters and seed of each model."""
    rows = []
    for title, run in runs.items():
        for stage, config in run.experiment.models.items():
            count = parameter_count(run.folder, stage)
            trained = ["", "", ""]
            if stage not in FITTED:
                plan = config.settings.schedule
                trained = [f"{plan.learning_rate:g}", plan.batch_size, f"{plan.examples_seen:.3g}"]
            rows.append(
                [title, legend(run.experiment, stage), *trained, count or "not made", config.seed]
            )
    head = "System, Model, Learning rate, Batch, Configurations shown, Parameters, Seed"
    return _table(head.split(", "), rows)


def machines_table(
    runs: Mapping[str, Run],
    archives: Mapping[str, Archive],
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
) -> str:
    """Time, machine and versions of each run, archived training and archived study.

    Parameters
    ----------
    runs, archives : mapping
        By the name of the system.
    rows : mapping
        By the name of the study, of which each row has ``machine``, and ``seconds`` or
        ``*_seconds``.
    """
    found = []
    for title, run in runs.items():
        if made := list(manifests(run, run.stage_names).values()):
            seconds = sum(entry["wall_seconds"] for entry in made)
            machines = _machines(entry.get("machine") for entry in made)
            versions = _versions(made[-1]["versions"])
            found.append([f"{title}, this run", _minutes(seconds), machines, versions])
    for title, archive in archives.items():
        record = archive.record
        machine = f"{_machines([record['machine']])}; {record['note']}"
        minutes = _minutes(record["budget"]["train_seconds"])
        name = f"{title}, the paper's GRU from random weights"
        found.append([name, minutes, machine, _versions(record["versions"])])
    for study, fits in rows.items():
        if fits:
            machines = _machines(fit.get("machine") for fit in fits)
            seconds = sum(map(_seconds, fits))
            found.append([f"{study}, {len(fits)} fits", _minutes(seconds), machines, ""])
    return _table(["Result", "Minutes", "Machine", "Versions"], found)


def results_table(
    runs: Mapping[str, Run],
    metrics: Mapping[str, Mapping[str, float]],
    stages: Sequence[str],
    rows: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Numbers of some models beside the paper's: of this run, and of archived seeds.

    Parameters
    ----------
    runs, metrics : mapping
        By the name of the system.
    stages : sequence of str
        The models', keys of `dcl.runs.run_metrics.KEYS`.
    rows : sequence of mapping
        Archived, with ``system``, ``seed`` and keys of `metrics.json`.
    """
    lines = []
    for title, run in runs.items():
        name = run.experiment.name
        for stage in stages:
            for key in (f"{KEYS[stage]}_{quantity}" for quantity in QUANTITIES):
                here = {}
                if stage in run.experiment.models and key in metrics[title]:
                    here = {run.experiment.models[stage].seed: metrics[title][key]}
                seeds = {r["seed"]: r[key] for r in rows if r["system"] == name and key in r}
                if here or seeds:
                    paper = paper_number(name, key)
                    cells = [title, quantity_name(key), "" if paper is None else f"{paper:g}"]
                    lines.append([*cells, estimate(here), estimate(seeds)])
        lines += _critical(title, metrics[title]) if "ednn" not in stages else []
    return _table(["System", "Number", "Paper", "This run", "Archived seeds"], lines)


def accuracy_table(rows: list[dict[str, Any]]) -> str:
    """RMSE of the fits of the accuracy study in J, by method, system and number of snapshots."""
    lines = []
    for name, (method, number, systems) in FITS.items():
        for system in systems:
            chosen = where(rows, method=method, system=system, temperature=4.0)
            fits = [
                {row["seed"]: row[number] for row in where(chosen, snapshots=count)}
                for count in COUNTS
            ]
            if chosen:
                lines.append([f"{name}, {SYSTEMS[system]}: RMSE (J)", *map(estimate, fits)])
    return _table(["Fit", *(f"{count} snapshots" for count in COUNTS)], lines)


def _critical(title: str, metrics: Mapping[str, float]) -> list[list[str]]:
    """The line of the critical temperature, where the run has one."""
    if "critical_temperature" not in metrics:
        return []
    value, error, off = (
        metrics[f"critical_temperature{end}"] for end in ("", "_standard_error", "_error")
    )
    name = f"Critical temperature (J / k_B), {off:.2g} from the exact one"
    return [[title, name, "", f"{value:.4f} ± {error:.4f}", _critical_mean(metrics)]]


def _critical_mean(metrics: Mapping[str, float]) -> str:
    """Mean over networks of several seeds, where they are archived."""
    if "critical_temperature_mean" not in metrics:
        return ""
    mean, error = (metrics[f"critical_temperature_mean{end}"] for end in ("", "_standard_error"))
    return f"{mean:.4f} ± {error:.4f}"


def _seconds(row: Mapping[str, Any]) -> float:
    if "seconds" in row:
        return float(row["seconds"])
    return float(sum(value for key, value in row.items() if key.endswith("_seconds")))


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"


def _machines(machines: Iterable[Mapping[str, Any] | None]) -> str:
    words = {
        f"{m['processor']}, {m['cores']} cores, {m['memory_gib']} GiB" if m else "not recorded"
        for m in machines
    }
    return "; ".join(sorted(words))


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write a Markdown table, or say that there is nothing yet.

    Examples
    --------
    >>> print(_table(["a", "b"], [[1, ""]]))
    | a | b |
    | --- | --- |
    | 1 |  |
    """
    if not rows:
        return "This profile has not been run yet."
    return markdown_table(head, rows)
