"""Names of models in legends, and the sentence that says how a model was made.

Both follow from the experiment's settings, so that no figure can call one model by the name of
another.
"""

from pathlib import Path
from textwrap import fill

from dcl.files import read_json
from dcl.runs.configuration import EXTENSIVE, NAMES, TEACHERS, Experiment
from dcl.runs.run import Run

__all__ = ["description", "legend", "parameter_count", "sentences"]

_SHORT = {stage: name for stage, (name, _) in NAMES.items()}
WIDTH = 84
"""Characters of a line that a page of the book shows whole."""
FITTED = ("sparse", "couplings")
"""Models that solve a convex or linear problem; the others are trained networks."""


def legend(experiment: Experiment, stage: str) -> str:
    """Name a model in a legend: its kind, trained or fitted, and the symmetries imposed on it.

    Examples
    --------
    >>> from dcl.runs.experiment import load_experiment
    >>> legend(load_experiment("ising"), "masked")
    'masked network, trained, all symmetries imposed'
    """
    imposed = experiment.models[stage].settings.symmetries
    words = {0: "no symmetries imposed", 3: "all symmetries imposed"}
    symmetries = words.get(len(imposed), f"imposed: {', '.join(imposed)}")
    return f"{_SHORT[stage]}, {'fitted' if stage in FITTED else 'trained'}, {symmetries}"


def description(experiment: Experiment, stage: str, parameters: int | None = None) -> str:
    """Say in one sentence how a model was made.

    Parameters
    ----------
    experiment : Experiment
    stage : str
        The model's, one of `dcl.runs.configuration.MODELS`.
    parameters : int, optional
        See `parameter_count`.

    Examples
    --------
    >>> from dcl.runs.experiment import load_experiment
    >>> description(load_experiment("ising"), "ednn")  # doctest: +ELLIPSIS
    'EDNN with layers of 32, 64 units, trained on labels of the GRU, means over 2 shifts by ...'
    """
    config, taken = experiment.models[stage], experiment.snapshots
    imposed = ", ".join(config.settings.symmetries)
    parts = [
        _made(experiment, stage),
        f"symmetries imposed: {imposed}" if imposed else "no symmetries imposed",
        f"{taken.count} snapshots at T = {taken.temperature:g}",
        f"one run, seed {config.seed}",
    ]
    if parameters:
        parts.append(f"{parameters} parameters")
    return "; ".join(parts)


def _made(experiment: Experiment, stage: str) -> str:
    settings = experiment.models[stage].settings
    if stage == "couplings":
        return f"cluster expansion, fitted to energies of the {_SHORT[TEACHERS[stage]]}"
    if stage in EXTENSIVE:
        layers = ", ".join(map(str, settings.hidden))
        teacher = _SHORT[TEACHERS[stage]]
        shifts: str = f", means over {settings.images} shifts by the focus" * (settings.images > 1)
        made = f"{_SHORT[stage]} with layers of {layers} units, trained on labels of the {teacher}"
        return f"{made}{shifts}"
    if stage == "sparse":
        return "linear autoregression of significant inputs, fitted to snapshots"
    skip = " and a linear skip" if settings.skip else ""
    return f"{_SHORT[stage]} of {settings.units} units{skip}, trained on snapshots"


def parameter_count(folder: Path, stage: str) -> int | None:
    """Read the number of parameters of a model from its stage, or None before that is made.

    Parameters
    ----------
    folder : Path
        Of the run.
    stage : str

    Examples
    --------
    >>> parameter_count(Path("no-such-run"), "gru")
    """
    path = folder / stage / "outcome.json"
    return int(read_json(path)["parameters"]) if path.is_file() else None


def sentences(run: Run) -> list[str]:
    """Describe every model of a run, a few lines each; models that are missing are made."""
    experiment = run.experiment
    made = {
        name: description(experiment, name, parameter_count(run.stage(name).parent, name))
        for name in experiment.models
    }
    return [
        fill(f"{name}: {words}", WIDTH, subsequent_indent="    ") for name, words in made.items()
    ]
