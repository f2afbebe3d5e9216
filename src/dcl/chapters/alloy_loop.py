"""The closed loop on an alloy: diffraction names phases, Gibbs energies are refitted to them.

Candidates are 36 compositions, x = 0.02 to 0.98, at 11 temperatures, 360 to 500 K. An experiment
names the phases of a point, one of `dcl.chapters.calphad.LABELS`, and is wrong now and then. What a
campaign estimates is the eutectic: the composition of its liquid, and its temperature.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dcl.chapters.calphad import LABELS, TRUTH, eutectic, phase_labels
from dcl.chapters.closed_loop import (
    Experiment,
    Labeller,
    LabelMap,
    Theory,
    label_numbers,
    run_campaign,
)

__all__ = [
    "COMPOSITIONS",
    "POINTS",
    "PRIOR",
    "TEMPERATURES",
    "AlloyTheory",
    "alloy_label_map",
    "diffraction",
    "eutectic_errors",
]

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

COMPOSITIONS: Array = np.linspace(0.02, 0.98, 36)
TEMPERATURES: Array = np.linspace(360, 500, 11)
POINTS: Array = np.array([(x, T) for T in TEMPERATURES for x in COMPOSITIONS])
"""Candidates x and T in K, shape (396, 2)."""
PRIOR = np.array([(0, 2500), (0, 1500), (4000, 1500)], np.float64)
"""Means and standard deviations of L0, L1 and B0, J / mol."""
ERROR = 0.05
"""Probability that a label is wrong, then any of the others."""
MOVES = 3
"""Metropolis steps of every particle after a batch."""


def diffraction(error: float = ERROR, excess_entropy: float = 0.0) -> Experiment:
    """Experiment that names the phases of points of the true alloy.

    Parameters
    ----------
    error : float
        Probability of a wrong name.
    excess_entropy : float
        Slope of the true L0 with temperature, J / (mol K), zero at the eutectic temperature: a form
        that the theory does not have, with the same eutectic.

    Examples
    --------
    >>> diffraction(error=0.0)(np.array([[0.43, 420.0]]), np.random.default_rng(0)).tolist()
    ['L']
    """
    names, alloy, middle = np.array(LABELS), np.asarray(TRUTH), eutectic(TRUTH)[3]

    def experiment(points: Array, generator: np.random.Generator) -> NDArray[np.str_]:
        warmer = excess_entropy * (points[:, 1:] - middle) * [1, 0, 0]
        labels = [
            phase_labels([alloy + w], [x], [T]) for w, (x, T) in zip(warmer, points, strict=True)
        ]
        truth = np.ravel(labels)
        wrong = generator.random(len(points)) < error
        others = generator.integers(1, len(names), len(points))
        return np.asarray(names[(truth + np.where(wrong, others, 0)) % len(names)])

    return experiment


class AlloyTheory:
    """Posterior of (L0, L1, B0) as particles, by sequential Monte Carlo.

    After a batch the particles are resampled by their likelihood, which allows for 5% wrong labels,
    then each moves by Metropolis steps of the covariance of all of them.

    Parameters
    ----------
    particles : int

    Attributes
    ----------
    particles : numpy.ndarray
        float64 (particles, 3), J / mol, after `start`.
    points : numpy.ndarray
        Candidates, see `POINTS`.
    """

    def __init__(self, particles: int = 300) -> None:
        self.points = POINTS
        self._count = particles

    def start(self, generator: np.random.Generator) -> None:
        """Draw the particles from the prior."""
        self._generator = generator
        self.particles = generator.normal(PRIOR[:, 0], PRIOR[:, 1], (self._count, 3))
        self._diagrams = self._diagrams_of(self.particles)
        self._chosen = self._numbers = np.zeros(0, np.int64)

    def learn(self, chosen: Indices, observations: Sequence[str]) -> None:
        """Take in labels of the candidates with these indices (m,)."""
        numbers = label_numbers(observations, LABELS)
        self._chosen = np.concatenate([self._chosen, chosen])
        self._numbers = np.concatenate([self._numbers, numbers])
        weights = np.exp(_log_likelihood(self._diagrams[:, chosen] == numbers))
        share = (np.arange(self._count) + self._generator.random()) / self._count
        kept = np.searchsorted(np.cumsum(weights) / weights.sum(), share)
        self.particles, self._diagrams = self.particles[kept], self._diagrams[kept]
        for _ in range(MOVES):
            self._move()

    def _move(self) -> None:
        """One Metropolis step of every particle."""
        factor = np.linalg.cholesky(np.cov(self.particles.T) + np.eye(3))
        steps = self._generator.standard_normal(self.particles.shape) @ factor.T
        proposals = self.particles + 2.38 / np.sqrt(3) * steps
        diagrams = self._diagrams_of(proposals)
        gain = self._log_posterior(proposals, diagrams)
        gain -= self._log_posterior(self.particles, self._diagrams)
        taken = self._generator.random(self._count) < np.exp(np.minimum(gain, 0))
        self.particles[taken], self._diagrams[taken] = proposals[taken], diagrams[taken]

    def _diagrams_of(self, particles: Array) -> NDArray[np.int8]:
        return phase_labels(particles, COMPOSITIONS, TEMPERATURES).reshape(len(particles), -1)

    def _log_posterior(self, particles: Array, diagrams: NDArray[np.int8]) -> Array:
        deviations = (particles - PRIOR[:, 0]) / PRIOR[:, 1]
        right = diagrams[:, self._chosen] == self._numbers
        prior = (deviations**2).sum(axis=1) / 2
        return np.asarray(_log_likelihood(right) - prior)

    def probabilities(self) -> Array:
        """Shares of the particles that predict each label of every candidate."""
        numbers = np.arange(len(LABELS))
        return np.asarray((self._diagrams[..., None] == numbers).mean(axis=0))

    def estimate(self) -> Array:
        """Eutectic composition and temperature at the mean of the particles, shape (2,)."""
        x, _, _, T = eutectic(self.particles.mean(axis=0))
        return np.array([x, T])


def _log_likelihood(right: NDArray[np.bool_]) -> Array:
    """Log-likelihoods of particles (p,) from which of their labels (p, m) are right."""
    values = np.log([ERROR / (len(LABELS) - 1), 1 - ERROR])
    return np.asarray(values[right.astype(np.int64)].sum(axis=1))


def alloy_label_map() -> LabelMap:
    """Gaussian-process map of the labels, without thermodynamics.

    On a grid of 0.01 and 1 K the composition of the eutectic is that at which liquid reaches lowest
    from the top. Its temperature is the height up to which the most probable label is "Sn+Bi", a
    median over compositions.
    """
    return LabelMap(POINTS, LABELS, 0.3, _eutectic_of)


def _eutectic_of(labels: Labeller) -> Array:
    """Composition at which liquid reaches lowest, and temperature up to which all is solid."""
    x, T = np.arange(0.02, 0.981, 0.01), np.arange(360, 501.0)
    points = np.stack(np.meshgrid(x, T), axis=-1)
    numbers = labels(points.reshape(-1, 2)).reshape(len(T), len(x))
    liquid, solid = numbers == LABELS.index("L"), numbers == LABELS.index("Sn+Bi")
    depth = np.logical_and.accumulate(liquid[::-1], axis=0).sum(axis=0)  # rows without a gap
    height = np.logical_and.accumulate(solid, axis=0).sum(axis=0)
    middle = np.median(height[height > 0]) if height.any() else 0
    return np.array([x[depth == depth.max()].mean(), T[0] + middle])


def eutectic_errors(
    theory: Theory,
    acquisition: str,
    seeds: Iterable[int],
    budget: int = 66,
    excess_entropy: float = 0.0,
) -> Array:
    """Errors of the eutectic along campaigns on the true alloy.

    Parameters
    ----------
    theory, acquisition, seeds, budget
        See `dcl.chapters.closed_loop.run_campaign`; one campaign a seed.
    excess_entropy : float
        See `diffraction`.

    Returns
    -------
    numpy.ndarray
        Shape (seeds, batches, 2), in at.% and K.

    Examples
    --------
    >>> eutectic_errors(AlloyTheory(50), "random", range(2), budget=12).shape
    (2, 2, 2)
    """
    x, _, _, T = eutectic(TRUTH)
    experiment = diffraction(excess_entropy=excess_entropy)
    runs = (run_campaign(experiment, theory, acquisition, budget, seed) for seed in seeds)
    return np.abs([done.estimates - [x, T] for done in runs]) * [100, 1]
