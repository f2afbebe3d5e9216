"""The Ising model on rectangles: ferromagnet or antiferromagnet, in a field, with open edges."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.canonical import Thermodynamics, as_temperatures, check_size
from dcl.exact.kaufman import COLDEST, NARROWEST, kaufman_thermodynamics
from dcl.exact.potts import potts_density_of_states
from dcl.exact.transfer_matrix import uniform_thermodynamics
from dcl.lattice.geometry import Boundaries, LatticeSize, lattice_shape

__all__ = ["ising_density_of_states", "ising_thermodynamics"]

LONGEST_ROW = 1_000_000
"""Columns of the largest torus; each is a mode of Kaufman's formula, some 300 bytes of memory."""


def ising_thermodynamics(
    size: LatticeSize,
    temperatures: ArrayLike,
    coupling: float = 1.0,
    field: float = 0.0,
    boundaries: Boundaries = "periodic",
) -> Thermodynamics:
    """Compute the exact totals of a lattice of the Ising model H = -J sum s s' - h sum s.

    Kaufman's formula where it holds: on a torus without a field, whose antiferromagnet has even
    sides and so equals the ferromagnet. Anything else is summed site by site.

    Parameters
    ----------
    size : int or tuple of int
        Linear size L, or rows and columns, 2 or more each. The shorter side is at most 12 with a
        field or for an antiferromagnet on an odd torus, at most 16 with open boundaries, and at
        most 1,000,000 otherwise.
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.
    coupling : float
        J, any number but 0; a negative one makes the antiferromagnet.
    field : float
        h in J.
    boundaries : {"periodic", "open"}
        Of both axes.

    Raises
    ------
    InputError
        If an argument is out of range, or the lattice is too wide to be summed.

    Examples
    --------
    >>> ising_thermodynamics(8, [4.0]).energy.round(3).tolist()
    [-35.743]
    >>> ising_thermodynamics((12, 8), [2.0], field=0.1).energy.round(3).tolist()
    [-181.216]
    """
    shape = lattice_shape(size)
    for sites in shape:
        check_size(sites)
    temperatures = as_temperatures(temperatures)
    if not np.isfinite(coupling) or coupling == 0:
        raise InputError(f"coupling: found {coupling}, expected a finite number other than 0")
    if not np.isfinite(field):
        raise InputError(f"field: found {field}, expected a finite number")
    even = shape[0] % 2 == shape[1] % 2 == 0
    strength = abs(coupling)
    narrow = min(shape) < NARROWEST and temperatures.min() < COLDEST * strength
    closed_form = boundaries == "periodic" and field == 0 and (coupling > 0 or even)
    if closed_form and not narrow:
        check_size(min(shape), LONGEST_ROW)
        return kaufman_thermodynamics((max(shape), min(shape)), temperatures, strength)
    spins = np.array([1.0, -1.0])
    return uniform_thermodynamics(
        shape,
        -coupling * np.outer(spins, spins),
        temperatures,
        site=-field * spins if field else None,
        boundaries=boundaries,
    )


def ising_density_of_states(size: int) -> tuple[NDArray[np.float64], list[int]]:
    """Count the states of the Ising model on an L x L torus, level by level.

    Parameters
    ----------
    size : int
        Linear size L, from 2 to 10.

    Returns
    -------
    energies : ndarray of float64, shape (n_levels,)
        Total energies in units of J, rising; levels without a state are left out.
    multiplicities : list of int
        The exact number of states on each level.

    Raises
    ------
    InputError
        If the size is out of range.

    Examples
    --------
    >>> energies, multiplicities = ising_density_of_states(8)
    >>> len(energies), multiplicities[:3], sum(multiplicities) == 2**64
    (63, [2, 128, 256], True)
    """
    return potts_density_of_states(size, n_states=2, form="clock")
