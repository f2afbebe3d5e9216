"""Monte Carlo under a causal transformer, without Keras in the loop.

What a site is to later ones, its keys and values, is kept: to draw a sequence costs as much as to
read it once, and a proposal at the i-th site of the reading order N - i sites, N (N - 1) / 2 a
sweep. Chains go through the network in blocks, one matrix product a layer and site, and are the
last axis of every array, along which the compiler vectorises. Blocks are filled up to a multiple of
its vectors, as what is left over would go through other instructions: the last digit of ln P would
depend on the place of a sequence in its block.

Weights are float32, sequences hold states 0..Q-1 in reading order, int8, shape (n, N).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.models.kernels.activations import acceptance, exp_minus, gelu
from dcl.models.kernels.blocks import each_block, in_blocks
from dcl.sampling.xoshiro import chain_states, load, store, uniform

__all__ = [
    "LANES",
    "TransformerWeights",
    "log_probabilities",
    "sample_sequences",
    "sweep",
    "transformer_weights",
]

Array = NDArray[Any]

LANES = 16
"""Chains of a block are a multiple of it: the float32 of the widest vector, of 512 bits."""


class TransformerWeights(NamedTuple):
    """A transformer's weights as arrays, for Q states, N sites, U units, D layers, A = heads x K.

    ``tokens`` (Q + 1, U) embeds every state and the start token, ``positions`` (N, U) the sites.
    Of each layer, ``attend`` (D, 3 A, U) gives the queries, keys and values of all heads and
    ``read`` (D, U, A) takes what they read; ``wide`` (D, 2 U, U) and ``narrow`` (D, U, 2 U) are the
    feed-forward part; ``output`` (Q, U) comes last. Each has its bias, with what the normalisation
    before it scales and adds, and the queries' 1 / sqrt(K), folded in. ``skip`` (N, Q, N, Q) holds
    what state a at site j adds to output b of site i, and ``skip_bias`` (N, Q).
    """

    tokens: Array
    positions: Array
    attend: Array
    attend_bias: Array
    read: Array
    read_bias: Array
    wide: Array
    wide_bias: Array
    narrow: Array
    narrow_bias: Array
    output: Array
    output_bias: Array
    skip: Array
    skip_bias: Array
    heads: int


def transformer_weights(network: Any, n_states: int) -> TransformerWeights:
    """Collect the weights of a network made by `dcl.models.networks.build_transformer`.

    Two states share one output in Keras; here the lower state has output 0 and the upper one the
    logit, so that any Q is treated alike.
    """
    sites = network.input_shape[1]
    found = {layer.name: layer.get_weights() for layer in network.layers}
    depth = sum(name.startswith("dense_out_") for name in found)
    layers = [_layer_weights(found, layer) for layer in range(depth)]
    encoded = np.array([[-1.0], [1.0]]) if n_states == 2 else np.eye(n_states)
    kernel, bias = found["embed"]
    tokens = np.concatenate([encoded @ kernel, np.zeros((1, kernel.shape[1]))]) + bias
    output, output_bias = _folded(*found["norm"], *found["output"])
    skip = np.zeros((sites, n_states, sites, len(output)))
    skip_bias = np.zeros((sites, len(output)))
    if "skip" in found:
        kernel, skip_bias = found["skip"]
        mask = network.get_layer("skip").mask
        skip = np.einsum("ae,jeib->jaib", encoded, kernel * mask)
    missing = n_states - len(output)
    output = np.pad(output, ((missing, 0), (0, 0)))
    output_bias, skip, skip_bias = (
        np.pad(array, [(0, 0)] * (array.ndim - 1) + [(missing, 0)])
        for array in (output_bias, skip, skip_bias)
    )
    stacked = [np.stack(arrays) for arrays in zip(*layers, strict=True)]
    arrays = (tokens, *found["positions"], *stacked, output, output_bias, skip, skip_bias)
    contiguous = (np.ascontiguousarray(array, np.float32) for array in arrays)
    fields: tuple[Any, ...] = (*contiguous, found["attention_0"][0].shape[1])
    return TransformerWeights(*fields)


def _layer_weights(found: dict[str, list[Array]], layer: int) -> tuple[Array, ...]:
    """The fields of one layer, from ``attend`` to ``narrow_bias``."""
    *projections, read, read_bias = found[f"attention_{layer}"]
    factors = np.repeat([read.shape[1] ** -0.5, 1.0, 1.0], read.shape[0] * read.shape[1])
    units = len(read_bias)
    attend = np.concatenate([each.reshape(units, -1) for each in projections[::2]], axis=1)
    attend_bias = np.concatenate([each.reshape(-1) for each in projections[1::2]])
    attend, attend_bias = factors * attend, factors * attend_bias
    scale, shift = found[f"attention_norm_{layer}"]
    narrow, narrow_bias = found[f"dense_out_{layer}"]
    return (
        *_folded(scale, shift, attend, attend_bias),
        read.reshape(-1, units).T,
        read_bias,
        *_folded(*found[f"dense_norm_{layer}"], *found[f"dense_{layer}"]),
        narrow.T,
        narrow_bias,
    )


def _folded(scale: Array, shift: Array, kernel: Array, bias: Array) -> tuple[Array, Array]:
    """A dense layer, transposed, that scales and shifts what it is given first."""
    return (scale[:, None] * kernel).T, shift @ kernel + bias


_EPSILON = np.float32(1e-3)  # of keras.layers.LayerNormalization


@njit(cache=True, fastmath=True, error_model="numpy")
def _normalise(hidden, normal):  # type: ignore[no-untyped-def]
    """Vectors (U, C) with mean 0 and variance 1 over the units of each chain."""
    units, chains = hidden.shape
    mean, variance = np.zeros(chains, np.float32), np.zeros(chains, np.float32)
    for k in range(units):
        for c in range(chains):
            mean[c] += hidden[k, c]
    mean /= np.float32(units)
    for k in range(units):
        for c in range(chains):
            normal[k, c] = hidden[k, c] - mean[c]
            variance[c] += normal[k, c] * normal[k, c]
    for c in range(chains):
        variance[c] = np.float32(1.0) / np.sqrt(variance[c] / np.float32(units) + _EPSILON)
    for k in range(units):
        for c in range(chains):
            normal[k, c] *= variance[c]


@njit(cache=True, fastmath=True, error_model="numpy")
def _attend(site, heads, queries, kept, scores, read):  # type: ignore[no-untyped-def]
    """What the heads read (A, C) of the keys and values (N, 2 A, C) up to a site, for its queries.

    ``scores`` (N, C) is overwritten.
    """
    width, chains = len(read) // heads, read.shape[1]
    top, total = np.empty(chains, np.float32), np.empty(chains, np.float32)
    for head in range(heads):
        first = head * width
        for j in range(site + 1):
            scores[j] = np.float32(0.0)
            for k in range(first, first + width):
                for c in range(chains):
                    scores[j, c] += queries[k, c] * kept[j, k, c]
        top[:] = scores[0]
        for j in range(1, site + 1):
            for c in range(chains):
                top[c] = max(top[c], scores[j, c])
        total[:] = np.float32(0.0)
        read[first : first + width] = np.float32(0.0)
        for j in range(site + 1):
            for c in range(chains):
                scores[j, c] = exp_minus(top[c] - scores[j, c])
                total[c] += scores[j, c]
            for k in range(first, first + width):
                for c in range(chains):
                    read[k, c] += scores[j, c] * kept[j, len(read) + k, c]
        for k in range(first, first + width):
            for c in range(chains):
                read[k, c] /= total[c]


@njit(cache=True, fastmath=True)
def _add(total, part, bias):  # type: ignore[no-untyped-def]
    """Add a part (U, C) and its bias (U,)."""
    for k in range(len(total)):
        for c in range(total.shape[1]):
            total[k, c] += part[k, c] + bias[k]


@njit(cache=True, fastmath=True, error_model="numpy")
def _activate(wide, bias):  # type: ignore[no-untyped-def]
    for k in range(len(wide)):
        for c in range(wide.shape[1]):
            wide[k, c] = gelu(wide[k, c] + bias[k])


@njit(cache=True)
def _read(weights, site, before, kept, scratch):  # type: ignore[no-untyped-def]
    """Keep a site's keys, values and ln P of each state, from the states (C,) before it.

    ``kept`` are the keys and values (D, N, 2 A, C), the skip's sums (N, Q, C) and ln P (N, Q, C).
    """
    memory, skipped, logs = kept
    hidden, normal, attend, scores, read, wide = scratch
    width = len(read)
    for k in range(len(hidden)):
        for c in range(before.size):
            hidden[k, c] = weights.tokens[before[c], k] + weights.positions[site, k]
    for layer in range(len(weights.attend)):
        _normalise(hidden, normal)
        np.dot(weights.attend[layer], normal, attend)
        attend += weights.attend_bias[layer].reshape(-1, 1)
        memory[layer, site] = attend[width:]
        _attend(site, weights.heads, attend, memory[layer], scores, read)
        np.dot(weights.read[layer], read, normal)
        _add(hidden, normal, weights.read_bias[layer])
        _normalise(hidden, normal)
        np.dot(weights.wide[layer], normal, wide)
        _activate(wide, weights.wide_bias[layer])
        np.dot(weights.narrow[layer], wide, normal)
        _add(hidden, normal, weights.narrow_bias[layer])
    _normalise(hidden, normal)
    np.dot(weights.output, normal, logs[site])
    _add(logs[site], skipped[site], weights.output_bias)
    _log_softmax(logs[site])


@njit(cache=True)
def _log_softmax(outputs):  # type: ignore[no-untyped-def]
    """Outputs (Q, C) less the logarithm of their normalisation."""
    for c in range(outputs.shape[1]):
        top = outputs[:, c].max()
        outputs[:, c] -= top + np.log(np.exp(outputs[:, c] - top).sum())


@njit(cache=True)
def _show(weights, site, states, skipped):  # type: ignore[no-untyped-def]
    """Add what the states (C,) at a site bring to the skip's sums at later ones."""
    for later in range(site + 1, len(skipped)):
        for b in range(skipped.shape[1]):
            for c in range(states.size):
                skipped[later, b, c] += weights.skip[site, states[c], later, b]


