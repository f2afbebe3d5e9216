"""A generator as particles in the plane, coupled by its tangent kernel: mode collapse.

Durr, Mroueh, Tu and Wang (Phys. Rev. X 13, 041004; arXiv:2212.04580) replace a wide generator by
particles dx_i / dt = sum_j G_ij grad D(x_j), with G = g1 on the diagonal and g2 off it. Only the
ratio phi = g2 / g1 matters. Here D is linear in Fourier features; see `dcl.chapters.gan_stability`.
G is divided by 1 + (N - 1) phi, so that the cloud as a whole moves alike at every phi.
"""

import math
from typing import NamedTuple

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from dcl.chapters.gan_stability import (
    check_numbers,
    check_phi,
    checked_points,
    dirac_rate,
    matched_modes,
    ring,
)
from dcl.chapters.tangent_kernel import empirical_ntk, ntk_ratio
from dcl.errors import InputError
from dcl.lattice.arguments import finite_array, whole_number

__all__ = [
    "Trajectory",
    "dirac_rate",
    "empirical_ntk",
    "matched_modes",
    "mode_entropy",
    "ntk_ratio",
    "random_frequencies",
    "ring",
    "simulate",
]

Array = NDArray[np.float64]


class Trajectory(NamedTuple):
    """Particles over time.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (t,).
    x : numpy.ndarray
        Positions, shape (t, N, 2).
    """

    times: Array
    x: Array


def random_frequencies(bandwidth: float, features: int, seed: int) -> Array:
    """Draw frequencies of a Gaussian kernel of this bandwidth l, shape (2, features / 2).

    Each stands for two features, its cosine and its sine.

    Raises
    ------
    InputError
        For a bandwidth that is not positive, or fewer than two features.

    Examples
    --------
    >>> random_frequencies(0.5, 256, seed=1).shape
    (2, 128)
    """
    if not bandwidth > 0:
        raise InputError(f"bandwidth: found {bandwidth:g}, expected a positive number")
    whole_number("features", features, 2)
    return np.random.default_rng(seed).normal(size=(2, features // 2)) / bandwidth


def simulate(
    data: ArrayLike,
    start: ArrayLike,
    frequencies: ArrayLike,
    *,
    phi: float,
    rate: float,
    damping: float = 0.5,
    duration: float = 30.0,
    step: float = 0.03,
    normalise: bool = True,
) -> Trajectory:
    """Let particles follow the discriminator, by semi-implicit Euler steps from w = 0.

    Parameters
    ----------
    data : array_like
        Points, shape (modes, 2).
    start : array_like
        Particles, shape (N, 2).
    frequencies : array_like
        Of the discriminator's features; see `random_frequencies`.
    phi, rate, damping : float
        g2 / g1, eta and lambda.
    duration, step : float
        In units of one over the rate of the generator.
    normalise : bool
        Divide the particles' coupling by 1 + (N - 1) phi.

    Raises
    ------
    InputError
        If there is one data point, phi is outside [0, 1), lambda, the rate or the duration is
        negative, the step not positive, an array of another shape, or a number not finite.

    Examples
    --------
    >>> frequencies = random_frequencies(0.5, 16, seed=1)
    >>> simulate(ring(8), 0.1 * ring(5), frequencies, phi=0.1, rate=5.0, duration=3.0).x.shape
    (101, 5, 2)
    """
    points, x = checked_points(data, "data"), checked_points(start, "start", 1)
    waves = checked_points(np.transpose(frequencies), "frequencies.T", 1).T
    check_phi(phi)
    check_numbers(damping=damping, rate=rate, duration=duration, step=step)
    if not step:
        raise InputError("step: found 0, expected a positive number")
    scale = 1 / (1 + (len(x) - 1) * phi) if normalise else 1.0
    times: Array = step * np.arange(round(duration / step) + 1, dtype=float)
    positions = np.empty((len(times), *x.shape))
    positions[0] = x
    wanted = np.exp(1j * points @ waves).mean(axis=0)  # cosines, and sines times i
    weights = np.zeros_like(wanted)
    for number in range(1, len(times)):
        wave = np.exp(1j * (x @ waves))
        weights = (weights + step * rate * (wanted - wave.mean(axis=0))) / (1 + step * damping)
        gradient = (wave.conj() * weights).imag @ waves.T / waves.shape[1]
        pushed = (1 - phi) * gradient + phi * gradient.sum(axis=0)
        x = positions[number] = x + step * scale * pushed
    return Trajectory(times, positions)


def mode_entropy(x: ArrayLike, modes: ArrayLike) -> Array:
    """Entropy of how particles share the modes: 1 where all alike, 0 where all sit at one.

    Parameters
    ----------
    x : array_like
        Positions, shape (..., N, 2); each particle counts for the mode nearest to it.
    modes : array_like
        Shape (modes, 2), at least two.

    Returns
    -------
    numpy.ndarray
        In units of the logarithm of the number of modes, shape (...).

    Raises
    ------
    InputError
        For other shapes, no particle, one mode, or positions that are not finite.

    Examples
    --------
    >>> float(mode_entropy(0.9 * ring(8), ring(8))), float(mode_entropy(ring(8)[:1], ring(8)))
    (1.0, 0.0)
    """
    places, found = checked_points(modes, "modes"), finite_array("x", x)
    if found.ndim < 2 or found.shape[-1] != 2 or not found.size:
        raise InputError(f"x: found shape {found.shape}, expected (..., N, 2)")
    nearest = ((found[..., None, :] - places) ** 2).sum(axis=-1).argmin(axis=-1)
    shares = (nearest[..., None] == np.arange(len(places))).mean(axis=-2)
    entropy: Array = scipy.stats.entropy(shares, axis=-1) / math.log(len(places))
    return entropy
