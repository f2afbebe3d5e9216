"""The scan of a study: thermodynamics under inferred couplings, and what their errors do to it."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.analysis.coupling_response import RecordingSweeper, coupling_errors
from dcl.analysis.scans import Scan
from dcl.analysis.thermodynamics import measure
from dcl.lattice.cluster_sums import ClusterSums
from dcl.lattice.geometry import LatticeSize, lattice_shape
from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.sampling.replica_exchange import replica_exchange

__all__ = ["CHAINS", "effective_snapshots", "predict", "with_errors"]

Array = NDArray[np.float64]

CHAINS = 8
EVERY = 10
"""Sweeps from one record of the cluster sums to the next."""


def predict(
    model: CouplingsEnergy,
    inferred: InferredHamiltonian,
    size: LatticeSize,
    temperatures: ArrayLike,
    *,
    sweeps: int,
    seed: int,
    progress: bool = False,
) -> tuple[Scan, dict[str, Array]]:
    """Simulate all temperatures, and tell the couplings' part of the errors from the same chains.

    Parameters
    ----------
    model : CouplingsEnergy
    inferred : InferredHamiltonian
        The same couplings with their covariance.
    size : int or tuple of int
    temperatures : array_like
        In any order, J / k_B.
    sweeps : int
        Measured; a tenth as many come before.
    seed : int
    progress : bool
        Show a progress bar.

    Returns
    -------
    scan : Scan
        Its errors are those of the simulation.
    errors : dict
        See `dcl.analysis.coupling_response.coupling_errors`.
    """
    sums, burn_in = ClusterSums(inferred.functions, lattice_shape(size)), sweeps // 10
    every = max(1, min(EVERY, sweeps // 20))
    rising, place = np.unique(np.asarray(temperatures, np.float64), return_inverse=True)
    recorded = RecordingSweeper(model.sweeper(size), sums, model.n_states, burn_in, every)
    series = replica_exchange(
        recorded, size, rising, n_states=model.n_states, initial_energy=model.energy,
        chains=CHAINS, sweeps=sweeps, burn_in=burn_in, seed=seed, progress=progress,
    )  # fmt: skip
    errors = coupling_errors(
        recorded, series.temperatures, inferred.couplings, inferred.covariance, sums.means
    )
    picked = {name: error[place] for name, error in errors.items()}
    return measure(model, series, seed).at(place), picked


def with_errors(scan: Scan, of_couplings: dict[str, Array]) -> Scan:
    """Add the couplings' part to the errors of a scan."""
    changes: dict[str, Any] = {
        f"{name}_error": np.hypot(getattr(scan, f"{name}_error"), error)
        for name, error in of_couplings.items()
    }
    return replace(scan, **changes)


def effective_snapshots(energies: Array, observed: float, temperatures: Array) -> Array:
    """Count the snapshots of another temperature that a set is worth, float64 (n_temperatures,).

    (sum of w)^2 / sum of w^2 with the weights w = exp(-(1 / T - 1 / T_observed) E) that turn the
    snapshots into those of temperature T (Kish, Survey Sampling, 1965). Where it is small, a
    prediction rests on the form of the Hamiltonian and not on what was seen.

    Examples
    --------
    >>> energies = np.random.default_rng(0).normal(size=1000)
    >>> effective_snapshots(energies, 4.0, np.array([4.0, 2.0, 0.2])).round(-2).tolist()
    [1000.0, 900.0, 0.0]
    """
    exponents = -(1 / np.asarray(temperatures)[:, None] - 1 / observed) * energies
    weights = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    return np.asarray(weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1))
