"""A test of imposed symmetries by the snapshots: the score of couplings that break them.

Data with a symmetry leave no slope of the likelihood by a coupling without it, once the slopes by
those with it are taken out; the law itself may be incomplete, and the data may be one of several
ordered phases, as the score is that of the pseudolikelihood.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.clusters import cluster_functions
from dcl.lattice.symmetries import Symmetry
from dcl.learning.coupling_search import MOST_VALUES, SCORED
from dcl.learning.local_environments import Environments
from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.learning.score_tests import score_gains, scores_of

__all__ = ["strongest_breach"]

_WIDTH, _MOST_SITES = 2, 2
"""Limits to fields and couplings of sites that touch; of few candidates, chance makes few large."""
_SEED = 0
"""Of the choice of snapshots, which may be in any order."""
_NOTHING = 1e-6
"""Share of a score's spread below which nothing of it is left."""


def strongest_breach(
    snapshots: NDArray[np.int8],
    inferred: InferredHamiltonian,
    imposed: tuple[Symmetry, ...],
    options: tuple[Any, ...],
    independent: float,
) -> tuple[str, float, float] | None:
    """Find the coupling without the symmetries that is the most standard errors from zero.

    Parameters
    ----------
    snapshots : numpy.ndarray
        Spins or states, int8 (n, L1, L2).
    inferred : InferredHamiltonian
        With the symmetries.
    imposed : tuple of {"translations", "point-group", "states"}
    options : tuple
        Temperature, number of states, reach and boundaries, as of
        `dcl.learning.local_environments.Environments`.
    independent : float
        Independent snapshots that these are worth.

    Returns
    -------
    tuple or None
        Name, value of one Newton step from zero and its standard error, in J; None if only
        translations are imposed, which no coupling that is the same everywhere breaks.
    """
    if not set(imposed) - {"translations"}:
        return None
    shape, n_states = (snapshots.shape[1], snapshots.shape[2]), options[1]
    whole = cluster_functions(_WIDTH, n_states, _MOST_SITES, imposed)
    broken = cluster_functions(_WIDTH, n_states, _MOST_SITES)
    functions = (*inferred.functions, *whole, *broken)
    groups = [Environments(shape, some, *options) for some in (inferred.functions, whole + broken)]
    values = groups[0].places * (n_states - 1) * len(functions)
    most = min(len(snapshots), SCORED, max(1, MOST_VALUES // values))
    chosen = np.random.default_rng(_SEED).choice(len(snapshots), most, replace=False)
    few = np.maximum(snapshots[chosen], 0)
    changes = [group.changes(group.codes(few).ravel()) for group in groups]
    couplings = np.append(inferred.couplings, np.zeros(len(whole + broken)))
    held = list(range(len(functions) - len(broken)))
    scores, information = scores_of(
        groups[0], np.concatenate(changes, axis=2), couplings, held, len(few)
    )
    _, _, weights, curvature = score_gains(scores, information, held)
    left = (scores - scores[:, held] @ weights)[:, len(held) :]
    spread = left.std(axis=0)
    told = spread > _NOTHING * scores.std(axis=0).max()
    best = int((np.abs(left.mean(axis=0)) * told / np.where(told, spread, 1.0)).argmax())
    step, one = np.array([-left[:, best].mean(), spread[best]]) / curvature[len(held) + best]
    return broken[best].name, float(step), float(one / min(len(few), independent) ** 0.5)
