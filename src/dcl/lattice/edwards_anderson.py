"""The Edwards-Anderson spin glass; conventions are those of `dcl.lattice.hamiltonians`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import square_spins

__all__ = ["EdwardsAnderson"]


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
        """Draw couplings of mean 0 and variance 1 as the paper's authors drew them.

        ``numpy.random.RandomState(seed)`` gives all the horizontal, then all the vertical ones.
        """
        random = np.random.RandomState(seed)
        horizontal = random.normal(0, 1, [size, size])
        return cls(horizontal, random.normal(0, 1, [size, size]))

    @property
    def n_states(self) -> int:
        """Number of states of a site, two."""
        return 2

    @property
    def size(self) -> int:
        """Linear size L of the lattice."""
        return len(self.horizontal)

    def couplings(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both couplings; raise InputError if size is not this glass's L."""
        if size != self.size:
            raise InputError(f"size: found {size}, expected {self.size}, the size of the couplings")
        return self.horizontal, self.vertical

    def coupling_matrix(self) -> NDArray[np.float64]:
        """Return J_ij in J for sites numbered row by row, (N, N), symmetric.

        Examples
        --------
        >>> EdwardsAnderson(np.ones((3, 3)), np.ones((3, 3))).coupling_matrix().sum(axis=0)
        array([4., 4., 4., 4., 4., 4., 4., 4., 4.])
        """
        sites = np.arange(self.size**2).reshape(self.size, self.size)
        matrix = np.zeros((self.size**2,) * 2)
        for axis, couplings in ((1, self.horizontal), (0, self.vertical)):
            np.add.at(matrix, (sites, np.roll(sites, 1, axis)), couplings)
        return matrix + matrix.T

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Compute total energies (n,) of spins (n, L, L); raises InputError for anything else."""
        spins = square_spins(configurations)
        horizontal, vertical = self.couplings(spins.shape[1])
        energies = np.zeros(len(spins))
        energies -= np.einsum("nij,ij->n", spins * np.roll(spins, 1, axis=2), horizontal)
        energies -= np.einsum("nij,ij->n", spins * np.roll(spins, 1, axis=1), vertical)
        return energies

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, EdwardsAnderson)
            and np.array_equal(self.horizontal, other.horizontal)
            and np.array_equal(self.vertical, other.vertical)
        )

    def __hash__(self) -> int:
        return hash((self.horizontal.tobytes(), self.vertical.tobytes()))

    def __repr__(self) -> str:
        return f"EdwardsAnderson(size={self.size})"
