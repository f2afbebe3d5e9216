"""Methods of the accuracy study: from snapshots and a fit of the plan to models."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dcl.chapters.accuracy_plan import SIZES, SYSTEMS, Fit, imposed_symmetries
from dcl.files import read_json, write_json
from dcl.lattice.snapshots import Snapshots
from dcl.learning.settings import (
    CouplingsSettings,
    ExtensiveSettings,
    PseudolikelihoodSettings,
    SequenceSettings,
    sequence_settings,
)
from dcl.runs.experiment import load_experiment

__all__ = ["METHODS", "Method"]

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

SEQUENCES: dict[str, tuple[str, CouplingsSettings | ExtensiveSettings | None]] = {
    "masked": ("masked", CouplingsSettings()),
    "masked-trained": ("masked", TRAINED),
    "masked-drawn": ("masked", replace(TRAINED, drawn=300_000, uniform=0)),
    "masked-uniform": ("masked", replace(TRAINED, drawn=0, uniform=300_000)),
    "masked-one-image": ("masked", replace(TRAINED, images=1)),
    "gru": ("gru", CouplingsSettings(drawn=50_000)),
    "gru-trained": ("gru", TRAINED),
    "gru-plain": ("gru-plain", None),
    "gru-sparse": ("gru-sparse", None),
    "gru-paper": ("gru-paper", CouplingsSettings(drawn=2_000)),
    "transformer": ("transformer", CouplingsSettings(drawn=10_000)),
}
"""Sequence model of each method, and the extensive network after it unless the system is a glass.
A transformer and the paper's GRU take longest to label configurations."""


def _direct(snapshots: Snapshots, fit: Fit, folder: Path) -> tuple[Any, dict[str, Any]]:
    from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood

    settings = PseudolikelihoodSettings(symmetries=imposed_symmetries(fit.system))
    model, inferred = fit_pseudolikelihood(snapshots, settings, seed=fit.seed)
    names = [function.name for function in inferred.functions]
    return {"ednn": model}, {"law": dict(zip(names, inferred.couplings.tolist(), strict=True))}


def _pairs(snapshots: Snapshots, fit: Fit, folder: Path) -> tuple[Any, dict[str, Any]]:
    from dcl.learning.pairwise import fit_every_pair, fit_pairwise

    fit_pairs = fit_every_pair if fit.method == "every-pair" else fit_pairwise
    return {"pairwise": fit_pairs(snapshots)}, {}


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
    "pairwise": _pairs,
    "every-pair": _pairs,
    **dict.fromkeys(SEQUENCES, _sequence),
}
"""By name. ``direct`` is `dcl.learning.pseudolikelihood_fit`, ``pairwise`` and ``every-pair`` are
`dcl.learning.pairwise`; the others are sequence models. All symmetries of the system are imposed,
but none on ``gru-plain`` and ``gru-paper``, which is that of `experiments/`, and the global flip
alone on ``gru-sparse``."""
