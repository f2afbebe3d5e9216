"""Keras networks: no training loop and no files here. Importing this package loads Keras."""

from dcl.models.networks.ednn import build_ednn
from dcl.models.networks.gru import build_gru
from dcl.models.networks.layers import LinearSkip, OneHot, ShiftRight
from dcl.models.networks.masked import build_masked
from dcl.models.networks.transformer import build_transformer

__all__ = [
    "LinearSkip",
    "OneHot",
    "ShiftRight",
    "build_ednn",
    "build_gru",
    "build_masked",
    "build_transformer",
]
