"""Monte Carlo under a recurrent sequence model, without Keras in the loop.

A proposal at the i-th site of the reading order leaves the hidden states before it untouched, so
only the sites after it are read again: N (N - 1) / 2 recurrent steps a sweep instead of the N^2
of reading the whole sequence for every proposal. Chains go through the network in blocks, one
matrix product a step.

Weights are float32, sequences hold states 0..Q-1 in reading order, int8, shape (n, N).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.models.kernels.activations import acceptance, tanh
from dcl.models.kernels.blocks import each_block, in_blocks
from dcl.sampling.xoshiro import chain_states, load, store, uniform

__all__ = [
    "SequenceWeights",
    "log_probabilities",
    "sample_sequences",
    "sequence_weights",
    "sweep",
]

Array = NDArray[Any]


class SequenceWeights(NamedTuple):
    """A GRU's weights as arrays, for Q states, N sites, H units and D layers.

    ``tokens`` (Q + 1, 3 H) is the first layer's input from every state and from the start token,
    biases included; ``inputs`` (D - 1, H, 3 H) and ``input_bias`` lead from layer to layer;
    ``recurrent`` (D, H, 3 H) and ``recurrent_bias`` from step to step; ``output`` (Q, H) and
    ``output_bias`` to the outputs; ``skip`` (N, Q, N, Q) holds what state a at site j adds to
    output b of site i, and ``skip_bias`` (N, Q). ``normalised`` tells logits from the authors'
    linear outputs, and ``uniform_first_site`` their P(s_1) = 1 / Q.
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
    normalised: bool
    uniform_first_site: bool


def sequence_weights(
    network: Any, n_states: int, *, normalised: bool = True, uniform_first_site: bool = False
) -> SequenceWeights:
    """Collect the weights of a network made by `dcl.models.networks.build_gru`.

    Two states share one output in Keras; here the lower state has output 0 and the upper one the
    logit, so that any Q is treated alike.
    """
    names = {layer.name for layer in network.layers}
    grus = [network.get_layer(f"gru_{k}") for k in range(len(names)) if f"gru_{k}" in names]
    weights = [[np.asarray(w) for w in layer.get_weights()] for layer in grus]
    kernel, recurrent, bias = (list(column) for column in zip(*weights, strict=True))
    encoded = np.array([[-1.0], [1.0]]) if n_states == 2 else np.eye(n_states)
    tokens = np.concatenate([encoded @ kernel[0], np.zeros((1, kernel[0].shape[1]))]) + bias[0][0]
    output, output_bias = (np.asarray(w) for w in network.get_layer("output").get_weights())
    units = output.shape[0]
    sites = network.input_shape[1]
    skip, skip_bias = np.zeros((sites, n_states, sites, n_states)), np.zeros((sites, n_states))
    if "skip" in names:
        layer = network.get_layer("skip")
        skip_kernel, skip_bias = (np.asarray(w) for w in layer.get_weights())
        skip = np.einsum("ae,jeib->jaib", encoded, skip_kernel * layer.mask)
    if n_states == 2:
        output = np.pad(output, ((0, 0), (1, 0)))
        output_bias = np.pad(output_bias, (1, 0))
        if "skip" in names:
            skip = np.pad(skip, ((0, 0), (0, 0), (0, 0), (1, 0)))
            skip_bias = np.pad(skip_bias, ((0, 0), (1, 0)))
    arrays = (
        tokens,
        np.stack(kernel[1:]) if len(grus) > 1 else np.zeros((0, units, 3 * units)),
        np.stack([b[0] for b in bias[1:]]) if len(grus) > 1 else np.zeros((0, 3 * units)),
        np.stack(recurrent),
        np.stack([b[1] for b in bias]),
        output.T,
        output_bias,
        skip,
        skip_bias,
    )
    contiguous = (np.ascontiguousarray(a, dtype=np.float32) for a in arrays)
    fields: tuple[Any, ...] = (*contiguous, normalised, uniform_first_site)
    return SequenceWeights(*fields)


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
def _step(weights, states, before, after, products, inputs):  # type: ignore[no-untyped-def]
    """Read one state a chain: hidden states (D, C, H) before to after."""
    layers, chains, _ = before.shape
    for layer in range(layers):
        np.dot(before[layer], weights.recurrent[layer], products)
        if layer > 0:
            np.dot(after[layer - 1], weights.inputs[layer - 1], inputs)
            inputs += weights.input_bias[layer - 1]
        bias = weights.recurrent_bias[layer]
        for c in range(chains):
            source = inputs[c] if layer > 0 else weights.tokens[states[c]]
            _gates(source, products[c], bias, before[layer, c], after[layer, c])


