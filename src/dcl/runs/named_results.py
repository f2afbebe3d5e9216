"""Energies and scans of a run's models by the names of their legends, as the figures take them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcl.runs.contents import level_energies, scan_result
from dcl.runs.labels import legend
from dcl.runs.run import Run

if TYPE_CHECKING:
    from dcl.analysis.scans import Scan

__all__ = ["named_energies", "named_scans"]


def named_energies(
    run: Run, models: Iterable[str], ending: str = ""
) -> dict[str, NDArray[np.float64]]:
    """Read the energies of a test set under those of the models that the experiment has.

    Parameters
    ----------
    run : Run
    models : iterable of str
        Stages of models.
    ending : str
        ``_16x16`` for the larger lattice.

    Returns
    -------
    dict
        Name of the legend to energies in J, shape (levels, per_level); see
        `dcl.runs.contents.level_energies`.

    Examples
    --------
    >>> from dcl.runs.stages import open_run
    >>> named_energies(open_run("ising", "smoke"), ["no such model"])
    {}
    """
    present = [name for name in models if name in run.stage_names]
    return {
        legend(run.experiment, name): level_energies(run, f"{name}{ending}") for name in present
    }


def named_scans(run: Run, models: Iterable[str], ending: str = "") -> "dict[str, Scan]":
    """Read the scans of those of the models that the experiment scans.

    Parameters
    ----------
    run : Run
    models : iterable of str
        Stages of models.
    ending : str
        ``_transfer`` for the larger lattice.

    Returns
    -------
    dict
        Name of the legend to scan.

    Examples
    --------
    >>> from dcl.runs.stages import open_run
    >>> named_scans(open_run("ising", "smoke"), ["couplings"], "_of_no_lattice")
    {}
    """
    scans = {name: f"scan_{name}{ending}" for name in models}
    return {
        legend(run.experiment, name): scan_result(run, stage)
        for name, stage in scans.items()
        if stage in run.stage_names
    }
