"""Phase diagrams of tin and bismuth from Gibbs energies: the CALPHAD method.

Phases in equilibrium have a common tangent, a long edge of the lower convex hull of their energies.
Labels of whole diagrams come from hulls on one grid, exact points from ever finer ones. Conventions
are those of `dcl.chapters.alloy_energies`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from dcl.chapters.alloy_energies import (
    MELTING,
    PHASES,
    TRUTH,
    fractions,
    gibbs_energy,
    interactions,
    kelvin,
    molar_energy,
)
from dcl.chapters.hull_labels import GRID, label_diagrams, lower_hull
from dcl.errors import InputError

__all__ = [
    "LABELS",
    "MELTING",
    "PHASES",
    "TRUTH",
    "eutectic",
    "gibbs_energy",
    "phase_labels",
    "tie_line",
    "to_tdb",
]

Array = NDArray[np.float64]

LABELS = (*PHASES, "L+Sn", "L+Bi", "Sn+Bi")
"""Names of what a point of the diagram can hold, in the order of their numbers."""
ZOOMS = 4
"""Grids of tie lines, each 50 times as fine as the one before."""
TDB_NAMES = ("LIQUID", "BCT_A5", "RHOMBOHEDRAL_A7")


def tie_line(parameters: ArrayLike, T: float, phases: Sequence[str]) -> tuple[float, float]:
    """Compositions of two phases in equilibrium, whether or not the third is more stable.

    Parameters
    ----------
    parameters : array_like
        (L0, L1, B0) in J / mol.
    T : float
        K, below the melting point of each solid that takes part.
    phases : sequence of str
        Two of "L", "Sn", "Bi".

    Returns
    -------
    tuple of float
        x in each of the phases, in their order. Each element has one chemical potential in both.

    Raises
    ------
    InputError
        For other phases, T above a melting point, or phases without a common tangent.

    Examples
    --------
    >>> [round(x, 4) for x in tie_line(TRUTH, 450.0, ("Sn", "L"))]
    [0.0661, 0.2546]
    """
    if np.ndim(T):
        raise InputError(f"T: found shape {np.shape(T)}, expected one temperature")
    degrees, (table,) = float(kelvin(T)), interactions(np.asarray(parameters)[None])
    pair = [PHASES.index(phase) for phase in phases if phase in PHASES]
    if len(phases) != 2 or len(set(pair)) != 2:
        raise InputError(f"phases: found {phases!r}, expected two of {', '.join(PHASES)}")
    for solid in MELTING.keys() & {*phases}:
        if degrees >= MELTING[solid]:
            limit = f"{MELTING[solid]:g} K, at which pure {solid} melts"
            raise InputError(f"T: found {degrees:g}, expected less than {limit}")
    x = GRID
    for _ in range(ZOOMS):
        both = np.array([molar_energy(PHASES[k], x, degrees, table[k]) for k in pair])
        corners, lower = lower_hull(x, both.min(axis=0)), both.argmin(axis=0)
        changes = np.flatnonzero(np.diff(lower[corners]))
        if not changes.size:
            names = " and ".join(phases)
            raise InputError(f"phases: found no common tangent of {names} at {degrees:g} K")
        widest = changes[np.diff(x[corners])[changes].argmax()]
        ends = corners[widest : widest + 2]
        found = x[ends[lower[ends].argsort()]]
        left, right = (x[(ends + step).clip(0, len(x) - 1)] for step in (-1, 1))
        x = np.unique(np.linspace(left, right, 101))
    return float(found[0]), float(found[1])


def eutectic(parameters: ArrayLike) -> tuple[float, float, float, float]:
    """Eutectic point, at which the liquid is in equilibrium with both solids.

    Parameters
    ----------
    parameters : array_like
        (L0, L1, B0) in J / mol.

    Returns
    -------
    tuple of float
        x in the liquid, in solid tin and in solid bismuth, and T in K.

    Raises
    ------
    InputError
        If there is none between 200 K and the melting point of tin.

    Examples
    --------
    >>> [round(value, 4) for value in eutectic(TRUTH)]
    [0.43, 0.131, 0.9935, 412.1543]
    """
    inside, degrees = GRID[1:-1], np.arange(200.0, MELTING["Sn"], 8)
    (labels,) = phase_labels(np.asarray(parameters)[None], inside, degrees)
    solid, liquid = ((labels == LABELS.index(name)).any(axis=1) for name in ("Sn+Bi", "L"))
    if not (solid[0] and liquid[-1]):
        raise InputError(
            f"parameters: found {np.asarray(parameters)}, without a eutectic above 200 K"
        )

    def gap(T: float) -> float:
        """Width of the liquid between its tie lines, negative where it is not stable."""
        left, right = (tie_line(parameters, T, ("L", phase))[0] for phase in ("Sn", "Bi"))
        return right - left

    low, high = degrees[np.flatnonzero(solid)[-1]], degrees[liquid.argmax()]
    T = float(brentq(gap, low, high, xtol=1e-7))
    x_liquid, x_tin = tie_line(parameters, T, ("L", "Sn"))
    return x_liquid, x_tin, tie_line(parameters, T, ("L", "Bi"))[1], T


def phase_labels(parameters: ArrayLike, x: ArrayLike, T: ArrayLike) -> NDArray[np.int8]:
    """Numbers of the stable phases of many alloys, from lower convex hulls.

    Parameters
    ----------
    parameters : array_like
        (L0, L1, B0) of each alloy, shape (p, 3), J / mol.
    x : array_like
        Mole fractions of bismuth, shape (nx,).
    T : array_like
        Temperatures in K, shape (nT,).

    Returns
    -------
    numpy.ndarray
        Indices of `LABELS`, int8 (p, nT, nx). Boundaries are within 0.003 of the tie lines.

    Raises
    ------
    InputError
        For x outside of (0, 1), a temperature that is not positive, or other shapes.

    Examples
    --------
    >>> [LABELS[label] for label in phase_labels([TRUTH], [0.05, 0.2, 0.43, 0.9], [420.0])[0, 0]]
    ['Sn', 'L+Sn', 'L', 'L+Bi']
    """
    table, columns, rows = interactions(parameters), fractions(x), kelvin(T)
    if columns.ndim != 1 or rows.ndim != 1 or not rows.size:
        raise InputError(
            f"x, T: found shapes {columns.shape} and {rows.shape}, expected (nx,), (nT,)"
        )
    ideal = [[molar_energy(phase, GRID, row, np.zeros(2)) for phase in PHASES] for row in rows]
    return np.asarray(label_diagrams(table, np.array(ideal), columns), np.int8)


def to_tdb(parameters: ArrayLike) -> str:
    """Write a thermodynamic database (TDB) that other CALPHAD programs read.

    Parameters
    ----------
    parameters
        See `eutectic`.

    Returns
    -------
    str
        Phases LIQUID, BCT_A5 and RHOMBOHEDRAL_A7; energies refer to the solid elements.

    Examples
    --------
    >>> print(to_tdb(TRUTH).splitlines()[-2])
    PARAMETER G(RHOMBOHEDRAL_A7,BI,SN;0) 1 15000; 10000 N !
    """
    (table,) = interactions(np.asarray(parameters)[None])
    lines = [
        "ELEMENT VA VACUUM 0 0 0 !",
        "ELEMENT BI RHOMBOHEDRAL_A7 208.98 0 0 !",
        "ELEMENT SN BCT_A5 118.71 0 0 !",
        "TYPE_DEFINITION % SEQ * !",
    ]
    for phase, name, orders in zip(PHASES, TDB_NAMES, table, strict=True):
        lines += [f"PHASE {name} % 1 1.0 !", f"CONSTITUENT {name} :BI,SN: !"]
        cold, warm = (molar_energy(phase, np.array([1.0, 0.0]), T, np.zeros(2)) for T in (0, 1))
        values = {
            f"{element};0": f"{energy:.12g}{change:+.12g}*T"
            for element, energy, change in zip(("BI", "SN"), cold, warm - cold, strict=True)
        }
        values |= {f"BI,SN;{order}": f"{value:.12g}" for order, value in enumerate(orders)}
        lines += [
            f"PARAMETER G({name},{key}) 1 {value}; 10000 N !" for key, value in values.items()
        ]
    return "\n".join(lines) + "\n"
