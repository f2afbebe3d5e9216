"""Infinite square lattices: Onsager's Ising model, and critical temperatures.

Temperatures in units of J / k_B, energies in J. L. Onsager, Phys. Rev. 65, 117 (1944); the
magnetisation: C. N. Yang, Phys. Rev. 85, 808 (1952); the critical point of the Potts model follows
from self-duality: R. B. Potts, Proc. Camb. Phil. Soc. 48, 106 (1952).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ellipk

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts

__all__ = ["critical_temperature", "energy_per_spin", "spontaneous_magnetisation"]

Array = NDArray[np.float64]


def critical_temperature(hamiltonian: Ising | Potts | EdwardsAnderson) -> float:
    """Return the exact transition temperature of the infinite square lattice.

    Raises
    ------
    InputError
        For a spin glass, which has no transition at a positive temperature in two dimensions.

    Examples
    --------
    >>> round(critical_temperature(Ising()), 6), round(critical_temperature(Potts()), 6)
    (2.269185, 1.492459)
    """
    if isinstance(hamiltonian, Ising):
        return float(2 / np.log1p(np.sqrt(2)))
    if isinstance(hamiltonian, Potts):
        states, clock = hamiltonian.n_states, hamiltonian.form == "clock"
        if not clock or states <= 3:
            # a bond's energies differ by 1 in the standard form, by 1 - cos(2 pi / Q) in the clock
            step = 1 - np.cos(2 * np.pi / states) if clock else 1.0
            return float(step / np.log1p(np.sqrt(states)))
    raise InputError(f"hamiltonian: found {hamiltonian}, expected Ising or Potts")


def energy_per_spin(temperatures: ArrayLike) -> Array:
    """Return the energy per spin of the infinite Ising lattice, in J.

    Examples
    --------
    >>> energy_per_spin([0.5, 4.0]).round(6)
    array([-1.999999, -0.557272])
    """
    coupling = 2 / np.asarray(temperatures, np.float64)
    modulus = 2 * np.sinh(coupling) / np.cosh(coupling) ** 2
    bracket = 1 + 2 / np.pi * (2 * np.tanh(coupling) ** 2 - 1) * ellipk(modulus**2)
    return np.asarray(-bracket / np.tanh(coupling))


def spontaneous_magnetisation(temperatures: ArrayLike) -> Array:
    """Return the magnetisation per spin of the infinite Ising lattice: zero above the transition.

    Examples
    --------
    >>> spontaneous_magnetisation([1.0, 2.0, 3.0]).round(6)
    array([0.999276, 0.911319, 0.      ])
    """
    power = np.sinh(2 / np.asarray(temperatures, np.float64)) ** -4.0
    return np.asarray(np.where(power < 1, np.maximum(1 - power, 0) ** 0.125, 0.0))
