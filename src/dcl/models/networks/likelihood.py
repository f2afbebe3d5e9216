"""From a network's outputs to the log-probability of each site (Eq. 3 of the paper)."""

from typing import Any

from keras import ops

from dcl.models.kernels.site_likelihood import SMALLEST_PROBABILITY, OutputKind

__all__ = ["log_conditionals", "squared_error"]


def log_conditionals(outputs: Any, states: Any, kind: OutputKind) -> Any:
    """Ln P(s_i | s_1 ... s_{i-1}) for every site.

    With ``linear`` outputs the probability is ``|output + s| / 2`` for spins and
    ``|output . one-hot|`` for colours, as the authors took it; it need not be normalised, and is
    kept above 1e-7.

    Parameters
    ----------
    outputs : tensor
        Network outputs, shape (n, N, 1) for two states, otherwise (n, N, Q).
    states : tensor
        0..Q-1, shape (n, N).
    kind : {"logits", "linear"}

    Returns
    -------
    tensor
        Shape (n, N), float32.

    Examples
    --------
    >>> import numpy as np
    >>> outputs = np.zeros((1, 3, 1), np.float32)
    >>> np.exp(log_conditionals(outputs, np.array([[0, 1, 1]]), "logits")).tolist()
    [[0.5, 0.5, 0.5]]
    """
    n_states = max(outputs.shape[-1], 2)
    if n_states == 2:
        spins = 2.0 * ops.cast(states, outputs.dtype) - 1.0
        if kind == "logits":
            return -ops.softplus(-spins * outputs[..., 0])
        probability = ops.abs(outputs[..., 0] + spins) / 2.0
    else:
        chosen = ops.one_hot(ops.cast(states, "int32"), n_states, dtype=outputs.dtype)
        if kind == "logits":
            return ops.sum(chosen * ops.log_softmax(outputs, axis=-1), axis=-1)
        probability = ops.abs(ops.sum(chosen * outputs, axis=-1))
    return ops.log(ops.maximum(probability, SMALLEST_PROBABILITY))


def squared_error(outputs: Any, states: Any) -> Any:
    """The authors' loss: squared distance to the label +1 / -1, or to the one-hot colour.

    Returns
    -------
    tensor
        Shape (n, N).
    """
    n_states = max(outputs.shape[-1], 2)
    if n_states == 2:
        return ops.square(outputs[..., 0] - (2.0 * ops.cast(states, outputs.dtype) - 1.0))
    chosen = ops.one_hot(ops.cast(states, "int32"), n_states, dtype=outputs.dtype)
    return ops.mean(ops.square(outputs - chosen), axis=-1)
