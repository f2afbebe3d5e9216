"""The paper's own network, trained as far as a machine allows; runs too long for `make reproduce`.

Runs are `experiments/SYSTEM-gru_paper.toml`, archived under `artifacts/` with `dcl.archive`.
"""

from pathlib import Path

from dcl.experiment import load_experiment
from dcl.files import write_json
from dcl.metrics import level_rmse
from dcl.run import Run
from dcl.stages import STAGES, history, level_energies

__all__ = ["SYSTEMS", "metrics", "open_paper_architecture"]

SYSTEMS = ("ising", "potts", "spin_glass", "spin_glass_420")


def open_paper_architecture(system: str, profile: str = "quick", root: Path | None = None) -> Run:
    """The run of the paper's network on one of `SYSTEMS`; nothing is computed yet.

    Examples
    --------
    >>> open_paper_architecture("potts", "smoke").stage_names
    ('snapshots', 'levels', 'gru', 'energies')
    """
    stages = {name: STAGES[name] for name in ("snapshots", "levels", "gru", "energies")}
    return Run(load_experiment(f"{system}-gru_paper", profile, root=root), stages, root=root)


def metrics(run: Run) -> dict[str, float]:
    """Make every stage and write `metrics.json`: see `dcl.stages.metrics`."""
    values = {
        "rnn_rmse": level_rmse(level_energies(run, "gru"), level_energies(run, "true")),
        "rnn_kl_nats": history(run, "gru")["kl"][-1],
        "configurations_seen": history(run, "gru")["examples_seen"][-1],
        "distinct_configurations": float(run.experiment.snapshots.count),
        "train_seconds": run.wall_seconds("gru"),
        "total_seconds": run.wall_seconds(*run.stage_names),
    }
    write_json(run.folder / "metrics.json", values)
    return values
