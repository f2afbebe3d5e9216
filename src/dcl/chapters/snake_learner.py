"""Learner of a snake net: snapshots by their place in a plane, and a small network.

The network has one hidden layer of ReLUs, so that NumPy trains it in a fraction of the time that it
takes to load a library.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from dcl.chapters.contours import measured_distance, normals
from dcl.errors import InputError
from dcl.lattice.arguments import finite_array

__all__ = ["ParameterPlane", "SideLearner"]

Array = NDArray[np.float64]
Spins = NDArray[np.float32]


class SideLearner:
    """A dense network with one hidden layer of ReLUs, from spins to the logit of the left side."""

    def __init__(self, inputs: int, units: int, random: np.random.Generator) -> None:
        inner = random.normal(scale=np.sqrt(2 / inputs), size=(inputs, units))
        outer = random.normal(scale=np.sqrt(1 / units), size=(units, 1))
        parts = inner, np.zeros(units), outer, np.zeros(1)
        self.weights: list[Spins] = [part.astype(np.float32) for part in parts]
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        self.steps = 0

    def logits(self, spins: Spins) -> tuple[Spins, Spins]:
        """Logits (n,) and hidden units (n, units)."""
        inner, inner_bias, outer, outer_bias = self.weights
        hidden = np.maximum(spins @ inner + inner_bias, 0)
        return (hidden @ outer + outer_bias)[:, 0], hidden

    def step(self, spins: Spins, targets: Array) -> None:
        """Take a step of Adam, at a rate of 0.001, on the cross-entropy with soft targets."""
        logits, hidden = self.logits(spins)
        by_logit = ((expit(logits) - targets) / len(spins)).astype(np.float32)[:, None]
        back = (by_logit @ self.weights[2].T) * (hidden > 0)
        gradients = spins.T @ back, back.sum(axis=0), hidden.T @ by_logit, by_logit.sum(axis=0)
        self.steps += 1
        for weight, (mean, square), gradient in zip(
            self.weights, self.moments, gradients, strict=True
        ):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            unbiased = np.sqrt(square / (1 - 0.999**self.steps)) + 1e-7
            weight -= 1e-3 / (1 - 0.9**self.steps) * mean / unbiased


class ParameterPlane:
    """Snapshots by place, and random draws of them."""

    def __init__(
        self,
        snapshots: NDArray[np.int8],
        grid: Sequence[ArrayLike],
        flip: bool,
        random: np.random.Generator,
    ) -> None:
        self.axes = tuple(finite_array("grid", axis) for axis in grid)
        shape, snapshots = tuple(axis.size for axis in self.axes), np.asarray(snapshots)
        if any(axis.ndim != 1 or (np.diff(axis) <= 0).any() for axis in self.axes):
            raise InputError("grid: found other axes, expected two of increasing values")
        if snapshots.ndim != 5 or snapshots.shape[:2] != shape or not snapshots.size:
            raise InputError(
                f"snapshots: found shape {snapshots.shape}, expected (G1, G2, count, L, L) with "
                f"{shape} values on the axes of the grid"
            )
        self.snapshots, self.flip, self.random = snapshots, flip, random
        self.inputs = int(np.prod(snapshots.shape[3:]))
        self.fixed: list[NDArray[np.bool_]] = []
        self.low = np.array([axis[0] for axis in self.axes])
        self.high = np.array([axis[-1] for axis in self.axes])

    def holds(self, points: Array) -> NDArray[np.bool_]:
        """Tell which points lie on the grid."""
        above, below = points >= self.low - 1e-9, points <= self.high + 1e-9
        return np.asarray(np.all(above & below, axis=-1), np.bool_)

    def edges(self, ends: Array) -> NDArray[np.bool_]:
        """Tell which coordinates of the ends are on an edge of the grid, and stay there."""
        return np.asarray(np.isclose(ends, self.low) | np.isclose(ends, self.high), np.bool_)

    def draw(self, points: Array) -> tuple[Array, Spins]:
        """Places of the grid nearest to the points, and a snapshot (n, L^2) from each."""
        places = [
            np.abs(axis - points[:, k, None]).argmin(axis=1) for k, axis in enumerate(self.axes)
        ]
        chosen = self.random.integers(self.snapshots.shape[2], size=len(points))
        spins = self.snapshots[places[0], places[1], chosen].reshape(len(points), self.inputs)
        signs = self.random.choice([-1, 1], len(points)) if self.flip else np.ones(len(points), int)
        found = np.stack(
            [axis[place] for axis, place in zip(self.axes, places, strict=True)], axis=1
        )
        return found, (signs[:, None] * spins).astype(np.float32)

    def pairs(self, own: int, contours: list[Array], reach: float, count: int) -> Array:
        """Points (n, 2) at equal distances on both sides of a contour, nearest to it of all.

        A pair is dropped if one of its points leaves the grid or is nearer to another contour.
        """
        contour = contours[own]
        place = self.random.random(count) * (len(contour) - 1)
        first = place.astype(int)
        share = (place - first)[:, None]
        foot = (1 - share) * contour[first] + share * contour[first + 1]
        turned = normals(contour, self.fixed[own])
        normal = (1 - share) * turned[first] + share * turned[first + 1]
        away = self.random.random((count, 1)) * reach * normal
        both = np.stack([foot + away, foot - away])
        kept = self.holds(both).all(axis=0)
        flat = both[:, kept].reshape(-1, 2)
        if len(contours) > 1 and len(flat):
            distances = np.abs([measured_distance(flat, other)[0] for other in contours])
            near = (distances[own] <= distances.min(axis=0) + 1e-12).reshape(2, -1).all(axis=0)
            flat = flat.reshape(2, -1, 2)[:, near].reshape(-1, 2)
        return flat
