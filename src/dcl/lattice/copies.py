"""Copies among snapshots, which are no data: the same again, or its image under a symmetry."""

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

__all__ = ["group_copies"]

LEAST_STATES = 10
"""Possible configurations a snapshot, below which they repeat by chance."""
LEAST_SHARE, LEAST_EVENNESS = 0.2, 0.95
"""Copies among the less ordered half of the snapshots, and their share relative to the others."""
UNUSUAL = 30
"""Times that a configuration is as frequent as the median one, if chance made it so."""
COMMON, ORDERED = 0.05, 0.7
"""Share of all snapshots, and order, from which on a configuration is common by itself."""
SHELLS = ((0, 1), (1, 1), (0, 2), (1, 2), (2, 2))
"""Distances, row and column, at which sites are compared with their neighbours."""
BLOCK = 2**20
"""Sites that are compared at a time."""


def group_copies(states: NDArray[np.int8], n_states: int) -> tuple[NDArray[np.int64], int]:
    """Group snapshots with their copies.

    Images under translations, rotations, reflections and renaming of the states are copies too, as
    in data that were augmented; on a lattice of few states, the same configurations alone. What
    repeats by chance is no copy: anything where there are fewer than ten possible states a
    snapshot, where the less ordered half of the snapshots repeats less than the other half, as
    improbable ones do, or where a few ordered configurations are much more frequent than others;
    and ordered configurations that are more than 5% of all.

    Parameters
    ----------
    states : numpy.ndarray
        -1 and +1, or 0..Q-1; int8, shape (n, L1, L2).
    n_states : int
        Q.

    Returns
    -------
    groups : numpy.ndarray
        int64 (n,): equal numbers for copies, in the order in which they appear.
    originals : int
        Snapshots that are no copies of another.

    Examples
    --------
    >>> states = np.random.default_rng(1).integers(0, 2, (100, 6, 6), np.int8)
    >>> group_copies(states, 2)[1], group_copies(np.tile(states, (2, 1, 1)), 2)[1]
    (100, 100)
    >>> group_copies(np.concatenate([states, np.roll(states, 1, axis=2)]), 2)[1]
    100
    """
    count, sites = len(states), states[0].size
    alone = np.arange(count)
    spare = sites * math.log(n_states) - math.log(LEAST_STATES * count)
    if spare < 0:
        return alone, count
    images = math.log(8 * sites) + math.lgamma(n_states + 1)
    keys = _image_keys(states) if spare > images else _keys(states)
    _, first, place, often = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    order = _order(states, n_states)
    ordered = order >= np.median(order)
    if not ordered.all():  # snapshots that are all the same are copies
        few, many = ((often[place] > 1)[half].mean() for half in (~ordered, ordered))
        if few < LEAST_SHARE or few < LEAST_EVENNESS * many:
            return alone, count
    if (often[place] > UNUSUAL * np.median(often)).mean() > LEAST_SHARE:
        return alone, count
    common = (often[place] >= COMMON * count) & (order > ORDERED) & ~ordered.all()
    appearance = np.argsort(np.argsort(first))[place]
    groups = np.where(common, len(first) + alone, appearance)
    return groups, int(common.sum()) + len(np.unique(place[~common]))


def _keys(states: NDArray[np.int8]) -> NDArray[np.int64]:
    """Number of each snapshot (n,), the same for the same configuration."""
    words = np.random.default_rng(0).integers(0, 2**63, states[0].size, np.int64)
    return np.asarray(states.reshape(len(states), -1) @ words)


def _image_keys(states: NDArray[np.int8]) -> NDArray[np.int64]:
    """Number of each snapshot (n,), the same for its images.

    It is a sum over sites of a random number for what surrounds each: how many sites of every shell
    are in its own state.
    """
    each = max(1, BLOCK // states[0].size)
    words = np.random.default_rng(0).integers(0, 2**63, 5**4 * 9, np.int64)
    shells = [_images(*shell) for shell in SHELLS]
    keys = np.empty(len(states), np.int64)
    for start in range(0, len(states), each):
        part = states[start : start + each]
        codes = np.zeros(part.shape, np.int16)
        for shifts in shells:
            codes *= len(shifts) + 1
            for shift in shifts:
                codes += part == np.roll(part, shift, axis=(1, 2))
        keys[start : start + each] = words[codes].sum(axis=(1, 2))
    return keys


def _images(down: int, right: int) -> set[tuple[int, int]]:
    """A displacement under rotations and reflections."""
    return {
        pair
        for a, b in product((down, -down), (right, -right))
        for pair in ((a, b), (b, a))
    }  # fmt: skip


def _order(states: NDArray[np.int8], n_states: int) -> NDArray[np.float64]:
    """Agreement of neighbours beyond chance, of columns and of rows (n,), at most 1."""
    chance = 1 / n_states
    alike = [(states == np.roll(states, 1, axis)).mean(axis=(1, 2)) for axis in (1, 2)]
    return np.asarray(sum(abs(share - chance) for share in alike) / (2 - 2 * chance))
