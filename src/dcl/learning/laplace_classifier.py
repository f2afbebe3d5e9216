"""Gaussian-process classification of many classes by Laplace's approximation.

Points are (n, d), classes have any names. Every class has a latent function with the same kernel,
and probabilities are the softmax of all latent functions.
"""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, softmax

from dcl.errors import InputError
from dcl.lattice.arguments import finite_array

__all__ = ["Kernel", "LaplaceClassifier", "finite_rows"]

Array = NDArray[np.float64]
Kernel = Callable[[Array, Array], Array]
"""Covariances (n, m) of points (n, d) and (m, d)."""
DRAWS = 400
"""Draws of the latent functions that class probabilities are averaged over."""


def finite_rows(values: ArrayLike, name: str, columns: int | None = None) -> Array:
    """Return values as finite numbers: two rows or more, or any rows of so many columns.

    Raises
    ------
    InputError
        For others, with their name.

    Examples
    --------
    >>> finite_rows([[1, 2]], "x", columns=2).shape
    (1, 2)
    """
    rows = finite_array(name, values)
    if rows.ndim != 2 or (len(rows) < 2 if columns is None else rows.shape[1] != columns):
        wanted = "two or more rows" if columns is None else f"(m, {columns})"
        raise InputError(f"{name}: found shape {rows.shape}, expected {wanted}")
    return rows


class LaplaceClassifier:
    """Gaussian-process classifier with one latent function a class.

    Algorithms 3.3 and 3.4 of Rasmussen and Williams, Gaussian Processes for Machine Learning. The
    determinant of the evidence includes sum_c E_c, which the printed algorithm 3.3 leaves out.

    Parameters
    ----------
    kernel : callable
        Covariances (n, m) of points (n, d) and (m, d).

    Examples
    --------
    >>> from sklearn.gaussian_process.kernels import RBF
    >>> fitted = LaplaceClassifier(RBF(0.5)).fit([[0.0], [1.0], [2.0]], [0, 1, 2])
    >>> fitted.predict([[0.1], [1.9]])
    array([0, 2])
    >>> fitted.predict_proba([[1.0]]).shape
    (1, 3)
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def fit(self, x: ArrayLike, labels: ArrayLike) -> Self:
        """Find the mode of the latent functions (C, n) by Newton's method, and the evidence.

        Parameters
        ----------
        x : array_like
            Points (n, d), n >= 2.
        labels : array_like
            Their classes (n,), any names; sets ``classes``, ``mode`` and ``log_evidence``.

        Raises
        ------
        InputError
            For fewer than two points, or labels of another shape or not a number.
        """
        self.points, names = finite_rows(x, "x"), np.asarray(labels)
        if names.shape != (len(self.points),) or (names != names).any():
            raise InputError(f"labels: found {names.shape}, expected ({len(self.points)},)")
        self.classes, self._class = np.unique(names, return_inverse=True)
        y = np.eye(len(self.classes))[self._class].T
        covariance = self.kernel(self.points, self.points)
        f, evidence = np.zeros_like(y), -np.inf
        for _ in range(100):
            pi = softmax(f, axis=0)
            self._e, log_determinant = _weights(covariance, pi)
            b = pi * (f - (pi * f).sum(axis=0)) + y - pi
            c = np.einsum("cij,cj->ci", self._e, b @ covariance)
            a = b - c + self._e @ np.linalg.solve(self._e.sum(axis=0), c.sum(axis=0))
            f, before = a @ covariance, evidence
            evidence = float((y * f).sum() - (a * f).sum() / 2 - logsumexp(f, axis=0).sum())
            if abs(evidence - before) < 1e-10:
                break
        self.mode, self.log_evidence = f, evidence - log_determinant / 2
        self._gradient = y - softmax(f, axis=0)
        return self

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """Choose the class with the largest latent mean at each point (m, d), shape (m,)."""
        across = self.kernel(self.points, finite_rows(x, "x", self.points.shape[1]))
        return np.asarray(self.classes[(self._gradient @ across).argmax(axis=0)])

    def predict_proba(self, x: ArrayLike) -> Array:
        """Average the softmax over the latent functions: probabilities (m, C) at points (m, d).

        The average is over 400 draws with a fixed seed, so that equal calls give equal numbers.
        """
        places = finite_rows(x, "x", self.points.shape[1])
        across = self.kernel(self.points, places)
        seen = self._e @ across
        joint = np.einsum("cim,dim->mcd", seen, np.linalg.solve(self._e.sum(axis=0), seen))
        alone = np.array([self.kernel(place[None], place[None])[0, 0] for place in places])
        rest = alone[:, None] - np.einsum("im,cim->mc", across, seen)
        classes = len(self.classes)
        spread = np.linalg.cholesky(joint + (rest + 1e-9)[..., None] * np.eye(classes))
        half = np.random.default_rng(0).standard_normal((classes, DRAWS // 2))
        latent = (self._gradient @ across).T[..., None] + spread @ np.hstack([half, -half])
        return np.asarray(softmax(latent, axis=1).mean(axis=2))


def _weights(covariance: Array, pi: Array) -> tuple[Array, float]:
    """Matrices E_c (C, n, n) of algorithm 3.3, and log det(I + K W) of all classes."""
    root = np.sqrt(pi)
    factor = np.linalg.cholesky(
        np.eye(len(covariance)) + root[:, None] * covariance * root[..., None]
    )
    half = np.linalg.solve(factor, root[..., None] * np.eye(len(covariance)))
    e = half.swapaxes(1, 2) @ half
    own = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum()
    return e, float(own + np.linalg.slogdet(e.sum(axis=0))[1])
