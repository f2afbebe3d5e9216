"""Robustness of the learned energies under choices that the paper calls unimportant.

One run, `experiments/robustness.toml`; each variant changes one thing and is fitted with several
seeds, one stage a fit. A seed changes the snapshots, the weights and the order of training.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dcl.analysis.metrics import level_rmse
from dcl.chapters.accuracy_rows import spread
from dcl.errors import InputError
from dcl.files import read_json, write_json
from dcl.runs.configuration import Experiment
from dcl.runs.contents import exact_log_probability, fresh_configurations, levels, observe
from dcl.runs.experiment import load_experiment
from dcl.runs.run import Run, Stage
from dcl.runs.stages import STAGES

__all__ = [
    "VARIANTS",
    "chosen_claims",
    "open_robustness",
    "outcomes",
    "planned_fits",
    "write_medians",
]

Changes = Mapping[str, Mapping[str, Any]]

PLAIN = {"skip": False, "learning_rate": 4e-3, "configurations_seen": 100_000}
"""The paper's kind of network, without the linear skip, which would hide what it depends on."""

VARIANTS: dict[str, dict[str, Changes]] = {
    "temperature": {
        "skip": {},
        "T=8": {"snapshots": {"temperature": 8.0}},
        "T=Tc": {"snapshots": {"temperature": 2.269185}},
    },
    "order": {
        "plain": {"gru": PLAIN},
        "snake": {"gru": {**PLAIN, "order": "snake"}},
        "spiral": {"gru": {**PLAIN, "order": "spiral"}},
    },
    "correlation": {
        "skip": {},
        "every-proposal": {"snapshots": {"stride": 0, "chains": 2}},
    },
    "layers": {
        "plain": {"gru": PLAIN},
        "2-layers": {"gru": {**PLAIN, "layers": 2}},
        "3-layers": {"gru": {**PLAIN, "layers": 3}},
        "4-layers": {"gru": {**PLAIN, "layers": 4}},
    },
    "loss": {
        "plain": {"gru": PLAIN},
        "squared-error": {"gru": {**PLAIN, "loss": "mean-squared-error"}},
    },
    "dropout": {
        "plain": {"gru": PLAIN},
        "keep-0.9": {"gru": {**PLAIN, "dropout": 0.1}},
        "drop-0.9": {"gru": {**PLAIN, "dropout": 0.9}},
    },
}
"""Claim, then variant, then what it changes; the first variant of a claim is its baseline.

``skip``: observed at T = 4, raster, decorrelated, GRU with linear skip, cross-entropy.
``plain``: the same without the skip.
"""


def open_robustness(profile: str = "quick", seeds: int = 3, root: Path | None = None) -> Run:
    """The run of all variants; nothing is computed yet.

    Examples
    --------
    >>> open_robustness("smoke", seeds=1).stage_names[:2]
    ('levels', 'skip-1')
    """
    stages = {"levels": STAGES["levels"]}
    for variants in VARIANTS.values():
        for variant, changes in variants.items():
            for seed in range(1, seeds + 1):
                stages[f"{variant}-{seed}"] = _stage(profile, changes, seed, root)
    return Run(load_experiment("robustness", profile, root=root), stages, root=root)


def _stage(profile: str, changes: Changes, seed: int, root: Path | None) -> Stage:
    own = {"snapshots": {"seed": seed}, "gru": {"seed": seed}}
    both = {key: {**changes.get(key, {}), **table} for key, table in own.items()}
    experiment = load_experiment("robustness", profile, both, root)
    parts = {name: getattr(experiment, name) for name in ("system", "snapshots", "gru")}
    config = {**{name: asdict(part) for name, part in parts.items()}, "seed": seed}
    return Stage(lambda run, folder: _fit(run, folder, experiment), lambda _: config, ("levels",))


def _fit(run: Run, folder: Path, experiment: Experiment) -> None:
    """Fit one variant and write how far its energies are from the true ones."""
    from dcl.learning.objective import held_out_likelihood
    from dcl.learning.sequence import fit_sequence

    fresh = fresh_configurations(experiment)
    seed = experiment.models["gru"].seed
    model, _ = fit_sequence(observe(experiment), experiment.gru, seed=seed)
    test = levels(run)
    flat = test.configurations.reshape(-1, *test.configurations.shape[2:])
    rmse = level_rmse(model.energy(flat), experiment.hamiltonian.energy(flat))
    likelihood = held_out_likelihood(model, fresh, exact_log_probability(experiment, fresh))
    write_json(folder / "outcome.json", {"rnn_rmse": rmse, "rnn_kl_nats": likelihood["kl"]})


def outcomes(run: Run, claim: str, seeds: int = 3) -> dict[str, list[dict[str, Any]]]:
    """Collect what the fits of each variant of a claim reached, made if need be.

    Parameters
    ----------
    run : Run
        From `open_robustness`.
    claim : str
        A key of `VARIANTS`.
    seeds : int

    Returns
    -------
    dict
        Variant to one outcome a seed: ``rnn_rmse`` in J over all energy levels and
        ``rnn_kl_nats``.
    """
    return {
        variant: [
            read_json(run.stage(f"{variant}-{seed}") / "outcome.json")
            for seed in range(1, seeds + 1)
        ]
        for variant in VARIANTS[claim]
    }


def chosen_claims(profile: str, claims: str = "all", seeds: int = 3) -> tuple[list[str], int]:
    """Choose the claims to test and their seeds; the smoke profile tests one, once.

    Parameters
    ----------
    profile : {"smoke", "quick", "paper"}
    claims : str
        Names of claims with spaces between, or ``"all"``.
    seeds : int

    Raises
    ------
    InputError
        If a claim is unknown.

    Examples
    --------
    >>> chosen_claims("quick", "order loss")
    (['order', 'loss'], 3)
    """
    chosen = list(VARIANTS) if claims == "all" else claims.split()
    for claim in chosen:
        if claim not in VARIANTS:
            raise InputError(f"claims: found {claim!r}, expected some of {', '.join(VARIANTS)}")
    return (["temperature"], 1) if profile == "smoke" else (chosen, seeds)


def planned_fits(profile: str) -> list[str]:
    """Stages of the fits that `chosen_claims` asks for, one a variant and seed.

    Examples
    --------
    >>> planned_fits("smoke")
    ['skip-1', 'T=8-1', 'T=Tc-1']
    """
    claims, seeds = chosen_claims(profile)
    variants = dict.fromkeys(variant for claim in claims for variant in VARIANTS[claim])
    return [f"{variant}-{seed}" for variant in variants for seed in range(1, seeds + 1)]


def write_medians(profile: str = "quick", root: Path | None = None) -> dict[str, float]:
    """Fit all that `chosen_claims` asks for and write `metrics.json`: medians over the seeds.

    Returns
    -------
    dict
        ``rnn_rmse_<variant>`` in J and ``rnn_kl_nats_<variant>``.
    """
    claims, seeds = chosen_claims(profile)
    run = open_robustness(profile, seeds, root)
    values = {}
    for claim in claims:
        for variant, found in outcomes(run, claim, seeds).items():
            for name in ("rnn_rmse", "rnn_kl_nats"):
                values[f"{name}_{variant}"] = spread(found, name)[0]
    write_json(run.folder / "metrics.json", values)
    return values
