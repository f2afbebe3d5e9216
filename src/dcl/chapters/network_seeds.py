"""Other seeds of the networks of the default figures: how far the numbers depend on them.

    python -m dcl.chapters.network_seeds --seeds 3 ising potts

trains recurrent and extensive network anew from seeds 1, 2, ..., and archives what each reaches as
a row in `artifacts/networks/`. The spread of the critical temperatures is the part of their error
that no simulation under one learned Hamiltonian shows.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dcl.analysis.binder import crossings
from dcl.chapters.paper_architecture import SYSTEMS, add_rows, archive_each
from dcl.runs.contents import binder_curves
from dcl.runs.run import Run
from dcl.runs.run_metrics import curve_errors, trained_row
from dcl.runs.stages import open_run

__all__ = ["main", "network_row", "open_networks"]

MODELS = ("gru", "ednn")
_MADE = (
    "snapshots", "levels", *MODELS, "energies", "levels_transfer", "energies_transfer", "scan_ednn",
    "scan_ednn_transfer", "scan_true_transfer", "crossing",
)  # fmt: skip


def open_networks(system: str, seed: int, profile: str = "quick", root: Path | None = None) -> Run:
    """Open the run of the networks of a system's figures from another seed.

    Parameters
    ----------
    system : str
        One of `dcl.chapters.paper_architecture.SYSTEMS`.
    seed : int
        Of both trainings; snapshots and test configurations stay the same.
    profile, root
        See `dcl.runs.experiment.load_experiment`.

    Examples
    --------
    >>> open_networks("spin_glass", 1, "smoke").stage_names
    ('snapshots', 'levels', 'gru', 'energies')
    """
    glass = system.startswith("spin_glass")
    changes = {name: {"seed": seed} for name in MODELS if not (glass and name == "ednn")}
    return open_run(system, profile, changes, f"networks-{seed}", root, _MADE)


def network_row(run: Run) -> dict[str, Any]:
    """Make every stage of a run from `open_networks`, and say what was reached.

    Returns
    -------
    dict
        That of `dcl.runs.run_metrics.trained_row`, the errors of the extensive network's curves,
        and ``crossings``: two sizes, temperature and standard error.
    """
    row = trained_row(run, *MODELS) | curve_errors(run, "ednn")
    if "crossing" in run.stage_names:
        found = crossings(binder_curves(run))
        row["crossings"] = [[*one.sizes, one.temperature, one.error] for one in found]
    return row


def main(arguments: Sequence[str] | None = None) -> int:
    """Archive the default networks of several seeds; 2 after a user's mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m dcl.chapters.network_seeds", description=main.__doc__
    )
    parser.add_argument("systems", nargs="+", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 1 on")
    given = parser.parse_args(arguments)

    def row(system: str, seed: int) -> dict[str, Any]:
        return network_row(open_networks(system, seed))

    return archive_each(
        given.systems, lambda system: add_rows("networks", system, given.seeds, row)
    )


if __name__ == "__main__":
    sys.exit(main())