@njit(cache=True, fastmath=True, error_model="numpy")
def _outputs(weights, hidden, skipped, outputs):  # type: ignore[no-untyped-def]
    """Outputs (C, Q) of one site from the last layer's hidden states (C, H) and the skip sums."""
    chains, units = hidden.shape
    n_states = skipped.shape[1]
    for c in range(chains):
        for b in range(n_states):
            total = weights.output_bias[b]
            for k in range(units):
                total += hidden[c, k] * weights.output[b, k]
            outputs[c, b] = total + skipped[c, b]


@njit(cache=True)
def _log_probability(weights, outputs, state, site):  # type: ignore[no-untyped-def]
    """Ln P of a state at a site from its outputs (Q,); see `networks.likelihood`."""
    n_states = outputs.size
    if site == 0 and weights.uniform_first_site:
        return -np.log(n_states)
    if weights.normalised:
        top = outputs[0]
        for b in range(1, n_states):
            top = max(top, outputs[b])
        total = np.float32(0.0)
        for b in range(n_states):
            total += np.exp(outputs[b] - top)
        return outputs[state] - top - np.log(total)
    if n_states == 2:
        return np.log(max(abs(outputs[1] + 2 * state - 1) / 2, 1e-7))
    return np.log(max(abs(outputs[state]), 1e-7))


@njit(cache=True)
def _read(weights, states, kept):  # type: ignore[no-untyped-def]
    """Fill the kept hidden states, outputs and ln P of a block from its states (C, N)."""
    hidden, skipped, outputs, logs = kept
    chains, sites = states.shape
    products = np.empty((chains, weights.recurrent.shape[2]), np.float32)
    inputs = np.empty_like(products)
    tokens = np.full(chains, weights.tokens.shape[0] - 1, np.int8)
    before = np.zeros(hidden.shape[1:], np.float32)
    for site in range(sites):
        _step(weights, tokens, before, hidden[site], products, inputs)
        for c in range(chains):
            tokens[c] = states[c, site]
            for b in range(weights.skip.shape[1]):
                total = weights.skip_bias[site, b]
                for earlier in range(site):
                    total += weights.skip[earlier, states[c, earlier], site, b]
                skipped[site, c, b] = total
        _outputs(weights, hidden[site, -1], skipped[site], outputs[site])
        for c in range(chains):
            logs[site, c] = _log_probability(weights, outputs[site, c], tokens[c], site)
        before = hidden[site]


@njit(cache=True)
def _propose(weights, site, old, new, states, kept, trial, products, inputs):  # type: ignore[no-untyped-def]
    """Read the sites after `site` with the proposed states there, into the trial arrays."""
    hidden, skipped, outputs, logs = trial
    chains, sites = states.shape
    for c in range(chains):
        logs[site, c] = _log_probability(weights, kept[2][site, c], new[c], site)
    tokens = new.copy()
    before = kept[0][site]
    for later in range(site + 1, sites):
        _step(weights, tokens, before, hidden[later], products, inputs)
        for c in range(chains):
            tokens[c] = states[c, later]
            for b in range(weights.skip.shape[1]):
                skipped[later, c, b] = (
                    kept[1][later, c, b]
                    + weights.skip[site, new[c], later, b]
                    - weights.skip[site, old[c], later, b]
                )
        _outputs(weights, hidden[later, -1], skipped[later], outputs[later])
        for c in range(chains):
            logs[later, c] = _log_probability(weights, outputs[later, c], tokens[c], later)
        before = hidden[later]


@njit(cache=True)
def _accept(site, chain, kept, trial):  # type: ignore[no-untyped-def]
    """Copy one chain's trial arrays over the kept ones."""
    layers, _, units = kept[0].shape[1:]
    kept[3][site, chain] = trial[3][site, chain]
    for later in range(site + 1, len(kept[3])):
        for layer in range(layers):
            for k in range(units):
                kept[0][later, layer, chain, k] = trial[0][later, layer, chain, k]
        for b in range(kept[1].shape[2]):
            kept[1][later, chain, b] = trial[1][later, chain, b]
            kept[2][later, chain, b] = trial[2][later, chain, b]
        kept[3][later, chain] = trial[3][later, chain]


@njit(cache=True)
def _empty(weights, chains):  # type: ignore[no-untyped-def]
    """Hidden states (N, D, C, H), skip sums and outputs (N, C, Q) and ln P (N, C), to be filled."""
    layers, units, _ = weights.recurrent.shape
    sites, n_states = weights.skip_bias.shape
    return (
        np.empty((sites, layers, chains, units), np.float32),
        np.empty((sites, chains, n_states), np.float32),
        np.empty((sites, chains, n_states), np.float32),
        np.empty((sites, chains), np.float32),
    )


