"""Snapshots of any model by the fastest sampler that knows it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.hamiltonians import Ising
from dcl.sampling.heat_bath import sample_heat_bath
from dcl.sampling.metropolis import sample_metropolis
from dcl.sampling.multispin import sample_bitparallel
from dcl.sampling.proposals import Model

__all__ = ["sample_equilibrium"]


def sample_equilibrium(
    hamiltonian: Model,
    size: int,
    temperature: float,
    count: int,
    *,
    seed: int,
    burn_in: int = 1000,
    stride: int = 10,
    chains: int = 1024,
    progress: bool = False,
) -> NDArray[np.int8]:
    """Snapshots at one temperature: bit-parallel for Ising on even lattices, else by heat bath.

    A stride of 0 asks for a chain's every proposal, which is Metropolis'.

    Parameters
    ----------
    hamiltonian, size, temperature, count, seed, burn_in, stride, chains, progress
        See `dcl.sampling.metropolis.sample_metropolis`; the bit-parallel
        sampler takes no notice of `chains`.

    Returns
    -------
    numpy.ndarray
        int8, shape (count, L, L).

    Raises
    ------
    InputError
        For values out of range.

    Examples
    --------
    >>> sample_equilibrium(Ising(), 8, temperature=4.0, count=10, seed=1).shape
    (10, 8, 8)
    """
    options: Any = {"seed": seed, "burn_in": burn_in, "stride": stride, "progress": progress}
    if isinstance(hamiltonian, Ising) and size % 2 == 0 and stride > 0:
        return sample_bitparallel(hamiltonian, size, temperature, count, **options)
    sampler = sample_heat_bath if stride > 0 else sample_metropolis
    return sampler(hamiltonian, size, temperature, count, chains=chains, **options)
