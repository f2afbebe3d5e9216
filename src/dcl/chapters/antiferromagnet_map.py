"""The phase map of the Ising antiferromagnet in a field, from structure factors of snapshots.

The plane has x = T / 4 and y = h / 5, T in units of J / k_B and h of J, J > 0. The reference is the
line of Mueller-Hartmann and Zittartz, cosh(h / T) = sinh(2 / T)^2: approximate, and very close.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.chapters.phase_mapping import PhaseData
from dcl.sampling.antiferromagnet import sample_antiferromagnet

__all__ = ["antiferromagnet_data", "critical_field", "ordered_region"]

Array = NDArray[np.float64]
ONSAGER = 2 / np.log(1 + np.sqrt(2))


def critical_field(temperatures: ArrayLike) -> Array:
    """Field h(T) at which order ends, 0 above Onsager's temperature, same shape as T > 0.01.

    Examples
    --------
    >>> critical_field([1.26747, 3.0]).round(2)
    array([3., 0.])
    """
    heat = np.asarray(temperatures, np.float64)
    return np.asarray(heat * np.arccosh(np.maximum(np.sinh(2 / heat) ** 2, 1)))


def ordered_region(bend: float = 1.0) -> Array:
    """Corners (m, 2) of the ordered phase in the plane.

    Parameters
    ----------
    bend : float
        1 for the reference line, 0 for the straight line between its ends (T, h) = (0, 4) and
        (2.269, 0); other numbers interpolate.

    Examples
    --------
    >>> ordered_region(0.0)[1].tolist()
    [0.0, 0.8]
    """
    heat = np.linspace(0, ONSAGER, 41)
    field = 4 * (1 - heat / ONSAGER)
    field[1:] += bend * (critical_field(heat[1:]) - field[1:])
    return np.vstack([[[0, 0]], np.stack([heat / 4, field / 5], axis=1)])


def antiferromagnet_data(size: int = 16, sweeps: int = 200, seed: int = 0) -> PhaseData:
    """Sample snapshots on a 16 x 16 grid, T from 0.4 to 3.6 and h from 0 to 5.

    A pattern has two channels, means over four snapshots: the share of the structure factor at
    (pi, pi), which is the square of the staggered magnetisation, and the share of all other wave
    vectors. Phases are 1, ordered below the reference line, and 0.

    Parameters
    ----------
    size, sweeps, seed : int
        See `dcl.sampling.antiferromagnet.sample_antiferromagnet`.

    Examples
    --------
    >>> antiferromagnet_data(size=4, sweeps=2).patterns.shape
    (256, 2)
    """
    grid = np.meshgrid(np.linspace(0.4, 3.6, 16), np.linspace(0, 5, 16))
    heat, field = (axis.ravel() for axis in grid)
    spins = sample_antiferromagnet(size, np.tile(heat, 4), np.tile(field, 4), sweeps, seed)
    sign = np.where(np.indices((size, size)).sum(axis=0) % 2 == 0, 1, -1)
    peak = ((spins * sign).mean(axis=(1, 2)) ** 2).reshape(4, -1).mean(axis=0)
    patterns = np.stack([peak, 1 - peak], axis=1)
    labels = (field < critical_field(heat)).astype(np.int64)
    return PhaseData(np.stack([heat / 4, field / 5], axis=1), patterns, labels)
