"""A synthetic ternary system with known phases, and hints of humans who are right or wrong."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull

from dcl.chapters.human_input import HumanInput, region_prior
from dcl.chapters.phase_mapping import PhaseData
from dcl.errors import InputError

__all__ = ["band_hint", "phase_hint", "scattered_hint", "synthetic_ternary", "ternary_plane"]

Array = NDArray[np.float64]
CENTRES = ((0.12, 0.1), (0.85, 0.12), (0.5, 0.7), (0.45, 0.2), (0.62, 0.42))
"""Centres of five power cells in the plane of compositions."""
RADII = (0.0, 0.02, 0.0, 0.0, 0.02)
"""Squared radii of the cells."""
STEPS = 22
"""Grid steps an edge."""


def ternary_plane(compositions: ArrayLike) -> Array:
    """Place compositions (n, 3) in the plane: x = b + c / 2, y = c sqrt(3) / 2, shape (n, 2).

    Raises
    ------
    InputError
        For fractions that are negative or do not sum to 1 within 1e-6.

    Examples
    --------
    >>> ternary_plane([[1, 0, 0], [0, 1, 0]])
    array([[0., 0.],
           [1., 0.]])
    """
    fractions = np.asarray(compositions, np.float64)
    sums = fractions.sum(axis=-1)
    if fractions.ndim != 2 or fractions.shape[1] != 3 or not (fractions >= 0).all():
        raise InputError(f"compositions: found shape {fractions.shape}, expected (n, 3), 0 or more")
    if not np.allclose(sums, 1, atol=1e-6, rtol=0):
        worst = sums[np.abs(sums - 1).argmax()]
        raise InputError(f"compositions: found a sum of {worst:.4g}, expected 1")
    return np.stack([fractions[:, 1] + fractions[:, 2] / 2, fractions[:, 2] * 3**0.5 / 2], axis=1)


def synthetic_ternary(noise: float = 0.1, seed: int = 0) -> PhaseData:
    """Make patterns of 120 channels on a triangular grid of 276, five phases, peaks that shift.

    A phase has four peaks whose places move with the composition; noise is Gaussian in units of the
    height of a peak, and intensities below zero are cut off.

    Parameters
    ----------
    noise, seed : float, int
        Standard deviation of the noise, and its seed.

    Examples
    --------
    >>> synthetic_ternary().patterns.shape
    (276, 120)
    """
    corner = [(STEPS - i - j, i, j) for i in range(STEPS + 1) for j in range(STEPS + 1 - i)]
    points = ternary_plane(np.array(corner) / STEPS)
    power = ((points[:, None] - np.array(CENTRES)) ** 2).sum(axis=2) - np.array(RADII)
    labels = power.argmin(axis=1)
    peaks = np.random.default_rng(17).uniform(5, 115, (len(CENTRES), 4))[labels]
    shifted = peaks + 3 * (points @ (0.6, 0.8) - 0.4)[:, None]
    channels = np.arange(120)
    clean = np.exp(-(((channels - shifted[..., None]) / 2) ** 2) / 2).sum(axis=1)
    noisy = clean + noise * np.random.default_rng(seed).standard_normal(clean.shape)
    return PhaseData(points, np.maximum(noisy, 0), labels.astype(np.int64))


def phase_hint(
    dataset: PhaseData, phase: int, shift: tuple[float, float] = (0.0, 0.0)
) -> HumanInput:
    """Circle the points of one phase by their convex hull, a little widened, and shift it."""
    own = dataset.points[dataset.labels == phase]
    hull = own[ConvexHull(own).vertices]
    return region_prior(hull + 0.02 * (hull - hull.mean(axis=0)) + shift)


def band_hint() -> HumanInput:
    """Circle a band along the boundary of two cells, as wide on both sides: a wrong hint."""
    a, b = np.array(CENTRES)[3:]
    gap = b - a
    share = 0.5 + (RADII[3] - RADII[4]) / (2 * gap @ gap)
    along = 0.2 * np.array([-gap[1], gap[0]]) / np.linalg.norm(gap)
    across = 0.1 * gap / np.linalg.norm(gap)
    corners = np.array([along + across, along - across, -along - across, across - along])
    return region_prior(a + share * gap + corners)


def scattered_hint(dataset: PhaseData, count: int, seed: int) -> HumanInput:
    """Circle points at random, each alone: an adversary's hint."""
    chosen = np.random.default_rng(seed).choice(len(dataset.points), count, replace=False)
    square = 1e-3 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    return region_prior([point + square for point in dataset.points[chosen]])
