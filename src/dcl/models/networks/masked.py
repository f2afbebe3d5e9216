"""A masked dense autoregressive network: every site has its own hidden units over earlier sites."""

from typing import Any

import keras
import numpy as np
from keras import ops

from dcl.models.networks.layers import LinearSkip, encoded_input, sequence_network

__all__ = ["MaskedHidden", "SiteOutput", "build_masked"]

START = 0.5
"""Root mean square of a hidden unit's input before training, where sites are independent."""


@keras.saving.register_keras_serializable(package="dcl")
class MaskedHidden(LinearSkip):
    """Hidden units of each site: tanh(b_i + sum over j < i of W_ij x_j).

    Parameters
    ----------
    width : int
        Hidden units a site.

    Examples
    --------
    >>> layer = MaskedHidden(5)
    >>> np.asarray(layer(np.ones((2, 4, 1)))).shape
    (2, 4, 5)
    """

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """Make random weights for sequences of shape (n, N, inputs)."""
        super().build(shape)
        earlier = np.maximum(np.arange(shape[1], dtype=np.float32), 1)[:, None]
        start = keras.initializers.RandomNormal(stddev=START)(self.kernel.shape)
        self.kernel.assign(start * self.mask / np.sqrt(earlier))

    def call(self, encoded: Any) -> Any:
        """Activations, shape (n, N, width), of a batch of shape (n, N, inputs)."""
        return ops.tanh(super().call(encoded))


@keras.saving.register_keras_serializable(package="dcl")
class SiteOutput(keras.layers.Layer):
    """Outputs of each site from its own hidden units, with weights of its own: zero at first.

    Parameters
    ----------
    width : int
        Outputs a site.
    use_bias : bool

    Examples
    --------
    >>> np.asarray(SiteOutput(1, use_bias=False)(np.ones((2, 4, 5)))).shape
    (2, 4, 1)
    """

    def __init__(self, width: int, use_bias: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.use_bias = width, use_bias

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """Make the weights for hidden units of shape (n, N, units)."""
        _, sites, units = shape
        self.kernel = self.add_weight(
            shape=(sites, units, self.width), initializer="zeros", name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(sites, self.width), initializer="zeros", name="bias")

    def call(self, hidden: Any) -> Any:
        """Outputs, shape (n, N, width)."""
        outputs = ops.einsum("niu,iuw->niw", hidden, self.kernel)
        return outputs + self.bias if self.use_bias else outputs

    def get_config(self) -> dict[str, Any]:
        """Arguments that remake the layer."""
        return {**super().get_config(), "width": self.width, "use_bias": self.use_bias}


def build_masked(
    n_sites: int, n_states: int = 2, *, units: int = 16, skip: bool = True
) -> keras.Model:
    """Build a dense network with one hidden layer, masked so that no site sees a later one.

    It is MADE (Germain et al., ICML 2015) or NADE without shared weights: every pair of sites has
    weights of its own, which costs a number of parameters that grows as N^2, and makes all
    conditional probabilities two matrix products. The skip has a bias of its own, and the network
    starts as the skip.

    Parameters
    ----------
    n_sites, n_states, skip
        See `dcl.models.networks`.
    units : int
        Hidden units a site.

    Examples
    --------
    >>> build_masked(16, units=8).output_shape
    (None, 16, 1)
    """
    states, encoded, width = encoded_input(n_sites, n_states)
    hidden = MaskedHidden(units, name="hidden")(encoded)
    output = SiteOutput(width, use_bias=not skip, name="output")(hidden)
    return sequence_network("masked", states, output, encoded if skip else None)
