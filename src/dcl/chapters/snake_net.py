"""Snake nets: phase boundaries as active contours that a network pulls to where phases differ.

A contour is a guess of a phase boundary: a snapshot taken at signed distance d belongs to its left
side with probability sigmoid(d / s). A network learns to tell from a snapshot which side it is on,
and where it disagrees with the guess the contour is moved along its normal (Liu and van
Nieuwenburg, arXiv 1706.08111). Several contours that share free triple points make a net, and a
balloon force that decays helps those that start far away (Sun et al., arXiv 2205.09699).

Points are ``(x, y)`` in the plane of two parameters, snapshots int8 ``(G1, G2, count, L, L)`` on a
grid of G1 values of x and G2 of y, whose axes should have like scales.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from dcl.chapters.contours import (
    checked_contour,
    measured_distance,
    normals,
    resample,
    signed_distance,
    smoothing_matrix,
)
from dcl.chapters.snake_learner import ParameterPlane, SideLearner
from dcl.errors import InputError
from dcl.exact.blume_capel import blume_capel_torus, strip_critical_temperature
from dcl.lattice.arguments import finite_array, finite_number, whole_number

__all__ = [
    "SnakeNet",
    "blume_capel_torus",
    "evolve",
    "signed_distance",
    "strip_critical_temperature",
]

Array = NDArray[np.float64]

WINDOW, NEAR = 8.0, 3.0
"""Largest distance, in widths s, of the snapshots that train a learner and that make the force."""
CLIP, SPREAD, SPRING = 1.0, 1.5, 0.3
"""Largest step in widths, nodes over which forces are averaged, and what holds a junction."""


@dataclass(frozen=True)
class SnakeNet:
    """Contours, and the ends that they share.

    Parameters
    ----------
    contours : sequence of array_like
        Each (m, 2), with the same number of nodes, 5 or more.
    junctions : sequence of sequence of (int, int)
        For each junction the (contour, end) that meet there, end 0 or -1.

    Raises
    ------
    InputError
        If a contour crosses itself or is too short, or a junction names no ends, or ends that lie
        apart.

    Examples
    --------
    >>> line = np.stack([np.linspace(0, 1, 6), np.zeros(6)], axis=1)
    >>> len(SnakeNet([line, line[::-1] + [1, 0]], [[(0, -1), (1, -1)]]).contours)
    2
    """

    contours: Sequence[ArrayLike]
    junctions: Sequence[Sequence[tuple[int, int]]] = ()

    def __post_init__(self) -> None:
        checked = tuple(checked_contour(contour) for contour in self.contours)
        object.__setattr__(self, "contours", checked)
        if len({len(contour) for contour in checked}) != 1:
            raise InputError(
                "contours: found several numbers of nodes, expected one, or none at all"
            )
        for junction in self.junctions:
            if not all(0 <= n < len(checked) and end in (0, -1) for n, end in junction):
                raise InputError(
                    f"junction: found {junction}, expected (contour, end) with end 0 or -1"
                )
            ends = np.array([checked[contour][end] for contour, end in junction])
            if not np.allclose(ends, ends[:1]):
                raise InputError(f"junction: found ends at {ends.tolist()}, expected one point")


def evolve(
    net: SnakeNet,
    snapshots: NDArray[np.int8],
    grid: Sequence[ArrayLike],
    *,
    iterations: int = 70,
    balloon: float | Sequence[float] = 0.0,
    decay: float = 6.0,
    flip: bool = True,
    widths: tuple[float, float] = (0.12, 0.035),
    rigidity: float = 0.5,
    seed: int = 1,
) -> Array:
    """Let the contours of a net find the phase boundaries.

    Parameters
    ----------
    net : SnakeNet
    snapshots : numpy.ndarray
        int8, shape (G1, G2, count, L, L).
    grid : sequence of two array_like
        Ascending values of x (G1,) and y (G2,).
    iterations : int
        1 or more.
    balloon : float or sequence of float
        Step to the left of each contour in the first iteration; negative values go right.
    decay : float
        Iterations over which the balloon force falls by e.
    flip : bool
        Whether snapshots are shown with a random sign; right where the two signs are one phase.
    widths : tuple of float
        Width s of the guess in the first and in the last iteration.
    rigidity : float
        Tension and stiffness of the contours.
    seed : int

    Returns
    -------
    numpy.ndarray
        The nodes after each iteration, shape (iterations, contours, nodes, 2).

    Raises
    ------
    InputError
        If a contour starts outside the grid, the snapshots do not fit it, or an option is out of
        range.
    """
    whole_number("iterations", iterations, 1)
    if not (finite_number("decay", decay) > 0 and min(finite_array("widths", widths)) > 0):
        raise InputError(f"decay, widths: found {decay}, {widths}, expected positive numbers")
    balloons = finite_array("balloon", balloon)
    if balloons.shape not in ((), (len(net.contours),)):
        raise InputError(f"balloon: found shape {balloons.shape}, expected one number a contour")
    plane = ParameterPlane(snapshots, grid, flip, np.random.default_rng(seed))
    contours = [np.asarray(contour, np.float64) for contour in net.contours]
    for contour in contours:
        if not plane.holds(contour).all():
            raise InputError("contour: found nodes outside the grid, expected all of them inside")
    plane.fixed = [plane.edges(contour[[0, -1]]) for contour in contours]
    learners = [SideLearner(plane.inputs, 64, plane.random) for _ in contours]
    smooth = smoothing_matrix(len(contours[0]), rigidity)
    pushes = np.broadcast_to(balloons, len(contours))
    history = np.empty((iterations, len(contours), *contours[0].shape))
    for k in range(iterations):
        width = widths[0] * (widths[1] / widths[0]) ** (k / max(iterations - 1, 1))
        steps = [
            width * _force(n, contours, learner, plane, width) + push * np.exp(-k / decay)
            for n, (learner, push) in enumerate(zip(learners, pushes, strict=True))
        ]
        contours = _moved(net, contours, steps, smooth, plane)
        history[k] = contours
    return history


def _force(
    own: int, contours: list[Array], learner: SideLearner, plane: ParameterPlane, width: float
) -> Array:
    """Train the learner of a contour and return its pull to the left, in widths, at the nodes."""
    for _ in range(12):
        places, spins = plane.draw(plane.pairs(own, contours, WINDOW * width, 128))
        if len(places):
            learner.step(spins, expit(measured_distance(places, contours[own])[0] / width))
    places, spins = plane.draw(plane.pairs(own, contours, NEAR * width, 1000))
    nodes = len(contours[own])
    if not len(places):
        return np.zeros(nodes)
    distance, arc = measured_distance(places, contours[own])
    guess = expit(distance / width)
    weights = guess * (1 - guess)
    length = np.hypot(*np.diff(contours[own], axis=0).T).sum()
    off = arc[:, None] / length * (nodes - 1) - np.arange(nodes)
    shares = np.exp(-(off**2) / (2 * SPREAD**2)) * weights[:, None]
    logits = np.clip(learner.logits(spins)[0], -CLIP, CLIP)
    return np.asarray(-(logits @ shares) / (shares.sum(axis=0) + 1e-3))


def _moved(
    net: SnakeNet,
    contours: list[Array],
    steps: list[Array],
    smooth: Array,
    plane: ParameterPlane,
) -> list[Array]:
    """Move nodes along normals, junctions to where their contours agree best; smooth; resample."""
    turned = [normals(*pair) for pair in zip(contours, plane.fixed, strict=True)]
    moved = [c + step[:, None] * n for c, step, n in zip(contours, steps, turned, strict=True)]
    smoothed = [smooth @ contour for contour in moved]
    for old, new, edge in zip(contours, smoothed, plane.fixed, strict=True):
        new[[0, -1]] = np.where(edge, old[[0, -1]], new[[0, -1]])
    for junction in net.junctions:
        ends = [smoothed[contour][:: 1 if end == 0 else -1] for contour, end in junction]
        place = _meeting_point(ends, contours[junction[0][0]][junction[0][1]])
        for end in ends:
            end[0] = place
    return [resample(np.clip(contour, plane.low, plane.high)) for contour in smoothed]


def _meeting_point(ends: list[Array], before: Array) -> Array:
    """Point that is nearest to the lines through the nodes before the ends of some contours.

    Nodes at the end itself see hardly any snapshots of their own; a weak spring holds the point
    where it was ``before``.
    """
    near, far = (np.array([end[k] for end in ends]) for k in (2, 5))
    turned = np.stack([near[:, 1] - far[:, 1], far[:, 0] - near[:, 0]], axis=1)
    turned /= np.hypot(*turned.T)[:, None]
    offsets = (turned * (near + far) / 2).sum(axis=1)
    spring = SPRING * np.eye(2)
    matrix = turned.T @ turned + spring
    return np.asarray(np.linalg.solve(matrix, turned.T @ offsets + spring @ before))
