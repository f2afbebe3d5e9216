"""The measured Fe-Ga-Pd library of Long et al. (2007), which is not shipped.

The public data of the CAMEO project (Kusne et al., 2020) have two text files. `FeGaPd_CMP.txt` is a
line of names and then the three fractions of each sample. `FeGaPd_XRD.txt`, separated by commas, is
a line of angles 2-theta in degrees and then the diffraction pattern of each sample.
"""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.chapters.phase_mapping import PhaseData, cluster_patterns
from dcl.chapters.ternary_phases import ternary_plane
from dcl.errors import InputError

__all__ = ["PHASES", "load_fe_ga_pd"]

PHASES = 5
"""As many as Adams et al. (2024) ask for."""
ROUNDED = 1e-3
"""Distance of a sum of fractions from 1 that rounding explains."""


def load_fe_ga_pd(folder: str | PathLike[str], seed: int = 0) -> PhaseData:
    """Read compositions and diffraction patterns, and name the phases by clustering all patterns.

    Parameters
    ----------
    folder : path
        With the two files.
    seed : int
        Of the clustering.

    Returns
    -------
    PhaseData
        Points in the plane of compositions (Fe, Ga, Pd), patterns as they are in the file.

    Raises
    ------
    InputError
        If a file is missing or no table of numbers, the numbers of samples differ, fractions do not
        sum to 1, or an intensity is negative.

    Examples
    --------
    >>> load_fe_ga_pd("no_such_folder")
    Traceback (most recent call last):
    ...
    dcl.errors.InputError: no_such_folder/FeGaPd_CMP.txt: not found, expected compositions
    """
    names = {"compositions": "FeGaPd_CMP.txt", "patterns": "FeGaPd_XRD.txt"}
    paths = {what: Path(folder) / name for what, name in names.items()}
    fractions = _table(paths["compositions"], "compositions", None)
    patterns = _table(paths["patterns"], "patterns", ",")
    if len(patterns) != len(fractions):
        raise InputError(
            f"{paths['patterns']}: found {len(patterns)} patterns, expected {len(fractions)}, one "
            "a composition"
        )
    if not (patterns >= 0).all():
        raise InputError(
            f"{paths['patterns']}: found an intensity of {patterns.min():g}, expected 0 or more"
        )
    sums = fractions.sum(axis=1, keepdims=True)
    worst = float(sums.flat[np.abs(sums - 1).argmax()])
    if not abs(worst - 1) < ROUNDED:
        raise InputError(
            f"{paths['compositions']}: found fractions with a sum of {worst:.4g}, expected 1"
        )
    labels = cluster_patterns(patterns, PHASES, seed=seed)
    return PhaseData(ternary_plane(fractions / sums), patterns, labels)


def _table(path: Path, what: str, separator: str | None) -> NDArray[Any]:
    """Read the numbers below the first line, (n, m)."""
    if not path.is_file():
        raise InputError(f"{path}: not found, expected {what}")
    try:
        return np.loadtxt(path, delimiter=separator, skiprows=1, ndmin=2)
    except ValueError as error:
        raise InputError(f"{path}: found {error}, expected a table of numbers") from None
