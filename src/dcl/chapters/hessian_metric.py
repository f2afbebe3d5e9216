"""Potentials and metrics on a grid of two parameters.

A grid is a pair of increasing axes, of G1 and G2 values. A potential F is an array (G1, G2), fixed
up to an affine function of the parameters, its gauge. A metric is an array (G1, G2, 2, 2).
Derivatives are those of cubic splines through the values along each axis.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from dcl.errors import InputError
from dcl.lattice.arguments import finite_array

__all__ = [
    "best_hessian",
    "checked_axes",
    "checked_potential",
    "curvature_at",
    "grid_points",
    "hessian",
    "remove_affine",
]

Array = NDArray[np.float64]
Grid = Sequence[ArrayLike]


def checked_axes(grid: Grid) -> tuple[Array, Array]:
    """Return the two axes of a grid as arrays.

    Raises
    ------
    InputError
        Unless there are two axes of three or more finite, increasing values.
    """
    axes = [finite_array("grid", axis) for axis in (grid if np.iterable(grid) else ())]
    if len(axes) != 2 or any(axis.ndim != 1 for axis in axes):
        raise InputError(
            f"grid: found shapes {[axis.shape for axis in axes]}, expected axes (G1,) and (G2,)"
        )
    if min(map(len, axes)) < 3:
        raise InputError(
            f"grid: found {len(axes[0])} and {len(axes[1])} points, expected 3 or more an axis"
        )
    if not all((np.diff(axis) > 0).all() for axis in axes):
        raise InputError("grid: found an axis that does not increase, expected increasing values")
    return axes[0], axes[1]


def grid_points(grid: Grid) -> Array:
    """Parameters of all grid points, shape (G1 G2, 2), the second axis fastest.

    Examples
    --------
    >>> grid_points(([1, 2, 3], [0, 5, 9]))[:4].tolist()
    [[1.0, 0.0], [1.0, 5.0], [1.0, 9.0], [2.0, 0.0]]
    """
    return np.stack(np.meshgrid(*checked_axes(grid), indexing="ij"), axis=-1).reshape(-1, 2)


def checked_potential(F: ArrayLike, grid: Grid) -> Array:
    """Return a potential as an array (G1, G2).

    Raises
    ------
    InputError
        For another shape, or values that are not finite.
    """
    first, second = checked_axes(grid)
    potential = finite_array("F", F)
    if potential.shape != (len(first), len(second)):
        raise InputError(f"F: found shape {potential.shape}, expected {(len(first), len(second))}")
    return potential


def remove_affine(F: ArrayLike, grid: Grid) -> Array:
    """Subtract the affine function of the parameters that is nearest in least squares.

    Parameters
    ----------
    F : array_like
        Shape (G1, G2).
    grid : sequence of array_like
        Two axes.

    Examples
    --------
    >>> grid = np.arange(4), np.arange(3)
    >>> affine = np.add.outer(2.0 * np.arange(4), 1.0 - np.arange(3))
    >>> bool(np.abs(remove_affine(affine, grid)).max() < 1e-9)
    True
    """
    potential = checked_potential(F, grid)
    affine = np.column_stack([np.ones(potential.size), grid_points(grid)])
    fitted = affine @ np.linalg.lstsq(affine, potential.ravel(), rcond=None)[0]
    return np.asarray(potential - fitted.reshape(potential.shape))


def _derivatives(axis: Array) -> tuple[Array, Array]:
    """Matrices (G, G) of the first and second derivatives at the points of an axis."""
    spline = CubicSpline(axis, np.eye(len(axis)))
    return spline(axis, 1), spline(axis, 2)


def hessian(F: ArrayLike, grid: Grid) -> Array:
    """Second derivatives of a potential by the two parameters, exact for quadratic potentials.

    Parameters
    ----------
    F : array_like
        Shape (G1, G2).
    grid : sequence of array_like
        Two axes, three points or more each.

    Returns
    -------
    numpy.ndarray
        Symmetric, shape (G1, G2, 2, 2).

    Raises
    ------
    InputError
        For fewer points, or another shape.

    Examples
    --------
    >>> x, y = np.arange(3.0), np.arange(4.0)
    >>> hessian(x[:, None] ** 2 + 3 * x[:, None] * y, (x, y))[1, 1].round(9) + 0.0
    array([[2., 3.],
           [3., 0.]])
    """
    potential = checked_potential(F, grid)
    (d1, dd1), (d2, dd2) = (_derivatives(axis) for axis in checked_axes(grid))
    mixed = d1 @ potential @ d2.T
    rows = [np.stack([dd1 @ potential, mixed], -1), np.stack([mixed, potential @ dd2.T], -1)]
    return np.stack(rows, axis=-2)


def best_hessian(metric: ArrayLike, grid: Grid) -> tuple[Array, float]:
    """Potential whose Hessian is nearest to a metric in least squares, and what is left.

    Parameters
    ----------
    metric : array_like
        Symmetric, shape (G1, G2, 2, 2).
    grid : sequence of array_like
        Two axes.

    Returns
    -------
    F : numpy.ndarray
        Shape (G1, G2), without an affine part.
    residual : float
        Root of the sum of squares of metric - Hessian, over that of the metric: 0 if the metric is
        a Hessian in these parameters, 1 if no potential is better than F = 0.

    Examples
    --------
    >>> axis = np.linspace(0, 1, 5)
    >>> metric = hessian(np.exp(np.add.outer(axis, 2 * axis)), (axis, axis))
    >>> best_hessian(metric, (axis, axis))[1] < 1e-9
    True
    """
    first, second = checked_axes(grid)
    g = np.asarray(metric, np.float64)
    (d1, dd1), (d2, dd2) = _derivatives(first), _derivatives(second)
    one, two, both = np.eye(len(first)), np.eye(len(second)), np.sqrt(2)
    matrix = np.vstack([np.kron(dd1, two), np.kron(one, dd2), both * np.kron(d1, d2)])
    wanted = np.concatenate(
        [g[..., 0, 0].ravel(), g[..., 1, 1].ravel(), both * g[..., 0, 1].ravel()]
    )
    found = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    residual = np.linalg.norm(matrix @ found - wanted) / np.linalg.norm(wanted)
    return remove_affine(found.reshape(len(first), len(second)), grid), float(residual)


def curvature_at(F: ArrayLike, grid: Grid, second: float, first: ArrayLike) -> Array:
    """Second derivative of a potential by the first parameter, along a line of the second.

    Parameters
    ----------
    F : array_like
        Shape (G1, G2).
    grid : sequence of array_like
        Two axes.
    second : float
        The second parameter, which may lie between two grid points.
    first : array_like
        Values of the first parameter.

    Examples
    --------
    >>> x, y = np.arange(5.0), np.arange(4.0)
    >>> curvature_at(np.outer(x**2, 1 + y), (x, y), second=0.5, first=[2.2]).round(9)
    array([3.])
    """
    potential, (x, y) = checked_potential(F, grid), checked_axes(grid)
    line = CubicSpline(y, potential, axis=1)(second)
    return np.asarray(CubicSpline(x, line)(first, 2))
