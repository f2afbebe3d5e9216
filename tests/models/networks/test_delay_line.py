"""A GRU with a delay line: what its state holds, and that its outputs are those of its units."""

import keras
import numpy as np
import pytest

from dcl.models.kernels import free_unit_sweeps, gru_sampling
from dcl.models.kernels.blocks import sample_blocks, score_blocks
from dcl.models.kernels.gru_weights import gru_weights
from dcl.models.networks import build_free_units, build_gru
from dcl.models.networks.delay_line import core_units, gru_from_free_units, read_free_units
from dcl.models.networks.free_units import channels
from dcl.models.sequence_functions import sequence_functions

CASES = [(2, 9), (2, 64), (3, 16), (4, 6)]


def free_units(n_states, sites, randomise=None):
    keras.utils.set_random_seed(1)
    network = build_free_units(sites, n_states, units=5)
    return randomise(network, seed=2, scale=0.3) if randomise else network


def some_states(n_states, sites, count=20):
    return np.random.default_rng(3).integers(0, n_states, (count, sites), dtype=np.int8)


@pytest.mark.parametrize(("n_states", "sites"), CASES)
def test_the_state_holds_all_earlier_sites_and_the_number_of_this_one(n_states, sites):
    # tanh 0.1, tanh tanh 0.1 ... times the numbers of the site so many steps ago, to float32
    network, states = gru_from_free_units(free_units(n_states, sites)), some_states(n_states, sites)
    hidden = keras.Model(network.input, network.get_layer("gru_0").output)(states)
    hidden, numbers = np.asarray(hidden), channels(n_states)[states]
    line = hidden[..., : (sites - 1) * (n_states - 1)].reshape(20, sites, sites - 1, -1)
    held = 0.1
    for delay in range(1, sites):
        held = np.tanh(held)
        earlier = held * numbers[:, : sites - delay]
        np.testing.assert_allclose(line[:, delay:, delay - 1], earlier, atol=1e-5)
        assert not line[:, :delay, delay - 1].any()
    clock = hidden[..., core_units(sites, n_states) - sites : core_units(sites, n_states)]
    np.testing.assert_allclose(clock, np.tile(2 * np.eye(sites) - 1, (20, 1, 1)), atol=1e-4)


@pytest.mark.parametrize(("n_states", "sites"), CASES)
def test_gru_and_free_units_give_the_same_outputs(randomise, n_states, sites):
    network, states = free_units(n_states, sites, randomise), some_states(n_states, sites)
    gru = gru_from_free_units(network)
    assert gru.get_layer("gru_0").units == core_units(sites, n_states) + 5
    expected = np.asarray(network(states))
    assert expected.std() > 0.5
    np.testing.assert_allclose(np.asarray(gru(states)), expected, atol=1e-5 * sites)


@pytest.mark.parametrize(("n_states", "sites"), CASES)
def test_reading_is_the_inverse_of_writing(randomise, n_states, sites):
    network = free_units(n_states, sites, randomise)
    read = read_free_units(gru_from_free_units(network))
    for found, expected in zip(read, network.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize(("n_states", "sites"), [(2, 9), (3, 6)])
def test_kernels_of_the_free_units_are_those_of_the_gru(randomise, n_states, sites):
    """Likelihoods to float32, and the same draws: the two differ by less than a draw resolves."""
    gru = gru_from_free_units(free_units(n_states, sites, randomise))
    found, states = sequence_functions(gru), some_states(n_states, sites)
    assert found.sample.args[0] is free_unit_sweeps.sample
    weights = gru_weights(gru, normalised=True, uniform_first_site=False)
    expected = score_blocks(gru_sampling.score, weights, states)
    np.testing.assert_allclose(found.log_probabilities(states), expected, atol=1e-4)
    expected = sample_blocks(gru_sampling.sample, weights, sites, 50, seed=4)
    np.testing.assert_array_equal(found.sample(50, 4), expected)


def test_any_other_gru_has_no_free_units(randomise):
    gru = gru_from_free_units(free_units(2, 9, randomise))
    weights = gru.get_weights()
    weights[1][3, 5] += 0.01  # from one unit of the delay line to another unit's update gate
    gru.set_weights(weights)
    assert read_free_units(gru) is None
    for shape in ({"units": 23, "skip": False}, {"units": 23}, {"units": 4, "skip": False},
                  {"units": 23, "layers": 2, "skip": False}):  # fmt: skip
        assert read_free_units(build_gru(9, **shape)) is None
