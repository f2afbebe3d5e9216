"""Convex potential of a family of posteriors on a grid.

Posteriors of an exponential family under a flat prior are exp(f . t - F(t)) over their sum, with
a vector f for each snapshot and one potential F = ln Z for all. F is sought as the logarithm of a
partition function, ln sum_k exp(a_k + s_k . t) over a lattice of slopes s_k, which is convex for
any a. The distance to the given posteriors is the Jensen-Shannon divergence plus the squared
distance of the centroids.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from dcl.chapters.hessian_metric import Grid, checked_axes, grid_points, remove_affine
from dcl.errors import InputError
from dcl.lattice.arguments import finite_array

__all__ = ["checked_posteriors", "fit_potential"]

Array = NDArray[np.float64]

SLOPES = 20
MOST = 1000
APPROACH = 15
DAMPING = 1e-2
STEPS = 100
FLOOR = 1e-12


def checked_posteriors(posteriors: ArrayLike, grid: Grid) -> Array:
    """Return posteriors as an array (n, G1 G2).

    Raises
    ------
    InputError
        For another shape, and for numbers that are no probabilities of sum 1.
    """
    shape = tuple(len(axis) for axis in checked_axes(grid))
    q = finite_array("posteriors", posteriors)
    if q.ndim != 3 or q.shape[1:] != shape or not len(q):
        raise InputError(f"posteriors: found shape {q.shape}, expected (n, {shape[0]}, {shape[1]})")
    q = q.reshape(len(q), -1)
    if not (q >= 0).all() or not np.allclose(q.sum(axis=1), 1, atol=1e-3):
        raise InputError("posteriors: found other numbers, expected probabilities of sum 1")
    return q


def fit_potential(posteriors: ArrayLike, grid: Grid) -> Array:
    """Fit one convex potential to posteriors, whatever they were computed by.

    Second differences of -ln q need no f: averaged over snapshots by their weight, they give a
    first F. The convex F nearest to it in least squares is the next. From there on, a, and f of
    up to 1000 snapshots, minimise the distance.

    Parameters
    ----------
    posteriors : array_like
        Probabilities q(t | x), shape (n, G1, G2), that cover the grid together.
    grid : sequence of array_like
        Two axes, three points or more each.

    Returns
    -------
    numpy.ndarray
        F, shape (G1, G2), less its affine part. Posteriors of bundles of b snapshots give b F.

    Raises
    ------
    InputError
        For other shapes or numbers.

    Examples
    --------
    Binomial counts have F = n ln cosh t in each direction:

    >>> axis = np.linspace(-1, 1, 9)
    >>> exact = np.add.outer(*[8 * np.log(np.cosh(axis))] * 2)
    >>> f = np.random.default_rng(1).uniform(-6, 6, (300, 2))
    >>> logits = (f @ grid_points((axis, axis)).T).reshape(-1, 9, 9) - exact
    >>> found = fit_potential(softmax(logits, axis=(1, 2)), (axis, axis))
    >>> bool(np.abs(found - remove_affine(exact, (axis, axis))).max() < 0.05)
    True
    """
    q = checked_posteriors(posteriors, grid)
    points = grid_points(grid)
    centre, scale = points.mean(axis=0), points.std(axis=0)
    axes = [(axis - c) / s for axis, c, s in zip(checked_axes(grid), centre, scale, strict=True)]
    potential = remove_affine(_integrated(q, axes), axes)
    found = _Distance(q[:: -(-len(q) // MOST)], axes, potential).minimum()
    return remove_affine(found.reshape(potential.shape), grid)


def _stencils(axes: list[Array]) -> Array:
    """Second differences along both axes and across, as rows over all grid points."""
    single, double = [], []
    for axis in axes:
        steps = np.diff(axis)
        first = np.diff(np.eye(len(axis)), axis=0) / steps[:, None]
        single.append(first)
        double.append(np.diff(first, axis=0) / ((steps[1:] + steps[:-1]) / 2)[:, None])
    one, two = (np.eye(len(axis)) for axis in axes)
    return np.vstack([np.kron(double[0], two), np.kron(one, double[1]), np.kron(*single)])


def _integrated(q: Array, axes: list[Array]) -> Array:
    """Potential whose second differences are nearest to those of -ln q, averaged over snapshots.

    The error of a logarithm falls with the weight q: a stencil counts as the inverse of the sum of
    1 / q over its points.
    """
    stencils, safe = _stencils(axes), np.maximum(q, FLOOR)
    weights = 1 / ((1 / safe) @ (stencils != 0).T.astype(np.float64))
    total = weights.sum(axis=0)
    curvature = -(weights * (np.log(safe) @ stencils.T)).sum(axis=0) / total
    root = np.sqrt(total)
    found = np.linalg.lstsq(stencils * root[:, None], curvature * root, rcond=None)[0]
    return np.asarray(found.reshape(len(axes[0]), len(axes[1])))


class _Distance:
    """Distance of the posteriors of a convex potential to given ones (n, G1 G2).

    Parameters are a, one a slope, and f, two a snapshot.
    """

    def __init__(self, q: Array, axes: list[Array], start: Array) -> None:
        self.q, self.points = q, grid_points(axes)
        self.centroids = q @ self.points
        self.exponents = _slope_lattice(start, axes) @ self.points.T
        self.entropies = (start.ravel() - self.exponents).min(axis=1)  # the Legendre transform
        self.approach(start.ravel())

    def potential(self, entropies: Array) -> Array:
        return np.asarray(logsumexp(entropies[:, None] + self.exponents, axis=0))

    def approach(self, wanted: Array) -> None:
        """Bring the potential near to another (G1 G2,), by the Levenberg-Marquardt method."""
        damping, left = DAMPING, wanted - self.potential(self.entropies)
        for _ in range(APPROACH):
            shares = softmax(self.entropies[:, None] + self.exponents, axis=0)
            squares = shares.T @ shares + damping * np.eye(len(wanted))
            tried = self.entropies + shares @ np.linalg.solve(squares, left)
            new = wanted - self.potential(tried)
            if new @ new < left @ left:
                self.entropies, left, damping = tried, new, damping / 4
            else:
                damping *= 10

    def nearest_vectors(self, potential: Array) -> Array:
        """Vectors f (n, 2) by regression of ln q + F on the parameters, weighted by q."""
        design = np.column_stack([np.ones(len(self.points)), self.points])
        wanted = self.q * (np.log(np.maximum(self.q, FLOOR)) + potential)
        squares = np.einsum("nt,ti,tj->nij", self.q, design, design, optimize=True)
        squares += 1e-9 * np.eye(3)
        return np.asarray(np.linalg.solve(squares, (wanted @ design)[..., None])[:, 1:, 0])

    def __call__(self, parameters: Array) -> tuple[float, Array]:
        """Mean distance and its gradient."""
        size = len(self.entropies)
        entropies, vectors = parameters[:size], parameters[size:].reshape(-1, 2)
        potential = self.potential(entropies)
        logits = vectors @ self.points.T - potential
        log_p = logits - logsumexp(logits, axis=1, keepdims=True)
        p, log_q = np.exp(log_p), np.log(np.maximum(self.q, FLOOR))
        log_mean = np.logaddexp(log_p, log_q) - np.log(2)
        away = p @ self.points - self.centroids
        divergence = np.sum(p * (log_p - log_mean) + self.q * (log_q - log_mean)) / 2
        by_p = (log_p - log_mean) / 2 + 2 * away @ self.points.T
        by_logit = p * (by_p - (p * by_p).sum(axis=1, keepdims=True)) / len(p)
        by_entropy = -np.exp(entropies[:, None] + self.exponents - potential) @ by_logit.sum(axis=0)
        gradient = np.concatenate([by_entropy, (by_logit @ self.points).ravel()])
        return (divergence + np.sum(away**2)) / len(p), gradient

    def minimum(self) -> Array:
        """Potential (G1 G2,) at the least distance."""
        vectors = self.nearest_vectors(self.potential(self.entropies))
        start = np.concatenate([self.entropies, vectors.ravel()])
        options = {"maxiter": STEPS, "ftol": 1e-10}
        found = minimize(self, start, jac=True, method="L-BFGS-B", options=options)
        return self.potential(found.x[: len(self.entropies)])


def _slope_lattice(potential: Array, axes: list[Array]) -> Array:
    """Lattice of slopes (SLOPES^2, 2) over the gradients of a potential, and a margin."""
    ranges = []
    for number, axis in enumerate(axes):
        gradient = np.gradient(potential, axis, axis=number, edge_order=2)
        margin = 0.15 * np.ptp(gradient) + 1e-9
        ranges.append(np.linspace(gradient.min() - margin, gradient.max() + margin, SLOPES))
    return grid_points(ranges)
