"""Keras networks: no training loop and no files here. Importing this package loads Keras."""

from dcl.networks.ednn import build_ednn
from dcl.networks.gru import build_gru
from dcl.networks.layers import LinearSkip, OneHot, ShiftRight
from dcl.networks.masked import build_masked
from dcl.networks.transformer import build_transformer

__all__ = [
    "LinearSkip",
    "OneHot",
    "ShiftRight",
    "build_ednn",
    "build_gru",
    "build_masked",
    "build_transformer",
]
