"""Units that read all earlier sites at once: the trained part of a GRU with a delay line."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

__all__ = ["FreeUnits", "build_free_units", "channels"]


def channels(n_states: int) -> NDArray[np.float32]:
    """Numbers that stand for a state, shape (Q, Q - 1): +1 in its own column, -1 for state 0.

    Two states are the spins -1 and +1. Every number is -1, 0 or +1, so that a tanh keeps the ratio
    of any two, and their sum over the states is zero.

    Examples
    --------
    >>> channels(3).tolist()
    [[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]]
    """
    return np.concatenate([-np.ones((1, n_states - 1)), np.eye(n_states - 1)]).astype(np.float32)


@keras.saving.register_keras_serializable(package="dcl")
class FreeUnits(keras.layers.Layer):
    """Hidden units a_t = tanh(w x_(t-1) + r_t (sum over d > 1 of U_d x_(t-d) + e_t)), and outputs.

    The weights U depend on the distance d along the sequence alone; the reset gate r_t =
    sigmoid(R_t) and the bias e_t on the site too. The outputs are V a_t + sum over d of M_d
    x_(t-d) + p_t, where V, M and p start at zero. `dcl.models.networks.delay_line` writes the
    layer into a GRU.

    Parameters
    ----------
    n_states : int
        Q.
    units : int
        Hidden units A.

    Examples
    --------
    >>> layer = FreeUnits(3, units=5)
    >>> np.asarray(layer(np.zeros((2, 4), np.int8))).shape
    (2, 4, 3)
    """

    def __init__(self, n_states: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_states, self.units = n_states, units

    def build(self, shape: tuple[int | None, int]) -> None:
        """Make the weights for sequences of shape (n, N)."""
        sites, width = shape[1], 1 if self.n_states == 2 else self.n_states
        delays = (sites - 1, self.n_states - 1)

        def add(name: str, shape: tuple[int, ...], spread: float = 0.0) -> Any:
            start = keras.initializers.RandomNormal(stddev=spread) if spread else "zeros"
            return self.add_weight(shape=shape, initializer=start, name=name)

        self.delays = add("delays", (*delays, self.units), 0.15)
        self.site_bias = add("site_bias", (sites, self.units), 0.3)
        self.reset = add("reset", (sites, self.units), 1.5)
        self.output_kernel = add("output_kernel", (self.units, width))
        self.line_output = add("line_output", (*delays, width))
        self.site_output = add("site_output", (sites, width))
        earlier = np.arange(sites)[:, None] - 1 - np.arange(sites - 1)
        self._earlier = np.where(earlier < 0, sites, earlier)

    def call(self, states: Any) -> Any:
        """Outputs (n, N, width) of all sites of a batch of states (n, N)."""
        numbers = ops.take(channels(self.n_states), ops.cast(states, "int32"), axis=0)
        padded = ops.pad(numbers, ((0, 0), (0, 1), (0, 0)))
        delayed = ops.take(padded, self._earlier, axis=1)
        recent = ops.einsum("ntc,ca->nta", delayed[:, :, 0], self.delays[0])
        earlier = ops.einsum("ntdc,dca->nta", delayed[:, :, 1:], self.delays[1:])
        gate = ops.sigmoid(self.reset)
        hidden = ops.tanh(recent + gate * (earlier + self.site_bias))
        line = ops.einsum("ntdc,dcb->ntb", delayed, self.line_output)
        return hidden @ self.output_kernel + line + self.site_output

    def get_config(self) -> dict[str, Any]:
        """Arguments that remake the layer."""
        return {**super().get_config(), "n_states": self.n_states, "units": self.units}


def build_free_units(n_sites: int, n_states: int = 2, *, units: int = 250) -> keras.Model:
    """Make a network of free units alone, which reads all sites of a configuration in parallel.

    Parameters
    ----------
    n_sites : int
        Sites N of a configuration, at least 3.
    n_states : int
        Q.
    units : int
        Hidden units.

    Returns
    -------
    keras.Model
        From states (n, N) to one output a site, shape (n, N, width), as `build_gru` has it.

    Examples
    --------
    >>> build_free_units(16, units=8).output_shape
    (None, 16, 1)
    """
    states = keras.Input((n_sites,), dtype="int8", name="states")
    output = FreeUnits(n_states, units, name="free")(states)
    return keras.Model(states, output, name="free_units")
