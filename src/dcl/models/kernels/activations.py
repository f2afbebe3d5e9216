"""Activation functions for Numba kernels, made of operations that the compiler vectorises."""

import numpy as np
from numba import njit

__all__ = ["MOST_ACCEPTED", "acceptance", "exp_minus", "tanh"]

MOST_ACCEPTED = np.float32(15 / 16)
"""Largest probability to accept a proposal; see `acceptance`."""

_CLAMP = np.float32(7.90531110763549805)
_NUMERATOR = tuple(
    np.float32(a)
    for a in (-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11,
              5.12229709037114e-08, 1.48572235717979e-05, 6.37261928875436e-04,
              4.89352455891786e-03)
)  # fmt: skip
_DENOMINATOR = tuple(
    np.float32(b)
    for b in (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03,
              4.89352518554385e-03)
)  # fmt: skip


@njit(cache=True, fastmath=True, error_model="numpy")
def tanh(x):  # type: ignore[no-untyped-def]
    """Rational minimax tanh of a float32, within a few roundings."""
    x = max(min(x, _CLAMP), -_CLAMP)
    square = x * x
    top = _NUMERATOR[0]
    for a in _NUMERATOR[1:]:
        top = top * square + a
    bottom = _DENOMINATOR[0]
    for b in _DENOMINATOR[1:]:
        bottom = bottom * square + b
    return x * top / bottom


@njit(cache=True, fastmath=True)
def exp_minus(x):  # type: ignore[no-untyped-def]
    """Exponential of -x, a float32, within a relative 1e-5; 1 below x = 0, 7e-13 above x = 28."""
    part = min(max(x, np.float32(0.0)), np.float32(28.0)) * np.float32(-1 / 64)
    power = np.float32(1.0)
    for divisor in (7, 6, 5, 4, 3, 2, 1):
        power = np.float32(1.0) + part * power * np.float32(1.0 / divisor)
    for _ in range(6):
        power *= power
    return power


@njit(cache=True, fastmath=True)
def acceptance(rise):  # type: ignore[no-untyped-def]
    """Probability to accept a rise of the energy, a float32 in units of k_B T.

    It is Metropolis' times 15/16. Sites are visited in order, and a certain flip of every site,
    at a high temperature or where neighbours cancel, would only alternate between two
    configurations: the walk would not be ergodic.
    """
    return MOST_ACCEPTED * exp_minus(rise)
