"""Canonical thermodynamics: the result of every exact solution, and sums that they share.

All quantities are totals for the lattice, float64, one entry a temperature. Energies and free
energies are in units of J, temperatures in J / k_B, heat capacity and entropy in k_B.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError

__all__ = [
    "Thermodynamics",
    "as_temperatures",
    "check_size",
    "thermodynamics_from_excess",
    "thermodynamics_from_levels",
]


@dataclass(frozen=True)
class Thermodynamics:
    """Exact thermodynamics of one lattice, totals, one entry a temperature.

    Parameters
    ----------
    temperatures : ndarray of float64, shape (n_temperatures,)
        Temperatures in J / k_B.
    energy : ndarray of float64, shape (n_temperatures,)
        Mean energy in J.
    heat_capacity : ndarray of float64, shape (n_temperatures,)
        Variance of the energy over the temperature squared, in k_B.
    free_energy : ndarray of float64, shape (n_temperatures,)
        -T ln Z in J.
    entropy : ndarray of float64, shape (n_temperatures,)
        ln Z + energy / T, in k_B.

    Examples
    --------
    >>> from dcl.exact import ising_thermodynamics
    >>> round(float(ising_thermodynamics(8, [4.0]).entropy[0]), 5)
    39.64877
    """

    temperatures: NDArray[np.float64]
    energy: NDArray[np.float64]
    heat_capacity: NDArray[np.float64]
    free_energy: NDArray[np.float64]
    entropy: NDArray[np.float64]


def as_temperatures(temperatures: ArrayLike) -> NDArray[np.float64]:
    """Return temperatures as a one-dimensional float64 array.

    Parameters
    ----------
    temperatures : array_like, a number or shape (n_temperatures,)
        Temperatures in J / k_B.

    Raises
    ------
    InputError
        If there is none, or one is not a positive finite number.

    Examples
    --------
    >>> as_temperatures(2)
    array([2.])
    """
    expected = "expected positive finite numbers in units of J / k_B"
    try:
        array = np.atleast_1d(np.array(temperatures, dtype=np.float64))
    except (TypeError, ValueError):
        raise InputError(f"temperatures: found {temperatures!r}, {expected}") from None
    if array.ndim != 1 or array.size == 0:
        raise InputError(f"temperatures: found shape {array.shape}, {expected}")
    wrong = array[~(np.isfinite(array) & (array > 0))]
    if wrong.size:
        raise InputError(f"temperatures: found {wrong[0]:g}, {expected}")
    return array


def check_size(size: int, largest: int | None = None) -> None:
    """Raise InputError for a linear size that is not a whole number from 2 to `largest`.

    Examples
    --------
    >>> check_size(1)
    Traceback (most recent call last):
    ...
    dcl.errors.InputError: size: found 1, expected a whole number of at least 2
    """
    expected = "a whole number of at least 2" if largest is None else f"from 2 to {largest}"
    whole = isinstance(size, (int, np.integer)) and not isinstance(size, bool)
    if not whole or size < 2 or (largest is not None and size > largest):
        raise InputError(f"size: found {size!r}, expected {expected}")


def thermodynamics_from_excess(
    temperatures: NDArray[np.float64],
    reference: float,
    log_partition: NDArray[np.float64],
    energy: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> Thermodynamics:
    """Build the result from ln Z and energy measured above a reference energy.

    Measured so, the entropy at low temperature is not a difference of large numbers.

    Parameters
    ----------
    temperatures : ndarray of float64, shape (n_temperatures,)
        Temperatures in J / k_B.
    reference : float
        The reference energy R in J, best the ground state's.
    log_partition, energy, variance : ndarray of float64, shape (n_temperatures,)
        ln Z + R / T, <E> - R in J, and <E^2> - <E>^2 in J^2.

    Examples
    --------
    >>> half = np.array([0.5])
    >>> result = thermodynamics_from_excess(half, -2.0, np.log([2.0]), 0 * half, 0 * half)
    >>> float(result.energy[0]), float(result.free_energy[0].round(3))
    (-2.0, -2.347)
    """
    return Thermodynamics(
        temperatures=temperatures,
        energy=reference + energy,
        heat_capacity=variance / temperatures**2,
        free_energy=reference - temperatures * log_partition,
        entropy=log_partition + energy / temperatures,
    )


def thermodynamics_from_levels(
    energies: ArrayLike, log_multiplicities: Sequence[float], temperatures: ArrayLike
) -> Thermodynamics:
    """Sum a density of states over its levels.

    Parameters
    ----------
    energies : array_like of float64, shape (n_levels,)
        Total energies in J, in any order.
    log_multiplicities : sequence of float, length n_levels
        Natural logarithm of the number of states on each level.
    temperatures : array_like, shape (n_temperatures,)
        See `as_temperatures`.

    Examples
    --------
    A single spin in a field, with energies -1 and +1:

    >>> result = thermodynamics_from_levels([-1.0, 1.0], [0.0, 0.0], [2.0])
    >>> round(float(result.energy[0]), 6), round(float(-np.tanh(0.5)), 6)
    (-0.462117, -0.462117)
    """
    temperatures = as_temperatures(temperatures)
    levels = np.asarray(energies, dtype=np.float64)
    excess = levels - levels.min()
    log_weights = np.asarray(log_multiplicities) - excess / temperatures[:, None]
    largest = log_weights.max(axis=1)
    weights = np.exp(log_weights - largest[:, None])
    partition = weights.sum(axis=1)
    probabilities = weights / partition[:, None]
    mean = probabilities @ excess
    variance = (probabilities * (excess - mean[:, None]) ** 2).sum(axis=1)
    log_partition = largest + np.log(partition)
    return thermodynamics_from_excess(
        temperatures, float(levels.min()), log_partition, mean, variance
    )
