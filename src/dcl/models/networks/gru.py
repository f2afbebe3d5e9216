"""The recurrent sequence model of the paper, plain or with a linear autoregressive skip."""

import keras

from dcl.models.networks.layers import ShiftRight, encoded_input, sequence_network

__all__ = ["build_gru"]


def build_gru(
    n_sites: int,
    n_states: int = 2,
    *,
    units: int = 64,
    layers: int = 1,
    skip: bool = True,
    dropout: float = 0.0,
) -> keras.Model:
    """Build a GRU that reads sites one by one and predicts each from the earlier ones.

    With ``units=378, skip=False, dropout=0.1`` it is the network of the paper's supplementary
    information, whose "dropout rate of 0.9" is the probability to keep an output.

    Parameters
    ----------
    n_sites, n_states, skip
        See `dcl.models.networks`.
    units : int
        Size of the hidden state.
    layers : int
        Stacked GRUs.
    dropout : float
        Share of the outputs of the last GRU that is set to zero in training.

    Examples
    --------
    >>> build_gru(16, units=8).output_shape
    (None, 16, 1)
    """
    states, encoded, width = encoded_input(n_sites, n_states)
    hidden = ShiftRight(name="shift")(encoded)
    for layer in range(layers):
        hidden = keras.layers.GRU(units, return_sequences=True, name=f"gru_{layer}")(hidden)
    if dropout:
        hidden = keras.layers.Dropout(dropout, name="dropout")(hidden)
    output = keras.layers.Dense(width, name="output")(hidden)
    return sequence_network("gru", states, output, encoded if skip else None)
