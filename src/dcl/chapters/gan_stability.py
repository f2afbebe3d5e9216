"""Linear stability of a GAN whose particles sit on the data: damped oscillators, solved exactly.

A discriminator linear in its features, D(x) = w . f(x), follows
dw / dt = eta (mean of f over the data - mean of f over the particles) - lambda w, and particles
follow dx_i / dt = sum_j G_ij grad D(x_j). A small displacement then splits into modes, each of
which obeys s^2 + lambda s + mu = 0: too little damping rings, too much creeps.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import find_peaks

from dcl.errors import InputError
from dcl.lattice.arguments import finite_array, finite_number

__all__ = [
    "best_damping",
    "check_numbers",
    "check_phi",
    "checked_points",
    "decay_rate",
    "dirac_rate",
    "feature_gram",
    "matched_modes",
    "mode_rate",
    "ring",
    "slowest_mode",
]

Array = NDArray[np.float64]


def ring(count: int) -> Array:
    """Place points evenly on the unit circle, shape (count, 2).

    Examples
    --------
    >>> ring(4).round(9).tolist()[0]
    [1.0, 0.0]
    """
    angles = 2 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(angles), np.sin(angles)])


def mode_rate(damping: ArrayLike, stiffness: ArrayLike) -> Array:
    """Rate at which a mode s^2 + lambda s + mu = 0 decays: minus the larger real part of s.

    Examples
    --------
    >>> mode_rate([1.0, 2.0, 2.5], 1.0).tolist()
    [0.5, 1.0, 0.5]
    """
    values = np.asarray(damping, float)
    if (wrong := values[~((values >= 0) & (values < np.inf))]).size:
        raise InputError(f"damping: found {wrong[0]:g}, expected lambda of 0 or more")
    roots = np.sqrt(np.maximum(values**2 - 4 * np.asarray(stiffness, float), 0))
    return np.asarray((values - roots) / 2)


def dirac_rate(
    damping: ArrayLike, generator_rate: float = 1.0, discriminator_rate: float = 1.0
) -> Array:
    """Rate of convergence of the Dirac-GAN: one particle, one data point, D(x) = w x.

    Parameters
    ----------
    damping : array_like
        lambda, the regularisation of the discriminator.
    generator_rate, discriminator_rate : float
        eta_G and eta_D.

    Returns
    -------
    numpy.ndarray
        Of the shape of the damping; largest at lambda = 2 sqrt(eta_G eta_D).

    Raises
    ------
    InputError
        If a damping or a rate is negative or not finite.

    Examples
    --------
    >>> dirac_rate([1.0, 4.0], generator_rate=2.0, discriminator_rate=2.0).tolist()
    [0.5, 2.0]
    """
    check_numbers(generator_rate=generator_rate, discriminator_rate=discriminator_rate)
    return mode_rate(damping, generator_rate * discriminator_rate)


def best_damping(stiffness: ArrayLike) -> float:
    """Damping lambda at which the slowest of all modes decays fastest: 2 sqrt(mu_min).

    Examples
    --------
    >>> best_damping([4.0, 9.0])
    4.0
    """
    return 2 * math.sqrt(np.min(stiffness))


def feature_gram(points: Array, frequencies: Array) -> Array:
    """Products J J^T of the gradients of all features at the points, shape (2 N, 2 N).

    Rows are ordered by point, then by component.

    Examples
    --------
    >>> feature_gram(np.zeros((1, 2)), np.array([[2.0], [0.0]])).tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    phases = points @ frequencies
    gradients = frequencies[None] / math.sqrt(frequencies.shape[1])
    rows = [gradients * part[:, None] for part in (-np.sin(phases), np.cos(phases))]
    jacobian: Array = np.concatenate(rows, axis=2).reshape(2 * len(points), -1)
    return jacobian @ jacobian.T


def _gaussian_gram(points: Array, bandwidth: float) -> Array:
    """Products of gradients J J^T of a discriminator with a Gaussian kernel."""
    apart = points[:, None] - points
    values = np.exp(-(apart**2).sum(axis=2) / (2 * bandwidth**2))
    tensors = np.eye(2) / bandwidth**2 - apart[..., :, None] * apart[..., None, :] / bandwidth**4
    size = 2 * len(points)
    blocks: Array = values[..., None, None] * tensors
    return blocks.swapaxes(1, 2).reshape(size, size)


