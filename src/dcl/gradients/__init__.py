"""Losses of the networks and their gradients, without automatic differentiation.

Keras keeps the weights and moves them; compiled kernels say where to, on a CPU several times
faster than differentiating the Keras graph. A gradient is called with the number of the batch and
the arrays of `dcl.training.train`, and returns the mean loss and one slope a trainable variable.
"""

import keras

from dcl.gradients.extensive import ExtensiveGradient
from dcl.gradients.masked import MaskedGradient
from dcl.gradients.recurrent import SequenceGradient

__all__ = ["ExtensiveGradient", "MaskedGradient", "SequenceGradient", "are_fastest"]


def are_fastest() -> bool:
    """Whether Keras has nothing but processors to run on, where these gradients are faster."""
    return all(device.startswith("cpu") for device in keras.distribution.list_devices())
