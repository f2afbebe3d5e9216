"""Gaussian processes whose hyper-parameters are integrated over, not fitted.

A process has a constant mean, the bias, and the covariance v exp(-d^2 / 2 l^2) + s^2 of x at
distance d on a line. Its four hyper-parameters, variance v, length l, noise variance s^2 and bias,
have uniform priors between `bounds`. Gauss-Legendre quadrature of 16 x 16 x 6 x 40 nodes integrates
the likelihood: the evidence. Reference: Rasmussen and Williams, Gaussian Processes for Machine
Learning (2006), equations 2.25, 2.26 and 2.30.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from dcl.errors import InputError

__all__ = ["IntegratedProcess", "check_bounds"]

Array = NDArray[np.float64]
Bounds = Mapping[str, tuple[float, float]]

NODES = {"length": 16, "variance": 16, "noise": 6, "bias": 40}


def check_bounds(bounds: Bounds, names: tuple[str, ...]) -> None:
    """Refuse priors that are missing, empty, or negative where only the bias may be.

    Parameters
    ----------
    bounds : mapping
        Name to the pair (low, high).
    names : tuple of str
        Priors that are needed.

    Raises
    ------
    InputError
        Naming the first prior that is wrong.

    Examples
    --------
    >>> check_bounds({"length": (0.2, 1.0)}, ("length",))
    """
    for name in names:
        pair = np.asarray(bounds.get(name, np.nan), np.float64)
        sound = pair.shape == (2,) and -np.inf < pair[0] < pair[1] < np.inf
        if not sound or (name in ("length", "variance", "noise") and pair[0] <= 0):
            raise InputError(
                f"bounds[{name!r}]: found {pair.tolist()}, expected low < high, positive scales"
            )


class IntegratedProcess:
    """Gaussian process of noisy values on a line, its hyper-parameters integrated over.

    Parameters
    ----------
    x : array_like
        Places, shape (n,); n = 0 leaves the prior.
    y : array_like
        Values, shape (n,).
    bounds : mapping
        Pairs of the uniform priors ``variance``, ``length``, ``noise`` (a variance) and ``bias``.

    Attributes
    ----------
    log_evidence : float
        Logarithm of the density of y.

    Raises
    ------
    InputError
        For priors that are missing or empty.

    Examples
    --------
    >>> bounds = {"variance": (0.1, 2), "length": (0.2, 1), "noise": (1e-3, 1e-2), "bias": (-2, 2)}
    >>> process = IntegratedProcess([0.0, 0.5, 1.0], [0.0, 0.5, 1.0], bounds)
    >>> mean, sd = process.predict([0.25])
    >>> round(float(mean[0]), 1), bool(sd[0] < 0.2)
    (0.2, True)
    """

    def __init__(self, x: ArrayLike, y: ArrayLike, bounds: Bounds) -> None:
        check_bounds(bounds, tuple(NODES))
        self._x, values = np.asarray(x, np.float64), np.asarray(y, np.float64)
        nodes, logs = zip(*(_rule(*bounds[name], n) for name, n in NODES.items()), strict=True)
        self._lengths, self._variances, noises, self._biases = nodes
        eigenvalues, self._vectors = np.linalg.eigh(self._correlation(self._x))
        self._values = np.einsum("lnm,n->lm", self._vectors, values)
        self._ones = self._vectors.sum(axis=1)
        spread = self._variances[:, None] * np.maximum(eigenvalues, 0)[:, None]
        self._spectrum = spread[:, :, None] + noises[:, None]  # (l, v, s, n)
        log_density = self._log_likelihood() + sum(
            log.reshape([-1 if axis == own else 1 for axis in range(4)])
            for own, log in enumerate(logs)
        )
        self.log_evidence = float(logsumexp(log_density))
        self._weights = np.exp(log_density - self.log_evidence)  # (l, v, s, b)

    def _correlation(self, other: Array) -> Array:
        """Correlation of other places and ours, for every length; shape (l, m, n)."""
        distance = other[:, None] - self._x
        return np.asarray(np.exp(-0.5 * (distance / self._lengths[:, None, None]) ** 2))

    def _log_likelihood(self) -> Array:
        """Logarithm of the normal density of y at every node, shape (l, v, s, b)."""
        y, one = self._values[:, None, None], self._ones[:, None, None]
        d = self._spectrum
        squares, cross, ones = ((part / d).sum(-1)[..., None] for part in (y * y, y * one, one**2))
        b = self._biases
        chi = squares - 2 * b * cross + b**2 * ones
        logs = np.log(2 * np.pi * d).sum(-1)[..., None]
        return np.asarray(-0.5 * (chi + logs))

    def predict(self, x: ArrayLike) -> tuple[Array, Array]:
        """Predict the noiseless value.

        Parameters
        ----------
        x : array_like
            Places, shape (m,).

        Returns
        -------
        tuple of ndarray
            Mean and standard deviation, shape (m,) each.
        """
        projected = self._correlation(np.asarray(x, np.float64)) @ self._vectors  # (l, m, n)
        v = self._variances[:, None, None]
        inverse = 1 / self._spectrum
        fixed = v * np.einsum("lmn,lvsn,ln->lvsm", projected, inverse, self._values, optimize=True)
        slope = 1 - v * np.einsum(
            "lmn,lvsn,ln->lvsm", projected, inverse, self._ones, optimize=True
        )
        variance = v - v**2 * np.einsum("lmn,lvsn->lvsm", projected**2, inverse, optimize=True)
        weight, first, second = (
            (self._weights * self._biases**power).sum(-1)[..., None] for power in range(3)
        )
        mean = (weight * fixed + first * slope).sum((0, 1, 2))
        square = weight * (fixed**2 + variance) + 2 * first * fixed * slope + second * slope**2
        return mean, np.sqrt(np.maximum(square.sum((0, 1, 2)) - mean**2, 0))


def _rule(low: float, high: float, count: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes of an interval and the logarithms of their weights, which sum to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return low + (high - low) * (nodes + 1) / 2, np.log(weights / 2)
