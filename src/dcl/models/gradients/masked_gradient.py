"""Cross-entropy of a masked network and its gradient.

A block of sequences is two matrix products with the masked weights, one pass over the hidden units
while they are in the cache, and two products back. Everything is float32, states are int8 0..Q-1,
shape (n, N).
"""

from typing import Any, NamedTuple

import keras
import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.machine import Threads
from dcl.models.gradients.gru_gradient_kernels import lose
from dcl.models.kernels.activations import exp_minus, tanh

__all__ = ["MaskedGradient"]

Array = NDArray[Any]

BLOCK = 128
"""Sequences that share a matrix product."""

_ONE, _TWO = np.float32(1.0), np.float32(2.0)


class _Weights(NamedTuple):
    """Weights of the network, or slopes of the loss by each of them.

    For E inputs and B outputs a site (both 1 for two states, otherwise Q) and U hidden units:
    ``hidden`` (N E, N U) and ``hidden_bias`` (N U,) lead to the hidden units, ``output`` (B, N U)
    and ``output_bias`` (N B,) from there to the outputs, and ``skip`` (N E, N B) straight to them.
    """

    hidden: Array
    hidden_bias: Array
    output: Array
    output_bias: Array
    skip: Array


class MaskedGradient:
    """Loss and gradient of a network made by `dcl.models.networks.build_masked`.

    Parameters
    ----------
    network : keras.Model
        Its weights are read at every call.

    Examples
    --------
    >>> from dcl.models.networks import build_masked
    >>> gradient = MaskedGradient(build_masked(4, units=3))
    >>> loss, slopes = gradient(0, np.zeros((2, 4), np.int8))
    >>> round(float(loss), 4), [slope.shape for slope in slopes]
    (2.7726, [(4, 1, 4, 3), (4, 3), (4, 3, 1), (4, 1, 4, 1), (4, 1)])
    """

    def __init__(self, network: keras.Model) -> None:
        layers = {layer.name: layer for layer in network.layers}
        self._variables = network.trainable_variables
        self._hidden, self._output = layers["hidden"], layers["output"]
        self._skip = layers.get("skip")
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
        weights = self._weights()
        block = self._threads.block(len(states), BLOCK)

        def share(thread: int) -> tuple[float, _Weights]:
            loss, slopes = 0.0, _Weights(*(np.zeros_like(array) for array in weights))
            for start in range(thread * block, len(states), self._threads.count * block):
                loss += _block_gradient(states[start : start + block], weights, slopes)
            return loss, slopes

        losses, slopes = zip(*self._threads.map(share), strict=True)
        scale = np.float32(1 / len(states))
        sums = _Weights(*(scale * sum(parts) for parts in zip(*slopes, strict=True)))
        return sum(losses) / len(states), self._by_variable(sums)

    def _weights(self) -> _Weights:
        kernel, hidden_bias = (np.asarray(w) for w in self._hidden.weights)
        sites, inputs, _, units = kernel.shape
        output = np.asarray(self._output.weights[0]).transpose(2, 0, 1)
        outputs = sites * len(output)
        skip = np.zeros((sites * inputs, outputs))
        output_bias = np.asarray((self._skip or self._output).weights[1])
        if self._skip is not None:
            skip = np.asarray(self._skip.weights[0]) * self._skip.mask
        arrays = _Weights(
            hidden=(kernel * self._hidden.mask).reshape(sites * inputs, sites * units),
            hidden_bias=hidden_bias.reshape(-1),
            output=output.reshape(len(output), -1),
            output_bias=output_bias.reshape(-1),
            skip=skip.reshape(-1, outputs),
        )
        return _Weights(*(np.ascontiguousarray(array, np.float32) for array in arrays))

    def _by_variable(self, slopes: _Weights) -> list[Array]:
        """Gradients of the Keras variables."""
        kernel, hidden_bias = self._hidden.weights
        output = slopes.output.reshape(-1, kernel.shape[0], kernel.shape[-1])
        found = {
            id(kernel): slopes.hidden.reshape(kernel.shape) * self._hidden.mask,
            id(hidden_bias): slopes.hidden_bias.reshape(hidden_bias.shape),
            id(self._output.weights[0]): output.transpose(1, 2, 0),
        }
        bias = (self._skip or self._output).weights[1]
        found[id(bias)] = slopes.output_bias.reshape(bias.shape)
        if self._skip is not None:
            kernel = self._skip.weights[0]
            found[id(kernel)] = slopes.skip.reshape(kernel.shape) * self._skip.mask
        return [found[id(variable)] for variable in self._variables]


