"""Dense transfer matrices between the rows of small tori, with an on-site energy.

A row of L sites with values from a list of q has q^L states. The energy E(a, b) holds the bonds
between rows a and b, and half of what is within each of them, so that it is symmetric, and the
partition function of an R x L torus is the trace of the power R of exp(-E / T). H = -J sum over
bonds of s s' + sum over sites of an on-site energy, such as that of a field, in units of J.
"""

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.lattice.arguments import whole_number
from dcl.lattice.configurations import check_temperature

__all__ = ["row_energies", "row_states", "torus_sums"]

Array = NDArray[np.float64]

MOST_ROWS = 2200


def row_states(values: ArrayLike, size: int) -> Array:
    """Every state of a row, shape (q^L, L).

    Raises
    ------
    InputError
        For L < 2, and for more than 2200 states, whose dense matrix would be slow.

    Examples
    --------
    >>> row_states([-1, 1], 2).tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    sites = np.asarray(values, np.float64)
    most = int(np.log(MOST_ROWS) / np.log(len(sites)))
    return np.array(list(product(sites, repeat=whole_number("L", size, 2, most))))


def row_energies(rows: Array, onsite: Array, coupling: float = 1.0) -> Array:
    """Energies (rows, rows) of two neighbouring rows: bonds between, half of those within.

    Parameters
    ----------
    rows : numpy.ndarray
        States from `row_states`, shape (rows, L).
    onsite : numpy.ndarray
        Sum of the on-site energies of each row, shape (rows,).
    coupling : float
        J.

    Examples
    --------
    >>> row_energies(row_states([-1, 1], 2), np.zeros(4)).diagonal().tolist()
    [-4.0, 0.0, 0.0, -4.0]
    """
    within = onsite - coupling * (rows * np.roll(rows, 1, axis=1)).sum(axis=1)
    return np.asarray(-coupling * rows @ rows.T + (within[:, None] + within) / 2)


def torus_sums(energies: Array, temperature: float, rows: int) -> tuple[float, Array, Array]:
    """Sum over all configurations of a torus of R rows.

    Parameters
    ----------
    energies : numpy.ndarray
        From `row_energies`, shape (states, states).
    temperature : float
        In units of J / k_B.
    rows : int
        R, 2 or more.

    Returns
    -------
    log_z : float
        Logarithm of the partition function.
    weights, rest : numpy.ndarray
        The probability of rows a, b, c in turn is weights[a, b] weights[b, c] rest[c, a].

    Raises
    ------
    InputError
        For a temperature that is not positive and finite.
    """
    T = check_temperature(temperature, "T")
    weights = np.exp((energies.min() - energies) / T)
    rest = np.linalg.matrix_power(weights, rows - 2)
    trace = float(np.sum((weights @ weights) * rest))
    return float(np.log(trace) - rows * energies.min() / T), weights, rest / trace
