"""Monte Carlo under a recurrent sequence model, without Keras in the loop.

A proposal at the i-th site of the reading order leaves the hidden states before it untouched, so
only the sites after it are read again: N (N - 1) / 2 recurrent steps a sweep instead of the N^2
of reading the whole sequence for every proposal. Chains go through the network in blocks, one
matrix product a step.

Weights are float32, sequences hold states 0..Q-1 in reading order, int8, shape (n, N).
"""

import numpy as np
from numba import njit

from dcl.models.kernels.activations import acceptance
from dcl.models.kernels.gru_sampling import gru_step, site_log_probability, site_outputs, skip_sums
from dcl.sampling.xoshiro import load, store, uniform

__all__ = ["sweep"]


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
        gru_step(weights, tokens, before, hidden[site], products, inputs)
        for c in range(chains):
            tokens[c] = states[c, site]
        skip_sums(weights, states, site, skipped[site])
        site_outputs(weights, hidden[site, -1], skipped[site], outputs[site])
        for c in range(chains):
            logs[site, c] = site_log_probability(weights, outputs[site, c], tokens[c], site)
        before = hidden[site]


@njit(cache=True)
def _propose(weights, site, old, new, states, kept, trial, products, inputs):  # type: ignore[no-untyped-def]
    """Read the sites after `site` with the proposed states there, into the trial arrays."""
    hidden, skipped, outputs, logs = trial
    chains, sites = states.shape
    for c in range(chains):
        logs[site, c] = site_log_probability(weights, kept[2][site, c], new[c], site)
    tokens = new.copy()
    before = kept[0][site]
    for later in range(site + 1, sites):
        gru_step(weights, tokens, before, hidden[later], products, inputs)
        for c in range(chains):
            tokens[c] = states[c, later]
            for b in range(skipped.shape[2]):
                skipped[later, c, b] = kept[1][later, c, b]
                if len(weights.skip) > 0:
                    skipped[later, c, b] += (
                        weights.skip[site, new[c], later, b] - weights.skip[site, old[c], later, b]
                    )
        site_outputs(weights, hidden[later, -1], skipped[later], outputs[later])
        for c in range(chains):
            logs[later, c] = site_log_probability(weights, outputs[later, c], tokens[c], later)
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
    """Hidden states (N, D, C, H), skip sums and outputs (N, C, B) and ln P (N, C), to be filled."""
    layers, units, _ = weights.recurrent.shape
    sites, width = weights.skip_bias.shape
    return (
        np.empty((sites, layers, chains, units), np.float32),
        np.empty((sites, chains, width), np.float32),
        np.empty((sites, chains, width), np.float32),
        np.empty((sites, chains), np.float32),
    )


@njit(cache=True, nogil=True)
def sweep(weights, states, exponents, log_sums, generators, sweeps):  # type: ignore[no-untyped-def]
    """Metropolis sweeps of chains (C, N) in reading order; accepts with (P' / P) ** exponent."""
    chains, sites = states.shape
    n_states = weights.tokens.shape[0] - 1
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
