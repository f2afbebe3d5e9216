"""Snapshots of the square Ising antiferromagnet in a field, each at its own temperature and field.

H = sum over bonds of s s' - h sum of s, energies in units of J, on an L x L torus of even L.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from dcl.errors import InputError

__all__ = ["sample_antiferromagnet"]


def sample_antiferromagnet(
    size: int, temperatures: ArrayLike, fields: ArrayLike, sweeps: int, seed: int
) -> NDArray[np.int8]:
    """Run one heat-bath chain a pair of temperature and field, and return its last state.

    A sweep gives the spins of one sublattice, then of the other, their conditional distribution.
    Chains start from the Neel state.

    Parameters
    ----------
    size : int
        L, even.
    temperatures, fields : array_like
        T in units of J / k_B, positive, and h in units of J, shape (n,) each.
    sweeps : int
        Sweeps of each chain, 1 or more.
    seed : int
        Seed of the chains.

    Returns
    -------
    ndarray of int8, shape (n, L, L)

    Raises
    ------
    InputError
        For an odd L, a temperature that is not positive, other shapes, or no sweep.

    Examples
    --------
    >>> sample_antiferromagnet(4, [1.0, 2.0], [0.0, 5.0], sweeps=10, seed=1).shape
    (2, 4, 4)
    """
    heat, field = np.asarray(temperatures, np.float64), np.asarray(fields, np.float64)
    if size < 2 or size % 2 or sweeps < 1:
        raise InputError(f"size, sweeps: found {size}, {sweeps}, expected an even size, 1 or more")
    if heat.ndim != 1 or heat.shape != field.shape or not (heat > 0).all():
        raise InputError(f"temperatures: found shape {heat.shape}, expected (n,), all positive")
    generator = np.random.default_rng(seed)
    even = np.indices((size, size)).sum(axis=0) % 2 == 0
    table = expit(2 * (field + 4 - 2 * np.arange(5)[:, None]) / heat).T.astype(np.float32)
    spins = np.where(even, 1, -1) * np.ones((len(heat), 1, 1), np.int8)
    chain = np.arange(len(heat))[:, None]
    for _ in range(sweeps):
        for sublattice in (even, ~even):
            up = spins > 0
            near = np.sum([np.roll(up, step, axis) for step in (1, -1) for axis in (1, 2)], axis=0)
            uniform = generator.random((len(heat), size * size // 2), dtype=np.float32)
            spins[:, sublattice] = np.where(uniform < table[chain, near[:, sublattice]], 1, -1)
    return spins.astype(np.int8)
