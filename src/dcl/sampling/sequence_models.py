"""What reads, draws from and sweeps a sequence model: one choice for each kind of network."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.sampling import masked, sequence, transformer
from dcl.sampling.sequence_sweeper import SequenceSweeper
from dcl.sampling.tempering import Sweeper

if TYPE_CHECKING:
    from dcl.energy import SequenceEnergy

__all__ = ["Kernels", "kernels"]


class Kernels(NamedTuple):
    """Functions of one sequence model, with its present weights.

    ``log_probabilities`` of sequences (n, N) is (n,); ``sample`` draws sequences (count, N) from
    (count, seed); ``sweeper`` makes a Metropolis sweeper.
    """

    log_probabilities: Callable[[NDArray[np.int8]], NDArray[np.float64]]
    sample: Callable[[int, int], NDArray[np.int8]]
    sweeper: Callable[[], Sweeper]


def kernels(model: "SequenceEnergy") -> Kernels:
    """Compiled kernels, by the name of the network."""
    if model.network.name == "gru":
        recurrent = sequence.sequence_weights(model)
        return Kernels(
            partial(sequence.log_probabilities, recurrent),
            partial(sequence.sample_sequences, recurrent),
            partial(SequenceSweeper, model, recurrent, sequence.sweep),
        )
    if model.network.name == "masked":
        dense = masked.masked_weights(model)
        return Kernels(
            partial(masked.log_probabilities, dense),
            partial(masked.sample_sequences, dense),
            partial(SequenceSweeper, model, dense, masked.sweep),
        )
    attentive = transformer.transformer_weights(model)
    return Kernels(
        partial(transformer.log_probabilities, attentive),
        partial(transformer.sample_sequences, attentive),
        partial(SequenceSweeper, model, attentive, transformer.sweep, transformer.LANES),
    )
