"""A Hamiltonian put to a test that needs no truth: it must give the snapshots again.

Simulated at their temperature, a periodic lattice must have their energy and magnetisation. Of a
lattice with open boundaries, whose edges are not known, all sites far enough from the edges are
drawn anew with the others held: that must leave what the inside looks like. Symmetries that were
imposed must be those of the snapshots.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dcl.analysis.autocorrelation import Estimate, estimate_mean
from dcl.analysis.infinite_temperature import infinite_temperature_energy
from dcl.analysis.inspection import Inspection
from dcl.analysis.scans import Scan
from dcl.lattice.geometry import Boundaries, inside_sites
from dcl.learning.broken_symmetry import strongest_breach
from dcl.learning.extensive_settings import PseudolikelihoodSettings
from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.kernels.coupling_sweeps import CouplingSweeper
from dcl.sampling.replica_exchange import order_parameter
from dcl.sampling.xoshiro import chain_states

__all__ = [
    "Check", "check_by_resampling", "check_by_simulation", "check_imposed_symmetries", "energy_unit"
]  # fmt: skip

Array = NDArray[np.float64]

SUSPECT = 4.0
"""Standard errors beyond which a check fails."""
MOST_RESAMPLED, RESAMPLING_SWEEPS = 2000, 200
"""Snapshots that are drawn anew, and how often."""


@dataclass(frozen=True)
class Check:
    """An observable of the snapshots, and of the Hamiltonian at their temperature.

    Attributes
    ----------
    name : str
    observed : Estimate
        Of the snapshots.
    predicted, predicted_error : float
        Of the Hamiltonian, with its standard error.

    Examples
    --------
    >>> check = Check("energy (J)", Estimate(-34.1, 0.2, 0.5, 1000), -34.5, 0.1)
    >>> round(check.deviation, 1), check.passed
    (1.8, True)
    """

    name: str
    observed: Estimate
    predicted: float
    predicted_error: float

    @property
    def deviation(self) -> float:
        """Difference in standard errors."""
        error = np.hypot(self.observed.error, self.predicted_error)
        return float(abs(self.predicted - self.observed.mean) / max(error, 1e-12))

    @property
    def passed(self) -> bool:
        """Tell if both agree."""
        return self.deviation < SUSPECT

    def __str__(self) -> str:
        """Print both values, and whether they agree."""
        verdict = "agree" if self.passed else "DISAGREE"
        return (
            f"{self.name}: snapshots {self.observed.mean:.4f} +- {self.observed.error:.4f}, "
            f"Hamiltonian {self.predicted:.4f} +- {self.predicted_error:.4f}: {verdict} "
            f"({self.deviation:.1f} standard errors)"
        )


def energy_unit(temperature: float) -> str:
    """Name the unit of energies: k_B T of the snapshots where their temperature is said to be 1.

    Examples
    --------
    >>> energy_unit(1.0), energy_unit(4.0)
    ('k_B T', 'J')
    """
    return "k_B T" if temperature == 1 else "J"


def check_by_simulation(
    model: CouplingsEnergy, again: Scan, energies: Array, found: Inspection, unit: str = "J"
) -> tuple[Check, ...]:
    """Energy and magnetisation of the snapshots and of a simulation at their temperature.

    Parameters
    ----------
    model : CouplingsEnergy
    again : Scan
        Under it, at one temperature, that of the snapshots.
    energies : numpy.ndarray
        Of the snapshots under it, float64 (n,), in J.
    found : Inspection
        Of the snapshots.

    unit : str
        Of energies.

    Returns
    -------
    tuple of Check
    """
    energies = energies - infinite_temperature_energy(model, again.lattice_size).mean
    return (
        Check(
            f"energy ({unit})", _estimate(energies, found),
            float(again.energy[0]), float(again.energy_error[0]),
        ),
        Check(
            "magnetisation", found.magnetisation, float(again.magnetisation[0]),
            float(again.magnetisation_error[0]),
        ),
    )  # fmt: skip


def check_by_resampling(
    inferred: InferredHamiltonian,
    taken: NDArray[np.int8],
    found: Inspection,
    observed: float,
    context: int,
    seed: int,
) -> tuple[Check, ...]:
    """Agreement and magnetisation inside open lattices, and inside the same drawn anew.

    Parameters
    ----------
    inferred : InferredHamiltonian
    taken : numpy.ndarray
        Snapshots, int8 (n, L1, L2).
    found : Inspection
        Of all snapshots.
    observed : float
        Temperature of the snapshots, J / k_B.
    context : int
        Reach of the Hamiltonian.
    seed : int

    Returns
    -------
    tuple of Check
    """
    margin, n_states = 2 * context, found.n_states
    chosen = taken[:: -(-len(taken) // MOST_RESAMPLED)]
    shape = chosen.shape[1], chosen.shape[2]
    inside = inside_sites(*shape, margin, "open")
    sweeper = CouplingSweeper(inferred.clusters, shape, n_states, inside)
    drawn, count = chosen.copy(), len(chosen)
    sweeper.sweep(
        drawn, np.zeros(count), np.full(count, 1 / observed), chain_states(seed, count),
        RESAMPLING_SWEEPS,
    )  # fmt: skip
    checks = []
    for name, observable in (
        ("agreement of neighbours inside", _agreement),
        ("magnetisation inside", _order),
    ):
        values = [
            observable(spins[:, margin:-margin, margin:-margin], n_states)
            for spins in (chosen, drawn)
        ]
        again = _estimate(values[1], found)
        checks.append(Check(name, _estimate(values[0], found), again.mean, again.error))
    return tuple(checks)


def check_imposed_symmetries(
    inferred: InferredHamiltonian,
    taken: NDArray[np.int8],
    found: Inspection,
    observed: float,
    boundaries: Boundaries,
    settings: PseudolikelihoodSettings,
) -> tuple[Check, ...]:
    """Couplings without the symmetries, of which the one farthest from zero is told.

    There are many of more than two states, so that chance makes one of five states fail in some
    hundred studies; of two states, in some thousand.

    Parameters
    ----------
    inferred, taken, found, observed
        As of `check_by_resampling`.
    boundaries : {"periodic", "open"}
    settings : PseudolikelihoodSettings
        Of the fit.

    Returns
    -------
    tuple of Check
        Empty if no symmetry was imposed that a coupling could break.
    """
    options = observed, found.n_states, 2 * settings.context, boundaries
    breach = strongest_breach(taken, inferred, settings.symmetries, options, found.independent)
    if breach is None:
        return ()
    name, coupling, error = breach
    told = f"coupling {name} without the imposed symmetries ({energy_unit(observed)})"
    return (Check(told, Estimate(coupling, error, 0.5, len(taken)), 0.0, 0.0),)


def _agreement(inside: NDArray[np.int8], n_states: int) -> Array:
    """Share of neighbours in the same state, of states without periodic boundaries; 1 of a site."""
    alike = (inside[:, 1:] == inside[:, :-1]).sum(axis=(1, 2))
    alike = alike + (inside[:, :, 1:] == inside[:, :, :-1]).sum(axis=(1, 2))
    _, rows, columns = inside.shape
    return np.asarray(alike / max(2 * rows * columns - rows - columns, 1), np.float64)


def _order(inside: NDArray[np.int8], n_states: int) -> Array:
    return np.abs(order_parameter(inside, n_states))


def _estimate(values: Array, found: Inspection) -> Estimate:
    """Mean of all snapshots in order, or of a sample that is worth no more than all of them.

    Copies are no data: they widen the error.
    """
    if len(values) == found.count:
        estimate = estimate_mean(values)
        wider = np.sqrt(found.uncorrelated / found.independent)
        return replace(estimate, error=float(estimate.error * wider))
    error = values.std() / np.sqrt(min(len(values), found.independent))
    return Estimate(float(values.mean()), float(error), 0.5, len(values))
