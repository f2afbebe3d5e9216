"""Regions of a phase map in any dimension, from labels of structure and values of a property.

Every region k has a latent field g_k and a property f_k, Gaussian processes of covariance
Matern-5/2. A sample at x is in region k with probability p_k = softmax_k g(x), and its property is
sum_k p_k f_k. Given the fields, the property is normal with covariance sum_k D_k K D_k + s^2, D_k
the diagonal matrix of p_k, so that only the fields are sampled, by elliptical slices (Murray,
Adams and MacKay, AISTATS 2010). The model is that of SAGE (Kusne and others, arXiv 2311.06228).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.special import log_softmax, softmax
from sklearn.gaussian_process.kernels import Matern

from dcl.errors import InputError
from dcl.lattice.arguments import whole_number

__all__ = ["FieldPrediction", "RegionField"]

Array = NDArray[np.float64]

JITTER = 1e-8
BIAS = 2.0
"""Standard deviation of a region's mean property, in standard deviations of the data."""


class FieldPrediction(NamedTuple):
    """Prediction of the samples at n places.

    ``regions`` (n, K) are probabilities, ``mean`` (n,) and ``sd`` (n,) those of the property,
    ``trace`` (sweeps,) the logarithm of the likelihood along the chain.
    """

    regions: Array
    mean: Array
    sd: Array
    trace: Array


