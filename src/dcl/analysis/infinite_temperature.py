"""The mean energy of a learned model over uniformly random configurations, its zero of energy.

It is exact where it can be: a sum over tiles has the mean of one tile's energies over the states of
the tile's distinct sites, and a small lattice is enumerated. Elsewhere it is a mean over random
configurations, with its standard error.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import LatticeSize, lattice_shape, lattice_size, tile_sites
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.energy import ExtensiveEnergy, SequenceEnergy

__all__ = ["InfiniteTemperatureEnergy", "infinite_temperature_energy"]

MOST_ENUMERATED = 2**16
"""Configurations that are enumerated instead of drawn."""
DRAWN = 20_000


class InfiniteTemperatureEnergy(NamedTuple):
    """A mean energy in J, and its standard error, which is 0 where the mean is exact."""

    mean: float
    error: float


def infinite_temperature_energy(
    model: SequenceEnergy | ExtensiveEnergy | CouplingsEnergy, size: LatticeSize, seed: int = 0
) -> InfiniteTemperatureEnergy:
    """Average a learned energy over uniformly random configurations.

    Parameters
    ----------
    model : SequenceEnergy, ExtensiveEnergy or CouplingsEnergy
    size : int or tuple of int
        Linear size of the lattice, or rows and columns.
    seed : int
        Of the configurations, where they are drawn.

    Raises
    ------
    InputError
        If the model does not know this lattice size.

    Examples
    --------
    >>> from dcl.models.networks import build_ednn
    >>> infinite_temperature_energy(ExtensiveEnergy(build_ednn()), 2).error
    0.0
    """
    shape = lattice_shape(size)
    if isinstance(model, CouplingsEnergy):
        return InfiniteTemperatureEnergy(model.mean_energy(size), 0.0)
    if isinstance(model, ExtensiveEnergy) and model.tabulable:
        return InfiniteTemperatureEnergy(_mean_over_tiles(model, lattice_size(*shape)), 0.0)
    if int(model.n_states) ** (shape[0] * shape[1]) <= MOST_ENUMERATED:
        energies = model.energy(_every_configuration(shape, model.n_states))
        return InfiniteTemperatureEnergy(float(energies.mean()), 0.0)
    energies = model.energy(random_configurations(DRAWN, size, model.n_states, seed))
    return InfiniteTemperatureEnergy(
        float(energies.mean()), float(energies.std(ddof=1) / np.sqrt(DRAWN))
    )


def _mean_over_tiles(model: ExtensiveEnergy, size: LatticeSize) -> float:
    """Mean from the table; a lattice narrower than a tile holds some of its sites several times."""
    sites = tile_sites(size, model.focus, model.context)
    _, places = np.unique(sites[0], return_inverse=True)
    powers = model.n_states ** np.arange(sites.shape[1], dtype=np.int64)
    increments = np.bincount(places, weights=powers).astype(np.int64)
    codes = np.zeros(1, np.int64)
    for increment in increments:
        codes = (np.arange(model.n_states)[:, None] * increment + codes).ravel()
    return float(model.table[codes].mean(dtype=np.float64)) * len(sites)


def _every_configuration(shape: tuple[int, int], n_states: int) -> NDArray[np.int8]:
    states = np.indices((n_states,) * (shape[0] * shape[1]), np.int8)
    states = states.reshape(shape[0] * shape[1], -1).T.reshape(-1, *shape)
    return 2 * states - np.int8(1) if n_states == 2 else states
