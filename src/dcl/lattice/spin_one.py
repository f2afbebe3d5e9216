"""The Blume-Capel model: spins that may vanish, with a cost for those that do not.

``configurations`` are int8 ``(n, L, L)`` of -1, 0 and +1 on an L x L torus, L >= 2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import square_lattices

__all__ = ["BlumeCapel"]


@dataclass(frozen=True)
class BlumeCapel:
    """Blume-Capel model, H = -J sum over bonds of s s' + D sum of s^2 - h sum of s.

    Parameters
    ----------
    coupling, crystal_field, field : float
        J, D and h, in units of J.

    Raises
    ------
    InputError
        If a parameter is not finite.

    Examples
    --------
    >>> BlumeCapel(crystal_field=1.5).energy(np.ones((1, 8, 8), np.int8))
    array([-32.])
    """

    coupling: float = 1.0
    crystal_field: float = 0.0
    field: float = 0.0

    def __post_init__(self) -> None:
        values = self.coupling, self.crystal_field, self.field
        if not np.isfinite(values).all():
            raise InputError(f"J, D, h: found {values}, expected three finite numbers")

    @property
    def n_states(self) -> int:
        """Three."""
        return 3

    def onsite(self, spins: ArrayLike) -> NDArray[np.float64]:
        """Energy of each spin by itself, D s^2 - h s, in the shape of the spins."""
        values = np.asarray(spins, np.float64)
        return self.crystal_field * values**2 - self.field * values

    def energy(self, configurations: ArrayLike) -> NDArray[np.float64]:
        """Total energies (n,) of spins (n, L, L); raises InputError for anything else."""
        spins = square_lattices(configurations)
        if not np.isin(spins, (-1, 0, 1)).all():
            raise InputError("configurations: found values other than -1, 0 and +1")
        bonds = spins * (np.roll(spins, 1, axis=1) + np.roll(spins, 1, axis=2))
        terms = self.onsite(spins) - self.coupling * bonds
        return np.asarray(terms.sum(axis=(1, 2)))
