"""Losses of the networks and their gradients, other than by Keras on one device.

Keras keeps the weights and moves them; compiled kernels say where to, on a CPU several times
faster than differentiating the Keras graph, and several accelerators share a batch. A gradient is
called with the number of the batch and the arrays of `dcl.learning.training.train`, and returns the
mean loss and one slope a trainable variable.
"""

import keras

from dcl.models.gradients.device_gradient import SharedGradient
from dcl.models.gradients.ednn_gradient import ExtensiveGradient
from dcl.models.gradients.gru_gradient import SequenceGradient
from dcl.models.gradients.masked_gradient import MaskedGradient

__all__ = [
    "ExtensiveGradient",
    "MaskedGradient",
    "SequenceGradient",
    "SharedGradient",
    "accelerators",
    "are_fastest",
]


def accelerators() -> list[str]:
    """What Keras has to run on besides processors, such as ``["gpu:0", "gpu:1"]``."""
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]


def are_fastest() -> bool:
    """Whether there are processors alone, where compiled gradients are faster."""
    return not accelerators()
