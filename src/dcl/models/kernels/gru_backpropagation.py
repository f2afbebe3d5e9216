"""Numba kernels: loss of a recurrent network on a block of sequences, and its gradient.

Hidden states of a block stay in the cache; every step is one matrix product followed by one pass
over the gates, and the gradients of the weights are single products over all steps of a block
(back-propagation through time). `dcl.models.kernels.gru_gradient` calls them.

Shapes: C sequences of N sites with Q states, D layers of H units, outputs of width B (1 for two
states, otherwise Q). Everything is float32, states are int8 0..Q-1.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.models.kernels.activations import tanh
from dcl.sampling.xoshiro import load, store, uniform

__all__ = ["Scratch", "Weights", "block_gradient", "lose", "scratch"]

Array = NDArray[Any]

_HALF, _ONE, _TWO = np.float32(0.5), np.float32(1.0), np.float32(2.0)


class Weights(NamedTuple):
    """Weights of the network, or slopes of the loss by each of them.

    ``tokens`` (Q + 1, 3 H) is the first layer's input from every state and from the start token,
    biases included; ``inputs`` (D, H, 3 H) and ``input_bias`` (D, 3 H) lead from layer to layer,
    the first of them unused; ``recurrent`` (D, H, 3 H) and ``recurrent_bias`` from step to step;
    ``output`` (H, B) and ``output_bias`` (B,) to the outputs; ``skip`` (Q N, B N) holds what
    state a at site j adds to output b of site i, at row Q j + a and column B i + b, and
    ``skip_bias`` (B N,).
    """

    tokens: Array
    inputs: Array
    input_bias: Array
    recurrent: Array
    recurrent_bias: Array
    output: Array
    output_bias: Array
    skip: Array
    skip_bias: Array


class Scratch(NamedTuple):
    """Arrays that a thread uses again for every block; see `scratch`."""

    gates: Array
    candidates: Array
    hidden: Array
    above: Array
    keep: Array
    outputs: Array
    encoded: Array
    products: Array
    slope: Array
    carried: Array


def scratch(weights: Weights, block: int, sites: int, dropout: bool) -> Scratch:
    """Scratch arrays for blocks of a given size."""
    layers, units, gates = weights.recurrent.shape

    def empty(*shape: int) -> NDArray[np.float32]:
        return np.empty(shape, np.float32)

    return Scratch(
        gates=empty(layers, sites, block, gates),
        candidates=empty(layers, sites, block, units),
        hidden=empty(layers, sites + 1, block, units),
        above=empty(sites, block, units),
        keep=empty(sites if dropout else 0, block, units),
        outputs=empty(block, sites, weights.output.shape[1]),
        encoded=empty(block, len(weights.skip)),
        products=empty(block, gates),
        slope=empty(block, units),
        carried=empty(block, units),
    )


@njit(cache=True, nogil=True)
def block_gradient(states, count, generators, weights, slopes, work, first, squared, dropout):  # type: ignore[no-untyped-def]
    """Add a block's slopes, and return its loss: sums over configurations, sites and outputs.

    ``count`` sequences of the block are real, the others only fill it up; ``first`` sites do not
    count; ``squared`` takes the authors' squared error instead of the cross-entropy; ``dropout``
    is the share of the last hidden states that is set to zero.
    """
    layers, sites, block, _ = work.gates.shape
    tokens = np.full((block, sites), weights.tokens.shape[0] - 1, np.int8)
    tokens[:, 1:] = states[:, :-1]
    for layer in range(layers):
        _read_layer(layer, tokens, weights, work)
    if dropout > 0:
        _drop(work.keep, dropout, generators)
    _read_outputs(states, weights, work)
    loss = 0.0
    for c in range(block):
        for site in range(sites):
            if c < count and site >= first:
                loss += lose(work.outputs[c, site], states[c, site], squared)
            else:
                work.outputs[c, site] = 0
    _return_outputs(weights, slopes, work)
    for layer in range(layers - 1, -1, -1):
        _return_layer(layer, tokens, weights, slopes, work)
    return loss


@njit(cache=True, fastmath=True, error_model="numpy")
def _read_gates(gates, products, bias, before, after, candidate):  # type: ignore[no-untyped-def]
    """One sequence's GRU update in Keras' order (update, reset, candidate).

    ``gates`` enters as the inputs and leaves as the activations; ``candidate`` becomes what the
    reset gate multiplies.
    """
    units = before.size
    for k in range(2 * units):
        gates[k] = _HALF + _HALF * tanh(_HALF * (gates[k] + products[k] + bias[k]))
    for k in range(units):
        m = k + 2 * units
        candidate[k] = products[m] + bias[m]
        gates[m] = tanh(gates[m] + gates[k + units] * candidate[k])
        after[k] = gates[m] + gates[k] * (before[k] - gates[m])


@njit(cache=True, fastmath=True, error_model="numpy")
def _return_gates(gates, candidate, before, slope, carried):  # type: ignore[no-untyped-def]
    """The reverse of `_read_gates`: from the slope by the hidden state to those by the products.

    ``candidate`` becomes the slope by the candidate's input, ``carried`` what goes straight to
    the hidden state of the step before.
    """
    units = before.size
    for k in range(units):
        update, reset, new = gates[k], gates[k + units], gates[k + 2 * units]
        by_input = slope[k] * (_ONE - update) * (_ONE - new * new)
        gates[k] = slope[k] * (before[k] - new) * update * (_ONE - update)
        gates[k + units] = by_input * candidate[k] * reset * (_ONE - reset)
        gates[k + 2 * units] = by_input * reset
        candidate[k] = by_input
        carried[k] = slope[k] * update


@njit(cache=True, fastmath=True)
def _add(total, part):  # type: ignore[no-untyped-def]
    for k in range(total.size):
        total[k] += part[k]


@njit(cache=True)
def _read_layer(layer, tokens, weights, work):  # type: ignore[no-untyped-def]
    """Read the sequences with one layer, keeping the activations of every step."""
    gates, candidates, hidden = work.gates[layer], work.candidates[layer], work.hidden[layer]
    sites, block, width = gates.shape
    if layer > 0:
        below = work.hidden[layer - 1, 1:].reshape(sites * block, width // 3)
        np.dot(below, weights.inputs[layer], gates.reshape(sites * block, width))
    hidden[0] = 0
    for site in range(sites):
        np.dot(hidden[site], weights.recurrent[layer], work.products)
        for c in range(block):
            if layer == 0:
                gates[site, c] = weights.tokens[tokens[c, site]]
            else:
                _add(gates[site, c], weights.input_bias[layer])
            _read_gates(
                gates[site, c], work.products[c], weights.recurrent_bias[layer],
                hidden[site, c], hidden[site + 1, c], candidates[site, c],
            )  # fmt: skip


@njit(cache=True)
def _return_layer(layer, tokens, weights, slopes, work):  # type: ignore[no-untyped-def]
    """Back through one layer.

    ``above`` enters as the slopes by its hidden states, and leaves as those by the layer below's.
    """
    gates, candidates, hidden = work.gates[layer], work.candidates[layer], work.hidden[layer]
    sites, block, width = gates.shape
    units = width // 3
    backwards = np.ascontiguousarray(weights.recurrent[layer].T)
    work.slope[:] = 0
    for site in range(sites - 1, -1, -1):
        for c in range(block):
            _add(work.slope[c], work.above[site, c])
            _return_gates(
                gates[site, c], candidates[site, c], hidden[site, c], work.slope[c],
                work.carried[c],
            )  # fmt: skip
            _add(slopes.recurrent_bias[layer], gates[site, c])
        np.dot(gates[site], backwards, work.slope)
        _add(work.slope.reshape(-1), work.carried.reshape(-1))
    flat = gates.reshape(sites * block, width)
    slopes.recurrent[layer] += np.dot(hidden[:sites].reshape(sites * block, units).T, flat)
    for site in range(sites):
        for c in range(block):
            gates[site, c, 2 * units :] = candidates[site, c]
            if layer == 0:
                _add(slopes.tokens[tokens[c, site]], gates[site, c])
            else:
                _add(slopes.input_bias[layer], gates[site, c])
    if layer > 0:
        below = work.hidden[layer - 1, 1:].reshape(sites * block, units)
        slopes.inputs[layer] += np.dot(below.T, flat)
        downwards = np.ascontiguousarray(weights.inputs[layer].T)
        np.dot(flat, downwards, work.above.reshape(sites * block, units))


@njit(cache=True)
def _drop(keep, dropout, generators):  # type: ignore[no-untyped-def]
    """Draw which hidden states stay, and how much larger they are for it."""
    larger = np.float32(1.0 / (1.0 - dropout))
    for c in range(keep.shape[1]):
        words = load(generators, c)
        for site in range(keep.shape[0]):
            for k in range(keep.shape[2]):
                draw, words = uniform(words)
                keep[site, c, k] = larger if draw >= dropout else np.float32(0.0)
        store(generators, c, words)


@njit(cache=True)
def _read_outputs(states, weights, work):  # type: ignore[no-untyped-def]
    """Outputs of every site: last hidden states, left in `above`, and linear skip."""
    sites, block, units = work.above.shape
    width = weights.output.shape[1]
    work.above[:] = work.hidden[-1, 1:]
    if work.keep.size:
        work.above[:] *= work.keep
    products = np.dot(work.above.reshape(sites * block, units), weights.output)
    by_site = products.reshape(sites, block, width)
    flat = work.outputs.reshape(block, sites * width)
    flat[:] = weights.skip_bias
    if weights.skip.size:
        work.encoded[:] = 0
        n_states = weights.skip.shape[0] // sites
        for c in range(block):
            for site in range(sites):
                work.encoded[c, site * n_states + states[c, site]] = 1
        flat += np.dot(work.encoded, weights.skip)
    for site in range(sites):
        for c in range(block):
            for b in range(width):
                work.outputs[c, site, b] += by_site[site, c, b] + weights.output_bias[b]


@njit(cache=True)
def _return_outputs(weights, slopes, work):  # type: ignore[no-untyped-def]
    """From the slopes by the outputs to those by their weights and by the last hidden states."""
    sites, block, units = work.above.shape
    width = weights.output.shape[1]
    by_site = np.empty((sites, block, width), np.float32)
    for site in range(sites):
        for c in range(block):
            by_site[site, c] = work.outputs[c, site]
            _add(slopes.output_bias, by_site[site, c])
    flat = by_site.reshape(sites * block, width)
    slopes.output[:] += np.dot(work.above.reshape(sites * block, units).T, flat)
    backwards = np.ascontiguousarray(weights.output.T)
    np.dot(flat, backwards, work.above.reshape(sites * block, units))
    if work.keep.size:
        work.above[:] *= work.keep
    if weights.skip.size:
        outputs = work.outputs.reshape(block, sites * width)
        slopes.skip[:] += np.dot(work.encoded.T, outputs)
        slopes.skip_bias[:] += outputs.sum(axis=0)


@njit(cache=True)
def lose(outputs, state, squared):  # type: ignore[no-untyped-def]
    """Loss of one site; the outputs (B,) become the slopes by them. See `networks.likelihood`."""
    if squared:
        return _lose_square(outputs, state)
    if outputs.size == 1:
        sign = _TWO * np.float32(state) - _ONE
        margin = sign * outputs[0]
        rest = np.exp(-abs(margin))
        wrong = rest / (_ONE + rest) if margin > 0 else _ONE / (_ONE + rest)
        outputs[0] = -sign * wrong
        return max(-margin, np.float32(0.0)) + np.log1p(rest)
    top = outputs.max()
    total = np.float32(0.0)
    for b in range(outputs.size):
        total += np.exp(outputs[b] - top)
    loss = top + np.log(total) - outputs[state]
    for b in range(outputs.size):
        outputs[b] = np.exp(outputs[b] - top) / total
    outputs[state] -= _ONE
    return loss


@njit(cache=True)
def _lose_square(outputs, state):  # type: ignore[no-untyped-def]
    """The authors' squared distance to the label +1 / -1, or to the one-hot colour."""
    loss = np.float32(0.0)
    for b in range(outputs.size):
        if outputs.size == 1:
            label = _TWO * np.float32(state) - _ONE
        else:
            label = _ONE if b == state else np.float32(0.0)
        distance = outputs[b] - label
        loss += distance * distance
        outputs[b] = _TWO * distance
    return loss
