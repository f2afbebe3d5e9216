"""The Potts model with Q states on an L x L torus, clock or standard form, exact.

Energies are totals in J, as in `dcl.lattice.hamiltonians.Potts`: a bond between states a and b has
the energy -J cos(2 pi (a - b) / Q) (clock) or -J if a = b, else 0 (standard).
"""

import json
import math
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.canonical import (
    Thermodynamics,
    as_temperatures,
    check_size,
    thermodynamics_from_levels,
)
from dcl.exact.histograms import count_states_by_level
from dcl.exact.transfer_matrix import uniform_thermodynamics
from dcl.lattice.hamiltonians import Potts

__all__ = ["potts_density_of_states", "potts_thermodynamics"]

# By Q: fewer than 2^105 states, which `dcl.exact.histograms` counts to the last digit, and at
# most 2^14 states of a row, which keeps the time to minutes.
_LARGEST_SIZE = {2: 10, 3: 8, 4: 7, 5: 6, 6: 5, 7: 4, 8: 4}

Form = Literal["clock", "standard"]


def potts_density_of_states(
    size: int, n_states: int = 3, form: Form = "clock"
) -> tuple[NDArray[np.float64], list[int]]:
    """Count the states of the Potts model on an L x L torus, level by level.

    Offered where all bond energies lie on one grid: the standard form with any Q, and the clock
    form with Q = 2, 3, 4 or 6. The 8 x 8 lattice with Q = 3 is read from a table that
    `python -m dcl.exact.potts_table` makes; others take from milliseconds to minutes.

    Parameters
    ----------
    size : int
        Linear size L: at most 10, 8, 7, 6, 5, 4, 4 for Q = 2, 3, 4, 5, 6, 7, 8.
    n_states : int
        Q, from 2 to 8.
    form : {"clock", "standard"}
        The bond energy.

    Returns
    -------
    energies : ndarray of float64, shape (n_levels,)
        Total energies in units of J, rising from the ground state of J > 0; levels without a
        state are left out.
    multiplicities : list of int
        The exact number of states on each level.

    Raises
    ------
    InputError
        If an argument is out of range, or the clock form has no grid of energies (Q = 5, 7, 8).

    Examples
    --------
    >>> energies, multiplicities = potts_density_of_states(8)
    >>> energies[:3].tolist(), multiplicities[:3], sum(multiplicities) == 3**64
    ([-128.0, -122.0, -119.0], [3, 384, 768], True)
    """
    model = Potts(n_states, form)
    levels = _levels(model)
    if levels is None:
        raise InputError(
            f"n_states: found {n_states} in clock form, expected 2, 3, 4 or 6 for a density of "
            "states: otherwise the energies lie on no common grid"
        )
    check_size(size, _LARGEST_SIZE[n_states])
    counts = _table(size, levels) or count_states_by_level(size, levels)
    occupied = [level for level, count in enumerate(counts) if count]
    lowest = model.bond_energies.min()
    unit = np.ptp(model.bond_energies) / levels.max()
    energies = unit * np.array(occupied, dtype=np.float64) + 2 * size**2 * lowest
    return energies, [counts[level] for level in occupied]


def potts_thermodynamics(
    size: int,
    temperatures: ArrayLike,
    n_states: int = 3,
    form: Form = "clock",
    coupling: float = 1.0,
) -> Thermodynamics:
    """Compute the exact totals of the Potts model on an L x L torus.

    Summed over the density of states where there is one, else (clock form with Q = 5, 7, 8) by
    adding sites one at a time at each temperature.

    Parameters
    ----------
    size : int
        Linear size L: at most 10, 8, 7, 6, 5, 4, 4 for Q = 2, 3, 4, 5, 6, 7, 8, but 5 for Q = 5
        in clock form.
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.
    n_states : int
        Q, from 2 to 8.
    form : {"clock", "standard"}
        The bond energy.
    coupling : float
        J; a negative value makes the antiferromagnet.

    Raises
    ------
    InputError
        If an argument is out of range.

    Examples
    --------
    >>> result = potts_thermodynamics(8, [1.5, 4.0])
    >>> result.energy.round(4).tolist()
    [-93.5441, -17.5382]
    """
    temperatures = as_temperatures(temperatures)
    if not math.isfinite(coupling):
        raise InputError(f"coupling: found {coupling}, expected a finite number")
    model = Potts(n_states, form, coupling)
    if _levels(Potts(n_states, form)) is None:
        check_size(size, _LARGEST_SIZE[n_states])
        return _thermodynamics_site_by_site(size, model, temperatures)
    energies, multiplicities = potts_density_of_states(size, n_states, form)
    logs = [math.log(count) for count in multiplicities]
    return thermodynamics_from_levels(coupling * energies, logs, temperatures)


def _levels(model: Potts) -> NDArray[np.int64] | None:
    """Return the bond energies as whole steps above the lowest, or None if there is no grid."""
    steps = model.bond_energies - model.bond_energies.min()
    steps /= steps[steps > 1e-9].min()
    levels = steps.round()
    return levels.astype(np.int64) if np.allclose(steps, levels, rtol=0, atol=1e-9) else None


def _table(size: int, levels: NDArray[np.int64]) -> list[int] | None:
    """Return the archived counts by level for Q = 3 on the 8 x 8 lattice, None for any other."""
    if size != 8 or levels.tolist() != [0, 1, 1]:
        return None
    text = (files("dcl.exact") / "data" / "potts_3_8x8.json").read_text()
    return [int(count) for count in json.loads(text)["counts"]]


def _thermodynamics_site_by_site(
    size: int, model: Potts, temperatures: NDArray[np.float64]
) -> Thermodynamics:
    """Sum without a density of states."""
    differences = np.subtract.outer(range(model.n_states), range(model.n_states))
    bond = model.bond_energies[differences % model.n_states]
    return uniform_thermodynamics((size, size), bond, temperatures)
