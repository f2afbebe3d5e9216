"""Functions of the states of a few sites, and what renamings of the states leave of them."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

__all__ = ["independent_rows", "mean_over", "one_site_functions", "state_kinds"]

Array = NDArray[np.float64]


def one_site_functions(n_states: int) -> Array:
    """List functions of a state that average to zero, orthogonal and of unit mean square.

    Examples
    --------
    >>> one_site_functions(2)
    array([[-1.,  1.]])
    """
    centred = np.eye(n_states)[:, 1:] - 1 / n_states
    if n_states == 2:
        return np.array([[-1.0, 1.0]])
    basis, _ = np.linalg.qr(centred)
    return np.asarray(basis.T * np.sqrt(n_states))


def state_kinds(n_states: int, count: int) -> list[NDArray[np.int64]]:
    """Number the states of some sites so that those are alike which a renaming of states joins.

    Returns
    -------
    list of numpy.ndarray
        Int64 (Q ** count,): for all renamings, for turns and reflections of the states on a circle,
        and for none.

    Examples
    --------
    >>> [len(set(kinds.tolist())) for kinds in state_kinds(5, count=2)]  # of two neighbours
    [2, 3, 25]
    """
    shape = [n_states] * count
    states = np.indices(shape).reshape(count, -1)
    first = (states[:, None] == states[None]).argmax(axis=0)  # site with the same state
    images = [
        np.ravel_multi_index((sign * states + turn) % n_states, shape)
        for sign, turn in product((1, -1), range(n_states))
    ]
    kinds = [np.unique(first, axis=1, return_inverse=True)[1], np.min(images, axis=0)]
    return [*kinds, np.arange(n_states**count)]


def mean_over(kinds: NDArray[np.int64], table: Array) -> Array:
    """Average a table (Q, ..., Q) over the entries of each kind.

    Examples
    --------
    >>> mean_over(state_kinds(3, 1)[0], np.array([0.0, 1.0, 5.0]))
    array([2., 2., 2.])
    """
    means = np.bincount(kinds, table.ravel()) / np.maximum(np.bincount(kinds), 1)
    return np.asarray(means[kinds].reshape(table.shape))


def independent_rows(rows: Array) -> Array:
    """Find a basis of the rows' span, largest values positive; one row stays as it is.

    Examples
    --------
    >>> independent_rows(np.array([[1.0, -1.0], [2.0, -2.0]])).round(6)
    array([[ 1., -1.]])
    """
    if len(rows) == 1:
        return rows if np.abs(rows).max() > 1e-9 else rows[:0]
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    kept = basis[sizes > 1e-9 * max(sizes.max(), 1.0)]
    first = np.abs(kept).argmax(axis=1)
    signs = np.sign(kept[np.arange(len(kept)), first])
    return np.asarray(kept * (signs / np.sqrt((kept**2).mean(axis=1)))[:, None])
