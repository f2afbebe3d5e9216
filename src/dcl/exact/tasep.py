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

__all__ = ["tasep_current", "tasep_distribution", "tasep_fisher", "tasep_partition"]

Array = NDArray[np.float64]

MOST_SITES = 14


def tasep_distribution(length: int, alpha: float, beta: float) -> Array:
    """Probability of every state in the steady state, shape (2^L,).

    The matrices are bidiagonal and real: the corner (alpha + beta - 1) / (alpha beta), which is
    negative below alpha + beta = 1, stands in one of them.

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
    weights, _ = _weights(length, alpha, beta)
    return np.asarray(weights / weights.sum())


def tasep_fisher(length: int, alpha: float, beta: float) -> Array:
    """Fisher information of a snapshot of the steady state about (alpha, beta), shape (2, 2).

    It is the covariance of the slopes of ln p by the two rates; the weights are differentiated
    along with the matrices, without finite differences.

    Parameters
    ----------
    length, alpha, beta
        See `tasep_distribution`, also for the errors.

    Raises
    ------
    InputError
        For values out of range.

    Examples
    --------
    >>> tasep_fisher(1, 0.5, 0.5)  # p(occupied) = alpha / (alpha + beta)
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    weights, slopes = _weights(length, alpha, beta)
    p = weights / weights.sum()
    scores = slopes / weights - (slopes.sum(axis=1) / weights.sum())[:, None]
    return np.asarray((p * scores) @ scores.T)


def _weights(length: int, alpha: float, beta: float) -> tuple[Array, Array]:
    """Weights of all states (2^L,) and their slopes by alpha and beta (2, 2^L)."""
    check_rates(alpha, beta)
    if not 1 <= length <= MOST_SITES:
        raise InputError(f"L: found {length}, expected 1 to {MOST_SITES}")
    (empty, occupied), slopes = _matrices(length + 1, alpha, beta)
    vectors, moved = np.eye(1, length + 1), np.zeros((2, 1, length + 1))
    for _ in range(length):
        parts = [
            moved @ matrix + vectors @ slope
            for matrix, slope in zip((empty, occupied), slopes, strict=True)
        ]
        moved = np.stack(parts, axis=2).reshape(2, -1, length + 1)
        vectors = np.stack([vectors @ empty, vectors @ occupied], axis=1).reshape(-1, length + 1)
    return vectors[:, 0], moved[:, :, 0]


def _matrices(size: int, alpha: float, beta: float) -> tuple[Array, Array]:
    """E and D (2, size, size), and their slopes (2, 2, size, size): by matrix, then by rate.

    L steps from the lowest level reach size = L + 1 levels.
    """
    matrices, slopes = np.zeros((2, size, size)), np.zeros((2, 2, size, size))
    matrices[0] = np.eye(size) + np.eye(size, k=-1)
    matrices[1] = np.eye(size) + np.eye(size, k=1)
    matrices[0, 0, 0], slopes[0, 0, 0, 0] = 1 / alpha, -1 / alpha**2
    matrices[1, 0, 0], slopes[1, 1, 0, 0] = 1 / beta, -1 / beta**2
    matrices[1, 0, 1] = (alpha + beta - 1) / (alpha * beta)
    slopes[1, :, 0, 1] = (1 - beta) / (alpha**2 * beta), (1 - alpha) / (alpha * beta**2)
    return matrices, slopes


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
