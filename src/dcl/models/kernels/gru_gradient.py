"""Loss of a recurrent network on a batch, and its gradient, on all threads.

Keras keeps the weights and moves them; compiled kernels tell where to, on a processor three times
as fast as automatic differentiation of the Keras graph.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from dcl.machine import Threads
from dcl.models.kernels.gru_backpropagation import add_gradient
from dcl.models.kernels.gru_weights import GruWeights, encoded_states, gru_layers, gru_weights
from dcl.sampling.xoshiro import chain_states

__all__ = ["GruGradient", "Scratch", "are_fastest"]

Array = NDArray[Any]


def are_fastest() -> bool:
    """Tell whether Keras has processors alone to run on, where compiled gradients are faster."""
    return all(name.startswith("cpu") for name in keras.distribution.list_devices())


class Scratch(NamedTuple):
    """Arrays that a thread uses again for every block; see `_scratch`."""

    gates: Array
    candidates: Array
    hidden: Array
    above: Array
    keep: Array
    outputs: Array
    encoded: Array
    products: Array
    by_hidden: Array
    carried: Array


def _scratch(weights: GruWeights, block: int, sites: int, dropout: bool) -> Scratch:
    """Scratch arrays for blocks of a given size."""
    layers, units, gates = weights.recurrent.shape
    skipped, n_states = weights.skip.shape[:2]

    def empty(*shape: int) -> NDArray[np.float32]:
        return np.empty(shape, np.float32)

    return Scratch(
        gates=empty(layers, sites, block, gates),
        candidates=empty(layers, sites, block, units),
        hidden=empty(layers, sites + 1, block, units),
        above=empty(sites, block, units),
        keep=empty(sites if dropout else 0, block, units),
        outputs=empty(block, sites, len(weights.output)),
        encoded=empty(block, skipped * n_states),
        products=empty(block, gates),
        by_hidden=empty(block, units),
        carried=empty(block, units),
    )


class GruGradient:
    """Loss and gradient of a network made by `dcl.models.networks.build_gru`.

    Parameters
    ----------
    network : keras.Model
        Its weights are read at every call.
    normalised : bool
        Take outputs as logits: the loss is the cross-entropy in nats a configuration. Otherwise
        they are the authors' linear ones, with their mean squared error a site and output.
    uniform_first_site : bool
        Leave the first site out.
    seed : int
        Of the dropout.

    Examples
    --------
    >>> from dcl.models.networks import build_gru
    >>> gradient = GruGradient(build_gru(4, units=3, skip=False))
    >>> loss, by_variable = gradient(0, np.zeros((2, 4), np.int8))
    >>> [array.shape for array in by_variable]
    [(1, 9), (3, 9), (2, 9), (3, 1), (1,)]
    """

    def __init__(
        self,
        network: keras.Model,
        *,
        normalised: bool = True,
        uniform_first_site: bool = False,
        seed: int = 0,
    ) -> None:
        self._network, self._seed = network, seed
        self._normalised, self._uniform_first_site = normalised, uniform_first_site
        self._dropout = sum(layer.rate for layer in network.layers if layer.name == "dropout")
        self._threads = Threads()
        self._work: list[Scratch] = []

    def __call__(self, step: int, states: NDArray[np.int8]) -> tuple[float, list[Array]]:
        """Mean loss of a batch and its gradient, in the order of `trainable_variables`.

        Parameters
        ----------
        step : int
            Number of the batch: another step drops other hidden units.
        states : numpy.ndarray
            0..Q-1 in reading order, int8, shape (n, N).
        """
        weights = gru_weights(
            self._network,
            normalised=self._normalised,
            uniform_first_site=self._uniform_first_site,
        )
        blocks = self._blocks(states)
        block, sites = blocks.shape[1:]
        generators = chain_states(self._seed, len(blocks) * block, step).reshape(-1, block, 4)
        if not self._work or self._work[0].carried.shape[0] != block:
            dropout = self._dropout > 0
            self._work = [
                _scratch(weights, block, sites, dropout) for _ in range(self._threads.count)
            ]

        def share(thread: int) -> tuple[float, GruWeights]:
            loss, gradient = 0.0, weights.map(function=np.zeros_like)
            for k in range(thread, len(blocks), self._threads.count):
                count = min(max(len(states) - k * block, 0), block)
                loss += add_gradient(
                    blocks[k], count, generators[k], weights, gradient, self._work[thread],
                    self._dropout,
                )  # fmt: skip
            return loss, gradient

        losses, (gradient, *others) = zip(*self._threads.map(share), strict=True)
        scale = self._scale(len(states), weights)
        total = gradient.map(*others, function=lambda *parts: np.float32(scale) * sum(parts))
        return scale * sum(losses), self._by_variable(total)

    def _scale(self, count: int, weights: GruWeights) -> float:
        sites, width = weights.skip_bias.shape
        counted = (sites - int(self._uniform_first_site)) * width
        return 1 / (count * (1 if self._normalised else counted))

    def _by_variable(self, gradient: GruWeights) -> list[Array]:
        """Derivatives by the Keras variables."""
        encoded = encoded_states(len(gradient.tokens) - 1)
        found: dict[int, Array] = {}
        for k, layer in enumerate(gru_layers(self._network)):
            kernel = gradient.inputs[k] if k else encoded.T @ gradient.tokens[:-1]
            input_bias = gradient.input_bias[k] if k else gradient.tokens.sum(axis=0)
            bias = np.stack([input_bias, gradient.recurrent_bias[k]])
            arrays = (kernel, gradient.recurrent[k], bias)
            found.update(zip(map(id, layer.weights[:3]), arrays, strict=True))
        output, output_bias = self._network.get_layer("output").weights
        found[id(output)], found[id(output_bias)] = gradient.output.T, gradient.output_bias
        if len(gradient.skip):
            layer = self._network.get_layer("skip")
            by_kernel = np.einsum("ae,jaib->jeib", encoded, gradient.skip) * layer.mask
            kernel, bias = layer.weights
            found[id(kernel)], found[id(bias)] = by_kernel, gradient.skip_bias
        return [found[id(variable)] for variable in self._network.trainable_variables]

    def _blocks(self, states: NDArray[np.int8]) -> NDArray[np.int8]:
        """The batch in equal blocks, (blocks, block, N), the last ones filled up with copies."""
        units = gru_layers(self._network)[0].units
        block = self._threads.block(len(states), 64 if units <= 128 else 256)
        rounds = -(-len(states) // (block * self._threads.count))
        return np.resize(states, (rounds * self._threads.count, block, states.shape[1]))
