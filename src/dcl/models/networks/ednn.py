"""The extensive deep neural network: one small network applied to every tile, and summed."""

import keras
from keras import ops

from dcl.models.networks.layers import OneHot

__all__ = ["build_ednn"]


@keras.saving.register_keras_serializable(package="dcl")
class SumOverTiles(keras.layers.Layer):
    """Add up the contributions of the tiles: shape (n, tiles, 1) to (n,)."""

    def call(self, contributions):  # type: ignore[no-untyped-def]
        """Sum a batch."""
        return ops.sum(contributions[..., 0], axis=1)


def build_ednn(
    n_states: int = 2,
    *,
    focus: int = 2,
    context: int = 1,
    hidden: tuple[int, ...] = (32, 64),
    scalar_input: bool = False,
) -> keras.Model:
    """The extensive network of Mills et al., Chem. Sci. 10, 4129 (2019), as in the paper.

    Parameters
    ----------
    n_states : int
        Q.
    focus, context : int
        A tile is f + 2c sites wide; see `dcl.lattice.geometry.tile_sites`.
    hidden : tuple of int
        Units of the dense layers, ReLU.
    scalar_input : bool
        Enter a Potts colour as one number, as the paper's authors did, instead of one-hot; spins
        are -1 and +1 in either case.

    Returns
    -------
    keras.Model
        From tiles of states, shape (n, tiles, w * w), any number of tiles, to the energy in units
        of the training labels, shape (n,).

    Examples
    --------
    >>> build_ednn().count_params()
    2721
    """
    sites = (focus + 2 * context) ** 2
    tiles = keras.Input((None, sites), dtype="int8", name="tiles")
    if scalar_input and n_states > 2:
        values = keras.layers.Rescaling(1.0, name="encode")(tiles)
    else:
        encoded = OneHot(n_states, name="encode")(tiles)
        width = sites if n_states == 2 else sites * n_states
        values = keras.layers.Reshape((-1, width), name="flatten")(encoded)
    for number, units in enumerate(hidden):
        values = keras.layers.Dense(units, activation="relu", name=f"dense_{number}")(values)
    contributions = keras.layers.Dense(1, name="contribution")(values)
    return keras.Model(tiles, SumOverTiles(name="sum")(contributions), name="ednn")
