"""The Edwards-Anderson spin glass on an L x L torus, exact for any couplings.

Couplings are float64 (L, L) in J: horizontal[i, j] joins (i, j) to (i, j-1), vertical[i, j] joins
(i, j) to (i-1, j), as in `dcl.lattice.hamiltonians.EdwardsAnderson`.
"""

import numpy as np
from numpy.typing import ArrayLike

from dcl.exact.canonical import Thermodynamics
from dcl.exact.transfer_matrix import transfer_thermodynamics
from dcl.lattice.hamiltonians import EdwardsAnderson

__all__ = ["spin_glass_thermodynamics"]


def spin_glass_thermodynamics(
    horizontal: ArrayLike, vertical: ArrayLike, temperatures: ArrayLike
) -> Thermodynamics:
    """Compute the exact totals of one instance, H = -sum of coupling s s' over its bonds.

    Parameters
    ----------
    horizontal, vertical : array_like, shape (L, L)
        Couplings in J, for L from 2 to 12; the time grows as 4^L L^2.
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.

    Raises
    ------
    InputError
        If the couplings are not two equal squares, or a temperature is not positive.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import EdwardsAnderson
    >>> glass = EdwardsAnderson.gaussian(8, seed=69)
    >>> result = spin_glass_thermodynamics(glass.horizontal, glass.vertical, [4.0])
    >>> round(float(result.energy[0]), 3)
    -37.396
    """
    glass = EdwardsAnderson(horizontal, vertical)
    alignment = np.array([[1.0, -1.0], [-1.0, 1.0]])
    half = np.arange(2 ** (glass.size - 1))  # rows whose last spin is up; the rest are their flips
    return transfer_thermodynamics(
        -np.multiply.outer(glass.horizontal, alignment),
        -np.multiply.outer(glass.vertical, alignment),
        temperatures,
        (half, np.full_like(half, 2)),
    )
