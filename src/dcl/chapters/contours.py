"""Contours in a plane: distances to them, equal arcs, and the implicit step of an active contour.

A contour is an open polygon, float64 ``(m, 2)``. Its normal points to the left of its direction,
and signed distances are positive there.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.lattice.arguments import finite_array

__all__ = [
    "checked_contour",
    "crosses_itself",
    "measured_distance",
    "normals",
    "resample",
    "signed_distance",
    "smoothing_matrix",
]

Array = NDArray[np.float64]

FEWEST_NODES = 5


def checked_contour(contour: ArrayLike) -> Array:
    """Return a contour as an array.

    Raises
    ------
    InputError
        For fewer than five nodes, values that are not finite, a node that is repeated at once, and
        a contour that crosses itself.

    Examples
    --------
    >>> checked_contour([[0, 0], [1, 0], [2, 0], [3, 0], [4, 1]]).shape
    (5, 2)
    """
    nodes = finite_array("contour", contour)
    if nodes.ndim != 2 or nodes.shape[1] != 2 or len(nodes) < FEWEST_NODES:
        raise InputError(
            f"contour: found shape {nodes.shape}, expected (m, 2) with m >= {FEWEST_NODES} nodes"
        )
    if (nodes[1:] == nodes[:-1]).all(axis=1).any():
        raise InputError("contour: found a node twice in a row, expected nodes that differ")
    if crosses_itself(nodes):
        raise InputError("contour: found one that crosses itself, expected a simple polygon")
    return nodes


def crosses_itself(nodes: Array) -> bool:
    """Look for a proper crossing of two segments: each has the other's ends on both sides.

    Examples
    --------
    >>> crosses_itself(np.array([[0, 0], [1, 1], [1, 0], [0, 1]]))
    True
    """
    start, step = nodes[:-1], np.diff(nodes, axis=0)

    def sides(points: Array) -> Array:
        away = points[None] - start[:, None]
        return np.asarray(
            np.sign(step[:, None, 0] * away[..., 1] - step[:, None, 1] * away[..., 0])
        )

    parted = sides(nodes[:-1]) * sides(nodes[1:]) < 0
    return bool((parted & parted.T).any())


def signed_distance(points: ArrayLike, contour: ArrayLike) -> tuple[Array, Array]:
    """Distance of points to a contour, positive on its left, and the arc to the foot of each.

    Parameters
    ----------
    points : array_like
        Shape (n, 2).
    contour : array_like
        Shape (m, 2).

    Returns
    -------
    distance, arc : numpy.ndarray
        Shape (n,) each; the arc is measured along the contour from its first node.

    Raises
    ------
    InputError
        For points of another shape, and for a contour that `checked_contour` refuses.

    Examples
    --------
    >>> line = np.stack([np.linspace(0, 4, 5), np.zeros(5)], axis=1)
    >>> distance, arc = signed_distance([[1.5, 2.0], [3.0, -1.0]], line)
    >>> distance.tolist(), arc.tolist()
    ([2.0, -1.0], [1.5, 3.0])
    """
    places = finite_array("points", points)
    if places.ndim != 2 or places.shape[1] != 2:
        raise InputError(f"points: found shape {places.shape}, expected (n, 2)")
    return measured_distance(places, checked_contour(contour))


def measured_distance(places: Array, nodes: Array) -> tuple[Array, Array]:
    """Do the work of `signed_distance` for a contour that has been checked before."""
    start, step = nodes[:-1], np.diff(nodes, axis=0)
    lengths = np.hypot(*step.T)
    away = places[:, None] - start
    share = np.clip((away * step).sum(axis=-1) / lengths**2, 0, 1)
    square = ((away - share[..., None] * step) ** 2).sum(axis=-1)
    nearest = square.argmin(axis=1)
    rows = np.arange(len(places))
    side = step[nearest, 0] * away[rows, nearest, 1] - step[nearest, 1] * away[rows, nearest, 0]
    arc = np.concatenate([[0], np.cumsum(lengths)])[nearest]
    arc += share[rows, nearest] * lengths[nearest]
    return np.where(side < 0, -1.0, 1.0) * np.sqrt(square[rows, nearest]), arc


def normals(contour: Array, edges: NDArray[np.bool_]) -> Array:
    """Unit normals at the nodes, shape (m, 2), to the left of the contour's direction.

    Those of the ends have no component along the coordinates that ``edges`` (2, 2) holds fixed.
    """
    tangents = np.gradient(contour, axis=0)
    turned = np.stack([-tangents[:, 1], tangents[:, 0]], axis=1)
    turned[[0, -1]] = np.where(edges & ~edges.all(axis=1, keepdims=True), 0, turned[[0, -1]])
    return np.asarray(turned / np.maximum(np.hypot(*turned.T), 1e-9)[:, None])


def resample(contour: Array) -> Array:
    """Move the nodes along the contour to equal arcs; the ends stay."""
    arc = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(contour, axis=0).T))])
    even = np.linspace(0, arc[-1], len(contour))
    return np.stack([np.interp(even, arc, contour[:, axis]) for axis in (0, 1)], axis=1)


def smoothing_matrix(nodes: int, rigidity: float) -> Array:
    """Inverse of 1 - k D2 + k D2^T D2: an implicit step of tension and stiffness k."""
    identity = np.eye(nodes)
    second = np.pad(np.diff(identity, 2, axis=0), ((1, 1), (0, 0)))  # none at the ends
    return np.asarray(np.linalg.inv(identity - rigidity * second + rigidity * second.T @ second))