class RegionField:
    """Joint model of labels and property values, to be sampled.

    Parameters
    ----------
    x_structure : array_like
        Places of the labels, shape (n, d).
    labels : array_like
        Structures, shape (n,); two kinds or more.
    x_property : array_like
        Places of the property, shape (m, d).
    y : array_like
        Values, shape (m,).
    length, property_length : float
        Of the latent fields and of the property, in units of x.
    amplitude : float
        Standard deviation of the latent fields; a large one makes boundaries sharp.
    noise : float
        Standard deviation of the values' noise, in units of y.

    Raises
    ------
    InputError
        For one label only, an empty property, values that are not finite, shapes that do not
        belong together, and scales that are not positive.

    Examples
    --------
    >>> model = RegionField([[0.0], [1.0]], [0, 1], [[0.1], [0.2], [0.9]], [0.0, 0.1, 5.0])
    >>> found = model.sample([[0.0], [1.0]], sweeps=20, burn_in=20)
    >>> found.regions.shape, bool(found.mean[1] > found.mean[0])
    ((2, 2), True)
    """

    def __init__(
        self,
        x_structure: ArrayLike,
        labels: ArrayLike,
        x_property: ArrayLike,
        y: ArrayLike,
        *,
        length: float = 1.0,
        amplitude: float = 5.0,
        property_length: float = 1.0,
        noise: float = 0.1,
    ) -> None:
        structure, places = np.asarray(x_structure, float), np.asarray(x_property, float)
        names, values = np.asarray(labels), np.asarray(y, float)
        _check(structure, names, places, values)
        if not all(0 < scale < np.inf for scale in (length, amplitude, property_length, noise)):
            raise InputError("length, amplitude, noise: found others, expected positive numbers")
        self.kinds, self._labels = np.unique(names, return_inverse=True)
        self._offset, self._scale = values.mean(), values.std() or 1.0
        self._values = (values - self._offset) / self._scale
        self._noise = (noise / self._scale) ** 2
        self._latent, self._kernel = Matern(length, nu=2.5), Matern(property_length, nu=2.5)
        self._amplitude = amplitude
        self._places, self._points = places, np.concatenate([structure, places])
        covariance = self._latent(self._points) + JITTER * np.eye(len(self._points))
        self._root = cholesky(covariance, lower=True)
        self._covariance = self._kernel(places) + BIAS**2

    def sample(
        self, x: ArrayLike, *, sweeps: int = 200, burn_in: int = 200, thin: int = 5, seed: int = 1
    ) -> FieldPrediction:
        """Sample the fields and average what they say about x.

        Parameters
        ----------
        x : array_like
            Places, shape (n, d).
        sweeps : int
            Samples that are kept.
        burn_in : int
            Samples of the fit to the labels alone, where the joint chain starts; as many joint
            ones are discarded after it.
        thin : int
            Elliptical slices from one sample to the next.
        seed : int

        Returns
        -------
        FieldPrediction

        Raises
        ------
        InputError
            For places of other dimensions or not finite, and numbers that are too small.
        """
        whole_number("sweeps", sweeps, 1)
        whole_number("thin", thin, 1)
        whole_number("burn_in", burn_in, 0)
        whole_number("seed", seed, 0)
        rng = np.random.default_rng(seed)
        points = np.asarray(x, float)
        if points.shape[1:] != self._points.shape[1:] or not np.isfinite(points).all():
            raise InputError(f"x: found shape {points.shape}, expected finite places (n, d)")
        link = np.linalg.solve(self._root, self._latent(self._points, points)).T
        left = np.sqrt(np.maximum(1 - (link**2).sum(1), 0))[:, None]
        cross = self._kernel(points, self._places) + BIAS**2
        state = np.zeros((len(self._points), len(self.kinds)))
        for joint in (False, True):
            for _ in range(burn_in * thin):
                state = self._step(state, joint, rng)
        regions = np.zeros((len(points), len(self.kinds)))
        mean, square = np.zeros((2, len(points)))
        trace = np.empty(sweeps)
        for sweep in range(sweeps):
            for _ in range(thin):
                state = self._step(state, True, rng)
            fields = link @ state + left * rng.standard_normal(regions.shape)
            chance = softmax(self._amplitude * fields, axis=1)
            value, variance = self._property(self._chances(state), chance, cross)
            regions += chance / sweeps
            mean += value / sweeps
            square += (value**2 + variance) / sweeps
            trace[sweep] = self._log_likelihood(state, True)
        sd = np.sqrt(np.maximum(square - np.square(mean), 0))
        return FieldPrediction(regions, self._offset + self._scale * mean, self._scale * sd, trace)

    def _chances(self, state: Array) -> Array:
        """Probabilities of the regions where the property was measured, shape (m, K)."""
        fields = self._amplitude * (self._root @ state)[len(self._labels) :]
        return np.asarray(softmax(fields, axis=1))

    def _property(self, here: Array, there: Array, cross: Array) -> tuple[Array, Array]:
        """Mean and variance of the property at other places, given the fields; (n,) each."""
        root = self._factor(here)
        shared = there @ here.T * cross
        mean = shared @ cho_solve((root, True), self._values)
        prior = (there**2).sum(1) * (1 + BIAS**2)
        return mean, prior - (shared * cho_solve((root, True), shared.T).T).sum(1)

    def _factor(self, chances: Array) -> Array:
        """Cholesky factor of the covariance of the values, given the fields."""
        mixed = chances @ chances.T * self._covariance
        return np.asarray(cholesky(mixed + self._noise * np.eye(len(mixed)), lower=True))

    def _log_likelihood(self, state: Array, joint: bool) -> float:
        """Logarithm of the likelihood of the labels, and of the values if joint."""
        fields = self._amplitude * (self._root @ state)
        count = len(self._labels)
        logs = log_softmax(fields[:count], axis=1)[np.arange(count), self._labels].sum()
        if joint:
            root = self._factor(softmax(fields[count:], axis=1))
            logs -= np.log(np.diag(root)).sum()
            logs -= 0.5 * self._values @ cho_solve((root, True), self._values)
        return float(logs)

    def _step(self, state: Array, joint: bool, rng: np.random.Generator) -> Array:
        """Move along an ellipse through a state and a draw of the prior."""
        other = rng.standard_normal(state.shape)
        height = self._log_likelihood(state, joint) - rng.exponential()
        angle = rng.uniform(0, 2 * np.pi)
        low, high = angle - 2 * np.pi, angle
        while True:
            moved = state * np.cos(angle) + other * np.sin(angle)
            if self._log_likelihood(moved, joint) > height:
                return np.asarray(moved)
            low, high = (angle, high) if angle < 0 else (low, angle)
            angle = rng.uniform(low, high)


def _check(structure: Array, names: NDArray[np.generic], places: Array, values: Array) -> None:
    """Refuse data that the model cannot hold."""
    for name, x, values_of in (
        ("x_structure, labels", structure, names),
        ("x_property, y", places, values),
    ):
        if x.ndim != 2 or not len(x) or values_of.shape != x.shape[:1]:
            raise InputError(
                f"{name}: found shapes {x.shape} and {values_of.shape}, expected (n, d) and (n,) "
                "with n of 1 or more"
            )
    if structure.shape[1] != places.shape[1]:
        raise InputError(
            f"x_property: found {places.shape[1]} dimensions, expected {structure.shape[1]}"
        )
    numbers = all(np.isfinite(a).all() for a in (structure, places, values))
    if not (numbers and (names == names).all()):
        raise InputError("x, y, labels: found a value that is not finite, expected numbers")
    if len(np.unique(names)) < 2:
        raise InputError("labels: found one kind only, expected two or more")
