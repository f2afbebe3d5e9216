"""The snapshots that judge a fit, kept aside from those that it sees."""

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.copies import group_copies

__all__ = ["split_by_configuration"]

KEPT_ASIDE = 4
"""Every so manyth snapshot is kept aside."""


def split_by_configuration(
    states: NDArray[np.int8], n_states: int
) -> tuple[NDArray[np.bool_], int]:
    """Keep a quarter of the snapshots aside so that copies of one stand on the same side.

    Copies of a single one are divided.

    Parameters
    ----------
    states, n_states
        See `dcl.lattice.copies.group_copies`.

    Returns
    -------
    aside : numpy.ndarray
        Bool (n,).
    originals : int
        Snapshots that are no copies of another.

    Examples
    --------
    >>> states = np.random.default_rng(1).integers(0, 2, (100, 6, 6), np.int8)
    >>> aside, originals = split_by_configuration(np.tile(states, (2, 1, 1)), 2)
    >>> bool((aside[:100] == aside[100:]).all()), originals
    (True, 100)
    """
    groups, originals = group_copies(states, n_states)
    if originals == 1:
        groups = np.arange(len(states))
    return groups % KEPT_ASIDE == 0, originals
