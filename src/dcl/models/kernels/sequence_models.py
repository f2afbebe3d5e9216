"""Compiled kernels that read, draw from and sweep a sequence network: one set for each kind."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.models.kernels import gru_sweeps, masked_sweeps, transformer_sweeps

__all__ = ["Kernels", "kernels"]


class Kernels(NamedTuple):
    """Functions of one sequence network, with its present weights.

    ``log_probabilities`` of sequences (n, N) is (n,); ``sample`` draws sequences (count, N) from
    (count, seed); ``sweep`` is the kernel of `dcl.models.kernels.sequence_sweeper.SequenceSweeper`
    with its ``weights`` and its ``multiple``.
    """

    log_probabilities: Callable[[NDArray[np.int8]], NDArray[np.float64]]
    sample: Callable[[int, int], NDArray[np.int8]]
    weights: Any
    sweep: Callable[..., None]
    multiple: int = 1


def kernels(network: Any, n_states: int, **conventions: bool) -> Kernels:
    """Choose compiled kernels by the name of the network.

    Parameters
    ----------
    network : keras.Model
    n_states : int
    **conventions
        ``normalised`` and ``uniform_first_site`` of a GRU, see
        `dcl.models.kernels.gru_sweeps.sequence_weights`.
    """
    weights: Any
    module: Any
    if network.name == "gru":
        weights = gru_sweeps.sequence_weights(network, n_states, **conventions)
        module, multiple = gru_sweeps, 1
    elif network.name == "masked":
        weights, module, multiple = (
            masked_sweeps.masked_weights(network, n_states),
            masked_sweeps,
            1,
        )
    else:
        weights = transformer_sweeps.transformer_weights(network, n_states)
        module, multiple = transformer_sweeps, transformer_sweeps.LANES
    return Kernels(
        partial(module.log_probabilities, weights),
        partial(module.sample_sequences, weights),
        weights,
        module.sweep,
        multiple,
    )
