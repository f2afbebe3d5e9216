"""Losses of the networks and their gradients, without automatic differentiation.

Keras keeps the weights and moves them; compiled kernels say where to, on a CPU several times
faster than differentiating the Keras graph. A gradient is called with the number of the batch and
the arrays of `dcl.training.train`, and returns the mean loss and one slope a trainable variable.
"""

from dcl.gradients.extensive import ExtensiveGradient
from dcl.gradients.recurrent import SequenceGradient

__all__ = ["ExtensiveGradient", "SequenceGradient"]
