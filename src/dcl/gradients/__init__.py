"""Losses of the networks and their gradients, other than by Keras on one device.

Keras keeps the weights and moves them; compiled kernels say where to, on a CPU several times
faster than differentiating the Keras graph, and several accelerators share a batch. A gradient is
called with the number of the batch and the arrays of `dcl.training.train`, and returns the mean
loss and one slope a trainable variable.
"""

import keras

from dcl.gradients.extensive import ExtensiveGradient
from dcl.gradients.masked import MaskedGradient
from dcl.gradients.recurrent import SequenceGradient
from dcl.gradients.shared import SharedGradient

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
