"""A small causal transformer over the sites, plain or with a linear autoregressive skip."""

from typing import Any

import keras

from dcl.models.networks.layers import ShiftRight, encoded_input, sequence_network

__all__ = ["AddPositions", "build_transformer", "feed_forward"]


@keras.saving.register_keras_serializable(package="dcl")
class AddPositions(keras.layers.Layer):
    """Add a learned vector to each place of a sequence, shape (n, N, units)."""

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """Make the vectors."""
        self.positions = self.add_weight(
            shape=shape[1:], initializer="glorot_uniform", name="positions"
        )

    def call(self, sequence: Any) -> Any:
        """Add them to a batch."""
        return sequence + self.positions


def build_transformer(
    n_sites: int,
    n_states: int = 2,
    *,
    units: int = 32,
    layers: int = 1,
    heads: int = 4,
    skip: bool = True,
) -> keras.Model:
    """Build a decoder-only transformer (Vaswani et al., NeurIPS 2017), normalised before each part.

    Parameters
    ----------
    n_sites, n_states, skip
        See `dcl.models.networks`.
    units : int
        Width of the sequence of vectors; the feed-forward parts are twice as wide.
    layers : int
        Pairs of attention and feed-forward part.
    heads : int
        Attention heads, each of units / heads numbers, at least 2.

    Examples
    --------
    >>> build_transformer(16, units=8).output_shape
    (None, 16, 1)
    """
    states, encoded, width = encoded_input(n_sites, n_states)
    hidden = keras.layers.Dense(units, name="embed")(ShiftRight(name="shift")(encoded))
    hidden = AddPositions(name="positions")(hidden)
    for layer in range(layers):
        hidden = _attend(hidden, units, heads, layer)
        hidden = feed_forward(hidden, units, layer)
    hidden = keras.layers.LayerNormalization(name="norm")(hidden)
    output = keras.layers.Dense(width, name="output")(hidden)
    return sequence_network("transformer", states, output, encoded if skip else None)


def _attend(hidden: Any, units: int, heads: int, layer: int) -> Any:
    """Add to each place what it reads at the places up to its own."""
    normal = keras.layers.LayerNormalization(name=f"attention_norm_{layer}")(hidden)
    # with one number a head, Keras 3.15 adds biases along the sites where there are as many heads
    attention = keras.layers.MultiHeadAttention(
        heads, max(2, units // heads), name=f"attention_{layer}"
    )
    read = attention(normal, normal, use_causal_mask=True)
    return keras.layers.Add(name=f"attention_sum_{layer}")([hidden, read])


def feed_forward(hidden: Any, units: int, layer: int) -> Any:
    """Add to each place what a dense network makes of it."""
    normal = keras.layers.LayerNormalization(name=f"dense_norm_{layer}")(hidden)
    wide = keras.layers.Dense(2 * units, activation="gelu", name=f"dense_{layer}")(normal)
    made = keras.layers.Dense(units, name=f"dense_out_{layer}")(wide)
    return keras.layers.Add(name=f"dense_sum_{layer}")([hidden, made])
