"""The paper's own network: runs too long for `make reproduce`, archived under `artifacts/`.

From a standard start, `experiments/SYSTEM-gru_paper.toml`, with weights and learning curve:

    python -m dcl.chapters.paper_architecture ising potts spin_glass spin_glass_420

From a delay-line start, several seeds, with the supplement's extensive network taught by it where
there is one, archived as rows in `artifacts/paper/`:

    python -m dcl.chapters.paper_architecture --start delay-line --seeds 3 ising

What has not been trained yet is trained first, which takes hours for the standard start.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dcl.errors import InputError
from dcl.exact.solver import exact_thermodynamics
from dcl.runs.archive import add_row, archive_run
from dcl.runs.configuration import Experiment
from dcl.runs.experiment import find_root
from dcl.runs.run import Run
from dcl.runs.run_metrics import metrics, trained_row
from dcl.runs.stages import open_run

__all__ = [
    "SYSTEMS",
    "TITLES",
    "add_rows",
    "archive_each",
    "archived_systems",
    "constant_divergence",
    "main",
    "open_delay_line",
    "open_standard_start",
]

TITLES = {
    "ising": "Ising",
    "potts": "Potts",
    "spin_glass": "glass, seed 69",
    "spin_glass_420": "glass, seed 420",
}
"""Names of the systems in figures."""
SYSTEMS = tuple(TITLES)


def open_standard_start(system: str, profile: str = "quick") -> Run:
    """Open the run of the paper's network from a standard start; nothing is computed yet.

    Examples
    --------
    >>> open_standard_start("potts", "smoke").stage_names
    ('snapshots', 'levels', 'gru', 'energies')
    """
    stages = ("snapshots", "levels", "gru", "energies")
    return open_run(f"{system}-gru_paper", profile, stages=stages)


def open_delay_line(system: str, seed: int, profile: str = "quick") -> Run:
    """Open the run of the paper's network from a delay-line start, and of its student.

    Parameters
    ----------
    system : str
        One of `SYSTEMS`.
    seed : int
        Of both trainings.
    profile
        See `dcl.runs.experiment.load_experiment`.

    Examples
    --------
    >>> open_delay_line("ising", 1, "smoke").stage_names
    ('snapshots', 'levels', 'paper_gru', 'paper_ednn', 'energies')
    """
    names = ("snapshots", "levels", "paper_gru", "paper_ednn", "energies")
    changes = {"paper_gru": {"seed": seed}}
    if not system.startswith("spin_glass"):
        changes["paper_ednn"] = {"seed": seed}
    return open_run(system, profile, changes, f"paper-{seed}", stages=names)


def archived_systems(root: Path | None = None) -> tuple[str, ...]:
    """List the `SYSTEMS` that have an archive of the paper's network from a standard start.

    Examples
    --------
    >>> "spin_glass" in archived_systems()
    True
    """
    artifacts = (root or find_root()) / "artifacts"
    return tuple(system for system in SYSTEMS if (artifacts / f"{system}-gru_paper").is_dir())


def constant_divergence(experiment: Experiment) -> float:
    """KL divergence of a constant predictor, N ln Q - S, in nats.

    A model at this value takes all configurations for equally likely.

    Examples
    --------
    >>> from dcl.runs.experiment import load_experiment
    >>> round(constant_divergence(load_experiment("ising", "smoke")), 1)
    4.7
    """
    size, temperature = experiment.system.size, experiment.snapshots.temperature
    exact = exact_thermodynamics(experiment.hamiltonian, size, [temperature])
    return float(size**2 * np.log(experiment.hamiltonian.n_states) - exact.entropy[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Archive the paper's own network for the systems named; 2 after a user's mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m dcl.chapters.paper_architecture", description=main.__doc__
    )
    parser.add_argument("systems", nargs="+", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--start", choices=("standard", "delay-line"), default="standard")
    parser.add_argument("--seeds", type=int, default=3, help="of the delay-line start, from 1 on")
    parser.add_argument("--note", default="", help="for record.json, such as the cores used")
    given = parser.parse_args(arguments)
    if given.start == "standard":
        return archive_each(given.systems, lambda system: _archive(system, given.note))
    return archive_each(
        given.systems, lambda system: add_rows("paper", system, given.seeds, _delay_line_row)
    )


def archive_each(systems: Sequence[str], archive: Callable[[str], None]) -> int:
    """Call a function with each of some `SYSTEMS`, all checked before; 2 after a user's mistake.

    Examples
    --------
    >>> archive_each(["ising", "potts"], print)
    ising
    potts
    0
    """
    try:
        for system in systems:
            if system not in SYSTEMS:
                raise InputError(f"system: found {system!r}, expected one of {', '.join(SYSTEMS)}")
        for system in systems:
            archive(system)
    except InputError as error:
        print("dcl:", error, file=sys.stderr)
        return 2
    return 0


def add_rows(
    archive: str, system: str, seeds: int, row: Callable[[str, int], dict[str, Any]]
) -> None:
    """Make the rows of a system from seed 1 on, and archive each in place of an earlier one.

    Parameters
    ----------
    archive : str
        Folder below `artifacts/`.
    system : str
        One of `SYSTEMS`.
    seeds : int
        Number of rows.
    row : callable
        From system and seed to a row.
    """
    for seed in range(1, seeds + 1):
        print(add_row(archive, row(system, seed)), system, seed)


def _delay_line_row(system: str, seed: int) -> dict[str, Any]:
    return trained_row(open_delay_line(system, seed), "paper_gru", "paper_ednn")


def _archive(system: str, note: str) -> None:
    run = open_standard_start(system)
    metrics(run)
    destination = find_root() / "artifacts" / run.experiment.name
    archive_run(run, destination, note)
    print(destination)


if __name__ == "__main__":
    sys.exit(main())
