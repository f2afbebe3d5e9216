"""Labels of phase diagrams from the lower convex hull of Gibbs energies on a grid.

A Gibbs energy is that without interaction, plus coefficients times x (1 - x) and
x (1 - x) (2 x - 1): the Redlich-Kister polynomials of orders 0 and 1.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["GRID", "label_diagrams", "lower_hull"]

Array = NDArray[np.float64]

GRID: Array = np.sin(np.pi * np.arange(513) / 1024) ** 2
"""Mole fractions from 0 to 1, dense at both ends, at most 0.0031 apart."""


@njit(cache=True)  # type: ignore[untyped-decorator]
def lower_hull(x: Array, energies: Array) -> NDArray[np.int64]:
    """Indices of the corners of the lower convex hull, by Andrew's chain.

    Parameters
    ----------
    x : numpy.ndarray
        Ascending, float64 (n,).
    energies : numpy.ndarray
        float64 (n,).

    Examples
    --------
    >>> lower_hull(np.array([0.0, 0.3, 0.6, 1.0]), np.array([0.0, -1.0, 0.5, 0.0])).tolist()
    [0, 1, 3]
    """
    corners, count = np.empty(len(x), np.int64), 0
    for point in range(len(x)):
        while count > 1:
            first, last = corners[count - 2], corners[count - 1]
            rise = (energies[last] - energies[first]) * (x[point] - x[first])
            if rise < (energies[point] - energies[first]) * (x[last] - x[first]):
                break
            count -= 1
        corners[count] = point
        count += 1
    return corners[:count]


@njit(cache=True)  # type: ignore[untyped-decorator]
def label_diagrams(coefficients: Array, fixed: Array, x: Array) -> NDArray[np.int8]:
    """Phases at each x, from energies on `GRID`.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Redlich-Kister coefficients, float64 (p, phases, 2), phases at most 3.
    fixed : numpy.ndarray
        Energies without interaction on the grid, float64 (T, phases, 513).
    x : numpy.ndarray
        Between 0 and 1, float64 (n,).

    Returns
    -------
    numpy.ndarray
        int8 (p, T, n): the number of a phase, or 2 plus the sum of two of them.

    Examples
    --------
    >>> fixed = np.zeros((1, 1, 513))
    >>> label_diagrams(np.ones((1, 1, 2)), fixed, np.array([0.5])).tolist()
    [[[0]]]
    """
    zeroth = GRID * (1 - GRID)
    first = zeroth * (2 * GRID - 1)
    labels = np.empty((len(coefficients), len(fixed), len(x)), np.int8)
    lowest, phases = np.empty(len(GRID)), np.empty(len(GRID), np.int64)
    for diagram in range(len(coefficients)):
        for row in range(len(fixed)):
            lowest[:] = np.inf
            for phase in range(fixed.shape[1]):
                a, b = coefficients[diagram, phase]
                for i in range(len(GRID)):
                    energy = fixed[row, phase, i] + a * zeroth[i] + b * first[i]
                    if energy < lowest[i]:
                        lowest[i], phases[i] = energy, phase
            corners = lower_hull(GRID, lowest)
            right = np.searchsorted(GRID[corners], x)
            for j in range(len(x)):
                one, other = phases[corners[right[j] - 1]], phases[corners[right[j]]]
                labels[diagram, row, j] = one if one == other else 2 + one + other
    return labels
