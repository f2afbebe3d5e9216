"""Draws from a recurrent sequence model, and its probabilities, without Keras in the loop.

Chains go through the network in blocks, one matrix product a step. Weights are float32, sequences
hold states 0..Q-1 in reading order, int8, shape (n, N).
"""

import numpy as np
from numba import njit

from dcl.models.kernels.activations import tanh
from dcl.models.kernels.site_likelihood import draw_state, log_probability
from dcl.sampling.xoshiro import load, store, uniform

__all__ = [
    "gru_step",
    "sample",
    "score",
    "site_log_probability",
    "site_outputs",
    "skip_sums",
]

_HALF = np.float32(0.5)


@njit(cache=True, fastmath=True, error_model="numpy")
def _gates(inputs, products, bias, before, after):  # type: ignore[no-untyped-def]
    """One chain's GRU update (Keras order: update, reset, candidate; reset after the product).

    ``products`` is overwritten. Short loops without branches, which the compiler vectorises.
    """
    units = before.size
    for k in range(2 * units):
        products[k] = _HALF + _HALF * tanh(_HALF * (inputs[k] + products[k] + bias[k]))
    for k in range(units):
        m = k + 2 * units
        candidate = tanh(inputs[m] + products[k + units] * (products[m] + bias[m]))
        after[k] = candidate + products[k] * (before[k] - candidate)


@njit(cache=True)
def gru_step(weights, states, before, after, products, inputs):  # type: ignore[no-untyped-def]
    """Read one state a chain: hidden states (D, C, H) before to after."""
    layers, chains, _ = before.shape
    for layer in range(layers):
        np.dot(before[layer], weights.recurrent[layer], products)
        if layer > 0:
            np.dot(after[layer - 1], weights.inputs[layer], inputs)
            inputs += weights.input_bias[layer]
        bias = weights.recurrent_bias[layer]
        for c in range(chains):
            source = inputs[c] if layer > 0 else weights.tokens[states[c]]
            _gates(source, products[c], bias, before[layer, c], after[layer, c])


@njit(cache=True, fastmath=True, error_model="numpy")
def site_outputs(weights, hidden, skipped, outputs):  # type: ignore[no-untyped-def]
    """Outputs (C, B) of one site from the last layer's hidden states (C, H) and the skip sums."""
    chains, units = hidden.shape
    for c in range(chains):
        for b in range(skipped.shape[1]):
            total = weights.output_bias[b]
            for k in range(units):
                total += hidden[c, k] * weights.output[b, k]
            outputs[c, b] = total + skipped[c, b]


@njit(cache=True)
def site_log_probability(weights, outputs, state, site):  # type: ignore[no-untyped-def]
    """Ln P of a state at a site from its outputs (B,)."""
    if site == 0 and weights.uniform_first_site:
        return np.float32(-np.log(weights.tokens.shape[0] - 1))
    return log_probability(outputs, state, weights.normalised)


@njit(cache=True)
def _start(weights, chains):  # type: ignore[no-untyped-def]
    """Start tokens (C,), hidden states (D, C, H) before and after a step, and scratch."""
    layers, units = weights.recurrent.shape[:2]
    width = weights.output_bias.size
    return (
        np.full(chains, weights.tokens.shape[0] - 1, np.int8),
        np.zeros((layers, chains, units), np.float32),
        np.empty((layers, chains, units), np.float32),
        np.empty((chains, 3 * units), np.float32),
        np.empty((chains, 3 * units), np.float32),
        np.empty((chains, width), np.float32),
        np.empty((chains, width), np.float32),
    )


@njit(cache=True)
def skip_sums(weights, states, site, sums):  # type: ignore[no-untyped-def]
    """Sum what the sites before one add to its outputs: (C, B) from states (C, N)."""
    for c in range(len(sums)):
        sums[c] = weights.skip_bias[site]
        if len(weights.skip) > 0:
            for earlier in range(site):
                for b in range(sums.shape[1]):
                    sums[c, b] += weights.skip[earlier, states[c, earlier], site, b]


@njit(cache=True)
def _step(  # type: ignore[no-untyped-def]
    weights, tokens, before, after, products, inputs, states, site, skipped, outputs
):
    """Read the tokens and write a site's outputs (C, B)."""
    gru_step(weights, tokens, before, after, products, inputs)
    skip_sums(weights, states, site, skipped)
    site_outputs(weights, after[-1], skipped, outputs)


@njit(cache=True, nogil=True)
def sample(weights, states, generators):  # type: ignore[no-untyped-def]
    """Fill states (C, N) site by site with draws from the conditionals."""
    chains = len(states)
    n_states = weights.tokens.shape[0] - 1
    tokens, before, after, products, inputs, skipped, outputs = _start(weights, chains)
    for site in range(states.shape[1]):
        _step(weights, tokens, before, after, products, inputs, states, site, skipped, outputs)
        before, after = after, before
        for c in range(chains):
            draw, words = uniform(load(generators, c))
            store(generators, c, words)
            if site == 0 and weights.uniform_first_site:
                tokens[c] = int(draw * n_states)
            else:
                tokens[c] = draw_state(outputs[c], n_states, weights.normalised, draw)
            states[c, site] = tokens[c]


@njit(cache=True, nogil=True)
def score(weights, states, logs):  # type: ignore[no-untyped-def]
    """Add up ln P (C,) of sequences (C, N)."""
    chains = len(states)
    tokens, before, after, products, inputs, skipped, outputs = _start(weights, chains)
    for site in range(states.shape[1]):
        _step(weights, tokens, before, after, products, inputs, states, site, skipped, outputs)
        before, after = after, before
        for c in range(chains):
            tokens[c] = states[c, site]
            logs[c] += site_log_probability(weights, outputs[c], tokens[c], site)
