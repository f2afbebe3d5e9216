"""Posterior of an exponential family on a grid, fitted to labelled features.

The probability that a snapshot with features x was drawn at the grid point t is taken as
exp(f . t - F(t)) over its sum, with f = W^T x. Its likelihood is concave in (W, F) together, so
that Newton's method finds the only maximum.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from dcl.chapters.hessian_metric import Grid, checked_axes, grid_points
from dcl.errors import InputError
from dcl.lattice.arguments import finite_array

__all__ = ["exponential_family_fit", "label_numbers"]

Array = NDArray[np.float64]

RIDGE = 1e-6
STEPS = 50
CONVERGED = 1e-9


def label_numbers(labels: ArrayLike, grid: Grid) -> NDArray[np.int64]:
    """Numbers (n,) of the grid points of labels, the second axis fastest.

    Parameters
    ----------
    labels : array_like
        Whole numbers: those of grid points (n,), or places on the axes (n, 2). Else parameters
        (n, 2), each at a grid point.
    grid : sequence of array_like
        Two axes.

    Raises
    ------
    InputError
        For labels outside the grid, between its points, or of another shape.

    Examples
    --------
    >>> grid = [0.1, 0.2, 0.3], [-1.0, 0.0, 1.0]
    >>> label_numbers([[0.2, 1.0]], grid), label_numbers([[1, 2]], grid), label_numbers([5], grid)
    (array([5]), array([5]), array([5]))
    """
    axes, given = checked_axes(grid), np.asarray(labels)
    whole = np.issubdtype(given.dtype, np.integer)
    if given.shape[1:] != (2,) and not (whole and given.ndim == 1):
        raise InputError(
            f"labels: found shape {given.shape} of {given.dtype}, expected numbers of grid points "
            "(n,) or parameters (n, 2)"
        )
    shape = len(axes[0]), len(axes[1])
    if whole:
        outside = (given < 0) | (given >= (np.prod(shape) if given.ndim == 1 else shape))
        places = given
    else:
        near = [np.abs(axis - given[:, k, None]) for k, axis in enumerate(axes)]
        places = np.stack([distance.argmin(axis=1) for distance in near], axis=1)
        steps = [np.diff(axis).min() for axis in axes]
        far = [distance.min(axis=1) for distance in near]
        outside = ~np.stack([d <= 1e-3 * step for d, step in zip(far, steps, strict=True)], axis=1)
    if outside.any():
        raise InputError(
            f"labels: found {given[outside][0]:g}, expected the parameters or places of grid points"
        )
    return np.asarray(places if places.ndim == 1 else places @ (shape[1], 1), np.int64)


def exponential_family_fit(
    features: ArrayLike, labels: ArrayLike, grid: Grid
) -> tuple[Array, Array]:
    """Fit the statistics f = W^T x and the potential F by maximum likelihood.

    Parameters
    ----------
    features : array_like
        x, shape (n, k), finite; they may depend on each other linearly.
    labels : array_like
        Grid point of each snapshot, see `label_numbers`.
    grid : sequence of array_like
        Two axes, three points or more each.

    Returns
    -------
    W : numpy.ndarray
        Shape (k, 2).
    F : numpy.ndarray
        Shape (G1, G2), of mean zero; logits are ``x @ W @ t - F``. See
        `dcl.chapters.hessian_metric.remove_affine` for its gauge.

    Raises
    ------
    InputError
        For labels outside the grid, other shapes, and features that are not finite.

    Examples
    --------
    Coins thrown 20 times, whose field over temperature is t; a second parameter has no effect:

    >>> grid = np.linspace(-1, 1, 5), np.arange(3.0)
    >>> labels = np.repeat(np.arange(15), 4000)
    >>> chance = 1 / (1 + np.exp(-2 * grid_points(grid)[labels, 0]))
    >>> heads = np.random.default_rng(1).binomial(20, chance)
    >>> W, F = exponential_family_fit(heads[:, None], labels, grid)
    >>> bool(abs(W[0, 0] - 2) < 0.1), bool(abs(W[0, 1]) < 0.05)
    (True, True)
    """
    x, numbers = finite_array("features", features), label_numbers(labels, grid)
    if x.ndim != 2 or len(x) != len(numbers) or not x.size:
        raise InputError(
            f"features: found shape {x.shape}, expected ({len(numbers)}, k), 1 or more of each"
        )
    points = grid_points(grid)
    centre, scale = points.mean(axis=0), points.std(axis=0)
    mean = x.mean(axis=0)
    _, sizes, directions = np.linalg.svd(x - mean, full_matrices=False)
    kept = sizes > 1e-6 * max(sizes[0], 1e-300)
    whiten = directions[kept].T / sizes[kept] * np.sqrt(len(x))
    fit = _Newton((x - mean) @ whiten, numbers, (points - centre) / scale)
    weights, potential = fit.maximum()
    W = whiten @ weights / scale
    F = potential + points @ (mean @ W)
    return W, (F - F.mean()).reshape([len(axis) for axis in checked_axes(grid)])


class _Newton:
    """Newton's method for whitened features (n, k) and scaled grid points (g, 2)."""

    def __init__(self, x: Array, numbers: NDArray[np.int64], points: Array) -> None:
        self.x, self.numbers, self.points = x, numbers, points
        self.counts = np.bincount(numbers, minlength=len(points))
        self.k = 2 * x.shape[1]

    def log_posterior(self, theta: Array) -> Array:
        logits = self.x @ theta[: self.k].reshape(-1, 2) @ self.points.T - theta[self.k :]
        return np.asarray(logits - logsumexp(logits, axis=1, keepdims=True))

    def loss(self, log_q: Array, theta: Array) -> float:
        chosen = log_q[np.arange(len(log_q)), self.numbers]
        return float(RIDGE / 2 * theta @ theta - chosen.mean())

    def slopes(self, q: Array, theta: Array) -> tuple[Array, Array]:
        """Gradient and curvature of the loss; the potential's entries follow those of W."""
        x, t, k, n = self.x, self.points, self.k, len(self.x)
        centroids = q @ t
        by_weight = x.T @ (centroids - t[self.numbers])
        by_potential = self.counts - q.sum(axis=0)
        curvature = np.empty((len(theta), len(theta)))
        curvature[k:, k:] = np.diag(q.sum(axis=0)) - q.T @ q
        for i in range(2):
            away = q * (t[:, i] - centroids[:, i, None])
            curvature[i:k:2, k:] = -x.T @ away
            for j in range(2):
                curvature[i:k:2, j:k:2] = x.T @ (x * (away @ t[:, j])[:, None])
        curvature[k:, :k] = curvature[:k, k:].T
        gradient = np.concatenate([by_weight.ravel(), by_potential]) / n + RIDGE * theta
        return gradient, curvature / n + RIDGE * np.eye(len(theta))

    def maximum(self) -> tuple[Array, Array]:
        theta = np.zeros(self.k + len(self.points))
        log_q = self.log_posterior(theta)
        loss = self.loss(log_q, theta)
        for _ in range(STEPS):
            gradient, curvature = self.slopes(np.exp(log_q), theta)
            step = np.linalg.solve(curvature, gradient)
            if gradient @ step < CONVERGED:
                break
            share = 1.0
            while share > 1e-6:
                tried = theta - share * step
                log_q = self.log_posterior(tried)
                if (new := self.loss(log_q, tried)) <= loss:
                    break
                share /= 2
            theta, loss = tried, new
        return theta[: self.k].reshape(-1, 2), theta[self.k :]