def matched_modes(points: ArrayLike, kernel: ArrayLike, phi: float, rate: float) -> Array:
    """Stiffness mu of all modes around the state in which each particle sits on its data point.

    Each mode obeys s^2 + lambda s + mu = 0. The particles' coupling is not normalised here.

    Parameters
    ----------
    points : array_like
        Shape (N, 2).
    kernel : array_like
        Bandwidth l of a discriminator with a Gaussian kernel, or J J^T of one that a run has
        (`feature_gram`).
    phi : float
        Ratio g2 / g1 of the generator's kernel.
    rate : float
        eta of the discriminator.

    Returns
    -------
    numpy.ndarray
        Eigenvalues mu of G J J^T eta / N, ascending, shape (2 N,).

    Raises
    ------
    InputError
        If there is one data point, phi is outside [0, 1), the rate is negative, a kernel is no
        positive bandwidth or has another shape, or a number is not finite.

    Examples
    --------
    >>> still, coupled = (matched_modes(ring(8), 0.5, phi, 1.0)[0] for phi in (0.0, 0.3))
    >>> round(float(coupled / still), 9)
    0.7
    """
    check_numbers(rate=rate)
    root, gram = _root_and_gram(points, kernel, phi)
    return 2 * rate / len(gram) * np.linalg.eigvalsh(root @ gram @ root).astype(float)


def slowest_mode(points: ArrayLike, kernel: ArrayLike, phi: float) -> Array:
    """Displacements of the mode of the smallest mu, of unit length together, shape (N, 2).

    Parameters
    ----------
    points, kernel, phi
        See `matched_modes`.

    Examples
    --------
    >>> slowest_mode(ring(8), 0.5, 0.3).shape
    (8, 2)
    """
    root, gram = _root_and_gram(points, kernel, phi)
    moved: Array = root @ np.linalg.eigh(root @ gram @ root)[1][:, 0]
    return (moved / np.linalg.norm(moved)).reshape(-1, 2)


def _root_and_gram(points: ArrayLike, kernel: ArrayLike, phi: float) -> tuple[Array, Array]:
    """Square root of the particles' coupling, and J J^T, shape (2 N, 2 N) both."""
    places = checked_points(points, "data")
    check_phi(phi)
    count, given = len(places), np.asarray(kernel, float)
    bandwidth = given.ndim == 0 and given > 0
    if not (bandwidth or given.shape == (2 * count, 2 * count)) or not np.isfinite(given).all():
        raise InputError(
            f"kernel: found {kernel if given.ndim == 0 else given.shape}, expected a positive l "
            "or finite (2 N, 2 N)"
        )
    gram = given if given.ndim else _gaussian_gram(places, float(given))
    together = np.full((count, count), 1 / count)
    root = math.sqrt(1 - phi) * (np.eye(count) - together)
    root += math.sqrt(1 + (count - 1) * phi) * together
    return np.kron(root, np.eye(2)), gram


def decay_rate(times: Array, distances: Array) -> float:
    """Rate at which a distance decays: by its maxima if it rings, else over its second half.

    Parameters
    ----------
    times, distances : numpy.ndarray
        Shape (t,), a single mode.

    Examples
    --------
    >>> times = np.linspace(0, 10, 1001)
    >>> round(decay_rate(times, np.exp(-times)), 6)
    1.0
    >>> round(decay_rate(times, abs(np.exp(-times) * np.cos(4 * times))), 2)
    1.0
    """
    peaks, _ = find_peaks(distances)
    if len(peaks) < 2:
        peaks = np.array([len(times) // 2, len(times) - 1])
    first, last = peaks[0], peaks[-1]
    fall = math.log(distances[first] / distances[last])
    return fall / float(times[last] - times[first])


def checked_points(points: ArrayLike, name: str, least: int = 2) -> Array:
    """Return points as finite numbers (n, 2), n >= least, or raise InputError with their name."""
    found = finite_array(name, points)
    if found.ndim != 2 or found.shape[1] != 2 or len(found) < least:
        raise InputError(
            f"{name}: found shape {found.shape}, expected finite (n, 2), n of {least} or more"
        )
    return found


def check_phi(phi: float) -> None:
    """Raise InputError for phi outside [0, 1)."""
    if not 0 <= finite_number("phi", phi) < 1:
        raise InputError(f"phi: found {phi:g}, expected a ratio of at least 0 and below 1")


def check_numbers(**fields: float) -> None:
    """Raise InputError for a number that is negative or not finite, by the name of its field."""
    for name, value in fields.items():
        if finite_number(name, value) < 0:
            raise InputError(f"{name}: found {value:g}, expected 0 or more")
