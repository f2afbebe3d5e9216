"""Gibbs energies of the phases of a binary alloy, tin and bismuth.

The liquid is "L", the solids are "Sn" (body-centred tetragonal) and "Bi" (rhombohedral). Energies
are in J / mol, temperatures T in K, and x is the mole fraction of bismuth, between 0 and 1: 43 at.%
are 57% by weight. Free parameters are (L0, L1, B0): the liquid has the excess energy
x (1 - x) [L0 + L1 (2 x - 1)], solid tin x (1 - x) B0. The description is our own; at `TRUTH` it has
the eutectic of the alloy, 139 C and 43 at.%.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from dcl.errors import InputError

__all__ = [
    "FOREIGN",
    "FUSION",
    "GAS",
    "MELTING",
    "PHASES",
    "REPULSION",
    "TRUTH",
    "fractions",
    "gibbs_energy",
    "interactions",
    "kelvin",
    "molar_energy",
]

Array = NDArray[np.float64]

GAS = 8.314462618
"""J / (mol K)."""
PHASES = ("L", "Sn", "Bi")
TRUTH = (660.0, -390.0, 3654.0)
"""L0, L1 and B0 of the alloy, J / mol."""
MELTING = {"Sn": 505.08, "Bi": 544.55}
"""Melting points of the pure elements, K."""
FUSION = {"Sn": 7030.0, "Bi": 11300.0}
"""Heats of fusion."""
FOREIGN = {"Sn": 4184.07, "Bi": 2035.0}
"""Energy of the other element in either solid."""
REPULSION = 15000.0
"""Interaction in solid bismuth."""


def gibbs_energy(phase: str, x: ArrayLike, T: ArrayLike, parameters: ArrayLike) -> Array:
    """Molar Gibbs energy of one phase.

    Parameters
    ----------
    phase : {"L", "Sn", "Bi"}
    x : array_like
        Mole fractions of bismuth, between 0 and 1.
    T : array_like
        Temperatures in K, of a shape that fits that of x.
    parameters : array_like
        (L0, L1, B0) in J / mol.

    Returns
    -------
    numpy.ndarray
        J / mol; pure solids below their melting points have 0.

    Raises
    ------
    InputError
        For an unknown phase, x outside of (0, 1), a temperature that is not positive, or shapes
        that do not fit.

    Examples
    --------
    >>> gibbs_energy("L", [0.2, 0.5], 400.0, TRUTH).round(1)
    array([248.8,  90.8])
    """
    if phase not in PHASES:
        raise InputError(f"phase: found {phase!r}, expected one of {', '.join(PHASES)}")
    (table,) = interactions(np.asarray(parameters)[None])
    found, degrees = fractions(x), kelvin(T)
    try:
        np.broadcast_shapes(found.shape, degrees.shape)
    except ValueError:
        raise InputError(f"x, T: found shapes {found.shape} and {degrees.shape}") from None
    return molar_energy(phase, found, degrees, table[PHASES.index(phase)])


def molar_energy(phase: str, x: Array, T: ArrayLike, interaction: Array) -> Array:
    """Molar Gibbs energy for x from 0 to 1, with both ends.

    Parameters
    ----------
    phase, x, T
        See `gibbs_energy`.
    interaction : numpy.ndarray
        Redlich-Kister coefficients of the phase, shape (2,), J / mol.

    Examples
    --------
    >>> molar_energy("Sn", np.array([0.0, 1.0]), 400.0, np.zeros(2)).tolist()
    [0.0, 4184.07]
    """
    tin, bismuth = _pure(phase, T)
    mixing = GAS * np.asarray(T) * (xlogy(x, x) + xlogy(1 - x, 1 - x))
    excess = x * (1 - x) * (interaction[0] + interaction[1] * (2 * x - 1))
    return np.asarray(x * bismuth + (1 - x) * tin + mixing + excess)


def _pure(phase: str, T: ArrayLike) -> tuple[Array, Array]:
    """Energies of pure tin and of pure bismuth in a phase."""
    if phase == "L":
        tin, bismuth = (FUSION[m] * (1 - np.asarray(T) / MELTING[m]) for m in ("Sn", "Bi"))
        return tin, bismuth
    alone, other = np.zeros(()), np.asarray(FOREIGN[phase])
    return (alone, other) if phase == "Sn" else (other, alone)


def interactions(parameters: ArrayLike) -> Array:
    """Redlich-Kister coefficients of all phases.

    Parameters
    ----------
    parameters : array_like
        (L0, L1, B0) of each alloy, shape (p, 3).

    Returns
    -------
    numpy.ndarray
        Shape (p, 3, 2), J / mol.

    Raises
    ------
    InputError
        For another shape, or numbers that are not finite.

    Examples
    --------
    >>> interactions([TRUTH])[0].tolist()
    [[660.0, -390.0], [3654.0, 0.0], [15000.0, 0.0]]
    """
    alloys = np.asarray(parameters, np.float64)
    if alloys.ndim != 2 or alloys.shape[1] != 3 or not np.isfinite(alloys).all():
        raise InputError(f"parameters: found shape {alloys.shape}, expected (p, 3), all finite")
    found = np.zeros((len(alloys), 3, 2))
    found[:, 0], found[:, 1, 0], found[:, 2, 0] = alloys[:, :2], alloys[:, 2], REPULSION
    return found


def fractions(x: ArrayLike) -> Array:
    """Return mole fractions as an array, or raise InputError if one is not inside of (0, 1)."""
    found = np.asarray(x, np.float64)
    wrong = found[~((found > 0) & (found < 1))]
    if wrong.size:
        raise InputError(f"x: found {wrong[0]:g}, expected mole fractions of Bi between 0 and 1")
    return found


def kelvin(T: ArrayLike) -> Array:
    """Return temperatures as an array, or raise InputError if one is not positive and finite."""
    found = np.asarray(T, np.float64)
    wrong = found[~((found > 0) & (found < np.inf))]
    if wrong.size:
        raise InputError(f"T: found {wrong[0]:g}, expected positive temperatures in K")
    return found