@njit(cache=True)
def _empty(weights, chains):  # type: ignore[no-untyped-def]
    """What is kept, before any state is read, and scratch space; see `_read`."""
    depth, width, units = weights.attend.shape
    sites, n_states = weights.skip_bias.shape
    kept = (
        np.empty((depth, sites, 2 * width // 3, chains), np.float32),
        np.empty((sites, n_states, chains), np.float32),
        np.empty((sites, n_states, chains), np.float32),
    )
    scratch = (
        np.empty((units, chains), np.float32),
        np.empty((units, chains), np.float32),
        np.empty((width, chains), np.float32),
        np.empty((sites, chains), np.float32),
        np.empty((width // 3, chains), np.float32),
        np.empty((weights.wide.shape[1], chains), np.float32),
    )
    return kept, scratch


@njit(cache=True)
def _read_all(weights, states, kept, scratch):  # type: ignore[no-untyped-def]
    """Read sequences (C, N) from the first site on."""
    before = np.full(len(states), len(weights.tokens) - 1, np.int8)
    kept[1][:] = weights.skip_bias.reshape(*weights.skip_bias.shape, 1)
    for site in range(states.shape[1]):
        _read(weights, site, before, kept, scratch)
        before = states[:, site].copy()
        _show(weights, site, before, kept[1])


@njit(cache=True, nogil=True)
def _score(weights, states, totals):  # type: ignore[no-untyped-def]
    """Ln P (C,) of sequences (C, N)."""
    kept, scratch = _empty(weights, len(states))
    _read_all(weights, states, kept, scratch)
    for c in range(len(states)):
        totals[c] = 0.0
        for site in range(states.shape[1]):
            totals[c] += kept[2][site, states[c, site], c]


def log_probabilities(
    weights: TransformerWeights, sequences: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Ln P, shape (n,), of sequences of states 0..Q-1 in reading order, (n, N)."""
    states = in_blocks(sequences, LANES)
    logs = np.empty(states.shape[:2])
    each_block(_score, weights, states, logs)
    return logs.reshape(-1)[: len(sequences)]


@njit(cache=True, nogil=True)
def _sample(weights, states, generators):  # type: ignore[no-untyped-def]
    """Fill states (C, N) site by site with draws from the conditionals."""
    chains, sites = states.shape
    kept, scratch = _empty(weights, chains)
    kept[1][:] = weights.skip_bias.reshape(*weights.skip_bias.shape, 1)
    before = np.full(chains, len(weights.tokens) - 1, np.int8)
    for site in range(sites):
        _read(weights, site, before, kept, scratch)
        logs = kept[2][site]
        for c in range(chains):
            draw, words = uniform(load(generators, c))
            store(generators, c, words)
            state = 0
            while state < len(logs) - 1 and draw >= np.exp(logs[state, c]):
                draw -= np.exp(logs[state, c])
                state += 1
            states[c, site] = before[c] = state
        _show(weights, site, before, kept[1])


def sample_sequences(weights: TransformerWeights, count: int, seed: int) -> NDArray[np.int8]:
    """Draw independent sequences from the network (ancestral sampling).

    Returns
    -------
    numpy.ndarray
        States 0..Q-1 in reading order, int8, shape (count, N).
    """
    sites = len(weights.positions)
    generators = in_blocks(chain_states(seed, count), LANES)
    states = np.empty((*generators.shape[:2], sites), np.int8)
    each_block(_sample, weights, states, generators)
    return states.reshape(-1, sites)[:count]


@njit(cache=True)
def _propose(weights, site, old, new, states, kept, trial, scratch):  # type: ignore[no-untyped-def]
    """Read the sites after `site` with the proposed states there.

    Up to `site`, the trial's keys and values must be those that are kept.
    """
    before = new
    for later in range(site + 1, states.shape[1]):
        for b in range(trial[1].shape[1]):
            for c in range(old.size):
                skip = weights.skip[site, :, later, b]
                trial[1][later, b, c] = kept[1][later, b, c] + (skip[new[c]] - skip[old[c]])
        _read(weights, later, before, trial, scratch)
        before = states[:, later].copy()


@njit(cache=True)
def _copy(arrays, others, chosen, start, stop):  # type: ignore[no-untyped-def]
    """Copy what is kept of the chosen chains (C,) at the sites from start to stop."""
    for array, other in zip(arrays[1:], others[1:]):  # noqa: B905  (Numba's zip has no strict)
        _copy_chains(array[start:stop], other[start:stop], chosen)
    for layer in range(len(arrays[0])):
        _copy_chains(arrays[0][layer, start:stop], others[0][layer, start:stop], chosen)


@njit(cache=True)
def _copy_chains(array, other, chosen):  # type: ignore[no-untyped-def]
    for site in range(len(array)):
        for k in range(array.shape[1]):
            for c in range(chosen.size):
                other[site, k, c] = array[site, k, c] if chosen[c] else other[site, k, c]


@njit(cache=True, nogil=True)
def sweep(weights, states, exponents, log_sums, generators, sweeps):  # type: ignore[no-untyped-def]
    """Metropolis sweeps of chains (C, N) in reading order; accepts with (P' / P) ** exponent."""
    chains, sites = states.shape
    n_states = weights.skip_bias.shape[1]
    kept, scratch = _empty(weights, chains)
    trial, _ = _empty(weights, chains)
    new, accepted = np.empty(chains, np.int8), np.empty(chains, np.bool_)
    every = np.ones(chains, np.bool_)
    for _ in range(sweeps):
        _read_all(weights, states, kept, scratch)
        _copy(kept, trial, every, 0, 1)
        for site in range(sites):
            old = states[:, site].copy()
            for c in range(chains):
                draw, words = uniform(load(generators, c))
                store(generators, c, words)
                new[c] = (old[c] + 1 + int(draw * (n_states - 1))) % n_states
            _propose(weights, site, old, new, states, kept, trial, scratch)
            for c in range(chains):
                gain = kept[2][site, new[c], c] - kept[2][site, old[c], c]
                for later in range(site + 1, sites):
                    state = states[c, later]
                    gain += trial[2][later, state, c] - kept[2][later, state, c]
                draw, words = uniform(load(generators, c))
                store(generators, c, words)
                accepted[c] = draw < acceptance(np.float32(-exponents[c] * gain))
                if accepted[c]:
                    states[c, site] = new[c]
                    log_sums[c] += gain
            _copy(trial, kept, accepted, site + 1, sites)
            _copy(kept, trial, every, site + 1, site + 2)
