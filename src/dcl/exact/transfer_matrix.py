"""Exact thermodynamics of any nearest-neighbour model on a torus, by adding one site at a time.

With the first row held fixed, one entry for each state of the latest row carries the logarithm of
its partition function and the mean and variance of its energy. Joining two sets of states adds
the partition functions and mixes means and variances; every term is positive, so nothing cancels
or overflows at any temperature. The last row is closed on to the first, and first rows are
summed. Cost: Q^(2L) L^2 joins a temperature, less what the symmetry of first rows saves.

Bond energies are arrays (rows, columns, Q, Q) in J: horizontal[i, j, a, b] for state a at (i, j)
and b at (i, j-1), vertical[i, j, a, b] for a at (i, j) and b at (i-1, j). A row of states is
numbered by sum_j state_j Q^j.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.canonical import (
    Thermodynamics,
    as_temperatures,
    thermodynamics_from_excess,
)

__all__ = ["transfer_thermodynamics"]

_MOST_ROW_STATES = 4096

Floats = NDArray[np.float64]


def transfer_thermodynamics(
    horizontal: Floats,
    vertical: Floats,
    temperatures: ArrayLike,
    first_rows: Sequence[int] | NDArray[np.int64],
    multiplicities: Sequence[int] | NDArray[np.int64],
) -> Thermodynamics:
    """Sum over all states of a lattice with these bond energies.

    Parameters
    ----------
    horizontal, vertical : ndarray of float64, shape (rows, columns, Q, Q)
        Bond energies in J, two rows or more.
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.
    first_rows : sequence of int, length n_first_rows
        Numbers of the first rows to sum over, one for each set equal by symmetry.
    multiplicities : sequence of int, length n_first_rows
        How many rows each of them stands for.

    Raises
    ------
    InputError
        If there are more than 4096 states a row, or a temperature is not positive and finite.

    Examples
    --------
    Four free spins, two states each:

    >>> bonds = np.zeros((2, 2, 2, 2))
    >>> result = transfer_thermodynamics(bonds, bonds, [1.0], range(4), [1] * 4)
    >>> round(float(np.exp(result.entropy[0])), 9)
    16.0
    """
    temperatures = as_temperatures(temperatures)
    columns, n_states = horizontal.shape[1:3]
    if n_states**columns > _MOST_ROW_STATES:
        raise InputError(
            f"size: found {n_states}^{columns} states of a row, expected at most {_MOST_ROW_STATES}"
        )
    rows = np.asarray(first_rows, dtype=np.int64)
    log_counts = np.log(np.asarray(multiplicities, dtype=np.float64))

    def sum_states(temperature: float) -> tuple[float, float, float]:
        total: tuple[float, float, float] = _sum_over_states(
            horizontal, vertical, 1 / temperature, rows, log_counts
        )
        return total

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sums = np.array(list(pool.map(sum_states, temperatures.tolist()))).T
    return thermodynamics_from_excess(temperatures, 0.0, *sums)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _join(
    a: tuple[float, float, float], b: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return ln Z, mean and variance of two sets of states together."""
    if a[0] < b[0]:
        a, b = b, a
    ratio = np.exp(b[0] - a[0])
    share = ratio / (1 + ratio)
    step = b[1] - a[1]
    variance = a[2] + share * (b[2] - a[2]) + share * (1 - share) * step * step
    return a[0] + np.log1p(ratio), a[1] + share * step, variance


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _digits(row: int, columns: int, n_states: int) -> NDArray[np.int64]:
    """Return the states of a row from its number."""
    states = np.empty(columns, np.int64)
    for j in range(columns):
        states[j] = row % n_states
        row //= n_states
    return states


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _row_energies(horizontal: Floats) -> Floats:
    """Return the horizontal energy of every state of one row, shape (Q^columns,)."""
    columns, n_states = horizontal.shape[:2]
    energies = np.zeros(n_states**columns)
    for row in range(energies.size):
        states = _digits(row, columns, n_states)
        for j in range(columns):
            energies[row] += horizontal[j, states[j], states[j - 1]]
    return energies


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _bridge_energies(vertical: Floats, fixed: NDArray[np.int64], fixed_is_above: bool) -> Floats:
    """Return the vertical energy between one fixed row and every state of the other."""
    columns, n_states = vertical.shape[:2]
    energies = np.zeros(n_states**columns)
    for row in range(energies.size):
        states = _digits(row, columns, n_states)
        for j in range(columns):
            if fixed_is_above:
                energies[row] += vertical[j, states[j], fixed[j]]
            else:
                energies[row] += vertical[j, fixed[j], states[j]]
    return energies


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _replace_site(sums: Floats, bonds: Floats, stride: int, beta: float) -> None:
    """Put a new site below an old one: sum over the old state, in place."""
    n_states = len(bonds)
    old = np.empty((n_states, 3))
    for row in range(sums.shape[0]):
        if row // stride % n_states:
            continue
        for b in range(n_states):
            old[b] = sums[row + b * stride]
        for a in range(n_states):
            total = (-np.inf, 0.0, 0.0)
            for b in range(n_states):
                energy = bonds[a, b]
                term = (old[b, 0] - beta * energy, old[b, 1] + energy, old[b, 2])
                total = _join(term, total) if b else term
            sums[row + a * stride] = total


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add_energies(sums: Floats, energies: Floats, beta: float) -> None:
    """Add to each set of states an energy of its own."""
    sums[:, 0] -= beta * energies
    sums[:, 1] += energies


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sum_over_states(
    horizontal: Floats,
    vertical: Floats,
    beta: float,
    first_rows: NDArray[np.int64],
    log_counts: Floats,
) -> tuple[float, float, float]:
    """Return ln Z, mean and variance of the energy at one inverse temperature."""
    rows, columns, n_states = horizontal.shape[:3]
    row_energies = [_row_energies(horizontal[i]) for i in range(rows)]
    total = (-np.inf, 0.0, 0.0)
    for first_row, log_count in zip(first_rows, log_counts):  # noqa: B905 (Numba has no strict)
        fixed = _digits(first_row, columns, n_states)
        sums = np.zeros((n_states**columns, 3))
        sums[:, 0] = log_count
        _add_energies(sums, row_energies[0][first_row] + row_energies[1], beta)
        _add_energies(sums, _bridge_energies(vertical[1], fixed, True), beta)
        for i in range(2, rows):
            for j in range(columns):
                _replace_site(sums, vertical[i, j], n_states**j, beta)
            _add_energies(sums, row_energies[i], beta)
        _add_energies(sums, _bridge_energies(vertical[0], fixed, False), beta)
        for entry in sums:
            total = _join((entry[0], entry[1], entry[2]), total)
    return total
