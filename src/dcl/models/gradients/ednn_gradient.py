"""Squared error of an extensive network and its gradient.

A block of configurations goes through the dense layers while it is in the cache. Everything is
float32, tiles are int8 states 0..Q-1, shape (n, tiles, sites of a tile).
"""

from typing import Any

import keras
import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.machine import Threads

__all__ = ["ExtensiveGradient"]

Array = NDArray[Any]

BLOCK = 32
"""Configurations that share a matrix product."""


class ExtensiveGradient:
    """Mean squared error of a network made by `dcl.models.networks.build_ednn`, and its gradient.

    Parameters
    ----------
    network : keras.Model
        Its weights are read at every call.

    Examples
    --------
    >>> from dcl.models.networks import build_ednn
    >>> gradient = ExtensiveGradient(build_ednn(hidden=(5,)))
    >>> loss, slopes = gradient(0, np.zeros((2, 4, 16), np.int8), np.zeros(2, np.float32))
    >>> [slope.shape for slope in slopes]
    [(16, 5), (5,), (5, 1), (1,)]
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = network
        encode = network.get_layer("encode")
        self._n_states = getattr(encode, "n_states", 0)
        self._threads = Threads()

    def __call__(
        self, step: int, tiles: NDArray[np.int8], labels: NDArray[np.float32]
    ) -> tuple[float, list[Array]]:
        """Mean loss of a batch and its gradient, in the order of `trainable_variables`."""
        variables = [np.asarray(v) for v in self._network.trainable_variables]
        kernels, biases = tuple(variables[::2]), tuple(variables[1::2])
        block = self._threads.block(len(tiles), BLOCK)

        def share(thread: int) -> tuple[float, list[Array]]:
            slopes = tuple(np.zeros_like(v) for v in variables)
            loss = 0.0
            for start in range(thread * block, len(tiles), self._threads.count * block):
                end = start + block
                loss += _block_gradient(
                    tiles[start:end], labels[start:end], self._n_states, kernels, biases,
                    slopes[::2], slopes[1::2],
                )  # fmt: skip
            return loss, list(slopes)

        losses, slopes = zip(*self._threads.map(share), strict=True)
        scale = np.float32(1 / len(tiles))
        sums = [scale * sum(parts) for parts in zip(*slopes, strict=True)]
        return sum(losses) / len(tiles), sums


@njit(cache=True, nogil=True)
def _block_gradient(tiles, labels, n_states, kernels, biases, by_kernels, by_biases):  # type: ignore[no-untyped-def]
    """Add the slopes of a block's squared errors, and return their sum."""
    count, n_tiles, _ = tiles.shape
    values = [_encode(tiles.reshape(count * n_tiles, tiles.shape[2]), n_states)]
    last = len(kernels) - 1
    for layer in range(len(kernels)):
        values.append(np.dot(values[-1], kernels[layer]))
        _activate(values[-1], biases[layer], layer < last)
    loss = 0.0
    slope = np.empty((count * n_tiles, 1), np.float32)
    for c in range(count):
        rows = slice(c * n_tiles, (c + 1) * n_tiles)
        error = values[-1][rows].sum() - labels[c]
        loss += error * error
        slope[rows] = 2 * error
    for layer in range(last, -1, -1):
        if layer < last:
            _return_activation(slope, values[layer + 1])
        by_kernels[layer][:] += np.dot(values[layer].T, slope)
        _add_rows(by_biases[layer], slope)
        if layer > 0:
            slope = np.dot(slope, np.ascontiguousarray(kernels[layer].T))
    return loss


@njit(cache=True)
def _encode(tiles, n_states):  # type: ignore[no-untyped-def]
    """Spins as +1 / -1, colours as one-hot vectors, or as one number where n_states is 0."""
    rows, sites = tiles.shape
    if n_states == 0:
        return tiles.astype(np.float32)
    if n_states == 2:
        return np.float32(2) * tiles.astype(np.float32) - np.float32(1)
    encoded = np.zeros((rows, sites * n_states), np.float32)
    for row in range(rows):
        for site in range(sites):
            encoded[row, site * n_states + tiles[row, site]] = 1
    return encoded


@njit(cache=True, fastmath=True)
def _activate(values, bias, rectified):  # type: ignore[no-untyped-def]
    """Add the bias, and cut at zero."""
    for row in range(values.shape[0]):
        for k in range(values.shape[1]):
            values[row, k] += bias[k]
            if rectified:
                values[row, k] = max(values[row, k], np.float32(0.0))


@njit(cache=True, fastmath=True)
def _return_activation(slope, values):  # type: ignore[no-untyped-def]
    for row in range(values.shape[0]):
        for k in range(values.shape[1]):
            if values[row, k] <= 0:
                slope[row, k] = 0


@njit(cache=True, fastmath=True)
def _add_rows(total, rows):  # type: ignore[no-untyped-def]
    for row in range(rows.shape[0]):
        for k in range(total.size):
            total[k] += rows[row, k]
