"""One closed loop of experiment and theory: measure, learn, choose what to measure next.

A theory has candidates, points (n, d) of a plane such as composition and temperature. An experiment
observes some of them. Liang and co-workers run such a loop on an alloy of tin and bismuth
(arXiv:2410.17430). Here the loop knows nothing of its experiment: `dcl.chapters.alloy_loop` and
`dcl.chapters.magnet_loop` have two.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from dcl.errors import InputError
from dcl.lattice.arguments import whole_number
from dcl.learning.laplace_classifier import LaplaceClassifier

__all__ = ["Campaign", "Experiment", "LabelMap", "Theory", "label_numbers", "run_campaign"]

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Experiment = Callable[[Array, np.random.Generator], Any]
"""Observations, m of them, of points (m, d)."""
Labeller = Callable[[Array], Indices]
"""Numbers of the labels (m,) of points (m, d)."""


class Theory(Protocol):
    """Theory that predicts all candidates from the observations so far.

    Attributes
    ----------
    points : numpy.ndarray
        Candidates, float64 (n, d).
    """

    points: Array

    def start(self, generator: np.random.Generator) -> None:
        """Forget all observations."""

    def learn(self, chosen: Indices, observations: Any) -> None:
        """Take in observations of the candidates with these indices (m,)."""

    def probabilities(self) -> Array:
        """Predict the outcomes of every candidate, (n, outcomes)."""

    def estimate(self) -> Array:
        """Estimate what the campaign is for, a vector."""


class Campaign(NamedTuple):
    """Candidates in the order measured, and what was estimated after each batch.

    Attributes
    ----------
    chosen : numpy.ndarray
        Indices of candidates, int64 (budget,).
    observations : list
        One item a batch.
    estimates : numpy.ndarray
        float64 (batches, ...).
    """

    chosen: Indices
    observations: list[Any]
    estimates: Array


def run_campaign(
    experiment: Experiment, theory: Theory, acquisition: str, budget: int, seed: int, batch: int = 6
) -> Campaign:
    """Measure batches of candidates, learning after each.

    Parameters
    ----------
    experiment : callable
        Observations of points (m, d), with a random generator as second argument.
    theory : Theory
        It forgets what it learned before, and holds at the end what it learned in this campaign.
    acquisition : {"entropy", "random"}
        Which candidates come next: those of largest predictive entropy, ties drawn at random, or
        any.
    budget : int
        Measurements, from 1 to all candidates, each at most once.
    seed : int
        Seed of the experiment, of the theory and of the choice.
    batch : int
        Measurements before the theory learns.

    Raises
    ------
    InputError
        For an unknown acquisition, or numbers out of range or not whole.

    Examples
    --------
    >>> from dcl.chapters.alloy_loop import AlloyTheory, diffraction
    >>> done = run_campaign(diffraction(), AlloyTheory(particles=50), "entropy", 12, seed=1)
    >>> done.chosen.shape, done.estimates.shape
    ((12,), (2, 2))
    """
    count = len(theory.points)
    if acquisition not in ("entropy", "random"):
        raise InputError(f"acquisition: found {acquisition!r}, expected entropy or random")
    whole_number("budget", budget, 1)
    whole_number("batch", batch, 1)
    whole_number("seed", seed, 0)
    if budget > count:
        raise InputError(f"budget: found {budget}, expected 1 to {count}")
    generator = np.random.default_rng(seed)
    theory.start(generator)
    left = np.arange(count)
    chosen, observations, estimates = left[:0], [], []
    while len(chosen) < budget:
        left = generator.permutation(np.setdiff1d(left, chosen))
        if acquisition == "entropy":
            entropy = entr(theory.probabilities()[left]).sum(axis=1)
            left = left[np.argsort(-entropy, kind="stable")]
        new = left[: min(batch, budget - len(chosen))]
        observations.append(experiment(theory.points[new], generator))
        theory.learn(new, observations[-1])
        chosen = np.concatenate([chosen, new])
        estimates.append(theory.estimate())
    return Campaign(chosen, observations, np.array(estimates))


def label_numbers(observations: Sequence[str], labels: Sequence[str]) -> Indices:
    """Positions of observed names in a list of labels.

    Raises
    ------
    InputError
        For a name that is not in the list.

    Examples
    --------
    >>> label_numbers(["b", "a"], ["a", "b"])
    array([1, 0])
    """
    for name in observations:
        if name not in labels:
            raise InputError(f"label: found {str(name)!r}, expected one of {', '.join(labels)}")
    return np.array([labels.index(name) for name in observations], np.int64)


class LabelMap:
    """Theory without physics: a Gaussian-process map of labels.

    Its kernel is a Matern-3/2 plus a squared exponential, of variance 20 each.

    Parameters
    ----------
    points : array_like
        Candidates (n, d).
    labels : sequence of str
        Names that an experiment may observe.
    length : float
        Of the kernel, where coordinates are scaled to run from 0 to 1.
    summary : callable
        Estimate from a function that labels points (m, d) by their numbers.

    Examples
    --------
    >>> points, labels = [[0.0], [1.0], [3.0]], ["low", "high"]
    >>> line = LabelMap(points, labels, 0.3, lambda label: label([[0.9]]))
    >>> line.start(np.random.default_rng(0))
    >>> line.learn(np.array([0, 2]), ["low", "high"])
    >>> line.estimate().tolist(), line.probabilities().shape
    ([0], (3, 2))
    """

    def __init__(
        self,
        points: ArrayLike,
        labels: Sequence[str],
        length: float,
        summary: Callable[[Labeller], Array],
    ) -> None:
        from sklearn.gaussian_process.kernels import RBF, Matern

        self.points = np.asarray(points, np.float64)
        self._low, self._range = self.points.min(axis=0), np.ptp(self.points, axis=0)
        self._labels, self._summary = tuple(labels), summary
        self._kernel = 20 * (Matern(length, nu=1.5) + RBF(length))

    def start(self, generator: np.random.Generator) -> None:
        """Forget all observations."""
        self._chosen = self._numbers = np.zeros(0, np.int64)

    def learn(self, chosen: Indices, observations: Sequence[str]) -> None:
        """Take in labels of the candidates with these indices (m,), two or more in all."""
        self._chosen = np.concatenate([self._chosen, chosen])
        self._numbers = np.concatenate([self._numbers, label_numbers(observations, self._labels)])
        places = self._scaled(self.points[self._chosen])
        self._model = LaplaceClassifier(self._kernel).fit(places, self._numbers)

    def _scaled(self, points: ArrayLike) -> Array:
        return np.asarray((np.asarray(points, np.float64) - self._low) / self._range)

    def probabilities(self) -> Array:
        """Probabilities of the labels of every candidate, 0 for labels not seen so far."""
        found = np.zeros((len(self.points), len(self._labels)))
        if len(self._chosen):
            classes = self._model.classes
            found[:, classes] = self._model.predict_proba(self._scaled(self.points))
        return found

    def estimate(self) -> Array:
        """Estimate from the most probable labels."""
        return self._summary(lambda points: self._model.predict(self._scaled(points)))
