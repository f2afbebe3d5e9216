"""Probabilities, draws and sweeps of a sequence network with its present weights."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.models.kernels import (
    free_unit_reads,
    free_unit_sweeps,
    gru_sampling,
    gru_sweeps,
    masked_sweeps,
)
from dcl.models.kernels.blocks import sample_blocks, score_blocks, sweep_blocks
from dcl.models.kernels.free_unit_reads import FreeWeights, free_weights
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

    A GRU with a delay line is read by its free units, all sites at once.

    Parameters
    ----------
    network : keras.Model
    normalised, uniform_first_site : bool
        Conventions of a GRU; see `dcl.models.kernels.gru_weights.GruWeights`.
    """
    sites = network.output_shape[1]

    def compiled(weights: Any, score: Any, sample: Any, sweep: Any) -> SequenceFunctions:
        return SequenceFunctions(
            partial(score_blocks, score, weights),
            partial(sample_blocks, sample, weights, sites),
            partial(sweep_blocks, sweep, weights),
        )

    if normalised and not uniform_first_site:
        free = _free_units(network)
        if free is not None:
            reads, draws = free_unit_reads, free_unit_sweeps
            return compiled(free, reads.score, draws.sample, draws.sweep)
    if network.name == "gru":
        gru = gru_weights(network, normalised=normalised, uniform_first_site=uniform_first_site)
        return compiled(gru, gru_sampling.score, gru_sampling.sample, gru_sweeps.sweep)
    if network.name == "masked":
        masked = masked_sweeps.masked_weights(network)
        return compiled(masked, masked_sweeps.score, masked_sweeps.sample, masked_sweeps.sweep)
    from dcl.models.networks import sequences

    return SequenceFunctions(
        partial(sequences.log_probabilities, network),
        partial(sequences.sample_sequences, network),
        partial(sequences.sweep, network),
    )


def _free_units(network: Any) -> FreeWeights | None:
    """Weights of the free units, or None where there are none."""
    from dcl.models.networks.delay_line import read_free_units
    from dcl.models.networks.free_units import channels

    found = network.get_weights() if network.name == "free_units" else None
    if network.name == "gru":
        found = read_free_units(network)
    return found and free_weights(channels(max(network.output_shape[-1], 2)), *found)
