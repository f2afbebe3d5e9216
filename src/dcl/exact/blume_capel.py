"""Exact results for the Blume-Capel model: small tori, and strips that locate the transition.

H = -J sum over bonds of s s' + D sum of s^2 - h sum of s, spins s = -1, 0, +1; energies in units of
J, temperatures in J / k_B.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from dcl.errors import InputError
from dcl.exact.row_matrices import row_energies, row_states, torus_sums

__all__ = ["BlumeCapelSums", "blume_capel_torus", "strip_critical_temperature"]

SPINS = (-1, 0, 1)
WIDEST_TORUS, WIDEST_STRIP = 5, 7


class BlumeCapelSums(NamedTuple):
    """Per site: ln Z, energy in J, mean square spin and mean spin."""

    log_z: float
    energy: float
    square: float
    magnetisation: float


def blume_capel_torus(
    size: int, temperature: float, crystal_field: float, field: float = 0.0, coupling: float = 1.0
) -> BlumeCapelSums:
    """Exact averages of the L x L torus, by dense transfer matrices.

    Parameters
    ----------
    size : int
        L, 2 to 5.
    temperature : float
        T in units of J / k_B.
    crystal_field, field, coupling : float
        D, h and J.

    Returns
    -------
    BlumeCapelSums
        (ln Z, e, <s^2>, m), each per site.

    Raises
    ------
    InputError
        For another L.

    Examples
    --------
    >>> blume_capel_torus(4, 1000.0, 0.0).square  # nearly free spins
    0.6666...
    """
    _require("L", size, 2, WIDEST_TORUS)
    rows = row_states(SPINS, size)
    energies = row_energies(
        rows, crystal_field * (rows**2).sum(axis=1) - field * rows.sum(axis=1), coupling
    )
    log_z, weights, rest = torus_sums(energies, temperature, size)
    pairs = weights * (weights @ rest).T
    row = pairs.sum(axis=1)
    means = row @ (rows**2).mean(axis=1), row @ rows.mean(axis=1)
    return BlumeCapelSums(
        log_z / size**2, float((pairs * energies).sum()) / size, *map(float, means)
    )


def strip_critical_temperature(crystal_field: float, width: int = 6) -> float:
    """Estimate T_c(D) at h = 0 from the correlation length of an endless strip.

    At a continuous transition with the exponents of the Ising model a strip of W sites has the
    correlation length 4 W / pi (Cardy, J. Phys. A 17, L385 (1984)). The temperature at which it
    does tends to T_c as W grows, below D = 1.966, where the transition begins to jump. At W = 6 it
    is within 0.003 of T_c for D = 0 to 1.5.

    Parameters
    ----------
    crystal_field : float
        D, at most 1.9.
    width : int
        W, 2 to 7.

    Raises
    ------
    InputError
        For a W outside 2 to 7, or a D above 1.9.

    Examples
    --------
    >>> round(strip_critical_temperature(0.0), 3)  # 1.694 in series and simulations
    1.692
    """
    _require("width", width, 2, WIDEST_STRIP)
    if not crystal_field <= 1.9:
        raise InputError(f"D: found {crystal_field}, expected at most 1.9, below the jump")

    def off(temperature: float) -> float:
        return width * _inverse_length(width, temperature, crystal_field) - np.pi / 4

    return float(brentq(off, 0.3, 2.6, xtol=1e-6))


def _inverse_length(width: int, temperature: float, crystal_field: float) -> float:
    """Ln of the ratio of the largest eigenvalues for even and for odd functions of the spins."""
    rows = row_states(SPINS, width)
    energies = row_energies(rows, crystal_field * (rows**2).sum(axis=1))
    weights = np.exp((energies.min() - energies) / temperature)
    half = len(rows) // 2  # row -1 - k is row k with all spins turned
    block, turned = weights[:half, :half], weights[:half, : -half - 1 : -1]
    edge = np.sqrt(2) * weights[:half, half]
    even = np.block([[block + turned, edge[:, None]], [edge[None], weights[half, half]]])
    largest = (np.linalg.eigvalsh(matrix)[-1] for matrix in (even, block - turned))
    return float(-np.diff(np.log(list(largest)))[0])


def _require(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(f"{name}: found {value}, expected {low} to {high}")
