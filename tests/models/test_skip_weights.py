"""The skip's weights are the ones by which earlier spins move a logit."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.models.networks import build_gru
from dcl.models.sequence_energy import SequenceEnergy
from dcl.models.skip_weights import skip_weights


def test_a_weight_is_half_the_change_of_a_logit():
    """With the recurrent part at zero a flip of spin j moves the logit of spin i by 2 w_ij."""
    network = build_gru(9, units=4)
    for layer in network.layers:
        if layer.name == "output":
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    skip = network.get_layer("skip")
    kernel = np.random.default_rng(0).normal(size=skip.kernel.shape)
    skip.set_weights([kernel, np.zeros(skip.bias.shape)])
    weights = skip_weights(SequenceEnergy(network, 4.0, 3))
    states = np.zeros((2, 9), np.int8)
    states[1, 2] = 1
    down, up = np.asarray(network(states))[:, :, 0]
    np.testing.assert_allclose((up - down)[3:] / 2, weights[3:, 2], atol=1e-5)
    assert (weights[np.triu_indices(9)] == 0).all()


def test_a_model_without_a_skip_is_refused():
    model = SequenceEnergy(build_gru(9, units=4, skip=False), 4.0, 3)
    with pytest.raises(InputError, match="expected spins and a layer named skip"):
        skip_weights(model)
