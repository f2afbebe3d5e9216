"""A recurrent network's weights as arrays: what its draws, sweeps and gradient share."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["GruWeights", "encoded_states", "gru_layers", "gru_weights"]

Array = NDArray[Any]


class GruWeights(NamedTuple):
    """A GRU's weights as float32 arrays, or a loss' derivatives by each of them.

    For Q states, N sites, D layers of H units, and outputs of width B, which is 1 for two states,
    the logit of the upper one, and otherwise Q:
    ``tokens`` (Q + 1, 3 H) is the first layer's input from every state and from the start token,
    biases included; ``inputs`` (D, H, 3 H) and ``input_bias`` (D, 3 H) lead from layer to layer,
    the first of them unused; ``recurrent`` (D, H, 3 H) and ``recurrent_bias`` from step to step;
    ``output`` (B, H) and ``output_bias`` (B,) to the outputs; ``skip`` (N, Q, N, B) holds what
    state a at site j adds to output b of site i, of shape (0, Q, N, B) where there is no skip, and
    ``skip_bias`` (N, B).
    ``normalised`` tells logits from the authors' linear outputs, and ``uniform_first_site`` their
    P(s_1) = 1 / Q.
    """

    tokens: Array
    inputs: Array
    input_bias: Array
    recurrent: Array
    recurrent_bias: Array
    output: Array
    output_bias: Array
    skip: Array
    skip_bias: Array
    normalised: bool
    uniform_first_site: bool

    def map(self, *others: "GruWeights", function: Any) -> "GruWeights":
        """Apply a function to each array and the same array of other weights."""
        arrays = [function(*each) for each in zip(self[:9], *(o[:9] for o in others), strict=True)]
        fields: tuple[Any, ...] = (*arrays, *self[9:])
        return GruWeights(*fields)


def encoded_states(n_states: int) -> NDArray[np.float32]:
    """Encode each state as `dcl.models.networks.OneHot` does, shape (Q, inputs).

    Examples
    --------
    >>> encoded_states(2).tolist()
    [[-1.0], [1.0]]
    """
    return np.array([[-1], [1]], "f4") if n_states == 2 else np.eye(n_states, dtype="f4")


def gru_layers(network: Any) -> list[Any]:
    """The recurrent layers of a network made by `dcl.models.networks.build_gru`, in order."""
    return [layer for layer in network.layers if layer.name.startswith("gru_")]


def gru_weights(
    network: Any, *, normalised: bool = True, uniform_first_site: bool = False
) -> GruWeights:
    """Collect the weights of a network made by `dcl.models.networks.build_gru`."""
    sites, width = network.output_shape[1:]
    encoded = encoded_states(max(width, 2))
    layers = [[np.asarray(w) for w in layer.weights[:3]] for layer in gru_layers(network)]
    kernels, recurrent, biases = (list(column) for column in zip(*layers, strict=True))
    start = np.zeros((1, kernels[0].shape[1]))
    output, output_bias = (np.asarray(w) for w in network.get_layer("output").weights)
    skip, skip_bias = np.zeros((0, len(encoded), sites, width)), np.zeros((sites, width))
    if any(layer.name == "skip" for layer in network.layers):
        layer = network.get_layer("skip")
        kernel, skip_bias = (np.asarray(w) for w in layer.weights)
        skip = np.einsum("ae,jeib->jaib", encoded, kernel * layer.mask)
    arrays = (
        np.concatenate([encoded @ kernels[0], start]) + biases[0][0],
        np.stack([np.zeros_like(recurrent[0]), *kernels[1:]]),
        np.stack([bias[0] for bias in biases]),
        np.stack(recurrent),
        np.stack([bias[1] for bias in biases]),
        output.T,
        output_bias,
        skip,
        skip_bias,
    )
    contiguous = (np.ascontiguousarray(array, np.float32) for array in arrays)
    fields: tuple[Any, ...] = (*contiguous, normalised, uniform_first_site)
    return GruWeights(*fields)
