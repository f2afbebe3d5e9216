"""Planes of the Blume-Capel model on which snakes look for boundaries, and what is exact there.

Energies and fields are in J, temperatures in J / k_B. A place on a plane is (D, T, h).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.chapters.snake_net import SnakeNet
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.spin_one_heat_bath import sample_blume_capel

__all__ = [
    "CRITICAL",
    "critical_deviations",
    "first_below",
    "four_phase_lines",
    "four_phase_net",
    "plane_snapshots",
    "straight",
    "three_phase_errors",
    "three_phase_net",
]

Array = NDArray[np.float64]

CRITICAL = {0.0: 1.69378, 0.5: 1.5671, 1.0: 1.3979, 1.5: 1.1495}
"""Critical temperatures by D at h = 0, from the literature."""
TRIPLE_POINT = 1.989, 0.0
"""Place (D, h) at T = 0.5 where three phases meet."""
NODES = 20


def plane_snapshots(
    xs: ArrayLike,
    ys: ArrayLike,
    place: Callable[[float, float], tuple[float, float, float]],
    *,
    count: int,
    sweeps: int,
    slabs: Sequence[int] | None = None,
    size: int = 16,
    coupling: float = 1.0,
) -> NDArray[np.int8]:
    """Snapshots (len(xs), len(ys), count, L, L) of a plane; place gives (D, T, h) of a point.

    Examples
    --------
    >>> plane_snapshots([0.0, 1.0], [1.0], lambda d, t: (d, t, 0.0), count=3, sweeps=2).shape
    (2, 1, 3, 16, 16)
    """
    grid = np.asarray(xs, np.float64), np.asarray(ys, np.float64)
    places = [place(float(x), float(y)) for x in grid[0] for y in grid[1]]
    models = [BlumeCapel(coupling, crystal_field, field) for crystal_field, _, field in places]
    drawn = sample_blume_capel(
        models, [t for _, t, _ in places], size, count, seed=1, sweeps=sweeps, slabs=slabs
    )
    return drawn.reshape(len(grid[0]), len(grid[1]), count, size, size)


def straight(start: Sequence[float], end: Sequence[float]) -> Array:
    """Straight contour (nodes, 2) with nodes at equal arcs.

    Examples
    --------
    >>> straight((0, 0), (19, 0))[:2].tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    return np.linspace(start, end, NODES)


def critical_deviations(contour: Array) -> Array:
    """Distances of a contour in the plane of D and T from the critical temperatures, signed.

    Examples
    --------
    >>> line = np.array([[0.0, 1.69378], [0.5, 1.5671], [1.0, 1.3979], [1.5, 1.1495]])
    >>> critical_deviations(line).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    return np.asarray(np.interp(list(CRITICAL), *contour.T) - list(CRITICAL.values()))


def first_below(history: Array) -> int:
    """Iterations until the mean deviation is below 0.08; 1 more than all if it never is."""
    means = [np.abs(critical_deviations(contours[0])).mean() for contours in history]
    return next((k for k, mean in enumerate(means, 1) if mean < 0.08), len(history) + 1)


def three_phase_net(
    middle: tuple[float, float], grid: Sequence[Array], outer: float = 2.6
) -> SnakeNet:
    """Net of three contours in the plane of D and h that share an end.

    Parameters
    ----------
    middle : tuple of float
        Place (D, h) of the shared end.
    grid : sequence of numpy.ndarray
        Axes of D and h.
    outer : float
        D at which the outer contours leave the grid.

    Examples
    --------
    >>> axes = np.arange(1.4, 2.66, 0.05), np.arange(-0.5, 0.51, 0.05)
    >>> len(three_phase_net((2.2, -0.1), axes).contours)
    3
    """
    low, high = grid[1][[0, -1]]
    ends = (grid[0][0], 0.0), (outer, high), (outer, low)
    first = straight(ends[0], middle)
    contours = [first, *(straight(middle, end) for end in ends[1:])]
    return SnakeNet(contours, [[(0, -1), (1, 0), (2, 0)]])


def three_phase_errors(contours: Array) -> tuple[float, float]:
    """Distance of the triple point, and mean distance of the outer contours, the larger one.

    Examples
    --------
    >>> axes = np.arange(1.4, 2.66, 0.05), np.array([-0.5, 0.5])
    >>> exact = three_phase_net((1.989, 0.0), axes, outer=2.5)
    >>> [round(error, 3) for error in three_phase_errors(np.array(exact.contours))]
    [0.0, 0.005]
    """
    junction = np.hypot(*(contours[0, -1] - TRIPLE_POINT))
    outer = np.abs(contours[1:, :, 0] - 2 - np.abs(contours[1:, :, 1])).mean(axis=1).max()
    return float(junction), float(outer)


def four_phase_lines() -> list[Array]:
    """Boundaries (2, 2) of the antiferromagnet, J = -1, at T = 0 in the plane of h and D, h > 0.

    Energies a site are D - 2 (signs alternate), 0 (empty), (D - h) / 2 (every other site up) and
    2 + D - h (all up); lines are where two of them are equal and the others higher.

    Examples
    --------
    >>> [line.tolist() for line in four_phase_lines()][0]
    [[0.0, 2.0], [2.0, 2.0]]
    """
    upper, lower = (2, 2), (4, 0)
    ends = ((0, 2), upper), (upper, (4, 4)), (upper, lower), (lower, (4, -2)), (lower, (6, 2))
    return [np.array(pair, np.float64) for pair in ends]


def four_phase_net(upper: tuple[float, float], lower: tuple[float, float]) -> SnakeNet:
    """Net of five contours in the plane of h / 4 and D / 4 that share two ends.

    Parameters
    ----------
    upper, lower : tuple of float
        Places of the shared ends, in the plane.

    Examples
    --------
    >>> len(four_phase_net((0.6, 0.4), (0.9, 0.1)).contours)
    5
    """
    ends = (
        ((0, upper[1]), upper), (upper, (upper[0] + 0.5, 1)), (upper, lower),
        (lower, (lower[0], -0.5)), (lower, (1.5, lower[1] + 0.3)),
    )  # fmt: skip
    joined = [[(0, -1), (1, 0), (2, 0)], [(2, -1), (3, 0), (4, 0)]]
    return SnakeNet([straight(*pair) for pair in ends], joined)
