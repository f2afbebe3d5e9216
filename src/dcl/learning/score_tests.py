"""Score tests of couplings: what a Newton step on each would gain.

At the most likely couplings of some functions, the slope of the likelihood by a further coupling
and its curvature tell what a Newton step on it would gain: the score, or Lagrange multiplier, test
(Rao, Proc. Camb. Phil. Soc. 44, 50 (1948)).
"""

import numpy as np
from numpy.typing import NDArray

from dcl.learning.local_environments import (
    BLOCK,
    CONVERGED,
    NEWTON_STEPS,
    Environments,
    NoMaximumError,
)

__all__ = ["lowest_losses", "score_gains", "scores_of"]

Array = NDArray[np.float64]


def score_gains(
    scores: Array, information: Array, active: list[int]
) -> tuple[Array, Array, Array, Array]:
    """Gains that a Newton step on each further coupling promises, by snapshot and on average.

    Parameters
    ----------
    scores : numpy.ndarray
        Gradients of the losses of snapshots by all couplings, float64 (n, K).
    information : numpy.ndarray
        Curvature of the mean loss by each coupling and the active ones, (K, 1 + active): its own in
        the first column.
    active : list of int
        Couplings that are at their most likely values.

    Returns
    -------
    by_snapshot : numpy.ndarray
        Float64 (n, K), but for a constant for each coupling.
    mean : numpy.ndarray
        Float64 (K,), in nats.
    weights : numpy.ndarray
        Float64 (active, K), by how much the active couplings move back for a step of one.
    curvature : numpy.ndarray
        Float64 (K,), of the mean loss along such a step.
    """
    own, cross = information[:, 0], information[:, 1:]
    weights = np.asarray(np.linalg.lstsq(cross[active], cross.T, rcond=1e-10)[0], np.float64)
    efficient = scores - scores[:, active] @ weights
    curvature = own - np.einsum("ka,ak->k", cross, weights)
    curvature = np.maximum(curvature, 1e-9 * own.max(initial=1e-300))
    steps = -efficient.mean(axis=0) / curvature
    gains: Array = efficient.mean(axis=0) ** 2 / (2 * curvature)
    return -efficient * steps, gains, weights, curvature


def scores_of(
    around: Environments, changes: Array, couplings: Array, active: list[int], count: int
) -> tuple[Array, Array]:
    """Gradients of the losses of snapshots by all couplings, and their curvatures.

    Parameters
    ----------
    around : Environments
    changes : numpy.ndarray
        Of all sites of `count` snapshots in order, float64 (count * places, Q - 1, K).
    couplings : numpy.ndarray
        Float64 (K,), zero but for the active ones.
    active : list of int
    count : int

    Returns
    -------
    scores : numpy.ndarray
        Float64 (count, K).
    information : numpy.ndarray
        Curvature of the mean loss by each coupling and itself, and by each and the active ones,
        float64 (K, 1 + active).
    """
    many = changes.shape[2]
    scores, information = np.empty((count, many)), np.zeros((many, 1 + len(active)))
    each = max(1, BLOCK // 4 // around.places)
    for start in range(0, count, each):
        stop = min(start + each, count)
        part = changes[start * around.places : stop * around.places]
        chances, _ = around.chances(part[:, :, active], couplings[active])
        means = np.zeros((len(part), many))
        for chance, change in zip(chances.T, part.swapaxes(0, 1), strict=True):
            weighted = chance[:, None] * change
            means += weighted
            information[:, 0] += np.einsum("mk,mk->k", weighted, change)
            information[:, 1:] += weighted.T @ change[:, active]
        by_snapshot = means.reshape(stop - start, around.places, many).sum(axis=1)
        scores[start:stop] = -around.beta * by_snapshot
        information[:, 0] -= np.einsum("mk,mk->k", means, means)
        information[:, 1:] -= means.T @ means[:, active]
    return scores, around.beta**2 / count * information


def lowest_losses(
    around: Environments, changes: Array, start: Array, direction: Array, count: int
) -> Array:
    """Losses (count,) of snapshots at the lowest point of a line of couplings.

    Parameters
    ----------
    around : Environments
    changes : numpy.ndarray
        Of all sites of `count` snapshots in order, float64 (count * places, Q - 1, k).
    start, direction : numpy.ndarray
        Of the line, float64 (k,).
    count : int

    Raises
    ------
    NoMaximumError
        If the losses fall for ever.
    """
    there, along, length = changes @ start, changes @ direction, np.zeros(1)
    for _ in range(NEWTON_STEPS):
        line = (there + length * along)[:, :, None]
        chances, losses = around.chances(line, np.ones(1))
        means = (chances * along).sum(axis=1)
        slope = -around.beta * means.sum() / count
        curvature = around.beta**2 * ((chances * along**2).sum() - means @ means) / count
        if slope**2 / 2 < CONVERGED * curvature:
            return np.asarray(losses.reshape(count, around.places).sum(axis=1))
        length = length - slope / max(curvature, 1e-300)
    raise NoMaximumError
