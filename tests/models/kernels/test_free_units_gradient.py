"""Against automatic differentiation of the same network."""

import numpy as np
import pytest

from dcl.learning.objective import sequence_loss
from dcl.learning.settings import SequenceSettings
from dcl.models.kernels.free_units_gradient import FreeUnitsGradient
from dcl.models.networks import build_free_units

tensorflow = pytest.importorskip("tensorflow")


@pytest.mark.parametrize(
    ("n_states", "sites", "count"), [(2, 20, 40), (3, 9, 40), (5, 4, 7), (2, 33, 1)]
)
def test_loss_and_gradient_are_those_of_keras(randomise, n_states, sites, count):
    network = randomise(build_free_units(sites, n_states, units=9), seed=1, scale=0.3)
    states = np.random.default_rng(2).integers(0, n_states, (count, sites), np.int8)
    with tensorflow.GradientTape() as tape:
        outputs = network(states)
        expected = sequence_loss(SequenceSettings())(states[..., None], outputs)
    slopes = tape.gradient(expected, [v.value for v in network.trainable_variables])
    found, gradient = FreeUnitsGradient(network)(0, states)
    assert found == pytest.approx(float(expected), rel=1e-5)
    for ours, theirs in zip(gradient, slopes, strict=True):
        theirs = np.asarray(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=2e-5 * np.abs(theirs).max())
