"""Multispin coding of learned couplings against enumeration and Kaufman's density of states."""

import math

import numpy as np
import pytest

from dcl.exact import ising_density_of_states
from dcl.lattice.clusters import ClusterFunction, cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.kernels.multispin_sweeps import MultispinSweeper
from dcl.models.kernels.spin_products import spin_products
from dcl.sampling.xoshiro import chain_states
from lattices import all_spins
from small_lattices import FALSE_ALARM, all_configurations, chi_square_p_value, z_scores

NEAREST, DIAGONAL, PLAQUETTE = cluster_functions(2, 2, 4, ("point-group", "states"))
FIELD, *ROWS_AND_COLUMNS = cluster_functions(2, 2, 2)[:3]
TRIPLE = cluster_functions(2, 2, 3)[5]
MODELS = {
    "nearest": ((NEAREST,), [-1.0]),
    "field": ((NEAREST, FIELD), [-0.3, 0.3]),
    "directions": (ROWS_AND_COLUMNS, [-1.0, 0.6]),
    "diagonal": ((NEAREST, DIAGONAL), [-1.0, 0.4]),
    "plaquette": ((NEAREST, PLAQUETTE), [-0.7, -0.5]),
    "triple": ((TRIPLE, FIELD), [0.8, -0.2]),
    "chains": (ROWS_AND_COLUMNS[:1], [-1.0]),
    "nothing": ((FIELD,), [0.0]),
}
SIZES = (2, (2, 3), (3, 2), 3)
TEMPERATURES = (1.0, 3.0, 10.0, 1e6)
Z = 5.0


def model_of(name):
    functions, couplings = MODELS[name]
    tiles = tuple(ClusterFunction(function.tables, 3) for function in functions)
    return CouplingsEnergy(tiles, np.array(couplings), 2)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("size", [*SIZES, 4], ids=str)
def test_mean_and_variance_of_the_energy(name, size):
    """From one common start, against enumeration: 280 z beyond 5: a false alarm in 6,000 seeds."""
    model = model_of(name)
    shape = size if isinstance(size, tuple) else (size, size)
    exact = model.energy(all_configurations(Ising(), size))
    # temperatures alternate, so that every word holds all of them; 4100 is no multiple of 64
    configurations = np.ones((4100, *shape), np.int8)
    temperatures = np.resize(TEMPERATURES, 4100)
    energies, words = np.empty(4100), chain_states(1, 4100)
    sweeper = model.sweeper(size)
    assert isinstance(sweeper, MultispinSweeper)
    sweeper.sweep(configurations, energies, 1 / temperatures, words, 100)
    assert (abs(configurations) == 1).all()
    np.testing.assert_allclose(energies, model.energy(configurations), atol=1e-9)
    if name == "nothing":
        assert abs(configurations.mean()) < Z / math.sqrt(configurations.size)
        return
    for temperature in TEMPERATURES:
        scores = z_scores(energies[temperatures == temperature], exact, temperature)
        assert abs(scores).max() < Z, (temperature, scores)


@pytest.mark.parametrize("temperature", [2.27, 4.0])
def test_8x8_energy_levels(temperature):
    """Chi-square over Kaufman's levels: a false alarm in one seed of 10,000."""
    levels, degeneracies = ising_density_of_states(8)
    log_weights = np.array([math.log(g) for g in degeneracies]) - np.asarray(levels) / temperature
    exact = np.exp(log_weights - np.logaddexp.reduce(log_weights))
    spins = random_configurations(16384, 8, 2, seed=1)
    energies, betas = np.empty(len(spins)), np.full(len(spins), 1 / temperature)
    model_of("nearest").sweeper(8).sweep(spins, energies, betas, chain_states(2, len(spins)), 800)
    counts = np.bincount(np.searchsorted(levels, np.rint(energies)), minlength=len(levels))
    assert chi_square_p_value(counts, exact) > FALSE_ALARM


def test_few_replicas_are_swept_too():
    model = model_of("nearest")
    spins = random_configurations(3, 4, 2, seed=1)
    energies = model.energy(spins)
    model.sweeper(4).sweep(spins, energies, np.ones(3), chain_states(1, 3), 5)
    np.testing.assert_allclose(energies, model.energy(spins))


@pytest.mark.parametrize("name", MODELS)
def test_products_of_spins_are_the_energy(name):
    model, spins = model_of(name), all_spins(3, 3)
    energies = np.zeros(len(spins))
    for sites, coupling in spin_products(model.clusters).items():
        moved = [np.roll(spins, (-row, -column), (1, 2)) for row, column in sites]
        energies += coupling * np.prod([np.ones(spins.shape), *moved], axis=0).sum(axis=(1, 2))
    np.testing.assert_allclose(energies, model.energy(spins), atol=1e-9)
