"""Loss of a recurrent network on a batch, and its gradient, on all threads."""

from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from dcl.machine import Threads
from dcl.models.kernels.gru_backpropagation import Scratch, Weights, block_gradient, scratch
from dcl.sampling.xoshiro import chain_states

__all__ = ["SequenceGradient", "are_fastest"]

Array = NDArray[Any]


def are_fastest() -> bool:
    """Whether Keras has processors alone to run on, where compiled gradients are faster."""
    return all(name.startswith("cpu") for name in keras.distribution.list_devices())


class SequenceGradient:
    """Loss and gradient of a network made by `dcl.models.networks.build_gru`.

    Parameters
    ----------
    network : keras.Model
        Its weights are read at every call.
    loss : {"cross-entropy", "mean-squared-error"}
        The first in nats a configuration; the second a site and output.
    first : int
        Sites at the start of the sequence that do not count.
    seed : int
        Of the dropout.

    Examples
    --------
    >>> from dcl.models.networks import build_gru
    >>> gradient = SequenceGradient(build_gru(4, units=3, skip=False), "cross-entropy")
    >>> loss, slopes = gradient(0, np.zeros((2, 4), np.int8))
    >>> [slope.shape for slope in slopes]
    [(1, 9), (3, 9), (2, 9), (3, 1), (1,)]
    """

    def __init__(
        self,
        network: keras.Model,
        loss: Literal["cross-entropy", "mean-squared-error"],
        *,
        first: int = 0,
        seed: int = 0,
    ) -> None:
        self._network, self._first, self._seed = network, first, seed
        self._squared = loss == "mean-squared-error"
        layers = {layer.name: layer for layer in network.layers}
        self._grus = [layer for name, layer in layers.items() if name.startswith("gru_")]
        self._output, self._skip = layers["output"], layers.get("skip")
        self._dropout = layers["dropout"].rate if "dropout" in layers else 0.0
        self._threads = Threads()
        self._scratch: list[Scratch] = []

    def __call__(self, step: int, states: NDArray[np.int8]) -> tuple[float, list[Array]]:
        """Mean loss of a batch and its gradient, in the order of `trainable_variables`.

        Parameters
        ----------
        step : int
            Number of the batch: another step drops other hidden units.
        states : numpy.ndarray
            0..Q-1 in reading order, int8, shape (n, N).
        """
        weights, blocks = self._weights(), self._blocks(states)
        block, sites = blocks.shape[1:]
        generators = chain_states(self._seed, len(blocks) * block, step).reshape(-1, block, 4)
        if not self._scratch or self._scratch[0].slope.shape[0] != block:
            dropout = self._dropout > 0
            self._scratch = [
                scratch(weights, block, sites, dropout) for _ in range(self._threads.count)
            ]

        def share(thread: int) -> tuple[float, Weights]:
            loss, slopes = 0.0, Weights(*(np.zeros_like(array) for array in weights))
            for k in range(thread, len(blocks), self._threads.count):
                count = min(max(len(states) - k * block, 0), block)
                loss += block_gradient(
                    blocks[k], count, generators[k], weights, slopes, self._scratch[thread],
                    self._first, self._squared, self._dropout,
                )  # fmt: skip
            return loss, slopes

        losses, slopes = zip(*self._threads.map(share), strict=True)
        width = weights.output.shape[1]
        scale = 1 / (len(states) * ((sites - self._first) * width if self._squared else 1))
        sums = Weights(*(np.float32(scale) * sum(parts) for parts in zip(*slopes, strict=True)))
        return scale * sum(losses), self._by_variable(sums)

    def _encoded(self) -> NDArray[np.float32]:
        """What `dcl.models.networks.OneHot` makes of each state, shape (Q, inputs)."""
        inputs = self._grus[0].weights[0].shape[0]
        return np.eye(inputs, dtype=np.float32) if inputs > 1 else np.array([[-1], [1]], "f4")

    def _weights(self) -> Weights:
        layers = [[np.asarray(w) for w in layer.weights[:3]] for layer in self._grus]
        kernels, recurrent, biases = (list(column) for column in zip(*layers, strict=True))
        start = np.zeros((1, kernels[0].shape[1]))
        output, output_bias = (np.asarray(w) for w in self._output.weights)
        sites, width = self._network.output_shape[1:]
        skip, skip_bias = np.zeros((0, sites * width)), np.zeros((sites, width))
        if self._skip is not None:
            kernel, skip_bias = (np.asarray(w) for w in self._skip.weights)
            skip = np.einsum("ae,jeib->jaib", self._encoded(), kernel * self._skip.mask)
        arrays = Weights(
            tokens=np.concatenate([self._encoded() @ kernels[0], start]) + biases[0][0],
            inputs=np.stack([np.zeros_like(recurrent[0]), *kernels[1:]]),
            input_bias=np.stack([bias[0] for bias in biases]),
            recurrent=np.stack(recurrent),
            recurrent_bias=np.stack([bias[1] for bias in biases]),
            output=output,
            output_bias=output_bias,
            skip=skip.reshape(-1, sites * width),
            skip_bias=skip_bias.reshape(-1),
        )
        return Weights(*(np.ascontiguousarray(array, np.float32) for array in arrays))

    def _by_variable(self, slopes: Weights) -> list[Array]:
        """Gradients of the Keras variables."""
        encoded = self._encoded()
        gradients: dict[int, Array] = {}
        for k, layer in enumerate(self._grus):
            kernel = slopes.inputs[k] if k else encoded.T @ slopes.tokens[:-1]
            input_bias = slopes.input_bias[k] if k else slopes.tokens.sum(axis=0)
            bias = np.stack([input_bias, slopes.recurrent_bias[k]])
            found = (kernel, slopes.recurrent[k], bias)
            gradients.update(zip(map(id, layer.weights[:3]), found, strict=True))
        output, output_bias = self._output.weights
        gradients[id(output)], gradients[id(output_bias)] = slopes.output, slopes.output_bias
        if self._skip is not None:
            kernel, bias = self._skip.weights
            by_state = slopes.skip.reshape(-1, len(encoded), *kernel.shape[2:])
            by_kernel = np.einsum("ae,jaib->jeib", encoded, by_state) * self._skip.mask
            gradients[id(kernel)] = by_kernel.astype(np.float32)
            gradients[id(bias)] = slopes.skip_bias.reshape(bias.shape)
        return [gradients[id(variable)] for variable in self._network.trainable_variables]

    def _blocks(self, states: NDArray[np.int8]) -> NDArray[np.int8]:
        """The batch in equal blocks, (blocks, block, N), the last ones filled up with copies."""
        block = self._threads.block(len(states), 64 if self._grus[0].units <= 128 else 256)
        rounds = -(-len(states) // (block * self._threads.count))
        return np.resize(states, (rounds * self._threads.count, block, states.shape[1]))
