"""Chains under random networks against enumeration; see small_lattices.py for the test."""

from dataclasses import replace

import numba
import numpy as np
import pytest

from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import lattice_shape, unwrap_order
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.models.networks.likelihood import log_conditionals
from dcl.sampling.xoshiro import chain_states
from small_lattices import (
    FALSE_ALARM,
    all_configurations,
    boltzmann,
    chi_square_p_value,
    index_of,
)

CASES = {
    "raster": {"size": 3, "n_states": 2},
    "spiral": {"size": 3, "n_states": 2, "order": "spiral"},
    "colours": {"size": 2, "n_states": 3, "order": "snake"},
    "stacked": {"size": 3, "n_states": 2, "network": {"skip": False, "layers": 2}},
    "authors": {"size": 3, "n_states": 2, "output": "linear", "uniform_first_site": True,
                "network": {"skip": False, "dropout": 0.1}},
    "authors' Potts": {"size": 2, "n_states": 3, "output": "linear", "uniform_first_site": True},
    "masked": {"size": 3, "n_states": 2, "architecture": "masked", "order": "spiral"},
    "masked colours": {"size": 2, "n_states": 3, "architecture": "masked"},
    "masked alone": {"size": 3, "n_states": 2, "architecture": "masked",
                     "network": {"skip": False}},
    "transformer": {"size": 2, "n_states": 2, "architecture": "transformer"},
    "transformer colours": {"size": 2, "n_states": 3, "architecture": "transformer",
                            "order": "snake", "network": {"skip": False}},
    "rectangle": {"size": (2, 4), "n_states": 2, "order": "spiral"},
    "free units": {"size": 3, "n_states": 2, "architecture": "free_units", "order": "spiral"},
    "free units' colours": {"size": 2, "n_states": 3, "architecture": "free_units"},
    "masked rectangle": {"size": (3, 2), "n_states": 2, "architecture": "masked"},
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def model(request, sequence_energy):
    return sequence_energy(seed=1, scale=0.6, **CASES[request.param])


def alphabet(model):
    """Tells small_lattices.py the values of the spins."""
    return Ising() if model.n_states == 2 else Potts(model.n_states)


def swept(model, temperature, count, sweeps, seed=1):
    """Configurations after some sweeps from random ones, and the energies carried along."""
    configurations = random_configurations(count, model.lattice_size, model.n_states, seed)
    energies = model.energy(configurations)
    sweeper, random_states = model.sweeper(), chain_states(seed, count)
    for _ in range(sweeps):
        sweeper.sweep(configurations, energies, np.full(count, 1 / temperature), random_states)
    return configurations, energies


def p_value(model, configurations, probabilities):
    counts = np.bincount(index_of(alphabet(model), configurations), minlength=len(probabilities))
    return chi_square_p_value(counts, probabilities)


def test_every_state_has_its_boltzmann_probability(model):
    # the model's own temperature is 2; the last line shows that the test can fail
    energies = model.energy(all_configurations(alphabet(model), model.lattice_size))
    configurations, _ = swept(model, 1.2, 6000, sweeps=25)
    assert p_value(model, configurations, boltzmann(energies, 1.2)) > FALSE_ALARM
    assert p_value(model, configurations, boltzmann(energies, 2.0)) < FALSE_ALARM


def test_energies_belong_to_the_configurations(model):
    configurations, energies = swept(model, 1.5, 300, sweeps=100)
    np.testing.assert_allclose(energies, model.energy(configurations), atol=1e-4)


@pytest.mark.parametrize("architecture", ["gru", "masked", "free_units"])
def test_energies_of_a_wider_network(sequence_energy, architecture):
    model = sequence_energy(
        5, 2, 3, scale=0.2, network={"units": 33}, order="snake", architecture=architecture
    )
    configurations, energies = swept(model, 1.0, 100, sweeps=100)
    assert (configurations != random_configurations(100, 5, 2, seed=1)).mean() > 0.3
    np.testing.assert_allclose(energies, model.energy(configurations), atol=1e-3)


def test_same_random_numbers_same_chains_for_any_number_of_threads(model):
    threads = numba.get_num_threads()
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    one = swept(model, 1.5, 300, sweeps=5)
    numba.set_num_threads(1)
    two = swept(model, 1.5, 300, sweeps=5)
    numba.set_num_threads(threads)
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 129])
def test_a_chain_does_not_depend_on_the_others(model, count):
    # the matrix products of other blocks may round otherwise: energies agree to that
    all_chains, all_energies = swept(model, 1.5, 200, sweeps=3)
    configurations = random_configurations(200, model.lattice_size, model.n_states, 1)[:count]
    energies, random_states = model.energy(configurations), chain_states(1, 200)[:count]
    sweeper = model.sweeper()
    for _ in range(3):
        sweeper.sweep(configurations, energies, np.full(count, 1 / 1.5), random_states)
    np.testing.assert_array_equal(configurations, all_chains[:count])
    np.testing.assert_allclose(energies, all_energies[:count], atol=1e-4)


