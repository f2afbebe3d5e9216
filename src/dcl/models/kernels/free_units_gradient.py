"""Cross-entropy of free units and its gradient, without back-propagation through time.

All sites of a block of sequences are two matrix products, read as in
`dcl.models.kernels.free_unit_reads`.
"""

from typing import Any

import keras
import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.machine import Threads
from dcl.models.kernels.free_unit_reads import (
    SITES,
    FreeWeights,
    free_weights,
    read_sites,
    reversed_line,
)
from dcl.models.kernels.site_likelihood import cross_entropy_gradient
from dcl.models.networks.free_units import channels

__all__ = ["FreeUnitsGradient"]

Array = NDArray[Any]

BLOCK = 16
"""Sequences that share a matrix product."""


class FreeUnitsGradient:
    """Loss and gradient of a network made by `dcl.models.networks.build_free_units`.

    Parameters
    ----------
    network : keras.Model
        Its weights are read at every call.

    Examples
    --------
    >>> from dcl.models.networks import build_free_units
    >>> gradient = FreeUnitsGradient(build_free_units(4, units=3))
    >>> loss, gradients = gradient(0, np.zeros((2, 4), np.int8))
    >>> round(float(loss), 4), [part.shape for part in gradients]
    (2.7726, [(3, 1, 3), (4, 3), (4, 3), (3, 1), (3, 1, 1), (4, 1)])
    """

    def __init__(self, network: keras.Model) -> None:
        self._variables = network.trainable_variables
        self._numbers = channels(network.get_layer("free").n_states)
        self._threads = Threads()

    def __call__(self, step: int, states: NDArray[np.int8]) -> tuple[float, list[Array]]:
        """Mean loss of a batch in nats and its gradient, in the order of `trainable_variables`.

        Parameters
        ----------
        step : int
            Number of the batch; nothing depends on it.
        states : numpy.ndarray
            0..Q-1 in reading order, int8, shape (n, N).
        """
        weights = free_weights(self._numbers, *(np.asarray(v) for v in self._variables))
        block = self._threads.block(len(states), BLOCK)

        def share(thread: int) -> tuple[float, FreeWeights]:
            loss, gradients = 0.0, FreeWeights(*(np.zeros_like(array) for array in weights))
            for start in range(thread * block, len(states), self._threads.count * block):
                loss += _block_gradient(states[start : start + block], weights, gradients)
            return loss, gradients

        losses, gradients = zip(*self._threads.map(share), strict=True)
        scale = np.float32(1 / len(states))
        sums = FreeWeights(*(scale * sum(parts) for parts in zip(*gradients, strict=True)))
        return sum(losses) / len(states), self._by_variable(sums, weights.gate)

    def _by_variable(self, gradients: FreeWeights, gate: Array) -> list[Array]:
        """Gradients of the Keras variables."""
        found = (
            np.concatenate([gradients.recent, gradients.earlier]),
            gradients.bias,
            gradients.gate * gate * (1 - gate),
            gradients.output.T,
            gradients.line,
            gradients.site,
        )
        return [s.reshape(v.shape) for s, v in zip(found, self._variables, strict=True)]


@njit(cache=True, nogil=True)
def _block_gradient(states, weights, gradients):  # type: ignore[no-untyped-def]
    """Add a block's gradients, and return its loss: sums over sequences and sites."""
    count, sites = states.shape
    line, loss = reversed_line(states, weights.numbers), 0.0
    width = weights.recent.shape[0]
    for first in range(0, sites, SITES):
        read = read_sites(weights, line, first, min(first + SITES, sites))
        recent, earlier, inputs, active, outputs = read
        delays = earlier.shape[1]
        for row in range(len(outputs)):
            site, c = first + row // count, row % count
            loss += cross_entropy_gradient(outputs[row], states[c, site])
            gradients.site[site] += outputs[row]
            _return_row(
                recent[row], inputs[row], active[row], outputs[row], site, weights, gradients
            )
        gradients.earlier[:delays] += np.dot(earlier.T, inputs)
        gradients.line[width : width + delays] += np.dot(earlier.T, outputs)
        gradients.line[:width] += np.dot(recent.T, outputs)
    return loss


@njit(cache=True, fastmath=True, error_model="numpy")
def _return_row(recent, inputs, active, by_output, site, weights, gradients):  # type: ignore[no-untyped-def]
    """Backward pass of one site; ``inputs`` (A,) become the gradients by them."""
    by_active = np.zeros_like(active)
    for b in range(by_output.size):
        for k in range(active.size):
            by_active[k] += by_output[b] * weights.output[b, k]
            gradients.output[b, k] += by_output[b] * active[k]
    for k in range(active.size):
        by_active[k] *= np.float32(1.0) - active[k] * active[k]
    for c in range(recent.size):
        for k in range(active.size):
            gradients.recent[c, k] += recent[c] * by_active[k]
    for k in range(active.size):
        gradients.gate[site, k] += by_active[k] * inputs[k]
        inputs[k] = by_active[k] * weights.gate[site, k]
        gradients.bias[site, k] += inputs[k]
