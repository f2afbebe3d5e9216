"""The Ising model on a torus in closed form: Kaufman, Phys. Rev. 76, 1232 (1949).

The lattice has m rows and n columns, N = m n. With K = |J| / T, x = exp(-2K), P = x (1 - x^2) / 2
and, for the mode of angle pi r / n, U_r = P (cosh 2K coth 2K - cos(pi r / n)) and
W_r = sqrt(U_r^2 - P^2), the partition function measured from the ground state, exp(-2 N K) Z, is
half the sum of four products,

    prod_r A_r^(m/2) (1 + rho_r^m),  prod_r A_r^(m/2) (1 - rho_r^m),   r odd, r even,

where r runs from 0 to 2n - 1, A_r = 2 (U_r + W_r), rho_r = P / (U_r + W_r) = exp(-gamma_r).
The modes r and 2n - r are equal. The two that stand alone have W without a root, and so keep
the sign of gamma_0 on both sides of the critical temperature:

    r = 0:  (1 - x)^m +- (x (1 + x))^m        r = n:  (1 + x)^m +- (x (1 - x))^m.

Every quantity here is bounded for all K > 0, so nothing overflows, and derivatives in K are
carried along in closed form as jets: arrays (3, n_temperatures) that hold a logarithm, its first
and its second derivative.

Modes cancel to order x^4 when the lattice is cold. There the low-temperature series takes their
place: ln Z = 2 N K + ln 2 + N (y^2 + 2 y^3 + 9/2 y^4 + 12 y^5 + ...) in y = exp(-4K), Domb, Adv.
Phys. 9, 149 (1960). A torus differs from it by strips that wind around, of order y^min(m, n).
"""

import numpy as np
from numpy.typing import NDArray

from dcl.exact.canonical import Thermodynamics, thermodynamics_from_excess

__all__ = ["COLDEST", "NARROWEST", "kaufman_thermodynamics"]

COLDEST = 0.4
"""Temperature in |J| / k_B below which the series is used; its first term left out is 1e-17."""
NARROWEST = 6
"""Rows and columns that a torus needs for the series."""
_SERIES = {2: 1.0, 3: 2.0, 4: 4.5, 5: 12.0}

Floats = NDArray[np.float64]


def kaufman_thermodynamics(
    shape: tuple[int, int], temperatures: Floats, coupling: float = 1.0
) -> Thermodynamics:
    """Compute the exact thermodynamics of the ferromagnet H = -J sum s s' on a torus.

    `dcl.exact.ising.ising_thermodynamics` calls it where it holds.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns: two or more, and six or more each for temperatures below 0.4 J.
    temperatures : ndarray of float64, shape (n_temperatures,)
        Temperatures in J / k_B.
    coupling : float
        J, positive.

    Returns
    -------
    Thermodynamics
        Totals for the lattice. Absolute errors are some 1e-15 a site at temperatures of order J.

    Examples
    --------
    >>> critical = 2 / np.log1p(np.sqrt(2))
    >>> found = kaufman_thermodynamics((64, 64), np.array([critical]))
    >>> round(float(found.energy[0]) / 64**2, 4)
    -1.4239
    """
    K = coupling / temperatures
    cold = temperatures < COLDEST * coupling
    jet = np.empty((3, K.size))
    jet[:, cold] = _cold_log_partition(shape[0] * shape[1], K[cold])
    jet[:, ~cold] = _log_partition(*shape, K[~cold])
    return thermodynamics_from_excess(
        temperatures,
        -2 * shape[0] * shape[1] * coupling,
        jet[0],
        -coupling * jet[1],
        coupling**2 * jet[2],
    )


def _cold_log_partition(sites: int, K: Floats) -> Floats:
    """Return the jet of ln Z - 2 N K from the series."""
    terms = [
        sites * factor * np.exp(-4 * k * K) * np.array([[1], [-4 * k], [16 * k**2]])
        for k, factor in _SERIES.items()
    ]
    jet: Floats = np.sum(terms, axis=0)
    jet[0] += np.log(2)
    return jet


def _log_partition(rows: int, columns: int, K: Floats) -> Floats:
    """Return the jet of ln Z - 2 N K."""
    x = np.exp(-2 * K)
    below = -np.expm1(-2 * K)
    log_x = np.stack([-2 * K, np.full_like(K, -2), np.zeros_like(K)])
    log_below = np.stack([np.log(below), 2 * x / below, -4 * x / below**2])
    log_above = np.stack([np.log1p(x), -2 * x / (1 + x), 4 * x / (1 + x) ** 2])
    odd, even = (_paired_modes(rows, columns, K, parity) for parity in (1, 0))
    last = rows * log_above + _log_one_plus_minus(rows * (log_x + log_below - log_above))
    (odd if columns % 2 else even)[:] += last
    first = rows * log_below, rows * (log_x + log_above)
    terms = [*odd, even[0] + first[0], even[0] + first[1], even[1] + first[0], even[1] + first[1]]
    return _signed_log_sum(np.stack(terms), np.array([1, 1, 1, 1, 1, -1]) / 2)


def _paired_modes(rows: int, columns: int, K: Floats, parity: int) -> Floats:
    """Return the jets of both products over the pairs (r, 2n - r), 0 < r < n, of one parity.

    Shape (2, 3, n_temperatures): with 1 + rho^m, with 1 - rho^m.
    """
    x = np.exp(-2 * K)[:, None]
    a = -np.expm1(-4 * K)[:, None] / 2
    sines = np.sin(np.pi * np.arange(2 - parity, columns, 2) / (2 * columns)) ** 2
    p = np.stack([x * a, -2 * x * a + 2 * x**3, 4 * x * a - 16 * x**3])
    gap, slope = x - a, -2 * x - 2 * x**2
    square = np.stack([gap**2, 2 * gap * slope, 2 * slope**2 + 2 * gap * (4 * x + 8 * x**2)])
    difference = square + 2 * p * sines  # U - P, free of cancellation near the critical point
    log_root = (_log_jet(difference) + _log_jet(difference + 2 * p)) / 2
    log_sum = _log_jet(difference + p + _exp_jet(log_root))
    ratio = 2 * x**2 / a
    log_p = np.stack([np.log(a) - 2 * K[:, None], ratio - 2, -4 * ratio - ratio**2])
    log_amplitude = log_sum + np.array([np.log(2), 0, 0])[:, None, None]
    pairs = rows * log_amplitude + 2 * _log_one_plus_minus(rows * (log_p - log_sum))
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
