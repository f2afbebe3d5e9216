"""Against automatic differentiation of the same network."""

import keras
import numpy as np
import pytest

from dcl.models.gradients import ExtensiveGradient
from dcl.models.networks import build_ednn

tensorflow = pytest.importorskip("tensorflow")


@pytest.mark.parametrize("count", [1, 40, 333])
@pytest.mark.parametrize(
    "options",
    [{}, {"hidden": (7,)}, {"hidden": (4, 5, 6)}, {"n_states": 3},
     {"n_states": 3, "scalar_input": True}, {"context": 0}],
    ids=str,
)  # fmt: skip
def test_loss_and_gradient_are_those_of_keras(options, count):
    keras.utils.set_random_seed(1)
    network = build_ednn(**options)
    generator = np.random.default_rng(1)
    network.set_weights([generator.normal(0, 0.5, w.shape) for w in network.get_weights()])
    sites = network.input_shape[-1]
    tiles = generator.integers(0, options.get("n_states", 2), (count, 9, sites), np.int8)
    labels = generator.normal(size=count).astype(np.float32)
    with tensorflow.GradientTape() as tape:
        expected = tensorflow.reduce_mean((network(tiles) - labels) ** 2)
    slopes = tape.gradient(expected, [v.value for v in network.trainable_variables])
    loss, gradient = ExtensiveGradient(network)(0, tiles, labels)
    assert loss == pytest.approx(float(expected), rel=1e-5)
    for ours, theirs in zip(gradient, slopes, strict=True):
        theirs = np.asarray(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=2e-5 * np.abs(theirs).max())
