"""True energies of the lattice models: they make data and judge results, never train a network.

``configurations`` are int8 ``(n, L, L)`` on an L x L torus (L >= 2; L >= 3 with diagonals): spins
are +1 or -1, Potts states are 0 ... Q-1. Energies are float64 ``(n,)``, totals for the lattice, in
units of J. Site (i, j) has one bond to (i, j-1), called horizontal, and one to (i-1, j), called
vertical, so that every bond counts once; for L = 2 both bonds between a pair of sites count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import square_lattices, square_spins
from dcl.lattice.edwards_anderson import EdwardsAnderson

__all__ = [
    "EdwardsAnderson",
    "Ising",
    "MultiSpinIsing",
    "Potts",
    "hamiltonian_from_name",
]


@dataclass(frozen=True)
class Ising:
    """Ising model, H = -J sum over bonds of s s'.

    Parameters
    ----------
    coupling
        J; a negative value makes the antiferromagnet.

    Examples
    --------
    >>> Ising().energy(np.ones((1, 8, 8), np.int8))
    array([-128.])
    """

    coupling: float = 1.0

    @property
    def n_states(self) -> int:
        """Number of states of a site, two."""
        return 2

    def couplings(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return horizontal and vertical couplings, each (size, size), in units of J."""
        couplings = np.full((size, size), self.coupling, np.float64)
        return couplings, couplings.copy()

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Compute total energies (n,) of spins (n, L, L); raises InputError for anything else."""
        spins = square_spins(configurations)
        bonds = spins * (np.roll(spins, 1, axis=1) + np.roll(spins, 1, axis=2))
        total: NDArray[np.float64] = bonds.sum(axis=(1, 2), dtype=np.float64)
        return -self.coupling * total


@dataclass(frozen=True)
class MultiSpinIsing:
    """Ising model with diagonal pairs and plaquettes beside nearest neighbours.

    H = - J1 sum over bonds of s s' - J2 sum over pairs of diagonal neighbours of s s' - K sum over
    elementary plaquettes of the product of their four spins. On an L x L torus, L >= 3, 2 N bonds,
    2 N diagonal pairs and N plaquettes count once each.

    Parameters
    ----------
    nearest, diagonal, plaquette
        J1, J2 and K in units of J; all terms are even, so that turning all spins changes nothing.

    Raises
    ------
    InputError
        If they are not finite.

    Examples
    --------
    >>> MultiSpinIsing(1.0, diagonal=0.5, plaquette=0.25).energy(np.ones((1, 8, 8), np.int8))
    array([-208.])
    """

    nearest: float = 1.0
    diagonal: float = 0.0
    plaquette: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.strengths).all():
            raise InputError(f"couplings: found {self.strengths}, expected three finite numbers")

    @property
    def strengths(self) -> tuple[float, float, float]:
        """Couplings J1, J2 and K."""
        return self.nearest, self.diagonal, self.plaquette

    @property
    def n_states(self) -> int:
        """Number of states of a site, two."""
        return 2

    @staticmethod
    def check_size(size: int) -> None:
        """Raise InputError for L < 3, where a site's diagonal neighbours are one and the same."""
        if size < 3:
            raise InputError(f"size: found {size}, expected 3 or more for diagonals and plaquettes")

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Compute total energies (n,) of spins (n, L, L), L >= 3; raises InputError for others."""
        spins = square_spins(configurations)
        self.check_size(spins.shape[1])
        left, up = np.roll(spins, 1, axis=2), np.roll(spins, 1, axis=1)
        corner = np.roll(up, 1, axis=2)
        terms = spins * (left + up), spins * corner + left * up, spins * left * up * corner
        sums = np.stack([term.sum(axis=(1, 2), dtype=np.float64) for term in terms])
        return -np.tensordot(self.strengths, sums, axes=1)


@dataclass(frozen=True)
class Potts:
    """Potts model with Q states, in its clock or its standard form.

    Parameters
    ----------
    n_states
        Q, from 2 to 8.
    form
        ``"clock"``: bond energy -J cos(2 pi (a - b) / Q); ``"standard"``: -J if a = b, else 0.
    coupling
        J.

    Raises
    ------
    InputError
        For a Q outside 2 ... 8 and for an unknown form.

    Examples
    --------
    >>> Potts(3).energy(np.zeros((1, 8, 8), np.int8))
    array([-128.])
    >>> Potts(3).bond_energies
    array([-1. ,  0.5,  0.5])
    """

    n_states: int = 3
    form: Literal["clock", "standard"] = "clock"
    coupling: float = 1.0

    def __post_init__(self) -> None:
        if not 2 <= self.n_states <= 8:
            raise InputError(f"n_states: found {self.n_states}, expected 2 to 8")
        if self.form not in ("clock", "standard"):
            raise InputError(f"form: found {self.form!r}, expected 'clock' or 'standard'")

    @property
    def bond_energies(self) -> NDArray[np.float64]:
        """Energy (Q,) of one bond, indexed by (a - b) mod Q, in units of J."""
        differences = np.arange(self.n_states)
        if self.form == "standard":
            return np.where(differences == 0, -self.coupling, 0.0)
        cosines = np.cos(2 * np.pi * differences / self.n_states).astype(np.float64)
        return -self.coupling * cosines.round(15)  # so that cos(2 pi / 3) is -1/2 exactly

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Compute total energies (n,) of states (n, L, L); raises InputError for anything else."""
        states = square_lattices(configurations)
        if states.size and not (states.min() >= 0 and states.max() < self.n_states):
            raise InputError(f"configurations: expected states 0 to {self.n_states - 1}")
        states = states.astype(np.int8, copy=False)
        energies = np.zeros(len(states))
        for axis in (1, 2):
            difference = (states - np.roll(states, 1, axis=axis)) % self.n_states
            for value, bond_energy in enumerate(self.bond_energies):
                energies += bond_energy * np.count_nonzero(difference == value, axis=(1, 2))
        return energies


def hamiltonian_from_name(
    name: str,
    *,
    size: int = 8,
    seed: int = 69,
    n_states: int = 3,
    form: Literal["clock", "standard"] = "clock",
) -> Ising | Potts | EdwardsAnderson:
    """Build the model that a command line or an experiment file names.

    Parameters
    ----------
    name
        ``"ising"``, ``"potts"`` or ``"spin-glass"``, which has Gaussian couplings.
    size, seed
        Of the couplings of a glass.
    n_states, form
        See `Potts`.

    Raises
    ------
    InputError
        For any other name.

    Examples
    --------
    >>> hamiltonian_from_name("potts", n_states=4)
    Potts(n_states=4, form='clock', coupling=1.0)
    """
    if name == "ising":
        return Ising()
    if name == "potts":
        return Potts(n_states, form)
    if name == "spin-glass":
        return EdwardsAnderson.gaussian(size, seed)
    raise InputError(f"model: found {name!r}, expected 'ising', 'potts' or 'spin-glass'")
