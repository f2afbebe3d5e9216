"""Measurements of the ten-state Potts model near its first-order transition.

H = -sum of delta(a, b) over the bonds of a square torus; the transition of the infinite lattice is
at T_c = 1 / ln(1 + sqrt Q), from duality (Potts, 1952; Wu, Reviews of Modern Physics 54, 235,
1982). A lattice starts half ordered and half random, so that it need not wait for a droplet of the
stable phase, and moves by clusters of the Fortuin-Kasteleyn representation.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dcl.errors import InputError

__all__ = ["PottsMeasurements", "measure_potts", "potts_transition"]

STATES = 10


class PottsMeasurements(NamedTuple):
    """Means of the kept sweeps, a temperature each, (n,): energy a site and order, 0 to 1."""

    energy: NDArray[np.float64]
    order: NDArray[np.float64]


def potts_transition() -> float:
    """Compute the transition temperature of the infinite lattice, 1 / ln(1 + sqrt Q).

    Examples
    --------
    >>> round(potts_transition(), 7)
    0.7012316
    """
    return float(1 / np.log1p(np.sqrt(STATES)))


def measure_potts(
    temperatures: ArrayLike, size: int = 32, *, sweeps: int = 400, seed: int = 1
) -> PottsMeasurements:
    """Measure energy and order at every temperature, on a lattice of its own.

    Parameters
    ----------
    temperatures : array_like
        Shape (n,), in units of J / k_B, positive.
    size : int
        L of the L x L torus, 2 or more.
    sweeps : int
        The first half is discarded.
    seed : int

    Raises
    ------
    InputError
        For a temperature that is not positive, L < 2, or fewer than two sweeps.

    Examples
    --------
    >>> found = measure_potts([0.5, 1.0], 8, sweeps=20)
    >>> found.order.round().tolist(), bool(found.energy[0] < found.energy[1])
    ([1.0, 0.0], True)
    """
    chosen = np.atleast_1d(np.asarray(temperatures, np.float64))
    if not (chosen > 0).all() or size < 2 or sweeps < 2:
        raise InputError(
            f"temperatures, size, sweeps: found {chosen.tolist()}, {size}, {sweeps}, expected "
            "positive temperatures, 2 or more, 2 or more"
        )
    streams = np.random.default_rng(seed).spawn(len(chosen))
    every = [_chain(t, size, sweeps, rng) for t, rng in zip(chosen, streams, strict=True)]
    return PottsMeasurements(*np.array(every).T)


def _chain(
    temperature: float, size: int, sweeps: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Mean energy a site and mean order of one lattice."""
    sites = np.arange(size**2).reshape(size, size)
    ends = np.stack([np.roll(sites, 1, axis).ravel() for axis in (0, 1)])
    first, second = np.tile(sites.ravel(), 2), ends.ravel()
    spins = np.zeros(size**2, np.int64)
    spins[: size**2 // 2] = rng.integers(STATES, size=size**2 // 2)
    kept = np.empty((sweeps, 2))
    for sweep in range(sweeps):
        equal = spins[first] == spins[second]
        joined = equal & (rng.random(len(first)) < -np.expm1(-1 / temperature))
        bonds = (np.ones(joined.sum()), (first[joined], second[joined]))
        count, clusters = connected_components(coo_array(bonds, (size**2, size**2)), False)
        spins = rng.integers(STATES, size=count)[clusters]
        largest = np.bincount(spins).max() / size**2
        energy = -(spins[first] == spins[second]).sum() / size**2
        kept[sweep] = energy, (STATES * largest - 1) / (STATES - 1)
    energy, order = kept[sweeps // 2 :].mean(axis=0)
    return float(energy), float(order)
