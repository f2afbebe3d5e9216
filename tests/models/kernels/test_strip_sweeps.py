"""Sweeps by strips of tiles, under tables without any symmetry, against enumeration."""

import numpy as np
import pytest

from dcl.lattice.clusters import cluster_functions
from dcl.lattice.geometry import lattice_shape, tile_sites
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.tile_patterns import tile_codes
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.kernels.strip_sweeps import StripSweeper
from dcl.sampling.xoshiro import chain_states
from small_lattices import all_configurations, z_scores

TABLE = np.random.default_rng(1).normal(scale=0.4, size=2**9).astype(np.float32)
TEMPERATURES = (1.0, 3.0, 10.0, 1e6)
Z = 5.0


def energy(configurations):
    sites = tile_sites(configurations.shape[1:], 1, 1)
    states = (configurations.reshape(len(configurations), -1) > 0).astype(np.int8)
    return TABLE[tile_codes(states[:, sites], 2)].sum(axis=1, dtype=np.float64)


@pytest.mark.parametrize("size", [3, (3, 4), (5, 3), 4], ids=str)
def test_mean_and_variance_of_the_energy(size):
    """32 z beyond 5: a false alarm in one seed of 54,000."""
    exact = energy(all_configurations(Ising(), size))
    configurations = np.ones((4100, *lattice_shape(size)), np.int8)  # no multiple of 64
    temperatures = np.resize(TEMPERATURES, len(configurations))
    energies, words = np.empty(len(configurations)), chain_states(1, len(configurations))
    StripSweeper(TABLE, lattice_shape(size)).sweep(
        configurations, energies, 1 / temperatures, words, 80
    )
    np.testing.assert_allclose(energies, energy(configurations), atol=1e-4)
    for temperature in TEMPERATURES:
        scores = z_scores(energies[temperatures == temperature], exact, temperature)
        assert abs(scores).max() < Z, (temperature, scores)


def test_many_different_couplings_are_looked_up():
    functions = cluster_functions(3, 2, 2)
    couplings = np.random.default_rng(1).standard_normal(len(functions))
    assert isinstance(CouplingsEnergy(functions, couplings, 2).sweeper(8), StripSweeper)
