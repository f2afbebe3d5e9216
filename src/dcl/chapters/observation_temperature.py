"""Predictions for temperatures that were not observed, and the snapshots that still stand for them.

Of the 8 x 8 Ising model; fits are rows of the accuracy study, see `dcl.chapters.accuracy_rows`.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.chapters.accuracy_rows import where
from dcl.exact import ising_thermodynamics
from dcl.lattice.hamiltonians import Ising
from dcl.runs.prediction import effective_snapshots
from dcl.sampling.equilibrium import sample_equilibrium

__all__ = ["curve_errors", "effective_shares"]

Array = NDArray[np.float64]
SIZE = 8
NEIGHBOURS = "(0,0)(0,1)"
"""Cluster function of nearest neighbours, whose coupling is -J."""


def curve_errors(rows: list[dict[str, Any]], observed: float, temperatures: ArrayLike) -> Array:
    """Median absolute errors of the energy under pseudolikelihood fits to 100,000 snapshots.

    Parameters
    ----------
    rows : list of dict
        Archived rows.
    observed : float
        Temperature of the snapshots, J / k_B.
    temperatures : array_like
        To predict, shape (n,).

    Returns
    -------
    numpy.ndarray
        In J per spin, float64 (n,).

    Examples
    --------
    >>> from dcl.chapters.accuracy_rows import archived_rows
    >>> bool((curve_errors(archived_rows(), 4.0, [2.27, 8.0]) < 0.05).all())
    True
    """
    chosen = {"method": "direct", "system": "ising", "temperature": observed}
    couplings = [-row["law"][NEIGHBOURS] for row in where(rows, snapshots=100_000, **chosen)]
    T = np.asarray(temperatures, np.float64)
    true = ising_thermodynamics(SIZE, T).energy
    predicted = np.array([J * ising_thermodynamics(SIZE, T / J).energy for J in couplings])
    return np.asarray(np.median(np.abs(predicted - true), axis=0) / SIZE**2)


def effective_shares(observed: float, temperatures: ArrayLike, count: int, seed: int = 5) -> Array:
    """Effective share of snapshots that is left when they are reweighted to other temperatures.

    Parameters
    ----------
    observed : float
        Temperature of the snapshots, J / k_B.
    temperatures : array_like
        Shape (n,).
    count, seed : int
        Of the snapshots.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, float64 (n,); see `dcl.runs.prediction.effective_snapshots`.

    Examples
    --------
    >>> bool(np.diff(effective_shares(4.0, [4.0, 3.0, 2.0], 200))[0] < 0)
    True
    """
    spins = sample_equilibrium(Ising(), SIZE, observed, count, seed=seed)
    energies = Ising().energy(spins)
    left = effective_snapshots(energies, observed, np.asarray(temperatures, np.float64))
    return np.asarray(left / count)
