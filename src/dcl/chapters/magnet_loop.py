"""The closed loop on a magnet: snapshots at one temperature and field, their Hamiltonian as theory.

The Ising antiferromagnet in a field has the energy J sum s s' - mu H sum s, J = mu = 1 in truth.
An experiment gives snapshots at a temperature T (in J / k_B) and a field H (in J), one of 23 x 13.
What a campaign estimates is the line T_c(H) below which the magnet orders, at the 13 fields.

The theory fits J and mu to the snapshots and solves that Hamiltonian on a strip. The reference is
the formula of Mueller-Hartmann and Zittartz, cosh(H / T) = sinh(2 / T)^2, which the theory does not
use.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit

from dcl.chapters.antiferromagnet_map import ONSAGER, critical_field
from dcl.chapters.closed_loop import Experiment, Labeller, LabelMap, Theory, run_campaign
from dcl.exact.row_matrices import row_energies, row_states
from dcl.sampling.antiferromagnet import sample_antiferromagnet

__all__ = [
    "FIELDS",
    "MAGNET_POINTS",
    "HamiltonianTheory",
    "line_errors",
    "magnet_label_map",
    "name_order",
    "reference_line",
    "strip_line",
    "take_snapshots",
]

Array = NDArray[np.float64]
Spins = NDArray[np.int8]

FIELDS: Array = np.linspace(0, 3.6, 13)
HEATS: Array = np.linspace(0.6, 2.8, 23)
MAGNET_POINTS: Array = np.array([(T, H) for H in FIELDS for T in HEATS])
"""Candidates T and H, shape (299, 2)."""
SIZE, COUNT, SWEEPS = 24, 8, 200
"""L, snapshots of an experiment, and heat-bath sweeps before each, from the ordered state."""
CRITICAL_BINDER = 0.6107
"""Binder cumulant at the transition of every square Ising torus."""
PRIOR_MEAN, PRIOR_SD = 1.5, 0.5
"""Of J and of mu."""
DRAWS = 300
BATCH = 2
"""Experiments before a theory learns."""
ORDERS = ("disordered", "ordered")


def take_snapshots(points: Array, generator: np.random.Generator) -> Spins:
    """Experiment: independent snapshots (m, 8, 24, 24) at points (m, 2).

    Examples
    --------
    >>> take_snapshots(np.array([[1.0, 0.5]]), np.random.default_rng(0)).shape
    (1, 8, 24, 24)
    """
    T, H = np.repeat(points, COUNT, axis=0).T
    spins = sample_antiferromagnet(SIZE, T, H, SWEEPS, int(generator.integers(2**31)))
    return spins.reshape(len(points), COUNT, SIZE, SIZE)


def name_order(points: Array, generator: np.random.Generator) -> list[str]:
    """Experiment: "ordered" where the staggered Binder cumulant of snapshots exceeds 0.6107.

    Examples
    --------
    >>> name_order(np.array([[1.0, 0.5], [2.5, 3.0]]), np.random.default_rng(0))
    ['ordered', 'disordered']
    """
    sign = np.where(np.indices((SIZE, SIZE)).sum(axis=0) % 2 == 0, 1, -1)
    staggered = (take_snapshots(points, generator) * sign).mean(axis=(2, 3))
    cumulant = 1 - (staggered**4).mean(axis=1) / (3 * (staggered**2).mean(axis=1) ** 2)
    return [ORDERS[int(value > CRITICAL_BINDER)] for value in cumulant]


def reference_line(fields: ArrayLike) -> Array:
    """T_c at fields from 0 to 3.9, by the formula of Mueller-Hartmann and Zittartz.

    Examples
    --------
    >>> reference_line([0, 1, 2, 3]).round(4)
    array([2.2692, 2.1791, 1.8845, 1.2675])
    """
    T = np.linspace(ONSAGER, 0.1, 20_001)
    return np.asarray(np.interp(np.asarray(fields, np.float64), critical_field(T), T))


@cache
def _unit_line(width: int) -> tuple[Array, Array]:
    """Fields from 0 to 3.9 and T_c of a strip, J = mu = 1."""
    rows = row_states((-1, 1), width)
    fields = np.linspace(0, 3.9, 40)

    def off(T: float, energies: Array) -> float:
        values = np.linalg.eigvalsh(np.exp((energies.min() - energies) / T))
        return float(width * np.log(values[-1] / -values[0]) - np.pi / 4)

    energies = (row_energies(rows, -H * rows.sum(axis=1), coupling=-1.0) for H in fields)
    return fields, np.array([brentq(off, 0.1, 3, (table,), xtol=1e-6) for table in energies])


def strip_line(couplings: ArrayLike, fields: ArrayLike, width: int = 6) -> Array:
    """T_c of a Hamiltonian at fields, from the correlation length of an endless strip.

    At the transition it is 4 / pi times the width (see `dcl.exact.strip_critical_temperature`).
    Rows alternate in the ordered state: the length is that of the most negative eigenvalue.

    Parameters
    ----------
    couplings : array_like
        Pairs (J, mu), both positive, shape (..., 2).
    fields : array_like
        H, shape (n,).
    width : int
        Sites across the strip, even.

    Returns
    -------
    numpy.ndarray
        Shape (..., n).

    Examples
    --------
    >>> strip_line([1, 1], [0, 2]).round(2)
    array([2.26, 1.89])
    """
    J, mu = np.moveaxis(np.asarray(couplings, np.float64)[..., None, :], -1, 0)
    known, T = _unit_line(width)
    return np.asarray(J * np.interp(mu / J * np.asarray(fields), known, T))


class HamiltonianTheory:
    """Normal posterior of (J, mu) from the pseudolikelihood of all snapshots so far.

    A spin with neighbours that add up to n is up with the probability
    1 / (1 + exp(2 (J n - mu H) / T)).

    Attributes
    ----------
    points : numpy.ndarray
        Candidates, see `MAGNET_POINTS`.
    mean, covariance : numpy.ndarray
        Of J and mu, shapes (2,) and (2, 2), after `start`.

    Examples
    --------
    >>> theory, generator = HamiltonianTheory(), np.random.default_rng(1)
    >>> theory.start(generator)
    >>> theory.learn(np.array([150]), take_snapshots(MAGNET_POINTS[[150]], generator))
    >>> bool(abs(theory.mean - 1).max() < 0.1)
    True
    """

    points = MAGNET_POINTS

    def start(self, generator: np.random.Generator) -> None:
        """Return to the prior, 1.5 with standard deviation 0.5 for J and for mu."""
        self._generator = generator
        self.mean, self.covariance = np.full(2, PRIOR_MEAN), PRIOR_SD**2 * np.eye(2)
        self._forces, self._counts = np.zeros((0, 2)), np.zeros((0, 2))

    def learn(self, chosen: NDArray[np.int64], observations: Spins) -> None:
        """Take in snapshots (m, k, L, L) of the candidates with these indices (m,)."""
        rolled = [np.roll(observations, step, axis) for step in (1, -1) for axis in (2, 3)]
        near = np.sum(rolled, axis=0)
        for (T, H), spins, sums in zip(self.points[chosen], observations, near, strict=True):
            for n in range(-4, 5, 2):
                here = spins[sums == n]
                self._forces = np.vstack([self._forces, [-2 * n / T, 2 * H / T]])
                self._counts = np.vstack([self._counts, [(here > 0).sum(), here.size]])
        for _ in range(30):  # Newton's method, the posterior is log-concave
            up = expit(self._forces @ self.mean)
            ups, sizes = self._counts.T
            slope = self._forces.T @ (ups - sizes * up) - (self.mean - PRIOR_MEAN) / PRIOR_SD**2
            curved = self._forces.T * (sizes * up * (1 - up)) @ self._forces
            self.covariance = np.linalg.inv(curved + np.eye(2) / PRIOR_SD**2)
            self.mean = self.mean + self.covariance @ slope

    def probabilities(self) -> Array:
        """Shares of 300 draws that predict disorder and order at every candidate."""
        draws = self._generator.multivariate_normal(self.mean, self.covariance, DRAWS)
        lines = strip_line(np.maximum(draws, 0.01), self.points[:, 1])
        ordered = (self.points[:, 0] < lines).mean(axis=0)
        return np.stack([1 - ordered, ordered], axis=1)

    def estimate(self) -> Array:
        """T_c at the 13 fields."""
        return strip_line(self.mean, FIELDS)


def magnet_label_map() -> LabelMap:
    """Gaussian-process map of ordered and disordered points.

    Its T_c(H) is the share of ordered temperatures on a grid of 0.01.
    """
    return LabelMap(MAGNET_POINTS, ORDERS, 1.0, _line_of)


def _line_of(labels: Labeller) -> Array:
    """T_c at the 13 fields from a map of labels."""
    T = np.arange(0.605, 2.8, 0.01)
    points = np.stack(np.meshgrid(T, FIELDS), axis=-1)
    ordered = labels(points.reshape(-1, 2)).reshape(len(FIELDS), len(T))
    return np.asarray(0.6 + 0.01 * ordered.sum(axis=1))


def line_errors(
    experiment: Experiment, theory: Theory, acquisition: str, seeds: Iterable[int], budget: int = 12
) -> Array:
    """Root mean squares over the fields of T_c minus the reference, along campaigns.

    Parameters
    ----------
    experiment, theory, acquisition, seeds, budget
        See `dcl.chapters.closed_loop.run_campaign`; one campaign a seed, in batches of two.

    Returns
    -------
    numpy.ndarray
        Shape (seeds, batches, 1), in J / k_B.

    Examples
    --------
    >>> line_errors(take_snapshots, HamiltonianTheory(), "entropy", [1], budget=2).shape
    (1, 1, 1)
    """
    runs = (run_campaign(experiment, theory, acquisition, budget, s, BATCH) for s in seeds)
    squares = [(done.estimates - reference_line(FIELDS)) ** 2 for done in runs]
    return np.asarray(np.sqrt(np.mean(squares, axis=2, keepdims=True)))
