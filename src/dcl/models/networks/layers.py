"""Layers shared by the autoregressive networks.

Sequences hold states 0..Q-1 in the order in which the sites are read, shape (n, N). Spins are
encoded as one number +1 / -1 (Q = 2), colours as one-hot vectors of width Q (the paper,
"Essence of the approach").
"""

from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["LinearSkip", "OneHot", "ShiftRight", "encoded_input", "sequence_network"]


@keras.saving.register_keras_serializable(package="dcl")
class OneHot(keras.layers.Layer):
    """Encode states for a network: shape (n, N) integers to (n, N, width) floats.

    Parameters
    ----------
    n_states : int
        Q. The width is 1 for Q = 2 (the spin +1 or -1) and Q otherwise.

    Examples
    --------
    >>> np.asarray(OneHot(2)(np.array([[0, 1]])))[..., 0].tolist()
    [[-1.0, 1.0]]
    """

    def __init__(self, n_states: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_states = n_states

    def call(self, states: Any) -> Any:
        """Encode a batch of states."""
        if self.n_states == 2:
            return 2.0 * ops.cast(states, self.compute_dtype)[..., None] - 1.0
        return ops.one_hot(ops.cast(states, "int32"), self.n_states, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that remake the layer."""
        return {**super().get_config(), "n_states": self.n_states}


@keras.saving.register_keras_serializable(package="dcl")
class ShiftRight(keras.layers.Layer):
    """Delay a sequence by one site, so that output i sees sites before i only.

    A zero vector, which no state is encoded as, takes the first place: the start token.

    Examples
    --------
    >>> np.asarray(ShiftRight()(np.array([[[1.0], [2.0], [3.0]]])))[..., 0].tolist()
    [[0.0, 1.0, 2.0]]
    """

    def call(self, sequence: Any) -> Any:
        """Shift a batch of shape (n, N, width) along its second axis."""
        return ops.pad(sequence[:, :-1], ((0, 0), (1, 0), (0, 0)))


@keras.saving.register_keras_serializable(package="dcl")
class LinearSkip(keras.layers.Layer):
    """Masked linear autoregression: output_i = b_i + sum over j < i of W_ij x_j.

    To leading order in the inverse temperature the exact conditional probabilities of a system
    with pair interactions have this form, with the couplings as weights (Biazzo,
    arXiv 2302.08347). A network added to it only has to learn the rest.

    Parameters
    ----------
    width : int
        Outputs a site: 1 for spins, Q for colours.
    kept : list of list of int, optional
        The earlier sites that each site sees; all of them by default.

    Examples
    --------
    >>> layer = LinearSkip(1)
    >>> np.asarray(layer(np.ones((2, 4, 1)))).shape
    (2, 4, 1)
    """

    def __init__(self, width: int, kept: list[list[int]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.kept = width, kept

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """Make the weights for sequences of shape (n, N, inputs)."""
        _, sites, inputs = shape
        self.kernel = self.add_weight(
            shape=(sites, inputs, sites, self.width), initializer="zeros", name="kernel"
        )
        self.bias = self.add_weight(shape=(sites, self.width), initializer="zeros", name="bias")
        self.mask = np.triu(np.ones((sites, sites), np.float32), 1)[:, None, :, None]
        if self.kept is not None:
            self.keep(self.kept)

    def keep(self, kept: list[list[int]]) -> None:
        """Let each site see these earlier sites alone from now on."""
        seen = np.zeros_like(self.mask)
        for site, inputs in enumerate(kept):
            seen[inputs, :, site] = 1
        self.kept, self.mask = kept, self.mask * seen

    def call(self, encoded: Any) -> Any:
        """Sum over the earlier sites of a batch of shape (n, N, inputs)."""
        sites, inputs = encoded.shape[1:]
        kernel = ops.reshape(self.kernel * self.mask, (sites * inputs, sites * self.width))
        flat = ops.reshape(encoded, (-1, sites * inputs)) @ kernel
        return ops.reshape(flat, (-1, sites, self.width)) + self.bias

    def get_config(self) -> dict[str, Any]:
        """Arguments that remake the layer."""
        return {**super().get_config(), "width": self.width, "kept": self.kept}


def encoded_input(n_sites: int, n_states: int) -> tuple[Any, Any, int]:
    """Begin a sequence network: its states, how they are encoded, and the width of its outputs."""
    states = keras.Input((n_sites,), dtype="int8", name="states")
    width = 1 if n_states == 2 else n_states
    return states, OneHot(n_states, name="encode")(states), width


def sequence_network(name: str, states: Any, output: Any, skipped: Any | None) -> keras.Model:
    """End a sequence network, with a `LinearSkip` of what is encoded if that is given."""
    if skipped is not None:
        skip = LinearSkip(output.shape[-1], name="skip")(skipped)
        output = keras.layers.Add(name="sum")([output, skip])
    return keras.Model(states, output, name=name)
