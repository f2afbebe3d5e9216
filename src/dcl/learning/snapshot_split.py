"""The snapshots that judge a fit, kept aside from those that it sees."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["split_by_configuration"]

KEPT_ASIDE = 4
"""Every so manyth snapshot is kept aside."""
COMMON = 0.05
"""Share of all snapshots from which a configuration is common by itself."""
LEAST_STATES = 10
"""Possible configurations a snapshot, below which they repeat by chance."""


def split_by_configuration(
    states: NDArray[np.int8], n_states: int
) -> tuple[NDArray[np.bool_], int]:
    """Keep a quarter of the snapshots aside so that copies of one stand on the same side.

    Configurations that are common by themselves are no copies and are split one by one: those that
    are more than 5% of all, such as ordered ones, and all of a lattice with few states.

    Parameters
    ----------
    states : numpy.ndarray
        0..Q-1, int8, shape (n, L1, L2), in no particular order.
    n_states : int
        Q.

    Returns
    -------
    aside : numpy.ndarray
        Bool (n,).
    distinct : int
        Snapshots that are no copies of another.

    Examples
    --------
    >>> states = np.random.default_rng(1).integers(0, 2, (100, 6, 6), np.int8)
    >>> aside, distinct = split_by_configuration(np.tile(states, (2, 1, 1)), 2)
    >>> bool((aside[:100] == aside[100:]).all()), distinct
    (True, 100)
    """
    count = len(states)
    flat, groups = states.reshape(count, -1), np.arange(count)
    if flat.shape[1] * np.log(n_states) < np.log(LEAST_STATES * count):
        return groups % KEPT_ASIDE == 0, count
    words = np.random.default_rng(0).integers(0, 2**63, flat.shape[1], np.int64)
    _, first, place, often = np.unique(
        flat @ words, return_index=True, return_inverse=True, return_counts=True
    )
    rare = often[place] < max(COMMON * count, 2)
    order = np.argsort(np.argsort(first))  # in which the groups appear
    groups = np.where(rare, order[place], groups)
    distinct = int((~rare).sum()) + len(np.unique(place[rare]))
    return groups % KEPT_ASIDE == 0, distinct
