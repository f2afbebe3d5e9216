"""True energies of the lattice models: they make data and judge results, never train a network.

``configurations`` are int8 ``(n, L, L)`` on an L x L torus (L >= 2; L >= 3 with diagonals): spins
are +1 or -1, Potts states are 0 ... Q-1. Energies are float64 ``(n,)``, totals for the lattice, in
units of J. Site (i, j) has one bond to (i, j-1), called horizontal, and one to (i-1, j), called
vertical, so that every bond counts once; for L = 2 both bonds between a pair of sites count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError

__all__ = [
    "EdwardsAnderson",
    "Hamiltonian",
    "Ising",
    "MultiSpinIsing",
    "Potts",
    "hamiltonian_from_name",
]


class Hamiltonian(Protocol):
    """What every model offers; Ising and EdwardsAnderson also have ``couplings(size)``."""

    @property
    def n_states(self) -> int:
        """Number of states of one site."""

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Total energies (n,) of configurations (n, L, L), in units of J."""

    def describe(self) -> dict[str, Any]:
        """Name and parameters as plain JSON values."""


def _checked(configurations: ArrayLike) -> NDArray[np.generic]:
    array = np.asarray(configurations)
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.shape[1] < 2:
        raise InputError(
            f"configurations: found shape {array.shape}, expected (n, L, L) with L >= 2"
        )
    if array.dtype.kind not in "iu":
        raise InputError(f"configurations: found type {array.dtype}, expected integers (int8)")
    return array