@njit(cache=True, nogil=True)
def sweep(weights, states, exponents, log_sums, generators, sweeps):  # type: ignore[no-untyped-def]
    """Metropolis sweeps of chains (C, N) in reading order; accepts with (P' / P) ** exponent."""
    chains, sites = states.shape
    n_states = weights.skip.shape[1]
    products = np.empty((chains, weights.recurrent.shape[2]), np.float32)
    inputs = np.empty_like(products)
    kept, trial = _empty(weights, chains), _empty(weights, chains)
    _read(weights, states, kept)
    for _ in range(sweeps):
        for site in range(sites):
            old = states[:, site].copy()
            new = old.copy()
            for c in range(chains):
                draw, words = uniform(load(generators, c))
                store(generators, c, words)
                new[c] = (old[c] + 1 + int(draw * (n_states - 1))) % n_states
            _propose(weights, site, old, new, states, kept, trial, products, inputs)
            for c in range(chains):
                gain = 0.0
                for later in range(site, sites):
                    gain += trial[3][later, c] - kept[3][later, c]
                draw, words = uniform(load(generators, c))
                store(generators, c, words)
                if draw < acceptance(np.float32(-exponents[c] * gain)):
                    states[c, site] = new[c]
                    log_sums[c] += gain
                    _accept(site, c, kept, trial)


@njit(cache=True, nogil=True)
def _sample(weights, states, generators):  # type: ignore[no-untyped-def]
    """Fill states (C, N) site by site with draws from the conditionals."""
    chains, sites = states.shape
    layers, units = weights.recurrent.shape[:2]
    n_states = weights.skip.shape[1]
    products = np.empty((chains, 3 * units), np.float32)
    inputs = np.empty_like(products)
    tokens = np.full(chains, n_states, np.int8)
    before = np.zeros((layers, chains, units), np.float32)
    after = np.empty_like(before)
    skipped = np.empty((sites, chains, n_states), np.float32)
    for site in range(sites):
        for c in range(chains):
            for b in range(n_states):
                skipped[site, c, b] = weights.skip_bias[site, b]
    outputs = np.empty((chains, n_states), np.float32)
    for site in range(sites):
        _step(weights, tokens, before, after, products, inputs)
        before, after = after, before
        _outputs(weights, before[-1], skipped[site], outputs)
        for c in range(chains):
            state = _draw(weights, outputs[c], site, generators, c)
            states[c, site] = tokens[c] = state
            for later in range(site + 1, sites):
                for b in range(n_states):
                    skipped[later, c, b] += weights.skip[site, state, later, b]


@njit(cache=True)
def _draw(weights, outputs, site, generators, chain):  # type: ignore[no-untyped-def]
    """Draw a state with its conditional probability."""
    total = 0.0
    for b in range(outputs.size):
        total += np.exp(_log_probability(weights, outputs, b, site))
    draw, words = uniform(load(generators, chain))
    store(generators, chain, words)
    draw *= total
    for state in range(outputs.size - 1):
        draw -= np.exp(_log_probability(weights, outputs, state, site))
        if draw < 0:
            return state
    return outputs.size - 1


def sample_sequences(weights: SequenceWeights, count: int, seed: int) -> NDArray[np.int8]:
    """Draw independent sequences from the network (ancestral sampling).

    Returns
    -------
    numpy.ndarray
        States 0..Q-1 in reading order, int8, shape (count, N).
    """
    sites = weights.skip.shape[0]
    generators = in_blocks(chain_states(seed, count))
    states = np.empty((*generators.shape[:2], sites), np.int8)
    each_block(_sample, weights, states, generators)
    return states.reshape(-1, sites)[:count]


@njit(cache=True, nogil=True)
def _score(weights, states, logs):  # type: ignore[no-untyped-def]
    """Add up ln P (C,) of sequences (C, N)."""
    chains, sites = states.shape
    layers, units = weights.recurrent.shape[:2]
    n_states = weights.skip.shape[1]
    products = np.empty((chains, 3 * units), np.float32)
    inputs = np.empty_like(products)
    tokens = np.full(chains, n_states, np.int8)
    before = np.zeros((layers, chains, units), np.float32)
    after = np.empty_like(before)
    skipped = np.empty((chains, n_states), np.float32)
    outputs = np.empty_like(skipped)
    for site in range(sites):
        _step(weights, tokens, before, after, products, inputs)
        before, after = after, before
        for c in range(chains):
            for b in range(n_states):
                skipped[c, b] = weights.skip_bias[site, b]
            for earlier in range(site):
                for b in range(n_states):
                    skipped[c, b] += weights.skip[earlier, states[c, earlier], site, b]
        _outputs(weights, before[-1], skipped, outputs)
        for c in range(chains):
            tokens[c] = states[c, site]
            logs[c] += _log_probability(weights, outputs[c], tokens[c], site)


def log_probabilities(weights: SequenceWeights, sequences: NDArray[np.int8]) -> NDArray[np.float64]:
    """Ln P, shape (n,), of sequences of states 0..Q-1 in reading order, (n, N)."""
    states = in_blocks(sequences)
    logs = np.zeros(states.shape[:2])
    each_block(_score, weights, states, logs)
    return logs.reshape(-1)[: len(sequences)]