def test_what_a_sweeper_keeps_does_not_matter(model):
    sweeper, temperatures = model.sweeper(), np.linspace(1, 5, 10)
    for seed, count in ((1, 10), (2, 10), (3, 7)):
        results = []
        for each in (sweeper, model.sweeper()):
            spins = random_configurations(count, model.lattice_size, model.n_states, seed)
            energies, random_states = np.zeros(count), chain_states(seed, count)
            for _ in range(2):
                each.sweep(spins, energies, 1 / temperatures[:count], random_states)
            results.append((spins, energies))
        np.testing.assert_array_equal(results[0][0], results[1][0])
        np.testing.assert_array_equal(results[0][1], results[1][1])


def conditionals(model, configurations):
    """Normalised P(s_i | earlier sites) by Keras, shape (n, N)."""
    states = model.sequences(configurations)
    outputs = model.network(states)
    alternatives = [np.full_like(states, state) for state in range(model.n_states)]
    every = np.array([np.exp(log_conditionals(outputs, a, model.output)) for a in alternatives])
    chosen = np.take_along_axis(every, states[None].astype(np.int64), axis=0)[0] / every.sum(axis=0)
    if model.uniform_first_site:
        chosen[:, 0] = 1 / model.n_states
    return chosen


def test_drawn_configurations_have_the_networks_probability(model):
    every = all_configurations(alphabet(model), model.lattice_size)
    exact = conditionals(model, every).prod(axis=1)
    assert exact.sum() == pytest.approx(1, abs=1e-5)
    assert p_value(model, model.sample(50_000, seed=1), exact) > FALSE_ALARM
    if model.output == "logits":
        np.testing.assert_allclose(exact, np.exp(model.log_probability(every)), rtol=1e-4)


def test_another_models_draws_are_noticed(model, sequence_energy):
    every = all_configurations(alphabet(model), model.lattice_size)
    exact = conditionals(model, every).prod(axis=1)
    other = replace(model, order="snake" if model.order != "snake" else "raster")
    assert p_value(model, other.sample(100_000, seed=1), exact) < FALSE_ALARM


def test_draws_follow_the_reading_order(sequence_energy):
    # the skip's bias fixes the fifth site that is read: in a spiral, site 3 of a 3 x 3 lattice
    model = sequence_energy(3, 2, order="spiral", network={"skip": True})
    for variable in model.network.trainable_variables:
        variable.assign(np.zeros(variable.shape))
    bias = np.zeros((9, 1))
    bias[4] = 30.0
    skip = model.network.get_layer("skip")
    skip.set_weights([np.zeros(skip.kernel.shape), bias])
    means = model.sample(1000, seed=1).reshape(1000, 9).mean(axis=0)
    assert means[unwrap_order("spiral", 3)[4]] == 1
    assert (abs(means) < 0.2).sum() == 8  # more than 6 standard deviations: once in 10^8 seeds


@pytest.mark.parametrize("count", [1, 2, 65, 1000])
def test_draws_are_reproducible(model, count):
    one, two = model.sample(count, seed=3), model.sample(count, seed=3)
    assert one.shape == (count, *lattice_shape(model.lattice_size))
    assert one.dtype == np.int8
    np.testing.assert_array_equal(one, two)
    if count > 2:
        assert (one != model.sample(count, seed=4)).any()
    sequences = model.functions().sample(count, 3)
    np.testing.assert_array_equal(sequences, model.sequences(one))
