"""Rows of a torus that symmetries make equal, so that exact sums run over one of each."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["row_orbits"]

Integers = NDArray[np.int64]


def row_orbits(columns: int, n_states: int, relabelled: bool = True) -> tuple[Integers, Integers]:
    """Group the rows of a torus that translation, reflection and relabelling make equal.

    A row of states is numbered by sum_j state_j Q^j.

    Parameters
    ----------
    columns : int
        Sites of a row.
    n_states : int
        Q.
    relabelled : bool
        Count rows as equal under a -> a + c and a -> c - a modulo Q too, which leave every
        difference of two states as it is up to its sign.

    Returns
    -------
    first_rows, weights : ndarray of int64, shape (n_orbits,)
        The smallest number of each group, and the size of the group.

    Examples
    --------
    >>> row_orbits(2, 3)
    (array([0, 1]), array([3, 6]))
    """
    place = n_states ** np.arange(columns)
    rows = np.arange(n_states**columns)
    states = rows[:, None] // place % n_states
    labels = [(c, sign) for c in range(n_states) for sign in (1, -1)] if relabelled else [(0, 1)]
    smallest = rows
    for shift in range(columns):
        for image in (np.roll(states, shift, axis=1), np.roll(states[:, ::-1], shift, axis=1)):
            for label, sign in labels:
                smallest = np.minimum(smallest, (sign * image + label) % n_states @ place)
    first_rows, weights = np.unique(smallest, return_counts=True)
    return first_rows, weights
