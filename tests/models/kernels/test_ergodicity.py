"""Every learned sweep on lattices of 4 to 9 sites, from cold to infinitely hot, by enumeration.

All chains start from one configuration, so that a walk that is not ergodic stays where it is or
alternates, and neither the mean energy of the chains nor their standard deviation is right. Both
are compared with the exact values: a correct sweep fails |z| < 5 once in 1.7 million times, for
256 z. The seeds are fixed.
"""

import numpy as np
import pytest

from dcl.lattice.geometry import lattice_shape, tile_sites
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.models.kernels.table_sweeps import TableSweeper
from dcl.sampling.xoshiro import chain_states
from small_lattices import all_configurations, z_scores

SIZES = (2, (2, 3), (3, 2), 3)
TEMPERATURES = (1.0, 3.0, 10.0, 1e6)
FALSE_ALARM_Z = 5.0


def check(sweeper, energy, size, n_states, chains=1000, sweeps=80):
    every = all_configurations(Ising() if n_states == 2 else Potts(n_states), size)
    exact = energy(every)
    configurations = np.ones((chains * len(TEMPERATURES), *lattice_shape(size)), np.int8)
    energies = energy(configurations).astype(np.float64)
    betas = 1 / np.repeat(TEMPERATURES, chains)
    sweeper.sweep(configurations, energies, betas, chain_states(1, len(betas)), sweeps)
    energies = energy(configurations).reshape(len(TEMPERATURES), chains)
    for temperature, found in zip(TEMPERATURES, energies, strict=True):
        scores = z_scores(found, exact, temperature)
        assert abs(scores).max() < FALSE_ALARM_Z, (temperature, scores)


def neighbours(configurations):
    """Nearest neighbours on a torus: a lattice two sites wide has two bonds for each pair."""
    s = configurations.astype(np.float64)
    return -(s * (np.roll(s, 1, 1) + np.roll(s, 1, 2))).sum((1, 2))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_tables_of_nearest_neighbours(size):
    patterns = 2 * (np.arange(2**9)[:, None] >> np.arange(9) & 1) - 1
    table = -patterns[:, 4] * (patterns[:, 3] + patterns[:, 1])
    check(TableSweeper(table.astype(np.float32), tile_sites(size, 1, 1), 2), neighbours, size, 2)


@pytest.mark.parametrize("n_states", [2, 3])
@pytest.mark.parametrize("largest", [0, 3**9], ids=["dense", "table"])
@pytest.mark.parametrize("size", SIZES[:3], ids=str)
def test_extensive_networks(size, largest, n_states, extensive_energy, monkeypatch):
    monkeypatch.setattr("dcl.models.extensive_energy.MAX_TABLE", largest)
    model = extensive_energy(1, 1, n_states, seed=1, scale=0.3)
    check(model.sweeper(size), model.energy, size, n_states)


@pytest.mark.parametrize("architecture", ["gru", "masked"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_sequence_networks(size, architecture, sequence_energy):
    model = sequence_energy(size, 2, seed=1, scale=0.3, architecture=architecture)
    check(model.sweeper(), model.energy, size, 2)


def test_a_sequence_network_without_kernels(sequence_energy):
    model = sequence_energy(2, 2, seed=1, scale=0.3, architecture="transformer")
    check(model.sweeper(), model.energy, 2, 2, chains=250, sweeps=40)


@pytest.mark.parametrize("architecture", ["gru", "masked"])
def test_sequence_networks_of_three_states(architecture, sequence_energy):
    model = sequence_energy(2, 3, seed=1, scale=0.3, architecture=architecture)
    check(model.sweeper(), model.energy, 2, 3)
