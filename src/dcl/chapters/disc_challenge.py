"""A phase map with a known answer, and two ways to read it without a joint posterior.

In the square [-2, 2]^2 a disc of radius 1 is another structure, whose property is higher by an
offset. The values themselves are ours: the paper's (arXiv 2311.06228) could not be read.
"""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from dcl.chapters.region_field import FieldPrediction, RegionField

__all__ = [
    "Comparison",
    "DiscData",
    "bare_ring",
    "compare_ways",
    "disc_grid",
    "disc_truth",
    "draw_disc",
    "few_labels",
    "one_process",
    "r_squared",
    "two_steps",
]

Array = NDArray[np.float64]
OFFSET, NOISE = 5.0, 0.1
"""Property of the disc above that around it, and standard deviation of measured values."""


class DiscData(NamedTuple):
    """Places (n, 2), labels (n,) of structures; places (m, 2) and values (m,) of a property."""

    x_structure: Array
    labels: NDArray[np.int64]
    x_property: Array
    y: Array


class Comparison(NamedTuple):
    """Joint prediction, its accuracy of the regions, and R^2 of: joint, one process, two steps."""

    joint: FieldPrediction
    accuracy: float
    r2: tuple[float, float, float]


def disc_truth(x: Array) -> tuple[NDArray[np.int64], Array]:
    """Label, 1 in the disc and else 0, and property at places of shape (n, 2).

    Examples
    --------
    >>> disc_truth(np.array([[0.0, 0.0], [2.0, 0.0]]))[0]
    array([1, 0])
    """
    inside = (x**2).sum(1) < 1
    outer = np.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1]
    inner = np.cos(2 * x[:, 0]) - 0.5 * x[:, 1] + OFFSET
    return inside.astype(np.int64), np.where(inside, inner, outer)


def draw_disc(structures: int, values: int, *, seed: int = 1) -> DiscData:
    """Measure labels and noisy values at random places, uniform in the square.

    Examples
    --------
    >>> [part.shape for part in draw_disc(8, 5)]
    [(8, 2), (8,), (5, 2), (5,)]
    """
    rng = np.random.default_rng(seed)
    places, others = rng.uniform(-2, 2, (structures, 2)), rng.uniform(-2, 2, (values, 2))
    y = disc_truth(others)[1] + NOISE * rng.standard_normal(values)
    return DiscData(places, disc_truth(places)[0], others, y)


def bare_ring(data: DiscData) -> DiscData:
    """Drop the labels of places closer to the edge of the disc than 0.1.

    Examples
    --------
    >>> len(bare_ring(draw_disc(40, 5)).labels) < 40
    True
    """
    far = np.abs(np.linalg.norm(data.x_structure, axis=1) - 1) > 0.1
    return data._replace(x_structure=data.x_structure[far], labels=data.labels[far])


def few_labels(data: DiscData) -> DiscData:
    """Keep the first seven labels, and the first one in the disc.

    Examples
    --------
    >>> int(few_labels(draw_disc(80, 5)).labels.sum()) >= 1
    True
    """
    kept = np.append(np.arange(7), np.flatnonzero(data.labels)[0])
    return data._replace(x_structure=data.x_structure[kept], labels=data.labels[kept])


def disc_grid(points: int = 41) -> Array:
    """Square grid of points x points places, shape (points^2, 2).

    Examples
    --------
    >>> disc_grid(3)[0]
    array([-2., -2.])
    """
    line = np.linspace(-2, 2, points)
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


def r_squared(truth: Array, predicted: Array) -> float:
    """Coefficient of determination, 1 where both are equal.

    Examples
    --------
    >>> r_squared(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    1.0
    """
    return float(1 - ((truth - predicted) ** 2).mean() / truth.var())


def one_process(places: Array, y: Array, x: Array) -> Array:
    """Predict the property by one Gaussian process, blind to structure; shape (n,).

    Its hyper-parameters maximise the evidence.

    Examples
    --------
    >>> data = draw_disc(8, 5)
    >>> one_process(data.x_property, data.y, disc_grid(3)).shape
    (9,)
    """
    kernel = ConstantKernel(1.0) * Matern(1.0, (0.1, 10), nu=2.5) + WhiteKernel(0.01, (1e-5, 1.0))
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        process.fit(places, y)  # a scale may end at its bound
    return np.asarray(process.predict(x))


def two_steps(data: DiscData, x: Array) -> tuple[NDArray[np.int64], Array]:
    """Predict labels by a classifier, then the property by a process in each region; (n,) each.

    Every value is used in the region that the classifier puts it in.

    Examples
    --------
    >>> [part.shape for part in two_steps(draw_disc(20, 20), disc_grid(3))]
    [(9,), (9,)]
    """
    classifier = GaussianProcessClassifier(ConstantKernel(25.0) * Matern(1.0, nu=2.5))
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        classifier.fit(data.x_structure, data.labels)  # a scale may end at its bound
    regions, own = classifier.predict(x), classifier.predict(data.x_property)
    predicted = np.full(len(x), data.y.mean())
    for region in np.unique(own):
        mine = own == region
        there = regions == region
        if there.any():
            predicted[there] = one_process(data.x_property[mine], data.y[mine], x[there])
    return regions, predicted


def compare_ways(
    data: DiscData, points: int = 41, *, sweeps: int = 200, seed: int = 1
) -> Comparison:
    """Judge the joint fit, one process, and two steps on a grid of the square.

    Parameters
    ----------
    data : DiscData
    points : int
        Of the grid, along each axis.
    sweeps, seed : int
        Of the joint chain; see `RegionField.sample`. Its burn-in is 100.

    Examples
    --------
    >>> compare_ways(draw_disc(40, 10), 5, sweeps=5).joint.mean.shape
    (25,)
    """
    grid = disc_grid(points)
    region, value = disc_truth(grid)
    joint = RegionField(*data).sample(grid, sweeps=sweeps, burn_in=100, seed=seed)
    accuracy = float((joint.regions.argmax(axis=1) == region).mean())
    one, apart = one_process(data.x_property, data.y, grid), two_steps(data, grid)[1]
    r2 = (r_squared(value, joint.mean), r_squared(value, one), r_squared(value, apart))
    return Comparison(joint, accuracy, r2)
