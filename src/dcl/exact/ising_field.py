"""Exact partition function of Ising tori in a field, at natural parameters.

The weight of a configuration is exp(K A + B M), with the alignment A = sum over bonds of s s', the
magnetisation M = sum over sites of s, K = J / T and B = h / T.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.row_matrices import row_energies, row_states, torus_sums
from dcl.lattice.arguments import finite_array

__all__ = ["ising_field_log_partition"]


def ising_field_log_partition(L: int, K: ArrayLike, B: ArrayLike) -> NDArray[np.float64]:
    """Logarithm of the partition function of an L x L torus, by dense transfer matrices.

    Parameters
    ----------
    L : int
        Linear size, 2 to 11; the bonds of L = 2 count twice.
    K, B : array_like
        Coupling and field over temperature, finite, of shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        ln Z, total, of the common shape.

    Raises
    ------
    InputError
        For an L out of range, and for parameters that are not finite or of shapes that differ.

    Examples
    --------
    >>> float(ising_field_log_partition(4, 0.0, 0.0).round(6))  # 16 ln 2
    11.090355
    """
    rows, given = row_states((-1, 1), L), (finite_array("K", K), finite_array("B", B))
    try:
        couplings, fields = np.broadcast_arrays(*given)
    except ValueError:
        shapes = " and ".join(str(array.shape) for array in given)
        raise InputError(f"K, B: found shapes {shapes}, expected some that broadcast") from None
    found = np.empty(couplings.shape)
    for place in np.ndindex(couplings.shape):
        energies = row_energies(rows, -fields[place] * rows.sum(axis=1), float(couplings[place]))
        found[place] = torus_sums(energies, 1.0, L)[0]
    return found
