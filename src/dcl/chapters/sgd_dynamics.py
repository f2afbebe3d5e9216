"""Weights under stochastic gradient descent: stationary fluctuations, level spacings, phases.

Aarts, Lucini and Park read the fluctuations of trained weights as Dyson Brownian motion (Phys. Rev.
E 111, 015303; arXiv:2509.01349), at a temperature of learning rate over batch size. Here is a
student whose fluctuations are known exactly at every rate and batch size; the map of regimes is
that of `dcl.chapters.tanh_students`.

Conventions: inputs x ~ N(0, I_N), labels W* x + s n with n ~ N(0, I_M), a fresh batch of B examples
each step, and the gradient of half the squared error: W <- W - eta (1 / B) sum (W x - y) x^T.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.chapters.tanh_students import phase_map
from dcl.errors import InputError
from dcl.lattice.arguments import finite_array, finite_number, whole_number

__all__ = [
    "critical_rate",
    "level_spacings",
    "phase_map",
    "run_students",
    "stationary_variance",
    "wigner_surmise",
]

Array = NDArray[np.float64]

BURN_IN = 20.0
"""Steps before a measurement, in units of 1 / eta."""


def critical_rate(batch: int, inputs: int) -> float:
    """Learning rate at which the mean squared weight of the linear student diverges.

    With E[S^2] = 1 + (N + 1) / B for S the batch's mean of x x^T, a squared deviation is multiplied
    by 1 - 2 eta + eta^2 (1 + (N + 1) / B) a step.

    Parameters
    ----------
    batch, inputs : int
        B examples a step, and N.

    Returns
    -------
    float
        eta_c = 2 / (1 + (N + 1) / B).

    Raises
    ------
    InputError
        If a number is smaller than 1 or not whole.

    Examples
    --------
    >>> round(critical_rate(batch=4, inputs=10), 4)
    0.5333
    """
    for name, value in (("batch", batch), ("inputs", inputs)):
        if not (value >= 1 and value % 1 == 0):
            raise InputError(f"{name}: found {value}, expected a whole number of at least 1")
    return 2 / (1 + (inputs + 1) / batch)


def stationary_variance(rate: float, batch: int, inputs: int, noise: float) -> float:
    """Variance of one weight of the linear student in its stationary state, exactly.

    Parameters
    ----------
    rate : float
        Learning rate eta, below `critical_rate`.
    batch, inputs : int
        B and N.
    noise : float
        Standard deviation s of the labels' noise.

    Returns
    -------
    float
        c = eta s^2 / (B [2 - eta (1 + (N + 1) / B)]); its leading order is eta s^2 / (2 B).

    Raises
    ------
    InputError
        If there is no stationary state, or a parameter makes no sense.

    Examples
    --------
    >>> round(stationary_variance(rate=0.1, batch=4, inputs=10, noise=0.5), 8)
    0.00384615
    """
    critical = critical_rate(batch, inputs)
    _check_rate_and_noise(rate, noise)
    if rate >= critical:
        raise InputError(
            f"rate: found {rate:g}, expected less than {critical:g}: no stationary state"
        )
    return rate * noise**2 / (batch * (2 - 2 * rate / critical))


def run_students(
    rate: float,
    batch: int,
    inputs: int,
    noise: float,
    *,
    outputs: int = 1,
    teacher: float = 0.0,
    students: int = 1000,
    steps: int | None = None,
    seed: int = 0,
) -> Array:
    """Train independent linear students from zero weights, each on examples of its own.

    Parameters
    ----------
    rate, batch, inputs, noise
        See `stationary_variance`; the rate may exceed the critical one.
    outputs : int
        M.
    teacher : float
        kappa; the teacher's weights are kappa on the diagonal of an M x N matrix, else zero.
    students, steps : int
        Independent runs, each of 20 / eta steps by default.
    seed : int

    Returns
    -------
    numpy.ndarray
        Weights after the last step, shape (students, M, N).

    Raises
    ------
    InputError
        If the rate or the noise is not positive, the teacher not finite, or a number of anything
        not whole or too small.

    Examples
    --------
    >>> run_students(0.5, 16, 2, 0.1, outputs=3, students=5).shape
    (5, 3, 2)
    """
    counts = {"batch": batch, "inputs": inputs, "outputs": outputs, "students": students}
    for name, value in counts.items():
        whole_number(name, value, 1)
    _check_rate_and_noise(rate, noise)
    steps = math.ceil(BURN_IN / rate) if steps is None else steps
    whole_number("steps", steps, 0)
    whole_number("seed", seed, 0)
    finite_number("teacher", teacher)
    generator = np.random.default_rng(seed)
    target = teacher * np.eye(outputs, inputs)
    weights = np.zeros((students, outputs, inputs))
    for _ in range(steps):
        examples = generator.standard_normal((students, batch, inputs))
        labels_noise = noise * generator.standard_normal((students, batch, outputs))
        errors = examples @ (weights - target).transpose(0, 2, 1) - labels_noise
        weights -= rate / batch * errors.transpose(0, 2, 1) @ examples
    return weights


def _check_rate_and_noise(rate: float, noise: float) -> None:
    for name, value in (("rate", rate), ("noise", noise)):
        if finite_number(name, value) <= 0:
            raise InputError(f"{name}: found {value:g}, expected a positive number")


def level_spacings(matrices: ArrayLike) -> Array:
    """Distances between neighbouring singular values.

    Parameters
    ----------
    matrices : array_like
        Shape (..., M, N).

    Returns
    -------
    numpy.ndarray
        Not negative, shape (..., min(M, N) - 1), from the largest singular value down.

    Raises
    ------
    InputError
        For arrays without two axes, without elements, or with a number that is not finite.

    Examples
    --------
    >>> level_spacings(np.diag([1.0, -4.0, 2.0])).round(6).tolist()
    [2.0, 1.0]
    """
    found = finite_array("matrices", matrices)
    if found.ndim < 2 or not found.size:
        raise InputError(f"matrices: found shape {found.shape}, expected (..., M, N)")
    return np.abs(np.diff(np.linalg.svd(found, compute_uv=False), axis=-1))


def wigner_surmise(spacing: ArrayLike, mean: float = 1.0) -> Array:
    """Density of the spacing of two repelling levels of a real symmetric matrix.

    It is exact for 2 x 2 matrices. Around a teacher kappa I, kappa^2 far above c, the singular
    values of a 2 x 2 student follow it with the mean sqrt(pi c).

    Parameters
    ----------
    spacing : array_like
        Not negative.
    mean : float
        Mean spacing.

    Raises
    ------
    InputError
        For a negative spacing, or a mean that is not positive.

    Examples
    --------
    >>> wigner_surmise([0.0, 1.0]).round(4).tolist()
    [0.0, 0.7162]
    """
    if not (0 < mean < math.inf and (np.asarray(spacing, float) >= 0).all()):
        raise InputError(f"spacing, mean: found mean {mean:g}, expected numbers of 0 or more")
    scaled = np.asarray(spacing, float) / mean
    return np.pi / 2 * scaled * np.exp(-np.pi / 4 * scaled**2) / mean
