"""Numba kernels: loss of a recurrent network on a block of sequences, and its gradient.

Hidden states of a block stay in the cache; every step is one matrix product followed by one pass
over the gates, and the gradients of the weights are single products over all steps of a block
(back-propagation through time). `dcl.models.kernels.gru_gradient` calls them.

Shapes are those of `dcl.models.kernels.gru_weights`, ``work`` is a
`dcl.models.kernels.gru_gradient.Scratch`; everything is float32, states are int8 0..Q-1.
"""

import numpy as np
from numba import njit

from dcl.models.kernels.activations import tanh
from dcl.models.kernels.site_likelihood import cross_entropy_gradient, squared_error_gradient
from dcl.sampling.xoshiro import load, store, uniform

__all__ = ["add_gradient"]

_HALF, _ONE = np.float32(0.5), np.float32(1.0)


@njit(cache=True, nogil=True)
def add_gradient(states, count, generators, weights, gradient, work, dropout):  # type: ignore[no-untyped-def]
    """Add a block's gradient, and return its loss: sums over configurations, sites and outputs.

    ``count`` sequences of the block are real, the others only fill it up; ``dropout`` is the share
    of the last hidden states that is set to zero. The loss of logits is the cross-entropy, that of
    linear outputs the authors' squared error; a uniform first site has none.
    """
    layers, sites, block, _ = work.gates.shape
    tokens = np.full((block, sites), weights.tokens.shape[0] - 1, np.int8)
    tokens[:, 1:] = states[:, :-1]
    for layer in range(layers):
        _forward_layer(layer, tokens, weights, work)
    if dropout > 0:
        _drop(work.keep, dropout, generators)
    _forward_outputs(states, weights, work)
    loss = 0.0
    for c in range(block):
        for site in range(sites):
            outputs = work.outputs[c, site]
            if c >= count or (site == 0 and weights.uniform_first_site):
                outputs[:] = 0
            elif weights.normalised:
                loss += cross_entropy_gradient(outputs, states[c, site])
            else:
                loss += squared_error_gradient(outputs, states[c, site])
    _backward_outputs(weights, gradient, work)
    for layer in range(layers - 1, -1, -1):
        _backward_layer(layer, tokens, weights, gradient, work)
    return loss


@njit(cache=True, fastmath=True, error_model="numpy")
def _forward_gates(gates, products, bias, before, after, candidate):  # type: ignore[no-untyped-def]
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
def _backward_gates(gates, candidate, before, by_hidden, carried):  # type: ignore[no-untyped-def]
    """The reverse of `_forward_gates`: from the derivative by the hidden state to the products.

    ``candidate`` becomes the derivative by the candidate's input, ``carried`` what goes straight to
    the hidden state of the step before.
    """
    units = before.size
    for k in range(units):
        update, reset, new = gates[k], gates[k + units], gates[k + 2 * units]
        by_input = by_hidden[k] * (_ONE - update) * (_ONE - new * new)
        gates[k] = by_hidden[k] * (before[k] - new) * update * (_ONE - update)
        gates[k + units] = by_input * candidate[k] * reset * (_ONE - reset)
        gates[k + 2 * units] = by_input * reset
        candidate[k] = by_input
        carried[k] = by_hidden[k] * update


@njit(cache=True, fastmath=True)
def _add(total, part):  # type: ignore[no-untyped-def]
    for k in range(total.size):
        total[k] += part[k]


@njit(cache=True)
def _forward_layer(layer, tokens, weights, work):  # type: ignore[no-untyped-def]
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
            _forward_gates(
                gates[site, c], work.products[c], weights.recurrent_bias[layer],
                hidden[site, c], hidden[site + 1, c], candidates[site, c],
            )  # fmt: skip


@njit(cache=True)
def _backward_layer(layer, tokens, weights, gradient, work):  # type: ignore[no-untyped-def]
    """Back through one layer.

    ``above`` enters as the derivatives by its hidden states, and leaves as those by the ones below.
    """
    gates, candidates, hidden = work.gates[layer], work.candidates[layer], work.hidden[layer]
    sites, block, width = gates.shape
    units = width // 3
    backwards = np.ascontiguousarray(weights.recurrent[layer].T)
    work.by_hidden[:] = 0
    for site in range(sites - 1, -1, -1):
        for c in range(block):
            _add(work.by_hidden[c], work.above[site, c])
            _backward_gates(
                gates[site, c], candidates[site, c], hidden[site, c], work.by_hidden[c],
                work.carried[c],
            )  # fmt: skip
            _add(gradient.recurrent_bias[layer], gates[site, c])
        np.dot(gates[site], backwards, work.by_hidden)
        _add(work.by_hidden.reshape(-1), work.carried.reshape(-1))
    flat = gates.reshape(sites * block, width)
    gradient.recurrent[layer] += np.dot(hidden[:sites].reshape(sites * block, units).T, flat)
    for site in range(sites):
        for c in range(block):
            gates[site, c, 2 * units :] = candidates[site, c]
            if layer == 0:
                _add(gradient.tokens[tokens[c, site]], gates[site, c])
            else:
                _add(gradient.input_bias[layer], gates[site, c])
    if layer > 0:
        below = work.hidden[layer - 1, 1:].reshape(sites * block, units)
        gradient.inputs[layer] += np.dot(below.T, flat)
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
def _forward_outputs(states, weights, work):  # type: ignore[no-untyped-def]
    """Outputs of every site: last hidden states, left in `above`, and linear skip."""
    sites, block, units = work.above.shape
    width = len(weights.output)
    work.above[:] = work.hidden[-1, 1:]
    if work.keep.size:
        work.above[:] *= work.keep
    products = np.dot(work.above.reshape(sites * block, units), weights.output.T)
    by_site = products.reshape(sites, block, width)
    flat = work.outputs.reshape(block, sites * width)
    flat[:] = weights.skip_bias.reshape(-1)
    if weights.skip.size:
        work.encoded[:] = 0
        n_states = weights.skip.shape[1]
        for c in range(block):
            for site in range(sites):
                work.encoded[c, site * n_states + states[c, site]] = 1
        flat += np.dot(work.encoded, weights.skip.reshape(sites * n_states, sites * width))
    for site in range(sites):
        for c in range(block):
            for b in range(width):
                work.outputs[c, site, b] += by_site[site, c, b] + weights.output_bias[b]


@njit(cache=True)
def _backward_outputs(weights, gradient, work):  # type: ignore[no-untyped-def]
    """From derivatives by the outputs to those by their weights and by the last hidden states."""
    sites, block, units = work.above.shape
    width = len(weights.output)
    by_site = np.empty((sites, block, width), np.float32)
    for site in range(sites):
        for c in range(block):
            by_site[site, c] = work.outputs[c, site]
            _add(gradient.output_bias, by_site[site, c])
    flat = by_site.reshape(sites * block, width)
    above = work.above.reshape(sites * block, units)
    gradient.output[:] += np.dot(flat.T, above)
    np.dot(flat, weights.output, above)
    if work.keep.size:
        work.above[:] *= work.keep
    if weights.skip.size:
        outputs = work.outputs.reshape(block, sites * width)
        by_skip = gradient.skip.reshape(-1, sites * width)
        by_skip += np.dot(work.encoded.T, outputs)
        by_bias = gradient.skip_bias.reshape(-1)
        by_bias += outputs.sum(axis=0)
