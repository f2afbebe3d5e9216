"""The plane of entry and exit rates of the open TASEP: snapshots, features, and its exact metric.

The steady state is no exponential family in (alpha, beta): the Fisher metric is no Hessian there.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import RectBivariateSpline

from dcl.chapters.exponential_family import exponential_family_fit
from dcl.chapters.hessian_metric import (
    Grid,
    checked_axes,
    checked_potential,
    grid_points,
    hessian,
)
from dcl.exact.tasep import tasep_distribution, tasep_fisher

__all__ = [
    "along_diagonal",
    "diagonals",
    "integrability",
    "largest_offsets",
    "learned_metric",
    "occupation_pairs",
    "tasep_metric",
    "tasep_snapshots",
]

Array = NDArray[np.float64]


def tasep_snapshots(length: int, grid: Grid, count: int, *, seed: int) -> NDArray[np.int8]:
    """Independent snapshots by the exact steady state, (G1 G2, count, L), 1 for a particle.

    Parameters
    ----------
    length : int
        L, 1 to 14 sites.
    grid : sequence of array_like
        Axes of alpha and beta, in (0, 1].
    count : int
        Snapshots of each grid point.
    seed : int

    Examples
    --------
    >>> tasep_snapshots(4, ([0.2, 0.3, 0.4], [0.5, 0.6, 0.7]), 5, seed=1).shape
    (9, 5, 4)
    """
    random = np.random.default_rng(seed)
    states = np.array([
        random.choice(2**length, count, p=tasep_distribution(length, alpha, beta))
        for alpha, beta in grid_points(grid)
    ])  # fmt: skip
    return (states[..., None] >> np.arange(length)[::-1] & 1).astype(np.int8)


def occupation_pairs(snapshots: ArrayLike) -> Array:
    """Occupations and their products in pairs, from (n, L) to (n, L (L + 1) / 2).

    Examples
    --------
    >>> occupation_pairs([[1, 0, 1]]).tolist()
    [[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]]
    """
    occupied = np.asarray(snapshots, np.float64)
    first, second = np.triu_indices(occupied.shape[1])
    return occupied[:, first] * occupied[:, second]


def tasep_metric(length: int, grid: Grid) -> Array:
    """Exact Fisher matrices on a grid of rates, shape (G1, G2, 2, 2).

    Examples
    --------
    >>> tasep_metric(2, ([0.2, 0.3, 0.4], [0.5, 0.6, 0.7])).shape
    (3, 3, 2, 2)
    """
    first, second = checked_axes(grid)
    matrices = [tasep_fisher(length, alpha, beta) for alpha, beta in grid_points(grid)]
    return np.reshape(matrices, (len(first), len(second), 2, 2))


def integrability(
    metric: Callable[[float, float], Array], alpha: float, beta: float
) -> tuple[float, float]:
    """Two slopes of a metric that are equal if it is a Hessian: of g_11 by beta, of g_12 by alpha.

    Parameters
    ----------
    metric : callable
        (alpha, beta) to a matrix (2, 2).
    alpha, beta : float
        Where; differences are central, of steps of 1e-4.

    Examples
    --------
    >>> integrability(lambda a, b: np.array([[2 * b, 2 * a], [2 * a, 0.0]]), 0.3, 0.4)  # a^2 b
    (2.0, 2.0)
    """
    step = 1e-4
    by_beta = (metric(alpha, beta + step) - metric(alpha, beta - step)) / (2 * step)
    by_alpha = (metric(alpha + step, beta) - metric(alpha - step, beta)) / (2 * step)
    return round(float(by_beta[0, 0]), 6), round(float(by_alpha[0, 1]), 6)


def along_diagonal(values: ArrayLike, grid: Grid, total: float) -> tuple[Array, Array]:
    """Interpolate values along alpha + beta = total, against (alpha - beta) / 2.

    Parameters
    ----------
    values : array_like
        On the grid, shape (G1, G2).
    grid : sequence of array_like
        Two axes.
    total : float

    Returns
    -------
    offsets, values : numpy.ndarray
        Shape (201,) each, as far as the line is inside the grid.

    Examples
    --------
    >>> axis = np.linspace(0, 1, 5)
    >>> offsets, line = along_diagonal(np.multiply.outer(axis, axis), (axis, axis), 0.8)
    >>> float(offsets[line.argmax()].round(6)) + 0.0
    0.0
    """
    first, second = checked_axes(grid)
    low = max(first[0], total - second[-1])
    high = min(first[-1], total - second[0])
    alpha = np.linspace(low, high, 201)
    surface = RectBivariateSpline(first, second, checked_potential(values, grid), kx=2, ky=2)
    return alpha - total / 2, np.asarray(surface.ev(alpha, total - alpha))


def diagonals(
    length: int, learned: ArrayLike, grid: Grid, total: float
) -> dict[str, tuple[Array, Array]]:
    """Determinants and trace of metrics along alpha + beta = total, against (alpha - beta) / 2.

    Parameters
    ----------
    length : int
        L.
    learned : array_like
        Metric on the grid, shape (G1, G2, 2, 2).
    grid : sequence of array_like
        Two axes.
    total : float

    Returns
    -------
    dict
        ``exact det``, ``learned det`` and ``exact trace`` to offsets and values.

    Examples
    --------
    >>> axis = np.linspace(0.2, 0.4, 3)
    >>> sorted(diagonals(2, tasep_metric(2, (axis, axis)), (axis, axis), 0.6))
    ['exact det', 'exact trace', 'learned det']
    """
    offsets, line = along_diagonal(np.linalg.det(np.asarray(learned)), grid, total)
    exact = np.array([tasep_fisher(length, total / 2 + x, total / 2 - x) for x in offsets])
    return {
        "exact det": (offsets, np.linalg.det(exact)),
        "learned det": (offsets, line),
        "exact trace": (offsets, exact.trace(axis1=1, axis2=2)),
    }


def learned_metric(length: int, grid: Grid, count: int, seed: int) -> Array:
    """Hessian of the potential that an exponential family in `occupation_pairs` finds.

    Parameters
    ----------
    length : int
        L.
    grid : sequence of array_like
        Axes of alpha and beta.
    count : int
        Snapshots at each point of the grid.
    seed : int
        Of the snapshots.

    Returns
    -------
    numpy.ndarray
        Shape (G1, G2, 2, 2).

    Examples
    --------
    >>> axis = np.linspace(0.2, 0.6, 3)
    >>> learned_metric(3, (axis, axis), 20, seed=1).shape
    (3, 3, 2, 2)
    """
    states = tasep_snapshots(length, grid, count, seed=seed)
    labels = np.repeat(np.arange(len(states)), count)
    pairs = occupation_pairs(states.reshape(-1, length))
    return hessian(exponential_family_fit(pairs, labels, grid)[1], grid)


def largest_offsets(lines: Iterable[dict[str, tuple[Array, Array]]]) -> dict[str, float]:
    """Largest distance from equal rates of the maxima of several `diagonals`, by name.

    Examples
    --------
    >>> offsets = np.array([-0.1, 0.0, 0.1])
    >>> largest_offsets([{"det": (offsets, offsets)}, {"det": (offsets, -(offsets**2))}])
    {'det': 0.1}
    """
    found: dict[str, float] = {}
    for line in lines:
        for name, (offsets, values) in line.items():
            found[name] = max(found.get(name, 0.0), float(abs(offsets[values.argmax()])))
    return found
