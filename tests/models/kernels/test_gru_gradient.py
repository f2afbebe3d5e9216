"""Against automatic differentiation of the same network."""

import keras
import numpy as np
import pytest

from dcl.learning.objective import sequence_loss
from dcl.learning.settings import SequenceSettings
from dcl.models.kernels.gru_gradient import GruGradient
from dcl.models.networks import build_gru

tensorflow = pytest.importorskip("tensorflow")

SITES = 12

CASES = [
    {},
    {"n_states": 3},
    {"n_states": 5, "skip": False},
    {"layers": 2},
    {"layers": 3, "n_states": 3},
    {"loss": "mean-squared-error"},
    {"loss": "mean-squared-error", "n_states": 3, "uniform_first_site": True},
    {"uniform_first_site": True},
    {"count": 1},
    {"count": 333},
    {"units": 130, "count": 7},
]


def a_network(n_states=2, seed=1, **options):
    keras.utils.set_random_seed(seed)
    network = build_gru(SITES, n_states, **options)
    generator = np.random.default_rng(seed)
    network.set_weights([generator.normal(0, 0.5, w.shape) for w in network.get_weights()])
    return network


def by_keras(network, states, settings):
    with tensorflow.GradientTape() as tape:
        loss = sequence_loss(settings)(states[..., None], network(states, training=False))
    return float(loss), tape.gradient(loss, [v.value for v in network.trainable_variables])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_loss_and_gradient_are_those_of_keras(case):
    case = {"units": 9, "count": 40, "loss": "cross-entropy", **case}
    count, loss = case.pop("count"), case.pop("loss")
    first = case.pop("uniform_first_site", False)
    network = a_network(**case)
    states = np.random.default_rng(2).integers(0, case.get("n_states", 2), (count, SITES), np.int8)
    settings = SequenceSettings(loss=loss, uniform_first_site=first)
    expected, slopes = by_keras(network, states, settings)
    found, gradient = GruGradient(
        network, normalised=loss == "cross-entropy", uniform_first_site=first
    )(0, states)
    assert found == pytest.approx(expected, rel=1e-5)
    for ours, theirs in zip(gradient, slopes, strict=True):
        theirs = np.asarray(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=2e-5 * np.abs(theirs).max())


def test_dropout_is_right_on_average_and_depends_on_seed_and_step():
    """Without hidden bias the output is linear in what is kept: its slopes average to the plain
    ones. 4000 draws, six standard errors of each of 9 weights: a false alarm in 1e7 runs.
    """
    network = a_network(units=9, skip=False, dropout=0.3)
    states = np.random.default_rng(2).integers(0, 2, (1, SITES), np.int8)
    output = [v.path for v in network.trainable_variables].index("output/kernel")
    gradient = GruGradient(network, normalised=False, seed=5)
    first, again = gradient(0, states)[1], gradient(0, states)[1]
    np.testing.assert_array_equal(first[output], again[output])
    assert (gradient(1, states)[1][output] != first[output]).any()
    other = GruGradient(network, normalised=False, seed=6)
    assert (other(0, states)[1][output] != first[output]).any()
    bias = np.array([gradient(step, states)[1][output + 1][0] for step in range(4000)])
    plain = GruGradient(a_network(units=9, skip=False), normalised=False)
    expected = plain(0, states)[1][output + 1][0]
    assert abs(bias.mean() - expected) < 6 * bias.std() / np.sqrt(len(bias))


def test_dropout_keeps_its_share():
    network = a_network(units=30, skip=False, dropout=0.9)
    gradient = GruGradient(network)
    states = np.zeros((50, SITES), np.int8)
    gradient(0, states)
    keep = np.concatenate([s.keep.ravel() for s in gradient._work])
    np.testing.assert_allclose(np.unique(keep), [0, 10], rtol=1e-6)
    share = (keep > 0).mean()
    assert abs(share - 0.1) < 6 * np.sqrt(0.1 * 0.9 / keep.size)
