"""Exact partition function of Ising tori in a field, at natural parameters.

The weight of a configuration is exp(K A + B M), with the alignment A = sum over bonds of s s', the
magnetisation M = sum over sites of s, K = J / T and B = h / T.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.row_matrices import row_energies, row_states, torus_sums

__all__ = ["ising_field_log_partition"]


def ising_field_log_partition(size: int, K: ArrayLike, B: ArrayLike) -> NDArray[np.float64]:
    """Logarithm of the partition function of an L x L torus, by dense transfer matrices.

    Parameters
    ----------
    size : int
        L, 2 to 11; the bonds of L = 2 count twice.
    K, B : array_like
        Coupling and field over temperature, finite, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        ln Z, total, of the common shape.

    Raises
    ------
    InputError
        For a size out of range and for parameters that are not finite.

    Examples
    --------
    >>> float(ising_field_log_partition(4, 0.0, 0.0).round(6))  # 16 ln 2
    11.090355
    """
    rows = row_states((-1, 1), size)
    couplings, fields = np.broadcast_arrays(np.asarray(K, float), np.asarray(B, float))
    if not (np.isfinite(couplings).all() and np.isfinite(fields).all()):
        raise InputError("K, B: found a number that is not finite, expected finite numbers")
    found = np.empty(couplings.shape)
    for place in np.ndindex(couplings.shape):
        energies = row_energies(rows, -fields[place] * rows.sum(axis=1), float(couplings[place]))
        found[place] = torus_sums(energies, 1.0, size)[0]
    return found
