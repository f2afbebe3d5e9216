"""The steady state of the open TASEP: particles that enter, hop to the right and leave.

A chain has sites 1 to L. In random order, a particle enters an empty site 1 with rate alpha, hops
to an empty site on its right with rate 1, and leaves site L with rate beta. State number n has
site 1 as its highest bit (1 is occupied), so that ``p.reshape((2,) * L)`` has one axis a site.

Derrida, Evans, Hakim and Pasquier, J. Phys. A 26, 1493 (1993): the weight of a state is a product
of matrices D (occupied) and E (empty) with D E = D + E, <W| E = <W| / alpha, D |V> = |V> / beta.
"""

from fractions import Fraction
from math import factorial
from numbers import Rational, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.arguments import whole_number
from dcl.lattice.configurations import told

__all__ = ["tasep_current", "tasep_distribution", "tasep_fisher", "tasep_partition"]

Array = NDArray[np.float64]

MOST_SITES = 14


def tasep_distribution(L: int, alpha: float, beta: float) -> Array:
    """Probability of every state in the steady state, shape (2^L,).

    The matrices are bidiagonal and real: the corner (alpha + beta - 1) / (alpha beta), which is
    negative below alpha + beta = 1, stands in one of them.

    Parameters
    ----------
    L : int
        Sites, 1 to 14.
    alpha, beta : float
        Rates of entry and exit, in (0, 1].

    Raises
    ------
    InputError
        For an L that is no whole number from 1 to 14, and for a rate that is not in (0, 1].

    Examples
    --------
    >>> tasep_distribution(1, 1.0, 0.5).round(6)  # occupied two thirds of the time
    array([0.333333, 0.666667])
    """
    weights, _ = _weights(L, alpha, beta)
    return np.asarray(weights / weights.sum())


def tasep_fisher(L: int, a: float, b: float) -> Array:
    """Fisher information of a snapshot of the steady state about (alpha, beta), shape (2, 2).

    It is the covariance of the slopes of ln p by the two rates; the weights are differentiated
    along with the matrices, without finite differences.

    Parameters
    ----------
    L, a, b
        Sites, alpha and beta, see `tasep_distribution`, also for the errors.

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
    weights, slopes = _weights(L, a, b)
    p = weights / weights.sum()
    scores = slopes / weights - (slopes.sum(axis=1) / weights.sum())[:, None]
    return np.asarray((p * scores) @ scores.T)


def _weights(L: int, alpha: float, beta: float) -> tuple[Array, Array]:
    """Weights of all states (2^L,) and their slopes by alpha and beta (2, 2^L)."""
    check_rates(alpha, beta)
    length = whole_number("L", L, 1, MOST_SITES)
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


def tasep_partition(L: int, alpha: float, beta: float) -> Fraction:
    """Sum Z_L of the weights of all states, an exact fraction of the given rates.

    Parameters
    ----------
    L : int
        Sites, 0 or more.
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
    length = whole_number("L", L, 0)
    if length == 0:
        return Fraction(1)
    a, b = (1 / _fraction(rate) for rate in (alpha, beta))
    total = Fraction(0)
    for p in range(1, length + 1):
        paths = Fraction(
            p * factorial(2 * length - 1 - p), factorial(length) * factorial(length - p)
        )
        total += paths * sum((a**q * b ** (p - q) for q in range(p + 1)), Fraction(0))
    return total


def _fraction(rate: Any) -> Fraction:
    """Exact value of a rate; single precision is no type that Fraction knows."""
    return Fraction(rate if isinstance(rate, Rational) else float(rate))


def tasep_current(L: int, alpha: float, beta: float) -> Fraction:
    """Particles that pass a bond per unit of time, Z_(L-1) / Z_L as an exact fraction.

    Parameters
    ----------
    L, alpha, beta
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
    length = whole_number("L", L, 1)
    return tasep_partition(length - 1, alpha, beta) / tasep_partition(length, alpha, beta)


def check_rates(alpha: Any, beta: Any) -> None:
    """Raise InputError for a rate of entry or exit outside (0, 1]."""
    for name, rate in {"alpha": alpha, "beta": beta}.items():
        if not (isinstance(rate, Real) and 0 < float(rate) <= 1):
            raise InputError(f"{name}: found {told(rate)}, expected a rate in (0, 1]")
