"""The paper's own network, trained as far as a machine allows; runs too long for `make reproduce`.

Runs are `experiments/SYSTEM-gru_paper.toml`, archived under `artifacts/`.

    python -m dcl.chapters.paper_architecture ising potts spin_glass spin_glass_420

archives the paper's own network for these systems, and first trains it where that has not been
done, which takes hours.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dcl.errors import InputError
from dcl.runs.archive import archive_run
from dcl.runs.experiment import find_root, load_experiment
from dcl.runs.run import Run
from dcl.runs.run_metrics import metrics
from dcl.runs.stages import STAGES

__all__ = ["SYSTEMS", "archived_systems", "main", "open_paper_architecture"]

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


def archived_systems(root: Path | None = None) -> tuple[str, ...]:
    """List the `SYSTEMS` that have an archive of the paper's network.

    Examples
    --------
    >>> "spin_glass" in archived_systems()
    True
    """
    artifacts = (root or find_root()) / "artifacts"
    return tuple(system for system in SYSTEMS if (artifacts / f"{system}-gru_paper").is_dir())


def main(arguments: Sequence[str] | None = None) -> int:
    """Archive the paper's own network for the systems named; 2 after a user's mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m dcl.chapters.paper_architecture", description=main.__doc__
    )
    parser.add_argument("systems", nargs="+", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--note", default="", help="for record.json, such as the cores used")
    given = parser.parse_args(arguments)
    try:
        for system in given.systems:
            _check(system)
        for system in given.systems:
            _archive(system, given.note)
    except InputError as error:
        print("dcl:", error, file=sys.stderr)
        return 2
    return 0


def _check(system: str) -> None:
    if system not in SYSTEMS:
        raise InputError(f"system: found {system!r}, expected one of {', '.join(SYSTEMS)}")


def _archive(system: str, note: str) -> None:
    run = open_paper_architecture(system)
    metrics(run)
    destination = find_root() / "artifacts" / run.experiment.name
    archive_run(run, destination, note)
    print(destination)


if __name__ == "__main__":
    sys.exit(main())
