"""Arithmetic modulo primes below 2^32, for polynomials with large integer coefficients.

Residues are uint64, so that a product of two never overflows.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "chinese_remainders",
    "coefficients_from_values",
    "power",
    "primes_in_progression",
    "root_of_unity",
]

_WITNESSES = (2, 3, 5, 7, 11)  # they settle every number below 2^40: Jaeschke (1993)


def primes_in_progression(step: int) -> Iterator[int]:
    """Yield the primes p = 1 modulo `step` below 2^32, largest first.

    Examples
    --------
    >>> next(primes_in_progression(2**10)) % 2**10
    1
    """
    for candidate in range((2**32 - 2) // step * step + 1, step, -step):
        if _is_prime(candidate):
            yield candidate


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test, deterministic below 2^40."""
    if number % 2 == 0 or number < 12:
        return number in (2, 3, 5, 7, 11)
    twos = ((number - 1) & (1 - number)).bit_length() - 1
    for witness in _WITNESSES:
        residue = pow(witness, (number - 1) >> twos, number)
        chain = [pow(residue, 2**k, number) for k in range(twos)]
        if residue != 1 and number - 1 not in chain:
            return False
    return True


def root_of_unity(order: int, prime: int) -> int:
    """Return an element of exactly this order modulo a prime with `order` dividing prime - 1.

    Examples
    --------
    >>> root_of_unity(4, 13) in (5, 8)
    True
    """
    divisors = [d for d in range(2, order + 1) if order % d == 0 and _is_prime(d)]
    for base in range(2, prime):
        root = pow(base, (prime - 1) // order, prime)
        if all(pow(root, order // d, prime) != 1 for d in divisors):
            return root
    raise AssertionError("a prime field has roots of every order that divides p - 1")


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def power(base: np.uint64, exponent: int, prime: np.uint64) -> np.uint64:
    """Return base^exponent modulo a prime.

    Examples
    --------
    >>> int(power(np.uint64(3), 4, np.uint64(7)))
    4
    """
    result = np.uint64(1)
    while exponent > 0:
        if exponent & 1:
            result = result * base % prime
        base = base * base % prime
        exponent >>= 1
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def coefficients_from_values(
    values: NDArray[np.uint64], root: np.uint64, prime: np.uint64
) -> NDArray[np.uint64]:
    """Return the coefficients of a polynomial from its values at the powers of a root of unity.

    The inverse number-theoretic transform, radix 2, by halving the set of points.

    Parameters
    ----------
    values : ndarray of uint64, shape (M,)
        Values at root^0, root^1, ..., root^(M-1); M is a power of two.
    root : uint64
        A root of unity of order M modulo the prime.
    prime : uint64
        The modulus, below 2^32.

    Examples
    --------
    The polynomial 3 + 2 y at y = 1 and y = -1:

    >>> seven = np.uint64(7)
    >>> coefficients_from_values(np.array([5, 1], np.uint64), np.uint64(6), seven).tolist()
    [3, 2]
    """
    count = values.size
    work = values.copy()
    other = np.empty_like(work)
    inverse_root = power(root, count - 1, prime)
    length, stride = count, 1
    while length > 1:
        half = length // 2
        twiddle = np.uint64(1)
        for i in range(half):
            for j in range(stride):
                low = work[stride * i + j]
                high = work[stride * (i + half) + j]
                other[stride * 2 * i + j] = (low + high) % prime
                other[stride * (2 * i + 1) + j] = (low + prime - high) % prime * twiddle % prime
            twiddle = twiddle * inverse_root % prime
        work, other = other, work
        inverse_root = inverse_root * inverse_root % prime
        length, stride = half, stride * 2
    scale: np.uint64 = power(np.uint64(count), np.int64(prime) - 2, prime)
    return work * scale % prime


def chinese_remainders(residues: NDArray[np.uint64], primes: Sequence[int]) -> list[int]:
    """Return the smallest non-negative integers with the given residues.

    Parameters
    ----------
    residues : ndarray of uint64, shape (n_primes, n)
        One row a prime.
    primes : sequence of int
        Different primes.

    Examples
    --------
    >>> chinese_remainders(np.array([[2, 0], [3, 4]], np.uint64), [3, 5])
    [8, 9]
    """
    totals = [0] * residues.shape[1]
    modulus = 1
    for row, prime in zip(residues.tolist(), primes, strict=True):
        inverse = pow(modulus, -1, prime)
        totals = [
            total + modulus * ((residue - total) * inverse % prime)
            for total, residue in zip(totals, row, strict=True)
        ]
        modulus *= prime
    return totals
