"""An encoder-only transformer for masked spins on a torus: every site reads every other."""

from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from dcl.errors import InputError
from dcl.lattice.arguments import whole_number
from dcl.models.networks.transformer import feed_forward

__all__ = ["FourierPositions", "TorusAttention", "build_masked_encoder"]

Positions = Literal["fourier", "relative"]

GAIN = 10.0
"""Factor of the biases. Adam moves each weight by its rate, and biases have the furthest to go."""


@keras.saving.register_keras_serializable(package="dcl")
class FourierPositions(keras.layers.Layer):
    """Add a learned linear map of the torus' Fourier modes of row and column to each site.

    Parameters
    ----------
    size : int
        L; the modes are cos and sin of 2 pi k x / L for k = 1 ... L / 2.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size
        angles = 2 * np.pi * np.outer(np.arange(size), np.arange(1, size // 2 + 1)) / size
        modes = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
        rows, columns = np.divmod(np.arange(size**2), size)
        self.modes = np.concatenate([modes[rows], modes[columns]], axis=1).astype(np.float32)

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """Make the map from modes to vectors."""
        self.kernel = self.add_weight(shape=(self.modes.shape[1], shape[-1]), name="kernel")

    def call(self, sequence: Any) -> Any:
        """Add the positions to a batch of shape (n, N, units)."""
        return sequence + ops.matmul(self.modes, self.kernel)

    def get_config(self) -> dict[str, Any]:
        """Arguments that remake the layer."""
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package="dcl")
class TorusAttention(keras.layers.Layer):
    """Self-attention of all sites, with a learned bias for each offset on the torus if asked for.

    Parameters
    ----------
    size : int
        L.
    heads : int
        Heads, each of units / heads numbers.
    relative : bool
        Whether the logits have a bias that depends on head, row offset and column offset.

    Notes
    -----
    Returns the new vectors (n, N, units) and the attention weights (n, heads, N, N), query first.
    """

    def __init__(self, size: int, heads: int, relative: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size, self.heads, self.relative = size, heads, relative
        rows, columns = np.divmod(np.arange(size**2), size)
        down = (rows - rows[:, None]) % size
        self.offsets = (down * size + (columns - columns[:, None]) % size).astype(np.int32)

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """Make the weights for vectors of shape (n, N, units)."""
        units = shape[-1]
        self.inner = self.add_weight(shape=(units, 3 * units), name="inner")
        self.outer = self.add_weight(shape=(units, units), name="outer")
        if self.relative:
            self.bias = self.add_weight(
                shape=(self.heads, self.size**2), initializer="zeros", name="bias"
            )

    def call(self, sequence: Any) -> Any:
        """Attend, and return the weights too."""
        sites, units = sequence.shape[1:]
        parts = ops.reshape(sequence @ self.inner, (-1, sites, 3, self.heads, units // self.heads))
        query, key, value = (ops.transpose(parts[:, :, k], (0, 2, 1, 3)) for k in range(3))
        logits = query @ ops.transpose(key, (0, 1, 3, 2)) / np.sqrt(units / self.heads)
        if self.relative:
            logits = logits + GAIN * ops.take(self.bias, self.offsets, axis=1)
        attention = ops.softmax(logits)
        read = ops.transpose(attention @ value, (0, 2, 1, 3))
        return ops.reshape(read, (-1, sites, units)) @ self.outer, attention

    def get_config(self) -> dict[str, Any]:
        """Arguments that remake the layer."""
        own = {"size": self.size, "heads": self.heads, "relative": self.relative}
        return {**super().get_config(), **own}


def build_masked_encoder(
    size: int,
    units: int = 32,
    layers: int = 2,
    heads: int = 4,
    positions: Positions = "fourier",
) -> keras.Model:
    """Build a transformer that reads a torus with masked spins, normalised before each part.

    Parameters
    ----------
    size : int
        L; N = L^2 sites, row by row.
    units : int
        Width of the vectors, a multiple of the heads; feed-forward parts are twice as wide.
    layers : int
        Pairs of attention and feed-forward part.
    heads : int
        Attention heads.
    positions : {"fourier", "relative"}
        `FourierPositions` at the input, or the biases of `TorusAttention`.

    Returns
    -------
    keras.Model
        From (n, N, 2), the spin or zero where it is masked, and the mask, to the logits (n, N, 1)
        of an upward spin and the attention weights (n, heads, N, N) of the last layer.

    Raises
    ------
    InputError
        For other positions, units that the heads do not divide, a size less than 2, and numbers
        that are not whole and positive.

    Examples
    --------
    >>> [output.shape for output in build_masked_encoder(4, units=8).outputs]
    [(None, 16, 1), (None, 4, 16, 16)]
    """
    if positions not in ("fourier", "relative"):
        raise InputError(f"positions: found {positions!r}, expected 'fourier' or 'relative'")
    size, layers = whole_number("size", size, 2), whole_number("layers", layers, 1)
    units, heads = whole_number("units", units, 1), whole_number("heads", heads, 1)
    if units % heads:
        raise InputError(f"units: found {units}, expected a multiple of {heads} heads")
    inputs = keras.Input((size**2, 2), name="masked_spins")
    hidden = keras.layers.Dense(units, name="embed")(inputs)
    if positions == "fourier":
        hidden = FourierPositions(size, name="positions")(hidden)
    for layer in range(layers):
        normal = keras.layers.LayerNormalization(name=f"attention_norm_{layer}")(hidden)
        attend = TorusAttention(size, heads, positions == "relative", name=f"attention_{layer}")
        read, attention = attend(normal)
        hidden = keras.layers.Add(name=f"attention_sum_{layer}")([hidden, read])
        hidden = feed_forward(hidden, units, layer)
    normal = keras.layers.LayerNormalization(name="norm")(hidden)
    logits = keras.layers.Dense(1, name="logits")(normal)
    return keras.Model(inputs, [logits, attention], name="masked_encoder")
