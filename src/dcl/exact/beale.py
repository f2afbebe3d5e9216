"""The exact density of states of the Ising model on an L x L torus.

Kaufman's formula is a polynomial in y = exp(-4K) whose coefficients are the multiplicities:
Beale, Phys. Rev. Lett. 76, 78 (1996). The polynomial is evaluated at roots of unity modulo many
primes, transformed back, and put together by the Chinese remainder theorem, so that every digit
is right without any symbolic algebra.

With x = exp(-2K), A_r and B_r the roots of t^2 - p_r t + q^2 for q = x (1 - x^2) and
p_r = (1 + x^2)^2 - 2 q cos(pi r / L), a pair of modes (r, 2L - r) of `dcl.exact.kaufman`
contributes A_r^L + B_r^L +- 2 q^L: no square root is left.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.exact.canonical import check_size
from dcl.exact.modular import (
    chinese_remainders,
    coefficients_from_values,
    power,
    primes_in_progression,
    root_of_unity,
)

__all__ = ["ising_density_of_states"]

_LARGEST_SIZE = 64


def ising_density_of_states(size: int) -> tuple[NDArray[np.float64], list[int]]:
    """Count the states of the Ising model H = -J sum s s' on an L x L torus, level by level.

    Parameters
    ----------
    size : int
        Linear size L, from 2 to 64.

    Returns
    -------
    energies : ndarray of float64, shape (n_levels,)
        Total energies in units of J, rising from the ground state of J > 0; levels without a
        state are left out.
    multiplicities : list of int
        The exact number of states on each level.

    Raises
    ------
    InputError
        If the size is out of range.

    Examples
    --------
    >>> energies, multiplicities = ising_density_of_states(8)
    >>> len(energies), multiplicities[:3], sum(multiplicities) == 2**64
    (63, [2, 128, 256], True)
    """
    check_size(size, _LARGEST_SIZE)
    counts = _coefficients(int(size))
    occupied = [k for k, count in enumerate(counts) if count]
    energies = 4 * np.array(occupied, dtype=np.float64) - 2 * size**2
    return energies, [counts[k] for k in occupied]


def _coefficients(size: int) -> list[int]:
    """Return the multiplicities of the energies -2N + 4k, k = 0 to N."""
    sites = size**2
    points = 2 ** sites.bit_length()
    primes: list[int] = []
    for prime in primes_in_progression(math.lcm(2 * points, 2 * size)):
        primes.append(prime)
        if math.prod(primes) > 2**sites:
            break
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        residues = list(pool.map(partial(_residues_modulo, size, points), primes))
    return chinese_remainders(np.stack(residues)[:, : sites + 1], primes)


def _residues_modulo(size: int, points: int, prime: int) -> NDArray[np.uint64]:
    """Return all coefficients modulo a prime."""
    root = root_of_unity(2 * points, prime)
    rotation = root_of_unity(2 * size, prime)
    coefficients: NDArray[np.uint64] = _residues(
        size, points, np.uint64(root), np.uint64(rotation), np.uint64(prime)
    )
    return coefficients


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _residues(
    size: int, points: int, root: np.uint64, rotation: np.uint64, prime: np.uint64
) -> NDArray[np.uint64]:
    """Return all coefficients modulo a prime; the roots have orders 2 `points` and 2 `size`."""
    cosines = np.empty(size + 1, np.uint64)  # 2 cos(pi r / L)
    for r in range(size + 1):
        cosines[r] = (power(rotation, r, prime) + power(rotation, 2 * size - r, prime)) % prime
    values = np.empty(points, np.uint64)
    x = np.uint64(1)
    for point in range(points):
        values[point] = _partition_function(x, size, cosines, prime)
        x = x * root % prime
    coefficients: NDArray[np.uint64] = coefficients_from_values(values, root * root % prime, prime)
    return coefficients


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _partition_function(
    x: np.uint64, size: int, cosines: NDArray[np.uint64], prime: np.uint64
) -> np.uint64:
    """Return exp(-2 N K) Z at x = exp(-2K), modulo a prime."""
    one, square = np.uint64(1), x * x % prime
    below, above = (one + prime - x) % prime, (one + x) % prime
    q = x * ((one + prime - square) % prime) % prime
    twice = np.uint64(2) * power(q, size, prime) % prime
    centre = (one + square) * (one + square) % prime
    plus, minus = np.ones(2, np.uint64), np.ones(2, np.uint64)  # products over even, odd modes
    for r in range(1, size):
        p = (centre + prime - q * cosines[r] % prime) % prime
        pair = _lucas(p, q * q % prime, size, prime)
        plus[r % 2] = plus[r % 2] * ((pair + twice) % prime) % prime
        minus[r % 2] = minus[r % 2] * ((pair + prime - twice) % prime) % prime
    for parity, large, small in ((0, below, above), (size % 2, above, below)):
        big = power(large, size, prime)
        little = power(x * small % prime, size, prime)
        plus[parity] = plus[parity] * ((big + little) % prime) % prime
        minus[parity] = minus[parity] * ((big + prime - little) % prime) % prime
    total: np.uint64 = (plus[0] + plus[1] + minus[0] + minus[1]) % prime
    return total * ((prime + one) // np.uint64(2)) % prime


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _lucas(p: np.uint64, q: np.uint64, n: int, prime: np.uint64) -> np.uint64:
    """Return A^n + B^n for the roots of t^2 - p t + q, by doubling from the leading bit of n."""
    low, high = np.uint64(2), p  # A^k + B^k and A^(k+1) + B^(k+1)
    q_power = np.uint64(1)  # q^k
    bit = 1
    while 2 * bit <= n:
        bit *= 2
    while bit > 0:
        middle = (low * high % prime + prime - p * q_power % prime) % prime
        if n & bit:
            q_next = q_power * q % prime
            low, high = middle, (high * high % prime + np.uint64(2) * (prime - q_next)) % prime
            q_power = q_power * q_next % prime
        else:
            low, high = (low * low % prime + np.uint64(2) * (prime - q_power)) % prime, middle
            q_power = q_power * q_power % prime
        bit //= 2
    return low
