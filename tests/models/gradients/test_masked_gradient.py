"""Against automatic differentiation of the same network."""

import numpy as np
import pytest

from dcl.learning.sequence import sequence_loss
from dcl.learning.settings import SequenceSettings
from dcl.models.gradients import MaskedGradient
from dcl.models.networks import build_masked

tensorflow = pytest.importorskip("tensorflow")

SITES = 12
CASES = [
    {},
    {"n_states": 3},
    {"n_states": 5, "skip": False},
    {"skip": False},
    {"count": 1},
    {"count": 700},
    {"units": 130, "count": 7},
]


def by_keras(network, states):
    with tensorflow.GradientTape() as tape:
        outputs = network(states, training=False)
        loss = sequence_loss(SequenceSettings())(states[..., None], outputs)
    return float(loss), tape.gradient(loss, [v.value for v in network.trainable_variables])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_loss_and_gradient_are_those_of_keras(randomise, case):
    case = {"units": 9, "count": 40, "n_states": 2, **case}
    count, n_states = case.pop("count"), case.pop("n_states")
    network = randomise(build_masked(SITES, n_states, **case), seed=1)
    states = np.random.default_rng(2).integers(0, n_states, (count, SITES), np.int8)
    expected, slopes = by_keras(network, states)
    found, gradient = MaskedGradient(network)(0, states)
    assert found == pytest.approx(expected, rel=1e-5)
    for ours, theirs in zip(gradient, slopes, strict=True):
        theirs = np.asarray(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=2e-5 * np.abs(theirs).max())
