"""The steady state of the open TASEP: particles that enter, hop to the right and leave.

A chain has sites 1 to L. In random order, a particle enters an empty site 1 with rate alpha, hops
to an empty site on its right with rate 1, and leaves site L with rate beta. State number n has
site 1 as its highest bit (1 is occupied), so that ``p.reshape((2,) * L)`` has one axis a site.

Derrida, Evans, Hakim and Pasquier, J. Phys. A 26, 1493 (1993): the weight of a state is a product
of matrices D (occupied) and E (empty) with D E = D + E, <W| E = <W| / alpha, D |V> = |V> / beta.
"""

from fractions import Fraction
from math import factorial

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = ["tasep_current", "tasep_distribution", "tasep_partition"]

MOST_SITES = 14


def tasep_distribution(length: int, alpha: float, beta: float) -> NDArray[np.float64]:
    """Probability of every state in the steady state, shape (2^L,).

    The matrices are bidiagonal; their off-diagonal corner is the square root of
    (alpha + beta - 1) / (alpha beta), imaginary below alpha + beta = 1.

    Parameters
    ----------
    length : int
        L, 1 to 14 sites.
    alpha, beta : float
        Rates of entry and exit, in (0, 1].

    Raises
    ------
    InputError
        For an L that is not from 1 to 14, and for a rate that is not in (0, 1].

    Examples
    --------
    >>> tasep_distribution(1, 1.0, 0.5).round(6)  # occupied two thirds of the time
    array([0.333333, 0.666667])
    """
    check_rates(alpha, beta)
    if not 1 <= length <= MOST_SITES:
        raise InputError(f"L: found {length}, expected 1 to {MOST_SITES}")
    occupied, empty = _matrices(length + 1, alpha, beta)
    vectors = np.eye(1, length + 1, dtype=complex)
    for _ in range(length):
        vectors = np.stack([vectors @ empty, vectors @ occupied], axis=1).reshape(-1, length + 1)
    weights = vectors[:, 0].real
    return np.asarray(weights / weights.sum())


def _matrices(
    size: int, alpha: float, beta: float
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """D and E, truncated to the levels that L steps from the lowest one and back can reach."""
    corner = np.sqrt(complex(alpha + beta - 1) / (alpha * beta))
    occupied = np.eye(size, dtype=np.complex128) + np.eye(size, k=1, dtype=np.complex128)
    empty = occupied.T.copy()
    occupied[0, 0], empty[0, 0] = 1 / beta, 1 / alpha
    occupied[0, 1] = empty[1, 0] = corner
    return occupied, empty


def tasep_partition(length: int, alpha: float, beta: float) -> Fraction:
    """Sum Z_L of the weights of all states, an exact fraction of the given rates.

    Parameters
    ----------
    length : int
        L, 0 or more sites.
    alpha, beta : float
        Rates of entry and exit, in (0, 1]; numbers of any rational type.

    Raises
    ------
    InputError
        For a negative L, or for a rate that is not in (0, 1].

    Examples
    --------
    >>> [int(tasep_partition(length, 1, 1)) for length in range(5)]  # Catalan numbers
    [1, 2, 5, 14, 42]
    """
    check_rates(alpha, beta)
    if length < 0:
        raise InputError(f"L: found {length}, expected 0 or more")
    if length == 0:
        return Fraction(1)
    a, b = 1 / Fraction(alpha), 1 / Fraction(beta)
    total = Fraction(0)
    for p in range(1, length + 1):
        paths = Fraction(
            p * factorial(2 * length - 1 - p), factorial(length) * factorial(length - p)
        )
        total += paths * sum((a**q * b ** (p - q) for q in range(p + 1)), Fraction(0))
    return total


def tasep_current(length: int, alpha: float, beta: float) -> Fraction:
    """Particles that pass a bond per unit of time, Z_(L-1) / Z_L as an exact fraction.

    Parameters
    ----------
    length, alpha, beta
        See `tasep_partition`; L is 1 or more.

    Raises
    ------
    InputError
        For values out of range.

    Examples
    --------
    >>> tasep_current(3, 1, 1)
    Fraction(5, 14)
    """
    return tasep_partition(length - 1, alpha, beta) / tasep_partition(length, alpha, beta)


def check_rates(alpha: float, beta: float) -> None:
    """Raise InputError for a rate of entry or exit outside (0, 1]."""
    for name, rate in {"alpha": alpha, "beta": beta}.items():
        if not 0 < rate <= 1:
            raise InputError(f"{name}: found {rate}, expected a rate in (0, 1]")