@njit(cache=True, nogil=True)
def _block_gradient(states, weights, slopes):  # type: ignore[no-untyped-def]
    """Add a block's slopes, and return its loss: sums over sequences and sites."""
    encoded = _encode(states, len(weights.hidden) // states.shape[1])
    hidden = np.dot(encoded, weights.hidden)
    outputs = np.dot(encoded, weights.skip)
    slope, total = np.empty_like(hidden[0]), np.empty_like(hidden[0])
    loss = 0.0
    for c in range(len(states)):
        _activate(hidden[c], weights.hidden_bias)
        _read_outputs(hidden[c], outputs[c], weights)
        if len(weights.output) == 1:
            loss += _lose_spins(outputs[c], encoded[c])
        else:
            loss += _lose_colours(outputs[c], states[c])
        _return_outputs(hidden[c], outputs[c], weights, slopes, slope, total)
    transposed = np.ascontiguousarray(encoded.T)
    slopes.hidden[:] += np.dot(transposed, hidden)
    slopes.skip[:] += np.dot(transposed, outputs)
    return loss


@njit(cache=True)
def _encode(states, inputs):  # type: ignore[no-untyped-def]
    """Spins as +1 / -1, colours as one-hot vectors: (C, N) to (C, N E)."""
    chains, sites = states.shape
    encoded = np.zeros((chains, sites * inputs), np.float32)
    for c in range(chains):
        for site in range(sites):
            if inputs == 1:
                encoded[c, site] = _TWO * np.float32(states[c, site]) - _ONE
            else:
                encoded[c, site * inputs + states[c, site]] = _ONE
    return encoded


@njit(cache=True, fastmath=True, error_model="numpy")
def _activate(hidden, bias):  # type: ignore[no-untyped-def]
    for k in range(hidden.size):
        hidden[k] = tanh(hidden[k] + bias[k])


@njit(cache=True, fastmath=True, error_model="numpy")
def _read_outputs(hidden, outputs, weights):  # type: ignore[no-untyped-def]
    """Add to the skip's outputs (N B,) those of the hidden units (N U,) and the bias."""
    width = len(weights.output)
    sites = outputs.size // width
    units = hidden.size // sites
    for b in range(width):
        for site in range(sites):
            here = hidden[site * units : (site + 1) * units]
            weight = weights.output[b, site * units : (site + 1) * units]
            total = weights.output_bias[site * width + b]
            for k in range(units):
                total += here[k] * weight[k]
            outputs[site * width + b] += total


@njit(cache=True, fastmath=True, error_model="numpy")
def _lose_spins(outputs, spins):  # type: ignore[no-untyped-def]
    """Loss of one sequence of spins +1 / -1; its outputs (N,) become the slopes by them."""
    loss = np.float32(0.0)
    for site in range(spins.size):
        margin = spins[site] * outputs[site]
        rest = exp_minus(abs(margin))
        outputs[site] = -spins[site] * (rest if margin > 0 else _ONE) / (_ONE + rest)
        loss += max(-margin, np.float32(0.0)) + _log_one_plus(rest)
    return loss


@njit(cache=True, fastmath=True, error_model="numpy")
def _log_one_plus(x):  # type: ignore[no-untyped-def]
    """ln(1 + x) of 0 <= x <= 1 within a rounding: twice the series of artanh(x / (2 + x))."""
    part = x / (_TWO + x)
    square = part * part
    series = np.float32(1 / 11)
    for odd in (9, 7, 5, 3, 1):
        series = np.float32(1 / odd) + square * series
    return _TWO * part * series


@njit(cache=True)
def _lose_colours(outputs, states):  # type: ignore[no-untyped-def]
    """The same of one sequence of Q > 2 states, with outputs (N Q,)."""
    width = outputs.size // states.size
    loss = 0.0
    for site in range(states.size):
        loss += lose(outputs[site * width : (site + 1) * width], states[site], False)
    return loss


@njit(cache=True, fastmath=True, error_model="numpy")
def _return_outputs(hidden, by_output, weights, slopes, slope, total):  # type: ignore[no-untyped-def]
    """The reverse of the reading: ``hidden`` (N U,) becomes the slopes by its inputs."""
    width = len(weights.output)
    sites = by_output.size // width
    units = hidden.size // sites
    total[:] = 0
    for b in range(width):
        for site in range(sites):
            slope[site * units : (site + 1) * units] = by_output[site * width + b]
        for k in range(hidden.size):
            slopes.output[b, k] += slope[k] * hidden[k]
            total[k] += slope[k] * weights.output[b, k]
    for k in range(by_output.size):
        slopes.output_bias[k] += by_output[k]
    for k in range(hidden.size):
        hidden[k] = total[k] * (_ONE - hidden[k] * hidden[k])
        slopes.hidden_bias[k] += hidden[k]
