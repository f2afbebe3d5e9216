"""Data fusion: one phase boundary from labels of structure and values of a property.

A line of samples has a change point c. Left of it, x <= c, samples have one structure and one
smooth property; right of it they have another. Labels and values are measured at different places;
their joint posterior of c is what SAGE (Kusne and others, arXiv 2311.06228) samples. On a line it
is exact: it is constant between neighbouring data, where the evidence of two Gaussian processes
decides. In the plane `RegionField` samples it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from dcl.analysis.gaussian_process import IntegratedProcess, check_bounds
from dcl.chapters.change_point_chains import consistent_cells, sample_change_points
from dcl.chapters.region_field import FieldPrediction, RegionField
from dcl.errors import InputError

__all__ = [
    "CHALLENGES",
    "CHALLENGE_BOUNDS",
    "Challenge",
    "ChangePoint",
    "FieldPrediction",
    "Prediction",
    "RegionField",
    "challenge_truth",
    "change_point_posterior",
    "posteriors",
    "predict",
    "sample_change_points",
]

Array = NDArray[np.float64]
Bounds = Mapping[str, tuple[float, float]]


class Challenge(NamedTuple):
    """Places of the measurements: structure (n,), property (m,), and the gap (low, high)."""

    structure: Array
    property: Array
    gap: tuple[float, float]


CHALLENGES = {
    1: Challenge(
        np.array([0, 0.65, 0.75, 1]), np.array([0, 0.2, 0.4, 0.5, 0.8, 0.9, 1]), (0.65, 0.75)
    ),
    2: Challenge(np.array([0, 0.4, 0.8, 1]), np.linspace(0, 1, 20), (13 / 19, 14 / 19)),
}
"""The two one-dimensional problems of the paper; the gap is where no source decides."""

CHALLENGE_BOUNDS: Bounds = {
    "change_point": (0.5, 1.0),
    "variance": (0.01, 2.0),
    "length": (0.2, 1.0),
    "noise": (0.001, 0.01),
    "bias": (-2.0, 2.0),
}
"""Uniform priors of both problems."""


class ChangePoint(NamedTuple):
    """Posterior of a change point, constant in each of m cells.

    Examples
    --------
    >>> found = ChangePoint(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0]))
    >>> found.mean(), round(found.sd(), 4), found.below(0.75)
    (0.75, 0.1443, 0.5)
    """

    edges: Array
    probability: Array

    def mean(self) -> float:
        """Mean of the change point."""
        return float(self.probability @ (self.edges[1:] + self.edges[:-1]) / 2)

    def sd(self) -> float:
        """Standard deviation of the change point."""
        low, high = self.edges[:-1], self.edges[1:]
        square = self.probability @ (low**2 + low * high + high**2) / 3
        return float(np.sqrt(square - self.mean() ** 2))

    def below(self, x: float) -> float:
        """Probability that the change point lies below x."""
        widths = np.diff(self.edges)
        return float(self.probability @ np.clip((x - self.edges[:-1]) / widths, 0, 1))


class Prediction(NamedTuple):
    """Mean and standard deviation of the property, probability of the left region; (n,) each."""

    mean: Array
    sd: Array
    left: Array


def challenge_truth(x: ArrayLike) -> Array:
    """Property of the one-dimensional problems: two bumps that meet at 0.7 with a jump.

    Examples
    --------
    >>> challenge_truth([0.7, 0.7001]).round(2)
    array([0.27, 2.  ])
    """
    x = np.asarray(x, np.float64)
    left, right = 0.5 * np.exp(-5 * (x - 0.35) ** 2), 2 * np.exp(-20 * (x - 0.7) ** 2)
    return np.where(x <= 0.7, left, right)


def change_point_posterior(
    x_structure: ArrayLike | None,
    labels: ArrayLike | None,
    x_property: ArrayLike | None,
    y: ArrayLike | None,
    bounds: Bounds,
) -> ChangePoint:
    """Compute the exact posterior of a change point from labels, from values, or from both.

    Parameters
    ----------
    x_structure, labels : array_like or None
        Places and labels of structures, shape (n,); None leaves this source out.
    x_property, y : array_like or None
        Places and values of the property, shape (m,); None leaves this source out.
    bounds : mapping
        Uniform priors: the pair (low, high) of ``change_point``, ``variance``, ``length``,
        ``noise`` (a variance) and ``bias``; see `dcl.analysis.gaussian_process`.

    Raises
    ------
    InputError
        If no change point is consistent with the labels, if there is one label only, or if a
        source is empty, of unequal lengths or not finite.

    Examples
    --------
    >>> places = CHALLENGES[1].structure
    >>> found = change_point_posterior(places, places > 0.7, None, None, CHALLENGE_BOUNDS)
    >>> found.edges, found.probability, round(found.mean(), 3)
    (array([0.5 , 0.65, 0.75, 1.  ]), array([0., 1., 0.]), 0.7)
    """
    if x_structure is None and x_property is None:
        raise InputError("x_structure, x_property: found neither, expected one source or both")
    check_bounds(bounds, ("change_point",))
    alone = x_property is None and y is None
    places = np.empty(0) if alone else _property(x_property, y)[0]
    edges, possible = consistent_cells(x_structure, labels, places, bounds["change_point"])
    logs = np.log(np.diff(edges), where=possible, out=np.full(len(possible), -np.inf))
    if x_property is not None:
        for cell in np.flatnonzero(possible):
            logs[cell] += sum(p.log_evidence for p in _pieces(x_property, y, bounds, edges[cell]))
    return ChangePoint(edges, np.exp(logs - logsumexp(logs)))


def posteriors(
    x_structure: ArrayLike,
    labels: ArrayLike,
    x_property: ArrayLike,
    y: ArrayLike,
    bounds: Bounds,
) -> dict[str, ChangePoint]:
    """Compute the posterior of each source and of both: keys ``labels``, ``property``, ``both``.

    Parameters
    ----------
    x_structure, labels, x_property, y, bounds
        See `change_point_posterior`.

    Examples
    --------
    >>> list(posteriors([0.6, 0.8], [0, 1], [0.5, 0.9], [0.0, 1.0], CHALLENGE_BOUNDS))
    ['labels', 'property', 'both']
    """
    one, other, none = (x_structure, labels), (x_property, y), (None, None)
    given = {"labels": (*one, *none), "property": (*none, *other), "both": (*one, *other)}
    return {name: change_point_posterior(*data, bounds) for name, data in given.items()}


def predict(
    x: ArrayLike, x_property: ArrayLike, y: ArrayLike, bounds: Bounds, posterior: ChangePoint
) -> Prediction:
    """Predict property and region, averaged over change points and hyper-parameters.

    Parameters
    ----------
    x : array_like
        Places, shape (n,).
    x_property, y, bounds
        See `change_point_posterior`.
    posterior : ChangePoint
        Of any source.

    Examples
    --------
    >>> places = CHALLENGES[2].property
    >>> y = challenge_truth(places)
    >>> found = change_point_posterior(None, None, places, y, CHALLENGE_BOUNDS)
    >>> predict([0.35, 0.9], places, y, CHALLENGE_BOUNDS, found).mean.round(1)
    array([0.5, 0.9])
    """
    points = np.asarray(x, np.float64)
    mean, square, left = np.zeros((3, len(points)))
    for low, high, chance in zip(
        posterior.edges, posterior.edges[1:], posterior.probability, strict=False
    ):
        if chance < 1e-12:
            continue
        share = np.clip((high - points) / (high - low), 0, 1)
        left += chance * share
        for part, piece in zip(
            (share, 1 - share), _pieces(x_property, y, bounds, low), strict=True
        ):
            value, sd = piece.predict(points)
            mean += chance * part * value
            square += chance * part * (value**2 + sd**2)
    return Prediction(mean, np.sqrt(np.maximum(square - mean**2, 0)), left)


def _pieces(
    x_property: ArrayLike, y: ArrayLike | None, bounds: Bounds, edge: float
) -> tuple[IntegratedProcess, IntegratedProcess]:
    """Processes left and right of a cell that begins at an edge."""
    places, values = _property(x_property, y)
    left = places <= edge
    return (
        IntegratedProcess(places[left], values[left], bounds),
        IntegratedProcess(places[~left], values[~left], bounds),
    )


def _property(x_property: ArrayLike | None, y: ArrayLike | None) -> tuple[Array, Array]:
    """Places and values of a property, if they are there."""
    places = np.asarray([] if x_property is None else x_property, np.float64)
    values = np.asarray([] if y is None else y, np.float64)
    if places.ndim != 1 or not places.size or places.shape != values.shape:
        raise InputError(
            f"x_property, y: found shapes {places.shape} and {values.shape}, expected one shape "
            "(n,) with n of 1 or more"
        )
    if not (np.isfinite(places).all() and np.isfinite(values).all()):
        raise InputError("x_property, y: found a value that is not finite, expected numbers")
    return places, values
