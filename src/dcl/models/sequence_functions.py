"""Probabilities, draws and sweeps of a sequence network with its present weights."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.models.kernels import gru_sampling, gru_sweeps, masked_sweeps
from dcl.models.kernels.blocks import sweep_blocks
from dcl.models.kernels.gru_weights import gru_weights

__all__ = ["SequenceFunctions", "sequence_functions"]


class SequenceFunctions(NamedTuple):
    """Functions of sequences of states 0..Q-1 in reading order, shape (n, N).

    ``log_probabilities`` gives ln P (n,) of sequences; ``sample`` draws sequences (count, N) from
    (count, seed); ``sweep`` makes Metropolis sweeps of sequences in place, from exponents (n,),
    generators (n, 4) and a number of sweeps, and gives the gains of ln P (n,).
    """

    log_probabilities: Callable[[NDArray[np.int8]], NDArray[np.float64]]
    sample: Callable[[int, int], NDArray[np.int8]]
    sweep: Callable[..., NDArray[np.float64]]


def sequence_functions(
    network: Any, *, normalised: bool = True, uniform_first_site: bool = False
) -> SequenceFunctions:
    """Choose compiled kernels by the name of the network, or Keras where it has none.

    Parameters
    ----------
    network : keras.Model
    normalised, uniform_first_site : bool
        Conventions of a GRU; see `dcl.models.kernels.gru_weights.GruWeights`.
    """
    if network.name == "gru":
        gru = gru_weights(network, normalised=normalised, uniform_first_site=uniform_first_site)
        return SequenceFunctions(
            partial(gru_sampling.log_probabilities, gru),
            partial(gru_sampling.sample_sequences, gru),
            partial(sweep_blocks, gru_sweeps.sweep, gru),
        )
    if network.name == "masked":
        masked = masked_sweeps.masked_weights(network)
        return SequenceFunctions(
            partial(masked_sweeps.log_probabilities, masked),
            partial(masked_sweeps.sample_sequences, masked),
            partial(sweep_blocks, masked_sweeps.sweep, masked),
        )
    from dcl.models.networks import sequences

    return SequenceFunctions(
        partial(sequences.log_probabilities, network),
        partial(sequences.sample_sequences, network),
        partial(sequences.sweep, network),
    )
