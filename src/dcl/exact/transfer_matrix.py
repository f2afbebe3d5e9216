"""Exact thermodynamics of any nearest-neighbour model, by adding one site at a time.

One entry for each state of the latest row carries the logarithm of its partition function and the
mean and variance of its energy. Joining two sets of states adds the partition functions and mixes
means and variances; every term is positive, so nothing cancels or overflows at any temperature.
On a torus the first row is held fixed, the last row is closed on to it, and first rows are
summed: Q^(2 columns) sites joins a temperature, less what the symmetry of first rows saves. A
lattice that is open from top to bottom needs Q^columns sites of them.

Bond energies are arrays (rows, columns, Q, Q) in J: horizontal[i, j, a, b] for state a at (i, j)
and b at (i, j-1), vertical[i, j, a, b] for a at (i, j) and b at (i-1, j). What a site has by
itself, such as a field, is part of its horizontal bond. A row of states is numbered by
sum_j state_j Q^j.
"""

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.canonical import Thermodynamics, as_temperatures, thermodynamics_from_excess
from dcl.exact.row_symmetries import row_orbits
from dcl.lattice.geometry import Boundaries

__all__ = ["transfer_thermodynamics", "uniform_thermodynamics"]

_MOST_ROW_STATES = {"periodic": 2**12, "open": 2**16}
_ENTRIES = 2**15
"""Entries at work at a time, few enough to stay in the cache."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def uniform_thermodynamics(
    shape: tuple[int, int],
    bond: Floats,
    temperatures: ArrayLike,
    *,
    site: Floats | None = None,
    boundaries: Boundaries = "periodic",
) -> Thermodynamics:
    """Sum over all states of a lattice whose bonds are equal.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns, two or more each.
    bond : ndarray of float64, shape (Q, Q)
        Symmetric energy of two neighbours by their states, in J. Without `site` it depends on
        (a - b) mod Q alone, and on its absolute value.
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.
    site : ndarray of float64, shape (Q,), optional
        Energy of one site by its state, in J.
    boundaries : {"periodic", "open"}
        Of both axes.

    Raises
    ------
    InputError
        If a row has too many states, or a temperature is not positive and finite.

    Examples
    --------
    The Ising model on 3 x 4 sites with open edges, whose 17 bonds are satisfied at T = 0:

    >>> bond = np.array([[-1.0, 1.0], [1.0, -1.0]])
    >>> result = uniform_thermodynamics((3, 4), bond, [0.1], boundaries="open")
    >>> float(result.energy[0])
    -17.0
    """
    rows, columns = max(shape), min(shape)
    n_states = len(bond)
    vertical = np.tile(bond, (rows, columns, 1, 1))
    horizontal = vertical.copy()
    if boundaries == "open":
        vertical[0] = 0
        horizontal[:, 0] = 0
    if site is not None:
        horizontal += site[:, None]
    _check_row(n_states, columns, boundaries)
    if boundaries == "open":
        return transfer_thermodynamics(horizontal, vertical, temperatures)
    orbits = row_orbits(columns, n_states, relabelled=site is None)
    return transfer_thermodynamics(horizontal, vertical, temperatures, orbits)


def transfer_thermodynamics(
    horizontal: Floats,
    vertical: Floats,
    temperatures: ArrayLike,
    first_rows: tuple[Integers, Integers] | None = None,
) -> Thermodynamics:
    """Sum over all states of a lattice with these bond energies.

    Energies are rounded to multiples of a small power of two, some 1e-13 J, so that their sums
    are exact and equal levels stay equal: heat capacities are right in all their digits however
    cold the lattice is.

    Parameters
    ----------
    horizontal, vertical : ndarray of float64, shape (rows, columns, Q, Q)
        Bond energies in J, two rows or more.
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.
    first_rows : pair of ndarray of int64, shape (n_first_rows,), optional
        Numbers of the first rows to sum over, one for each set equal by symmetry, and the sizes
        of the sets; all rows by default. Not used where no bond joins the first row to the last.

    Raises
    ------
    InputError
        If there are too many states a row, or a temperature is not positive and finite.

    Examples
    --------
    Four free spins, two states each:

    >>> bonds = np.zeros((2, 2, 2, 2))
    >>> result = transfer_thermodynamics(bonds, bonds, [1.0])
    >>> round(float(np.exp(result.entropy[0])), 9)
    16.0
    """
    temperatures = as_temperatures(temperatures)
    columns, n_states = horizontal.shape[1:3]
    boundaries: Boundaries = "periodic" if vertical[0].any() else "open"
    _check_row(n_states, columns, boundaries)
    largest = sum(float(np.abs(bonds).max(axis=(2, 3)).sum()) for bonds in (horizontal, vertical))
    grid = 2.0 ** (math.frexp(largest)[1] - 51)
    lattice = _Lattice(np.rint(horizontal / grid) * grid, np.rint(vertical / grid) * grid)
    if boundaries == "open":
        total = lattice.open_moments
    else:
        every = np.arange(n_states**columns)
        total = partial(lattice.torus_moments, *(first_rows or (every, np.ones_like(every))))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        moments = np.stack(list(pool.map(total, (1 / temperatures).tolist())), axis=1)
    return thermodynamics_from_excess(temperatures, 0.0, *moments)


def _check_row(n_states: int, columns: int, boundaries: Boundaries) -> None:
    most = _MOST_ROW_STATES[boundaries]
    if n_states**columns > most:
        raise InputError(
            f"size: found {n_states}^{columns} states of a row, expected at most {most}: "
            f"{int(math.log(most + 0.5, n_states))} columns"
        )


class _Lattice:
    """Moments (3, ...) of a lattice: ln Z, mean and variance of the energy of sets of states."""

    def __init__(self, horizontal: Floats, vertical: Floats) -> None:
        rows, self.columns, self.n_states = horizontal.shape[:3]
        self.vertical = vertical
        row_numbers = np.arange(self.n_states**self.columns)
        self.states = row_numbers[:, None] // self.n_states ** np.arange(self.columns)
        self.states %= self.n_states
        before = np.roll(self.states, 1, axis=1)
        self.within = [self._sums(horizontal[i], self.states, before) for i in range(rows)]

    def _sums(self, bonds: Floats, states: Integers, others: Integers) -> Floats:
        """Energies of the bonds (columns, Q, Q) of whole rows of states (..., columns)."""
        energies: Floats = bonds[np.arange(self.columns), states, others].sum(axis=-1)
        return energies

    def open_moments(self, beta: float) -> Floats:
        """Moments (3,) of all states where no bond joins the first row to the last."""
        moments = np.zeros((3, 1, len(self.states)))
        _add(moments, self.within[0], beta)
        return _join_all(self._grow(moments, 1, beta))

    def torus_moments(self, first_rows: Integers, counts: Integers, beta: float) -> Floats:
        """Moments (3,) of all states, by their first rows."""
        step = max(1, _ENTRIES // len(self.states))
        parts = [slice(start, start + step) for start in range(0, len(first_rows), step)]
        sums = [self._fixed(first_rows[part], counts[part], beta) for part in parts]
        return _join_all(np.stack(sums, axis=1))

    def _fixed(self, first_rows: Integers, counts: Integers, beta: float) -> Floats:
        fixed = self.states[first_rows][:, None]
        moments = np.zeros((3, len(first_rows), len(self.states)))
        moments[0] = np.log(counts)[:, None]
        _add(moments, self.within[0][first_rows][:, None] + self.within[1], beta)
        _add(moments, self._sums(self.vertical[1], self.states, fixed), beta)
        moments = self._grow(moments, 2, beta)
        _add(moments, self._sums(self.vertical[0], fixed, self.states), beta)
        return _join_all(moments)

    def _grow(self, moments: Floats, start: int, beta: float) -> Floats:
        """Add the rows from `start` to the last, site by site."""
        for i in range(start, len(self.within)):
            for j in range(self.columns):
                split = (3, -1, self.n_states, self.n_states**j)
                old = moments.reshape(split)
                new = [_join_in_turn(_moved(old, bond, beta)) for bond in self.vertical[i, j]]
                moments = np.stack(new, axis=2).reshape(moments.shape)
            _add(moments, self.within[i], beta)
        return moments


def _moved(old: Floats, bond: Floats, beta: float) -> Iterator[Floats]:
    """Yield the moments of each old state (axis 2) under its bond (Q,) to a new one."""
    for b, energy in enumerate(bond):
        moments = old[:, :, b].copy()
        _add(moments, energy, beta)
        yield moments


def _add(moments: Floats, energies: Floats, beta: float) -> None:
    moments[0] -= beta * energies
    moments[1] += energies


def _join_in_turn(sets: Iterator[Floats]) -> Floats:
    total = next(sets)
    for moments in sets:
        total = _join(total, moments)
    return total


def _join_all(moments: Floats) -> Floats:
    """Join all entries, in pairs: the moments (3,) of their union."""
    moments = moments.reshape(3, -1)
    while moments.shape[1] > 1:
        half = moments.shape[1] // 2
        joined = _join(moments[:, :half], moments[:, half : 2 * half])
        moments = np.concatenate([joined, moments[:, 2 * half :]], axis=1)
    return moments[:, 0]


def _join(a: Floats, b: Floats) -> Floats:
    """Join two sets of states: the larger one's values, corrected by the smaller one's share."""
    difference = b[0] - a[0]
    swapped = difference > 0
    ratio = np.exp(-np.abs(difference))
    share = ratio / (1 + ratio)
    large, small = np.where(swapped, b[1:], a[1:]), np.where(swapped, a[1:], b[1:])
    step = small - large
    mean = large[0] + share * step[0]
    variance = large[1] + share * step[1] + share * (1 - share) * step[0] ** 2
    return np.stack([np.maximum(a[0], b[0]) + np.log1p(ratio), mean, variance])
