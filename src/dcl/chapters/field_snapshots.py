"""Ising snapshots on a grid of coupling and field, and the numbers that a posterior may use.

The weight of a snapshot is exp(K A + B M), with the alignment A = sum over bonds of s s' and the
magnetisation M: no other number of a snapshot counts.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.chapters.hessian_metric import Grid, grid_points
from dcl.sampling.ising_in_field import sample_ising_in_field

__all__ = ["grid_snapshots", "ising_statistics", "pattern_histograms"]

Array = NDArray[np.float64]
Spins = NDArray[np.int8]


def grid_snapshots(size: int, grid: Grid, count: int, *, seed: int) -> Spins:
    """Independent Ising snapshots at every point of a grid of (K, B), shape (G1 G2, count, L, L).

    Parameters
    ----------
    size : int
        L.
    grid : sequence of array_like
        Axes of K and B.
    count : int
        Snapshots of each grid point.
    seed : int

    Examples
    --------
    >>> grid_snapshots(4, ([0.2, 0.3, 0.4], [-0.1, 0.0, 0.1]), 5, seed=1).shape
    (9, 5, 4, 4)
    """
    couplings, fields = np.repeat(grid_points(grid), count, axis=0).T
    drawn = sample_ising_in_field(size, couplings, fields, seed=seed)
    return drawn.reshape(-1, count, size, size)


def ising_statistics(snapshots: ArrayLike) -> Array:
    """Alignment A and magnetisation M of snapshots (..., L, L), shape (..., 2).

    Examples
    --------
    >>> ising_statistics(np.ones((3, 3))).tolist()
    [18.0, 9.0]
    """
    spins = np.asarray(snapshots, np.int64)
    near = np.roll(spins, 1, axis=-1) + np.roll(spins, 1, axis=-2)
    return np.stack([(spins * near).sum(axis=(-2, -1)), spins.sum(axis=(-2, -1))], -1).astype(float)


def pattern_histograms(snapshots: ArrayLike, width: int = 3) -> Array:
    """Numbers of the local patterns of a snapshot, the same in all eight orientations as one.

    Parameters
    ----------
    snapshots : array_like
        Spins, shape (n, L, L), on a torus.
    width : int
        Side of the patterns: 3 has 102 of them, 2 has 6.

    Returns
    -------
    numpy.ndarray
        Places of the torus that show each pattern, shape (n, patterns).

    Examples
    --------
    >>> pattern_histograms(np.ones((1, 4, 4)), width=2).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.0, 16.0]]
    """
    up = np.asarray(snapshots) > 0
    powers = 1 << np.arange(width**2)
    every = np.arange(2 ** (width**2))[:, None] >> np.arange(width**2) & 1
    square = every.reshape(-1, width, width)
    turned = [np.rot90(kind, k, (1, 2)) for kind in (square, square.mT) for k in range(4)]
    lowest = np.min([kind.reshape(len(every), -1) @ powers for kind in turned], axis=0)
    patterns, number = np.unique(lowest, return_inverse=True)
    shifts = [(-i, -j) for i in range(width) for j in range(width)]
    codes = sum(
        np.roll(up, shift, (1, 2)) * power for shift, power in zip(shifts, powers, strict=True)
    )
    seen = number[codes].reshape(len(up), -1) + len(patterns) * np.arange(len(up))[:, None]
    counts = np.bincount(seen.ravel(), minlength=len(patterns) * len(up))
    return counts.reshape(len(up), len(patterns)).astype(np.float64)
