"""Means of correlated measurements, with their errors.

A chain of n measurements with integrated autocorrelation time tau holds n / (2 tau) independent
ones (Sokal, Monte Carlo Methods in Statistical Mechanics, 1996). A function of means has the
error of the mean of its linearised measurements.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LENGTH_IN_TAU", "Estimate", "estimate_mean", "is_gain"]

LENGTH_IN_TAU = 50
"""Autocorrelation times that a chain should be long for its error to be believed."""

WINDOW_IN_TAU = 5


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error.

    Parameters
    ----------
    mean, error : float
    autocorrelation_time : float
        Integrated, in units of the spacing of the measurements; at least 1/2.
    length : int
        Of one chain, in the same units.

    Examples
    --------
    >>> print(Estimate(1.5, 0.02, 0.5, 1000))
    1.500 +- 0.020 [tau 0.5]
    """

    mean: float
    error: float
    autocorrelation_time: float
    length: int

    @property
    def long_enough(self) -> bool:
        """Test if the chain is at least 50 autocorrelation times long."""
        return self.length >= LENGTH_IN_TAU * self.autocorrelation_time

    def __str__(self) -> str:
        """Print mean, error and autocorrelation time."""
        warning = "" if self.long_enough else ", chain too short"
        return f"{self.mean:.3f} +- {self.error:.3f} [tau {self.autocorrelation_time:.1f}{warning}]"


def estimate_mean(chains: NDArray[np.float64]) -> Estimate:
    """Mean of several equally long, independent chains of correlated measurements.

    Parameters
    ----------
    chains : numpy.ndarray
        Shape (chains, n).

    Returns
    -------
    Estimate
        Its autocorrelation time is summed up to the first window longer than 5 of itself.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(4, 1000))
    >>> estimate_mean(noise).error < 0.03
    True
    """
    chains = np.atleast_2d(np.asarray(chains, np.float64))
    mean = float(chains.mean())
    deviations = chains - mean
    variance = float((deviations**2).mean())
    if variance <= (1e-12 * (1.0 + abs(mean))) ** 2:
        return Estimate(mean, 0.0, 0.5, chains.shape[1])
    tau = _integrated_time(_autocovariance(deviations) / variance)
    return Estimate(mean, float(np.sqrt(2 * tau * variance / chains.size)), tau, chains.shape[1])


def is_gain(differences: NDArray[np.float64]) -> bool:
    """Test if the mean of independent differences is above zero by two standard errors.

    Parameters
    ----------
    differences : numpy.ndarray
        Shape (n,); one alone, or none, is no gain.

    Examples
    --------
    >>> is_gain(np.array([0.1, 0.2, 0.1])), is_gain(np.array([0.1, -0.2, 0.3]))
    (True, False)
    """
    count = len(differences)
    return count > 1 and bool(differences.mean() > 2 * differences.std() / count**0.5)


def _autocovariance(deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over the chains, by fast Fourier transform; shape (n,)."""
    length = deviations.shape[1]
    spectrum = np.fft.rfft(deviations, n=2 * length, axis=1)
    products = np.fft.irfft((spectrum * spectrum.conj()).mean(axis=0))[:length]
    return np.asarray(products / np.arange(length, 0, -1))


def _integrated_time(correlation: NDArray[np.float64]) -> float:
    times = np.cumsum(correlation) - 0.5
    windows = np.arange(len(times))
    closed = np.flatnonzero(windows >= WINDOW_IN_TAU * times)
    window = closed[0] if closed.size else len(times) - 1
    return max(float(times[window]), 0.5)
