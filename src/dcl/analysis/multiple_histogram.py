"""All temperatures help each: the multiple-histogram method.

Chains at K temperatures visit overlapping ranges of energy. Together they give one estimate of the
density of states (Ferrenberg and Swendsen, Phys. Rev. Lett. 63, 1195 (1989)),

    g(E) = sum_k H_k(E) / g_k  /  sum_k (n_k / g_k) exp(f_k - beta_k E),

with H_k the histogram of n_k measurements at beta_k, g_k = 2 tau_k their statistical inefficiency
and exp(-f_k) the partition function. Averages at each temperature follow from g(E) and from the
mean of an observable at given energy. Errors are from a jackknife over independent chains.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

__all__ = ["Averages", "binder_cumulant", "jackknife", "multiple_histogram"]

BINS = 2000
TOLERANCE = 1e-6
ITERATIONS = 1000
LONGEST_STEP = 2.0
"""Of a Newton step in f_k."""

Array = NDArray[np.float64]


class Averages(NamedTuple):
    """Energy, heat capacity, ``<|m|>`` and Binder cumulant, each (n_temperatures,)."""

    energy: Array
    heat_capacity: Array
    magnetisation: Array
    binder_cumulant: Array


class _Histogram(NamedTuple):
    """Weighted counts (chains, K, bins) and sums (chains, 5, bins) in each energy bin.

    The sums are those of E, |m|, m^2, m^4 and E^2.
    """

    counts: Array
    sums: Array

    def without(self, chain: int) -> "_Histogram":
        """Leave out one chain."""
        return _Histogram(*(np.delete(part, chain, axis=0) for part in self))


def multiple_histogram(
    temperatures: Array, energy: Array, magnetisation: Array, inefficiency: Array
) -> tuple[Averages, Averages]:
    """Averages at every temperature from the measurements at all of them, and their errors.

    Parameters
    ----------
    temperatures : numpy.ndarray
        (K,), in order, neighbours overlapping in energy.
    energy, magnetisation : numpy.ndarray
        (K, chains, n) totals in J, and per site; chains are independent.
    inefficiency : numpy.ndarray
        (K,) twice the integrated autocorrelation time of the energy.

    Returns
    -------
    averages, errors : Averages
        The errors are zero for a single chain.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> from dcl.sampling.replica_exchange import HamiltonianSweeper, replica_exchange
    >>> series = replica_exchange(
    ...     HamiltonianSweeper(Ising(), 4), 4, [2.0, 3.0], n_states=2, chains=4,
    ...     initial_energy=Ising().energy, sweeps=500, burn_in=50, seed=1)
    >>> averages, errors = multiple_histogram(
    ...     series.temperatures, series.energy, series.magnetisation, np.full(2, 4.0))
    >>> averages.energy.shape, bool((errors.energy < 1.0).all())
    ((2,), True)
    """
    averages, left_out = jackknife(temperatures, energy, magnetisation, inefficiency)
    chains = len(left_out)
    spreads = [
        np.std(values, axis=0) * np.sqrt(chains - 1) for values in zip(*left_out, strict=True)
    ]
    return averages, Averages(*spreads) if spreads else Averages(*(0 * a for a in averages))


def jackknife(
    temperatures: Array, energy: Array, magnetisation: Array, inefficiency: Array
) -> tuple[Averages, list[Averages]]:
    """Averages as in `multiple_histogram`, and those without each of the chains in turn.

    Returns
    -------
    averages : Averages
    left_out : list of Averages
        One a chain; empty for a single chain.
    """
    betas = 1.0 / np.asarray(temperatures, np.float64)
    histogram = _histogram(energy, magnetisation, 1.0 / inefficiency)
    means = energy.mean(axis=(1, 2))
    areas = (means[1:] + means[:-1]) / 2 * np.diff(betas)
    guess = np.append(0.0, np.cumsum(areas))  # of -ln Z_k
    free, averages = _solve(betas, histogram, guess)
    chains = energy.shape[1]
    left_out = [
        _solve(betas, histogram.without(chain), free)[1]
        for chain in range(chains if chains > 1 else 0)
    ]
    return averages, left_out


def _histogram(energy: Array, magnetisation: Array, weights: Array) -> _Histogram:
    """Fill the bins that are used with the measurements of every chain."""
    temperatures, chains, _ = energy.shape
    lowest, highest = energy.min(), energy.max()
    scale = (BINS - 1) / max(highest - lowest, 1e-9)
    used, bins = np.unique(((energy - lowest) * scale).astype(np.int64), return_inverse=True)
    bins = bins.reshape(energy.shape)
    rows = np.arange(temperatures)[:, None, None]
    columns = np.arange(chains)[None, :, None]
    place = ((columns * temperatures + rows) * len(used) + bins).ravel()
    shape = (chains, temperatures, len(used))
    weight = np.broadcast_to(weights[:, None, None], energy.shape)

    def total(values: Array) -> Array:
        sums = np.bincount(place, (values * weight).ravel(), minlength=int(np.prod(shape)))
        return np.asarray(sums.reshape(shape), np.float64)

    size = np.abs(magnetisation)
    powers = (energy, size, size**2, size**4, energy**2)
    sums = np.stack([total(power).sum(axis=1) for power in powers], axis=1)
    return _Histogram(total(np.ones_like(energy)), sums)


def _solve(betas: Array, histogram: _Histogram, free: Array) -> tuple[Array, Averages]:
    """Solve the two equations for f_k, then average.

    They are the zero of the gradient of a convex function of the f_k, whose Newton steps need a
    few iterations (Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008)), one or two from the
    solution for one chain more; a step too long is replaced by one iteration of the equations.
    """
    counts = histogram.counts.sum(axis=0)
    in_bin = counts.sum(axis=0)
    used = in_bin > 0
    in_bin, measured = in_bin[used], counts.sum(axis=1)
    means = histogram.sums.sum(axis=0)[:, used] / in_bin
    exponents = -betas[:, None] * means[0]
    for _ in range(ITERATIONS):
        weights = (np.log(measured) + free)[:, None] + exponents
        mixture = logsumexp(weights, axis=0)
        shares = np.exp(weights - mixture)
        step = _newton_step(shares, in_bin, measured)
        if step is None:
            new = -logsumexp(np.log(in_bin) - mixture + exponents, axis=1)
            step = new - new[0] - free
        free = free + step
        if np.abs(step).max() < TOLERANCE:
            break
    log_weights = np.log(in_bin) - mixture + exponents
    probability = np.exp(log_weights - logsumexp(log_weights, axis=1)[:, None])
    energy, first, second, fourth, square = means @ probability.T
    variance = np.maximum(square - energy**2, 0.0)
    binder = binder_cumulant(second, fourth)
    return free, Averages(energy, variance * betas**2, first, binder)


def _newton_step(shares: Array, in_bin: Array, measured: Array) -> Array | None:
    """Change of all f_k but the first, or None where it would be too long to be trusted."""
    expected = shares @ in_bin
    hessian = np.diag(expected) - (shares * in_bin) @ shares.T
    step = np.zeros(len(measured))
    try:
        step[1:] = np.linalg.solve(hessian[1:, 1:], (measured - expected)[1:])
    except np.linalg.LinAlgError:
        return None
    return step if np.abs(step).max() < LONGEST_STEP else None


def binder_cumulant(second: Array, fourth: Array) -> Array:
    """1 - <m^4> / (3 <m^2>^2), and 0 where every magnetisation was zero.

    Examples
    --------
    >>> binder_cumulant(np.array([1.0, 0.0]), np.array([1.0, 0.0])).round(3)
    array([0.667, 0.   ])
    """
    second, fourth = np.asarray(second), np.asarray(fourth)
    return np.where(second > 0, 1 - fourth / (3 * np.where(second > 0, second, 1.0) ** 2), 0.0)