def _spins(configurations: ArrayLike) -> NDArray[np.int8]:
    array = _checked(configurations)
    if not np.isin(array, (-1, 1)).all():
        raise InputError("configurations: found values other than -1 and +1, expected spins")
    return array.astype(np.int8, copy=False)


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
        """Two."""
        return 2

    def couplings(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Horizontal and vertical couplings, each (size, size), in units of J."""
        couplings = np.full((size, size), self.coupling, np.float64)
        return couplings, couplings.copy()

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Total energies (n,) of spins (n, L, L); raises InputError for anything else."""
        spins = _spins(configurations)
        bonds = spins * (np.roll(spins, 1, axis=1) + np.roll(spins, 1, axis=2))
        total: NDArray[np.float64] = bonds.sum(axis=(1, 2), dtype=np.float64)
        return -self.coupling * total

    def describe(self) -> dict[str, Any]:
        """Name and parameters as plain JSON values."""
        return {"name": "ising", "coupling": self.coupling}


@dataclass(frozen=True)
class MultiSpinIsing:
    """Ising spins whose law is more than a sum over nearest neighbours.

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
        """J1, J2 and K."""
        return self.nearest, self.diagonal, self.plaquette

    @property
    def n_states(self) -> int:
        """Two."""
        return 2

    @staticmethod
    def check_size(size: int) -> None:
        """Raise InputError for L < 3, where a site's diagonal neighbours are one and the same."""
        if size < 3:
            raise InputError(f"size: found {size}, expected 3 or more for diagonals and plaquettes")

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Total energies (n,) of spins (n, L, L), L >= 3; raises InputError for anything else."""
        spins = _spins(configurations)
        self.check_size(spins.shape[1])
        left, up = np.roll(spins, 1, axis=2), np.roll(spins, 1, axis=1)
        corner = np.roll(up, 1, axis=2)
        terms = spins * (left + up), spins * corner + left * up, spins * left * up * corner
        sums = np.stack([term.sum(axis=(1, 2), dtype=np.float64) for term in terms])
        return -np.tensordot(self.strengths, sums, axes=1)

    def describe(self) -> dict[str, Any]:
        """Name and parameters as plain JSON values."""
        strengths = zip(("nearest", "diagonal", "plaquette"), self.strengths, strict=True)
        return {"name": "multi-spin-ising", **dict(strengths)}


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
        """Total energies (n,) of states (n, L, L); raises InputError for anything else."""
        states = _checked(configurations)
        if states.size and not (states.min() >= 0 and states.max() < self.n_states):
            raise InputError(f"configurations: expected states 0 to {self.n_states - 1}")
        states = states.astype(np.int8, copy=False)
        energies = np.zeros(len(states))
        for axis in (1, 2):
            difference = (states - np.roll(states, 1, axis=axis)) % self.n_states
            for value, bond_energy in enumerate(self.bond_energies):
                energies += bond_energy * np.count_nonzero(difference == value, axis=(1, 2))
        return energies

    def describe(self) -> dict[str, Any]:
        """Name and parameters as plain JSON values."""
        form, coupling = self.form, self.coupling
        return {"name": "potts", "n_states": self.n_states, "form": form, "coupling": coupling}


class EdwardsAnderson:
    """Edwards-Anderson spin glass, an Ising model whose every bond has its own coupling.

    H = - sum horizontal[i, j] s[i, j] s[i, j-1] - sum vertical[i, j] s[i, j] s[i-1, j].

    Parameters
    ----------
    horizontal, vertical
        Couplings (L, L) in units of J; copied, and read-only afterwards.

    Raises
    ------
    InputError
        If the couplings are not two finite square arrays of the same size L >= 2.

    Examples
    --------
    >>> glass = EdwardsAnderson.gaussian(8, seed=69)
    >>> glass.size, glass == EdwardsAnderson.gaussian(8, seed=69)
    (8, True)
    """

    def __init__(self, horizontal: ArrayLike, vertical: ArrayLike) -> None:
        self.horizontal = np.asarray(horizontal, dtype=np.float64) + 0.0  # a copy without -0.0
        self.vertical = np.asarray(vertical, dtype=np.float64) + 0.0
        shapes = self.horizontal.shape, self.vertical.shape
        if len(shapes[0]) != 2 or shapes[0] != shapes[1] or not 2 <= shapes[0][0] == shapes[0][1]:
            raise InputError(f"couplings: found shapes {shapes}, expected (L, L) twice with L >= 2")
        if not (np.isfinite(self.horizontal).all() and np.isfinite(self.vertical).all()):
            raise InputError("couplings: found values that are not finite")
        self.horizontal.flags.writeable = self.vertical.flags.writeable = False

    @classmethod
    def gaussian(cls, size: int, seed: int) -> EdwardsAnderson:
        """Couplings of mean 0 and variance 1, drawn as the paper's authors drew them.

        ``numpy.random.RandomState(seed)`` gives all the horizontal, then all the vertical ones.
        """
        random = np.random.RandomState(seed)
        horizontal = random.normal(0, 1, [size, size])
        return cls(horizontal, random.normal(0, 1, [size, size]))

    @classmethod
    def plus_minus(cls, size: int, seed: int) -> EdwardsAnderson:
        """Couplings +1 and -1 with equal probability, from ``numpy.random.default_rng(seed)``."""
        random = np.random.default_rng(seed)
        horizontal = random.choice([-1.0, 1.0], (size, size))
        return cls(horizontal, random.choice([-1.0, 1.0], (size, size)))

    @property
    def n_states(self) -> int:
        """Two."""
        return 2

    @property
    def size(self) -> int:
        """L, the linear size of the lattice."""
        return len(self.horizontal)

    def couplings(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Horizontal and vertical couplings; raises InputError if size is not this glass's L."""
        if size != self.size:
            raise InputError(f"size: found {size}, expected {self.size}, the size of the couplings")
        return self.horizontal, self.vertical

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Total energies (n,) of spins (n, L, L); raises InputError for anything else."""
        spins = _spins(configurations)
        horizontal, vertical = self.couplings(spins.shape[1])
        energies = np.zeros(len(spins))
        energies -= np.einsum("nij,ij->n", spins * np.roll(spins, 1, axis=2), horizontal)
        energies -= np.einsum("nij,ij->n", spins * np.roll(spins, 1, axis=1), vertical)
        return energies

    def describe(self) -> dict[str, Any]:
        """Name and parameters as plain JSON values."""
        horizontal, vertical = self.horizontal.tolist(), self.vertical.tolist()
        return {"name": "spin-glass", "horizontal": horizontal, "vertical": vertical}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EdwardsAnderson) and self.describe() == other.describe()

    def __hash__(self) -> int:
        return hash((self.horizontal.tobytes(), self.vertical.tobytes()))

    def __repr__(self) -> str:
        return f"EdwardsAnderson(size={self.size})"


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
