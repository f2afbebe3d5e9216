"""The Ising model on an L x L torus in closed form: Kaufman, Phys. Rev. 76, 1232 (1949).

With K = |J| / T, x = exp(-2K), P = x (1 - x^2) / 2 and, for the mode of angle pi r / L,
U_r = P (cosh 2K coth 2K - cos(pi r / L)) and W_r = sqrt(U_r^2 - P^2), the partition function
measured from the ground state, exp(-2 N K) Z, is half the sum of four products,

    prod_r A_r^(L/2) (1 + rho_r^L),  prod_r A_r^(L/2) (1 - rho_r^L),   r odd, r even,

where r runs from 0 to 2L - 1, A_r = 2 (U_r + W_r), rho_r = P / (U_r + W_r) = exp(-gamma_r).
The modes r and 2L - r are equal. The two that stand alone have W without a root, and so keep
the sign of gamma_0 on both sides of the critical temperature:

    r = 0:  (1 - x)^L +- (x (1 + x))^L        r = L:  (1 + x)^L +- (x (1 - x))^L.

Every quantity here is bounded for all K > 0, so nothing overflows, and derivatives in K are
carried along in closed form as jets: arrays (3, n_temperatures) that hold a logarithm, its first
and its second derivative.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.beale import ising_density_of_states
from dcl.exact.canonical import (
    Thermodynamics,
    as_temperatures,
    check_size,
    thermodynamics_from_excess,
    thermodynamics_from_levels,
)

__all__ = ["ising_thermodynamics"]

Floats = NDArray[np.float64]


def ising_thermodynamics(
    size: int, temperatures: ArrayLike, coupling: float = 1.0
) -> Thermodynamics:
    """Exact thermodynamics of the Ising model H = -J sum s s' on an L x L torus.

    Kaufman's formula with analytic derivatives. An antiferromagnet on an even lattice equals the
    ferromagnet; on an odd one it is summed from the density of states.

    Parameters
    ----------
    size : int
        Linear size L, 2 or more (2 to 64 for an antiferromagnet on an odd lattice).
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.
    coupling : float
        J, any number but 0.

    Returns
    -------
    Thermodynamics
        Totals for the lattice. Absolute errors are some 1e-15 a site at temperatures of order J.

    Raises
    ------
    InputError
        If the size, a temperature or the coupling is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> critical = 2 / np.log(1 + np.sqrt(2))
    >>> round(float(ising_thermodynamics(64, [critical]).energy[0]) / 64**2, 4)
    -1.4239
    """
    check_size(size)
    temperatures = as_temperatures(temperatures)
    if not np.isfinite(coupling) or coupling == 0:
        raise InputError(f"coupling: found {coupling}, expected a finite number other than 0")
    if coupling < 0 and size % 2:
        levels, multiplicities = ising_density_of_states(size)
        logs = [math.log(count) for count in multiplicities]
        return thermodynamics_from_levels(coupling * levels, logs, temperatures)
    strength = abs(coupling)
    log_partition, slope, curvature = _log_partition(size, strength / temperatures)
    return thermodynamics_from_excess(
        temperatures,
        -2 * size**2 * strength,
        log_partition,
        -strength * slope,
        strength**2 * curvature,
    )


def _log_partition(size: int, K: Floats) -> Floats:
    """Return the jet of ln Z - 2 N K."""
    x = np.exp(-2 * K)
    below = -np.expm1(-2 * K)
    log_x = np.stack([-2 * K, np.full_like(K, -2), np.zeros_like(K)])
    log_below = np.stack([np.log(below), 2 * x / below, -4 * x / below**2])
    log_above = np.stack([np.log1p(x), -2 * x / (1 + x), 4 * x / (1 + x) ** 2])
    odd, even = _paired_modes(size, K, 1), _paired_modes(size, K, 0)
    last = size * log_above + _log_one_plus_minus(size * (log_x + log_below - log_above))
    (odd if size % 2 else even)[:] += last
    first = size * log_below, size * (log_x + log_above)
    terms = [*odd, even[0] + first[0], even[0] + first[1], even[1] + first[0], even[1] + first[1]]
    return _signed_log_sum(np.stack(terms), np.array([1, 1, 1, 1, 1, -1]) / 2)


def _paired_modes(size: int, K: Floats, parity: int) -> Floats:
    """Return the jets of both products over the pairs (r, 2L - r), 0 < r < L, of one parity.

    Shape (2, 3, n_temperatures): with 1 + rho^L, with 1 - rho^L.
    """
    x = np.exp(-2 * K)[:, None]
    a = -np.expm1(-4 * K)[:, None] / 2
    sines = np.sin(np.pi * np.arange(2 - parity, size, 2) / (2 * size)) ** 2
    p = np.stack([x * a, -2 * x * a + 2 * x**3, 4 * x * a - 16 * x**3])
    gap, slope = x - a, -2 * x - 2 * x**2
    square = np.stack([gap**2, 2 * gap * slope, 2 * slope**2 + 2 * gap * (4 * x + 8 * x**2)])
    difference = square + 2 * p * sines  # U - P, free of cancellation near the critical point
    log_root = (_log_jet(difference) + _log_jet(difference + 2 * p)) / 2
    log_sum = _log_jet(difference + p + _exp_jet(log_root))
    ratio = 2 * x**2 / a
    log_p = np.stack([np.log(a) - 2 * K[:, None], ratio - 2, -4 * ratio - ratio**2])
    log_amplitude = log_sum + np.array([np.log(2), 0, 0])[:, None, None]
    pairs = size * log_amplitude + 2 * _log_one_plus_minus(size * (log_p - log_sum))
    products: Floats = pairs.sum(axis=-1)
    return products


def _log_jet(f: Floats) -> Floats:
    """Return the logarithm of a positive function and its derivatives, from the function's."""
    slope = f[1] / f[0]
    return np.stack([np.log(f[0]), slope, f[2] / f[0] - slope**2])


def _exp_jet(log: Floats) -> Floats:
    """Return a function and its derivatives from those of its logarithm."""
    ratios = np.stack([np.ones_like(log[0]), log[1], log[2] + log[1] ** 2])
    function: Floats = np.exp(log[0]) * ratios
    return function


def _log_one_plus_minus(z: Floats) -> Floats:
    """Return the jets of ln(1 + exp(z)) and ln(1 - exp(z)) for the jet of a negative z."""
    exponential = np.exp(z[0])
    fermi = exponential / (1 + exponential)
    bose = exponential / -np.expm1(z[0])
    square = z[1] ** 2
    plus = [np.log1p(exponential), z[1] * fermi, z[2] * fermi + square * fermi * (1 - fermi)]
    minus = [np.log(-np.expm1(z[0])), -z[1] * bose, -z[2] * bose - square * bose * (1 + bose)]
    return np.stack([np.stack(plus), np.stack(minus)])


def _signed_log_sum(jets: Floats, signs: Floats) -> Floats:
    """Return the jet of ln sum_i signs_i exp(f_i) for jets f, shape (n_terms, 3, n)."""
    largest = jets[:, 0].max(axis=0)
    steepest = jets[0, 1]  # any common slope will do; it keeps the squares below small
    weights = signs[:, None] * np.exp(jets[:, 0] - largest)
    total = weights.sum(axis=0)
    slopes = jets[:, 1] - steepest
    mean = (weights * slopes).sum(axis=0) / total
    square = (weights * (jets[:, 2] + slopes**2)).sum(axis=0) / total
    return np.stack([largest + np.log(total), steepest + mean, square - mean**2])
