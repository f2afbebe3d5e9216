"""Regions and boundaries that a human draws on a plane, as terms of a kernel."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.path import Path
from numpy.typing import ArrayLike, NDArray

from dcl.chapters.contours import crosses_itself
from dcl.errors import InputError
from dcl.lattice.arguments import finite_number

__all__ = ["HumanInput", "boundary_prior", "region_of_interest", "region_prior"]

Array = NDArray[np.float64]


class HumanInput(NamedTuple):
    """A hint: a term w F F^T of the kernel, F the memberships (n, f), or a limit of the search."""

    memberships: Callable[[Array], Array]
    weight: float
    restricts: bool = False

    def __call__(self, a: Array, b: Array) -> Array:
        """Compute covariances (n, m) of points (n, 2) and (m, 2)."""
        return self.weight * self.memberships(a) @ self.memberships(b).T


def region_prior(polygon: ArrayLike | Sequence[ArrayLike], weight: float = 1.0) -> HumanInput:
    """Say that the points of a region belong together: w u u^T, u their membership.

    Parameters
    ----------
    polygon : array_like or list of array_like
        Corners (m, 2), in order, or a list of polygons whose union is the region.
    weight : float
        w, 0 or more, in units of the kernel's variance.

    Raises
    ------
    InputError
        For fewer than three corners, no area, edges that cross, or a negative weight.

    Examples
    --------
    >>> prior = region_prior([(0, 0), (1, 0), (0, 1)], 2.0)
    >>> prior(np.array([[0.2, 0.2], [3, 3]]), np.array([[0.1, 0.4]]))
    array([[2.],
           [0.]])
    """
    several = isinstance(polygon, list) and np.ndim(polygon[0] if polygon else 0) == 2
    polygons: list[Any] = polygon if several else [polygon]  # type: ignore[assignment]
    paths = [Path(_simple(corners)) for corners in polygons]

    def memberships(points: Array) -> Array:
        inside = np.any([path.contains_points(points) for path in paths], axis=0)
        return np.asarray(inside[:, None], np.float64)

    return HumanInput(memberships, _weight(weight))


def region_of_interest(polygon: ArrayLike) -> HumanInput:
    """Keep the search inside a polygon (m, 2); the kernel stays as it is. See `region_prior`."""
    return region_prior(polygon, 0.0)._replace(restricts=True)


def boundary_prior(line: ArrayLike, weight: float = 1.0) -> HumanInput:
    """Say that phases differ across a line: w for points on one side of it, 0 across it.

    That is a squared exponential of the side, in the limit of a short length.

    Parameters
    ----------
    line : array_like
        Two different points, shape (2, 2); the line through them has no end.
    weight : float
        w, 0 or more, in units of the kernel's variance.

    Raises
    ------
    InputError
        For anything but two different finite points, or a negative weight.

    Examples
    --------
    >>> boundary_prior([(0, 0), (1, 0)])(np.array([[0.0, 1.0]]), np.array([[5.0, 2], [0, -1]]))
    array([[1., 0.]])
    """
    ends = np.asarray(line, np.float64)
    if ends.shape != (2, 2) or not np.isfinite(ends).all() or (ends[0] == ends[1]).all():
        raise InputError(f"line: found {ends.tolist()}, expected two different points")
    normal = np.array([ends[0, 1] - ends[1, 1], ends[1, 0] - ends[0, 0]])

    def memberships(points: Array) -> Array:
        left = (points - ends[0]) @ normal > 0
        return np.stack([left, ~left], axis=1).astype(np.float64)

    return HumanInput(memberships, _weight(weight))


def _simple(corners: ArrayLike) -> Array:
    """Corners (m, 2) of a polygon with an area whose edges do not cross, or InputError."""
    polygon = np.asarray(corners, np.float64)
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3:
        raise InputError(f"polygon: found shape {polygon.shape}, expected three or more corners")
    x, y = polygon.T
    area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    if not area > 1e-12:  # also when a corner is not finite
        raise InputError(f"polygon: found an area of {area:.3g}, expected a positive one")
    if crosses_itself(np.vstack([polygon, polygon[:1]])):
        raise InputError("polygon: found edges that cross, expected a simple polygon")
    return polygon


def _weight(weight: float) -> float:
    if finite_number("weight", weight) < 0:
        raise InputError(f"weight: found {weight}, expected 0 or more")
    return float(weight)
