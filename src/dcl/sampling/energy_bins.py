"""Energy bins of equal width: one a level where energies are discrete, windows otherwise."""

import functools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.replica_exchange import HamiltonianSweeper, replica_exchange
from dcl.sampling.site_tables import Hamiltonian
from dcl.sampling.walk import check_least

__all__ = ["Bins", "level_bins", "window_bins"]


class Bins(NamedTuple):
    """Energy bins, ``n_bins`` of equal ``width`` from ``start`` upwards, in units of J."""

    start: float
    width: float
    n_bins: int

    def centres(self) -> NDArray[np.float64]:
        """Return the energies (n_bins,) at the middle of the bins."""
        return np.asarray(self.start + self.width * (np.arange(self.n_bins) + 0.5), np.float64)


def level_bins(hamiltonian: Hamiltonian, size: int) -> Bins:
    """Make one bin a level, for energies that are multiples of one step.

    Raises
    ------
    InputError
        If there is no such step, or for a Blume-Capel model, which has none in general.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> level_bins(Ising(), 2).centres()
    array([-8., -6., -4., -2.,  0.,  2.,  4.,  6.,  8.])
    """
    if isinstance(hamiltonian, BlumeCapel):
        raise InputError("hamiltonian: found BlumeCapel, expected a model of bonds alone")
    if isinstance(hamiltonian, Potts):
        bond = np.unique(hamiltonian.bond_energies)
        lowest, highest = 2 * size**2 * bond[0], 2 * size**2 * bond[-1]
    else:
        magnitudes = np.abs(_couplings(hamiltonian, size))
        bond = np.unique(np.append(magnitudes, -magnitudes))
        lowest, highest = -magnitudes.sum(), magnitudes.sum()
    step = functools.reduce(_common_divisor, np.diff(bond), 0.0) or math.inf
    steps = (bond - bond[0]) / step
    few = step < math.inf and steps[-1] < 100
    if not few or not np.allclose(steps, steps.round(), rtol=0, atol=1e-6):
        raise InputError("hamiltonian: found energies without a common step; use sample_windows")
    return Bins(float(lowest - step / 2), float(step), round((highest - lowest) / step) + 1)


def _common_divisor(a: float, b: float) -> float:
    """Return Euclid's greatest common divisor, for numbers that are not whole."""
    negligible = 1e-6 * max(a, b)
    while b > negligible:
        a, b = b, a % b
    return a


def _couplings(hamiltonian: Ising | EdwardsAnderson | MultiSpinIsing, size: int) -> ArrayLike:
    """Return one coupling for every product of spins in the energy, in units of J."""
    if isinstance(hamiltonian, MultiSpinIsing):
        return np.repeat(hamiltonian.strengths, size**2 * np.array([2, 2, 1]))
    return hamiltonian.couplings(size)


def window_bins(
    hamiltonian: Hamiltonian, size: int, windows: int, coldest: float, seed: int
) -> Bins:
    """Make windows of equal width over the energies seen from T = ``coldest`` to infinity.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    check_least(1, windows=windows)
    if not 0 < coldest < math.inf:
        raise InputError(f"coldest: found {coldest}, expected a positive temperature")
    series = replica_exchange(
        HamiltonianSweeper(hamiltonian, size),
        size,
        np.append(1 / np.linspace(1 / coldest, 0, 15, endpoint=False), math.inf),
        n_states=hamiltonian.n_states,
        initial_energy=hamiltonian.energy,
        chains=64,
        sweeps=1000,
        burn_in=200,
        seed=seed,
    )
    lowest, highest = series.energy.min(), series.energy.max()
    margin = 1e-9 * (highest - lowest)  # keeps the lowest state in, whatever the rounding
    width = (highest - lowest + 2 * margin) / windows
    return Bins(float(lowest - margin), float(width), windows)
