"""Likelihood of a GRU with a delay line: its free units read all earlier sites at once.

The network is that of `dcl.models.networks.delay_line`. For N sites, Q states, C = Q - 1 numbers a
state, A free units and outputs of width B (1 for two states, otherwise Q). Weights are float32,
sequences hold states 0..Q-1 in reading order, int8, shape (n, N).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.models.kernels.activations import tanh
from dcl.models.kernels.site_likelihood import log_probability

__all__ = [
    "SITES",
    "FreeWeights",
    "activate",
    "add_outputs",
    "free_weights",
    "read_sites",
    "reversed_line",
    "score",
]

Array = NDArray[Any]

SITES = 16
"""Consecutive sites that share a matrix product, over the delays that the last of them has."""


class FreeWeights(NamedTuple):
    """Weights of free units, or gradients of a loss by each of them.

    ``numbers`` (Q, C) stand for the states; ``recent`` (C, A) weighs those of the site before and
    ``earlier`` ((N - 2) C, A) those of the sites before that; ``bias`` and ``gate`` (N, A) depend
    on the site, and the gate is open at 1; ``output`` (B, A) leads to the outputs, ``line``
    ((N - 1) C, B) goes there straight from the earlier sites, and ``site`` (N, B) is added.
    """

    numbers: Array
    recent: Array
    earlier: Array
    bias: Array
    gate: Array
    output: Array
    line: Array
    site: Array


def free_weights(numbers: Array, *weights: Array) -> FreeWeights:
    """Arrange the weights of a layer `dcl.models.networks.free_units.FreeUnits`.

    Parameters
    ----------
    numbers : numpy.ndarray
        See `dcl.models.networks.free_units.channels`.
    *weights : numpy.ndarray
        Of the layer, in its order.
    """
    delays, bias, reset, output, line, site = weights
    arrays = (
        numbers,
        delays[0],
        delays[1:].reshape(-1, delays.shape[2]),
        bias,
        1 / (1 + np.exp(-reset)),
        output.T,
        line.reshape(-1, line.shape[2]),
        site,
    )
    return FreeWeights(*(np.ascontiguousarray(array, np.float32) for array in arrays))


@njit(cache=True)
def reversed_line(states, numbers):  # type: ignore[no-untyped-def]
    """Numbers of the sites from the last to the first, then as many zeros: (n, 2 N C)."""
    count, sites = states.shape
    width = numbers.shape[1]
    line = np.zeros((count, 2 * sites * width), np.float32)
    for c in range(count):
        for site in range(sites):
            start = (sites - 1 - site) * width
            line[c, start : start + width] = numbers[states[c, site]]
    return line


@njit(cache=True, fastmath=True, error_model="numpy")
def activate(inputs, recent, active, weights, site):  # type: ignore[no-untyped-def]
    """Hidden units (A,) of one site from what its gate multiplies and the numbers before it."""
    for k in range(active.size):
        active[k] = weights.gate[site, k] * inputs[k]
    for c in range(recent.size):
        for k in range(active.size):
            active[k] += recent[c] * weights.recent[c, k]
    for k in range(active.size):
        active[k] = tanh(active[k])


@njit(cache=True, fastmath=True)
def add_outputs(active, weights, site, outputs):  # type: ignore[no-untyped-def]
    """Add to outputs (B,) those of the hidden units (A,) of a site, and its own."""
    for b in range(outputs.size):
        total = weights.site[site, b]
        for k in range(active.size):
            total += active[k] * weights.output[b, k]
        outputs[b] += total


@njit(cache=True)
def read_sites(weights, line, first, end):  # type: ignore[no-untyped-def]
    """Read sites first to end - 1 of sequences, given as `reversed_line` (n, 2 N C).

    Rows run over sites, then sequences. Returned are the numbers of the site before (rows, C) and
    of the sites before that (rows, (end - 2) C), what the gate multiplies (rows, A), the hidden
    units (rows, A) and the outputs (rows, B).
    """
    count, width = len(line), weights.recent.shape[0]
    sites, rows = len(weights.bias), (end - first) * len(line)
    delays = max(end - 2, 0) * width
    recent = np.empty((rows, width), np.float32)
    earlier = np.empty((rows, delays), np.float32)
    for row in range(rows):
        start = (sites - first - row // count) * width
        recent[row] = line[row % count, start : start + width]
        earlier[row] = line[row % count, start + width : start + width + delays]
    inputs = np.dot(earlier, weights.earlier[:delays])
    outputs = np.dot(earlier, weights.line[width : width + delays])
    outputs += np.dot(recent, weights.line[:width])
    active = np.empty_like(inputs)
    for row in range(rows):
        site = first + row // count
        inputs[row] += weights.bias[site]
        activate(inputs[row], recent[row], active[row], weights, site)
        add_outputs(active[row], weights, site, outputs[row])
    return recent, earlier, inputs, active, outputs


@njit(cache=True, nogil=True)
def score(weights, states, logs):  # type: ignore[no-untyped-def]
    """Add up ln P (n,) of sequences (n, N)."""
    count, sites = states.shape
    line = reversed_line(states, weights.numbers)
    for first in range(0, sites, SITES):
        end = min(first + SITES, sites)
        outputs = read_sites(weights, line, first, end)[4]
        for row in range(len(outputs)):
            c = row % count
            logs[c] += log_probability(outputs[row], states[c, first + row // count], True)
