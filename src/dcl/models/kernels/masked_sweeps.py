"""Monte Carlo under a masked network, without Keras in the loop.

What a state adds to the inputs of later hidden units and outputs is one row of the weights, so a
proposal at the i-th site of the reading order costs N - i sites, and a sweep N (N + 1) / 2. The
sums are made anew at the start of every sweep, so that rounding does not add up.

Weights are float32, sequences hold states 0..Q-1 in reading order, int8, shape (n, N).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.models.kernels.activations import acceptance, tanh
from dcl.models.kernels.gru_weights import encoded_states
from dcl.models.kernels.site_likelihood import draw_state, log_probability
from dcl.sampling.xoshiro import load, store, uniform

__all__ = ["MaskedWeights", "masked_weights", "sample", "score", "sweep"]

Array = NDArray[Any]


class MaskedWeights(NamedTuple):
    """A masked network's weights as arrays, for Q states, N sites and U hidden units a site.

    Outputs have width B, which is 1 for two states, the logit of the upper one, and otherwise Q:
    ``hidden`` (N, Q, N U) is what a state at a site adds to the inputs of all hidden units, zero
    up to its own site, and ``hidden_bias`` (N U,) their bias; ``output`` (N, B, U) leads from the
    hidden units of a site to its outputs, ``skip`` (N, Q, N B) straight from the states to all
    outputs; ``output_bias`` (N B,).
    """

    hidden: Array
    hidden_bias: Array
    output: Array
    skip: Array
    output_bias: Array


def masked_weights(network: Any) -> MaskedWeights:
    """Collect the weights of a network made by `dcl.models.networks.build_masked`."""
    layers = {layer.name: layer for layer in network.layers}
    sites, width = network.output_shape[1:]
    encoded = encoded_states(max(width, 2))
    kernel, hidden_bias = (np.asarray(w) for w in layers["hidden"].weights)
    hidden = np.einsum("ae,jeiu->jaiu", encoded, kernel * layers["hidden"].mask)
    output = np.asarray(layers["output"].weights[0])
    output_bias = np.asarray(layers.get("skip", layers["output"]).weights[1])
    skip = np.zeros((sites, len(encoded), sites, width))
    if "skip" in layers:
        kernel = np.asarray(layers["skip"].weights[0]) * layers["skip"].mask
        skip = np.einsum("ae,jeib->jaib", encoded, kernel)
    arrays = (
        hidden.reshape(sites, len(encoded), -1),
        hidden_bias.reshape(-1),
        output.transpose(0, 2, 1),
        skip.reshape(sites, len(encoded), -1),
        output_bias.reshape(-1),
    )
    return MaskedWeights(*(np.ascontiguousarray(array, np.float32) for array in arrays))


@njit(cache=True, fastmath=True)
def _add(total, part):  # type: ignore[no-untyped-def]
    for k in range(total.size):
        total[k] += part[k]


@njit(cache=True)
def _show(weights, site, state, inputs, skipped):  # type: ignore[no-untyped-def]
    """Add what a state at a site brings to the sums of later sites."""
    _, width, units = weights.output.shape
    later = (site + 1) * units
    _add(inputs[later:], weights.hidden[site, state, later:])
    later = (site + 1) * width
    _add(skipped[later:], weights.skip[site, state, later:])


@njit(cache=True)
def _read(weights, states, inputs, skipped):  # type: ignore[no-untyped-def]
    """Sums (N U,) and (N B,) of a sequence (N,)."""
    inputs[:] = weights.hidden_bias
    skipped[:] = weights.output_bias
    for site in range(states.size):
        _show(weights, site, states[site], inputs, skipped)


@njit(cache=True, fastmath=True, error_model="numpy")
def _activate(inputs, activations):  # type: ignore[no-untyped-def]
    for k in range(inputs.size):
        activations[k] = tanh(inputs[k])


@njit(cache=True, fastmath=True, error_model="numpy")
def _outputs(weights, site, activations, skipped, outputs):  # type: ignore[no-untyped-def]
    """Outputs (B,) of a site."""
    _, width, units = weights.output.shape
    here = activations[site * units : (site + 1) * units]
    for b in range(width):
        total = skipped[site * width + b]
        row = weights.output[site, b]
        for k in range(units):
            total += here[k] * row[k]
        outputs[b] = total


@njit(cache=True)
def _log_conditionals(weights, states, sums, first, logs):  # type: ignore[no-untyped-def]
    """Ln P of the states (N,) at the sites from `first` on; ``sums`` as `_scratch` makes them."""
    inputs, skipped, activations, outputs = sums
    start = first * weights.output.shape[2]
    _activate(inputs[start:], activations[start:])
    for site in range(first, states.size):
        _outputs(weights, site, activations, skipped, outputs)
        logs[site] = log_probability(outputs, states[site], True)


@njit(cache=True)
def _scratch(weights):  # type: ignore[no-untyped-def]
    """Sums of one sequence: inputs of hidden units and outputs, activations, outputs of a site."""
    return (
        np.empty_like(weights.hidden_bias),
        np.empty_like(weights.output_bias),
        np.empty_like(weights.hidden_bias),
        np.empty(weights.output.shape[1], np.float32),
    )


@njit(cache=True, nogil=True)
def score(weights, states, totals):  # type: ignore[no-untyped-def]
    """Ln P (C,) of sequences (C, N)."""
    sums, logs = _scratch(weights), np.empty(states.shape[1], np.float32)
    for c in range(len(states)):
        _read(weights, states[c], sums[0], sums[1])
        _log_conditionals(weights, states[c], sums, 0, logs)
        totals[c] = logs.astype(np.float64).sum()


@njit(cache=True, nogil=True)
def sample(weights, states, generators):  # type: ignore[no-untyped-def]
    """Fill states (C, N) site by site with draws from the conditionals."""
    units = weights.output.shape[2]
    inputs, skipped, activations, outputs = _scratch(weights)
    for c in range(len(states)):
        inputs[:], skipped[:] = weights.hidden_bias, weights.output_bias
        words = load(generators, c)
        for site in range(states.shape[1]):
            here = slice(site * units, (site + 1) * units)
            _activate(inputs[here], activations[here])
            _outputs(weights, site, activations, skipped, outputs)
            draw, words = uniform(words)
            state = draw_state(outputs, weights.hidden.shape[1], True, draw)
            states[c, site] = state
            _show(weights, site, state, inputs, skipped)
        store(generators, c, words)


@njit(cache=True)
def _propose(weights, site, old, new, kept, trial):  # type: ignore[no-untyped-def]
    """Trial sums of the sites from `site` on, with a new state there."""
    _, width, units = weights.output.shape
    later = site * units
    hidden = weights.hidden[site]
    _exchange(trial[0][later:], kept[0][later:], hidden[old, later:], hidden[new, later:])
    later = site * width
    skip = weights.skip[site]
    _exchange(trial[1][later:], kept[1][later:], skip[old, later:], skip[new, later:])


@njit(cache=True, fastmath=True)
def _exchange(total, before, old, new):  # type: ignore[no-untyped-def]
    for k in range(total.size):
        total[k] = before[k] + (new[k] - old[k])


@njit(cache=True, nogil=True)
def sweep(weights, states, exponents, log_sums, generators, sweeps):  # type: ignore[no-untyped-def]
    """Metropolis sweeps of chains (C, N) in reading order; accepts with (P' / P) ** exponent.

    An accepted trial takes the place of what is kept: sites before it are not looked at again.
    """
    sites, n_states, _ = weights.hidden.shape
    kept, trial = _scratch(weights), _scratch(weights)
    logs, new_logs = np.empty(sites, np.float32), np.empty(sites, np.float32)
    for c in range(len(states)):
        words, chain = load(generators, c), states[c]
        for _ in range(sweeps):
            _read(weights, chain, kept[0], kept[1])
            _log_conditionals(weights, chain, kept, 0, logs)
            for site in range(sites):
                old = chain[site]
                draw, words = uniform(words)
                chain[site] = (old + 1 + int(draw * (n_states - 1))) % n_states
                _propose(weights, site, old, chain[site], kept, trial)
                _log_conditionals(weights, chain, trial, site, new_logs)
                gain = 0.0
                for later in range(site, sites):
                    gain += new_logs[later] - logs[later]
                draw, words = uniform(words)
                if draw < acceptance(np.float32(-exponents[c] * gain)):
                    log_sums[c] += gain
                    kept, trial = trial, kept
                    logs, new_logs = new_logs, logs
                else:
                    chain[site] = old
        store(generators, c, words)
