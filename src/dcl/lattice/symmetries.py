"""Symmetries that a user imposes: renamings of sites and states that leave energies unchanged.

A snapshot under a symmetry is another snapshot of the same system, just as likely. Nothing here is
known to a network unless it is imposed: the strict reading of the paper imposes none.
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.geometry import LatticeSize, lattice_shape

__all__ = [
    "ALL_SYMMETRIES",
    "Symmetry",
    "SymmetryGroup",
    "check_symmetries",
    "parse_symmetries",
    "symmetry_group",
]

Symmetry = Literal["translations", "point-group", "states"]
ALL_SYMMETRIES: tuple[Symmetry, ...] = get_args(Symmetry)
MOST_RENAMED = 8
"""Most states whose permutations, 40,320 of them, are listed."""


@dataclass(frozen=True)
class SymmetryGroup:
    """Group of symmetries: every combination of a renaming of sites and one of states.

    Attributes
    ----------
    sites : numpy.ndarray
        int64, shape (G, N): image g of a configuration holds at site i what was at ``sites[g, i]``.
    states : numpy.ndarray
        int8, shape (P, Q): image p holds ``states[p, a]`` where state a was.
    """

    sites: NDArray[np.int64]
    states: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.sites) * len(self.states)

    def in_order(self, order: NDArray[np.int64]) -> "SymmetryGroup":
        """Return the same symmetries of sequences that read the sites in the given order."""
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return SymmetryGroup(place[self.sites[:, order]], self.states)

    def random_images(
        self, configurations: NDArray[np.int8], generator: np.random.Generator
    ) -> NDArray[np.int8]:
        """Draw one random image of each configuration of states 0..Q-1, shape (n, N)."""
        chosen = generator.integers(0, len(self), len(configurations))
        return self._images(configurations, chosen)

    def image(self, configurations: NDArray[np.int8], number: int) -> NDArray[np.int8]:
        """Map all configurations (n, N) by the symmetry of this number."""
        return self._images(configurations, np.full(len(configurations), number))

    def _images(
        self, configurations: NDArray[np.int8], chosen: NDArray[np.int64]
    ) -> NDArray[np.int8]:
        images = np.empty(configurations.shape, np.int8)
        _fill(images, np.ascontiguousarray(configurations), self.sites, self.states, chosen)
        return images


@njit(cache=True, nogil=True)
def _fill(images, configurations, sites, states, chosen):  # type: ignore[no-untyped-def]
    for row in range(len(images)):
        by_state, by_site = divmod(chosen[row], len(sites))
        for site in range(images.shape[1]):
            images[row, site] = states[by_state, configurations[row, sites[by_site, site]]]


def check_symmetries(imposed: tuple[str, ...], where: str = "symmetries") -> None:
    """Raise an InputError unless each symmetry is known and named once.

    Examples
    --------
    >>> check_symmetries(("translations", "states"))
    """
    if len(set(imposed)) < len(imposed) or not set(imposed) <= set(ALL_SYMMETRIES):
        raise InputError(
            f"{where}: found {', '.join(imposed)!r}, expected some of {', '.join(ALL_SYMMETRIES)}"
        )


def parse_symmetries(text: str) -> tuple[Symmetry, ...]:
    """Parse symmetries such as ``"translations,states"``, ``"all"`` or ``"none"``.

    Raises
    ------
    InputError
        If one is unknown or named twice.

    Examples
    --------
    >>> parse_symmetries("translations,states")
    ('translations', 'states')
    >>> parse_symmetries("none")
    ()
    """
    if text in ("all", "none"):
        return ALL_SYMMETRIES if text == "all" else ()
    imposed: tuple[Any, ...] = tuple(name.strip() for name in text.split(","))
    check_symmetries(imposed)
    return imposed


@cache
def symmetry_group(
    size: LatticeSize, n_states: int, imposed: tuple[Symmetry, ...]
) -> SymmetryGroup:
    """Generate the group of a torus from the imposed symmetries.

    Parameters
    ----------
    size : int or tuple of int
        Linear size L, or rows and columns.
    n_states : int
        Q.
    imposed : tuple of str
        ``translations`` by any vector; ``point-group``: rotations by 90 degrees and reflections,
        those of them that leave a rectangle as it is;
        ``states``: any permutation of the states, which is the global flip of spins. All three
        hold for Ising and for Potts in the standard or the three-state clock form, ``states`` alone
        for a spin glass without a field.

    Raises
    ------
    InputError
        If a symmetry is unknown or named twice, or more than 8 states are to be permuted.

    Examples
    --------
    >>> len(symmetry_group(8, 2, ("translations", "point-group", "states")))
    1024
    >>> len(symmetry_group((8, 6), 2, ("translations", "point-group", "states")))
    384
    """
    check_symmetries(imposed)
    if "states" in imposed and n_states > MOST_RENAMED:
        raise InputError(
            f"symmetries: found states with n_states {n_states}, expected {MOST_RENAMED} at most: "
            "their permutations are listed"
        )
    rows, columns = lattice_shape(size)
    lattice = np.arange(rows * columns).reshape(rows, columns)
    images = [lattice]
    if "point-group" in imposed:
        turned = [np.rot90(side, turns) for side in (lattice, lattice.T) for turns in range(4)]
        images = [image for image in turned if image.shape == lattice.shape]
    if "translations" in imposed:
        shifts = list(np.ndindex(rows, columns))
        images = [np.roll(image, shift, (0, 1)) for image in images for shift in shifts]
    sites = np.unique(np.reshape(images, (len(images), -1)), axis=0)
    names = permutations(range(n_states)) if "states" in imposed else [range(n_states)]
    return SymmetryGroup(sites, np.array([list(name) for name in names], np.int8))
