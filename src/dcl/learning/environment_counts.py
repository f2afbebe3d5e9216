"""Counts of local environments, and the most likely couplings of a set of snapshots.

Environments that occur often are evaluated once, weighted by their counts.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from dcl.learning.local_environments import (
    BLOCK,
    CONVERGED,
    NEWTON_STEPS,
    Environments,
    NoMaximumError,
)

__all__ = ["EnvironmentCounts"]

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


class EnvironmentCounts:
    """Environments of a set of snapshots, each with how often it occurs in one.

    Parameters
    ----------
    around : Environments
    codes : numpy.ndarray
        Int64 (m,), all different.
    weights : numpy.ndarray
        Float64 (m,), occurrences a snapshot.
    """

    def __init__(self, around: Environments, codes: Codes, weights: Array) -> None:
        self._around, self._codes, self._weights = around, codes, weights
        self._held = around.changes(codes) if len(codes) <= BLOCK else None

    @classmethod
    def of(cls, around: Environments, parts: Iterable[NDArray[np.int8]]) -> "EnvironmentCounts":
        """Count the environments of all snapshots, a part (n, L1, L2) at a time."""
        values, counts, snapshots = np.zeros(0, np.int64), np.zeros(0, np.int64), 0
        each = max(1, BLOCK * 16 // around.places)
        for part in parts:
            snapshots += len(part)
            for start in range(0, len(part), each):
                more, _, often = around.unique(around.codes(part[start : start + each]))
                both, place = np.unique(np.concatenate([values, more]), return_inverse=True)
                counts = np.bincount(place, np.concatenate([counts, often])).astype(np.int64)
                values = both
        return cls(around, values, counts / snapshots)

    def _blocks(self) -> Iterator[tuple[Array, Array]]:
        if self._held is not None:
            yield self._held, self._weights
            return
        for start in range(0, len(self._codes), BLOCK):
            rows = slice(start, start + BLOCK)
            yield self._around.changes(self._codes[rows]), self._weights[rows]

    def gradient(self, couplings: Array) -> tuple[Array, Array]:
        """Gradient (k,) and curvature (k, k) of the loss of a snapshot."""
        gradient, curvature = np.zeros(len(couplings)), np.zeros((len(couplings),) * 2)
        for changes, weights in self._blocks():
            found = self._around.derivatives(changes, couplings, weights)
            gradient += weights @ found.gradients
            curvature += found.curvature
        return gradient, curvature

    def maximum(self, start: Array) -> tuple[Array, Array]:
        """Most likely couplings (k,) by Newton's method, and the curvature (k, k) there.

        Raises
        ------
        NoMaximumError
            If there are none.
        """
        couplings = start.copy()
        for _ in range(NEWTON_STEPS):
            gradient, curvature = self.gradient(couplings)
            step = np.linalg.lstsq(curvature, gradient, rcond=1e-10)[0]
            couplings -= step
            if gradient @ step / 2 < CONVERGED:
                return couplings, curvature
        raise NoMaximumError
