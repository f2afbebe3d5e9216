"""A human's hints on a phase map: regions and boundaries as terms of a Gaussian-process kernel.

Patterns (n, c), non-negative intensities, are measured at points (n, 2) of a plane. Clustering
names their phases, a Gaussian-process classifier maps the plane, and its most uncertain point is
measured next (Adams and co-workers, arXiv 2306.10406). Labels are integers 0 ... k - 1; their names
carry no meaning, so that a map is judged as a partition.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from dcl.chapters.human_input import HumanInput, boundary_prior, region_prior
from dcl.errors import InputError
from dcl.lattice.arguments import whole_number
from dcl.learning.laplace_classifier import Kernel, LaplaceClassifier, finite_rows

__all__ = [
    "Campaign",
    "LaplaceClassifier",
    "PhaseData",
    "boundary_prior",
    "campaign",
    "cluster_patterns",
    "kernel_with",
    "region_prior",
]

Array = NDArray[np.float64]
START = 5
"""Random points that a campaign begins with."""


class PhaseData(NamedTuple):
    """Points (n, 2), patterns (n, c) and true phases (n,) of a plane."""

    points: Array
    patterns: Array
    labels: NDArray[np.int64]


def cluster_patterns(patterns: ArrayLike, k: int, seed: int) -> NDArray[np.int64]:
    """Cluster patterns: cosine distances d, similarity exp(-d^2 / 2), k - 1 eigenvectors, mixture.

    The Gaussians of the mixture share one covariance. With one of its own for each phase, the
    likeliest mixture splits off a few patterns that are nearly equal.

    Parameters
    ----------
    patterns : array_like
        Intensities (n, c), two patterns or more, none of them all zero.
    k : int
        Number of phases; up to k patterns have a label each.
    seed : int
        Seed of the embedding and of the Gaussian mixture.

    Raises
    ------
    InputError
        For fewer than two patterns, values that are not finite, a pattern of zeros, or a k that
        is not whole or less than 1.

    Examples
    --------
    >>> cluster_patterns(np.eye(2), 2, seed=0)
    array([0, 1])
    """
    from sklearn.manifold import spectral_embedding
    from sklearn.metrics.pairwise import cosine_distances
    from sklearn.mixture import GaussianMixture

    rows = finite_rows(patterns, "patterns")
    whole_number("k", k, 0)
    whole_number("seed", seed, 0)
    if k < 1 or not rows.any(axis=1).all():
        raise InputError(f"patterns, k: found a pattern of zeros or k = {k}, expected neither")
    if k == 1:
        return np.zeros(len(rows), np.int64)
    if len(rows) <= k:
        return np.arange(len(rows))
    similarity = np.exp(-(cosine_distances(rows) ** 2) / 2)
    components = min(k - 1, len(rows) - 2)
    places = spectral_embedding(similarity, n_components=components, random_state=seed)
    places /= places.std(axis=0)
    mixture = GaussianMixture(k, covariance_type="tied", n_init=3, random_state=seed)
    return np.asarray(mixture.fit_predict(places), np.int64)


def kernel_with(inputs: Sequence[HumanInput]) -> Kernel:
    """Add the terms of a human's inputs to a Matern-3/2 kernel, length 0.2, variance 1."""
    from sklearn.gaussian_process.kernels import Matern

    plain = Matern(0.2, nu=1.5)

    def kernel(a: Array, b: Array) -> Array:
        return np.asarray(plain(a, b) + sum(term(a, b) for term in inputs))

    return kernel


class Campaign(NamedTuple):
    """Indices of the points in the order measured, and scores (budget - 4,) from the fifth on.

    A score is the Fowlkes-Mallows index of the map against the true phases of all points.
    """

    measured: NDArray[np.int64]
    scores: Array


def campaign(dataset: PhaseData, inputs: Sequence[HumanInput], budget: int, seed: int) -> Campaign:
    """Measure five random points, then the one of largest entropy, and map after each.

    Patterns measured so far are clustered into as many phases as the truth has; up to that number,
    each point has its own label. The true phases are used for the scores only.

    Parameters
    ----------
    dataset : PhaseData
        Points, patterns and true phases.
    inputs : sequence of HumanInput
        Hints of `dcl.chapters.human_input`; empty for none.
    budget : int
        Measured points, from 5 to all.
    seed : int
        Seed of the first points and of the clustering.

    Raises
    ------
    InputError
        For a budget out of range, fewer points of interest than it takes, or arrays of other
        shapes.
    """
    from sklearn.metrics import fowlkes_mallows_score

    points, patterns = finite_rows(dataset[0], "points"), finite_rows(dataset[1], "patterns")
    truth, hints = np.asarray(dataset[2]), tuple(inputs)
    if points.shape != (len(patterns), 2) or truth.shape != (len(points),):
        found = points.shape, patterns.shape, truth.shape
        raise InputError(f"dataset: found shapes {found}, expected (n, 2), (n, c), (n,)")
    whole_number("budget", budget, 0)
    whole_number("seed", seed, 0)
    allowed = np.ones(len(points), bool)
    for hint in hints:
        if hint.restricts:
            allowed &= hint.memberships(points)[:, 0] > 0
    if not START <= budget <= allowed.sum():
        raise InputError(f"budget: found {budget}, expected {START} to {allowed.sum()} points")
    phases, kernel = len(np.unique(truth)), kernel_with(hints)
    generator = np.random.default_rng(seed)
    measured = [int(i) for i in generator.choice(np.flatnonzero(allowed), START, replace=False)]
    scores = []
    while True:
        labels = cluster_patterns(patterns[measured], phases, seed)
        model = LaplaceClassifier(kernel).fit(points[measured], labels)
        scores.append(fowlkes_mallows_score(truth, model.predict(points)))
        if len(measured) == budget:
            return Campaign(np.array(measured), np.array(scores))
        left = np.setdiff1d(np.flatnonzero(allowed), measured)
        uncertainty = entr(model.predict_proba(points[left])).sum(axis=1)
        measured.append(int(left[uncertainty.argmax()]))
