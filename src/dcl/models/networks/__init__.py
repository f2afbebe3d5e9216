"""Keras networks: no training loop and no files here. Importing this package loads Keras.

A sequence network leads from states 0..Q-1 in reading order, int8, shape (n, N), to outputs of
every site, shape (n, N, B). Their width B is 1 for two states, the logit of the upper one, and
otherwise Q; output i depends on sites before i only. Those who build one say the number of sites
N, the number of states Q, and by `skip` whether `LinearSkip` is added to the outputs.
"""

from dcl.models.networks.ednn import build_ednn
from dcl.models.networks.free_units import build_free_units
from dcl.models.networks.gru import build_gru
from dcl.models.networks.layers import LinearSkip, OneHot, ShiftRight
from dcl.models.networks.masked import build_masked
from dcl.models.networks.transformer import build_transformer

__all__ = [
    "LinearSkip",
    "OneHot",
    "ShiftRight",
    "build_ednn",
    "build_free_units",
    "build_gru",
    "build_masked",
    "build_transformer",
]
