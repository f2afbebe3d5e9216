"""Monte Carlo under a GRU with a delay line, see `dcl.models.kernels.free_unit_reads`.

A proposal changes what the free units of a later site read by one term each: no hidden state is
carried, and no matrix product is needed.
"""

import numpy as np
from numba import njit

from dcl.models.kernels.free_unit_reads import (
    SITES,
    activate,
    add_outputs,
    read_sites,
    reversed_line,
)
from dcl.models.kernels.site_likelihood import draw_state, log_probability
from dcl.sampling.xoshiro import load, store, uniform

__all__ = ["sample", "sweep"]


@njit(cache=True, nogil=True)
def sample(weights, states, generators):  # type: ignore[no-untyped-def]
    """Fill states (C, N) site by site with draws from the conditionals."""
    chains, sites = states.shape
    width = weights.recent.shape[0]
    line = np.zeros((chains, 2 * sites * width), np.float32)
    for site in range(sites):
        outputs = read_sites(weights, line, site, site + 1)[4]
        start = (sites - 1 - site) * width
        for c in range(chains):
            draw, words = uniform(load(generators, c))
            store(generators, c, words)
            state = draw_state(outputs[c], len(weights.numbers), True, draw)
            states[c, site] = state
            line[c, start : start + width] = weights.numbers[state]


@njit(cache=True)
def _read(weights, states, kept):  # type: ignore[no-untyped-def]
    """Fill gated inputs (N, A), line outputs, outputs (N, B) and ln P (N,) of one sequence (N,)."""
    inputs, lines, outputs, logs = kept
    line, width = reversed_line(states[None], weights.numbers), weights.recent.shape[0]
    for first in range(0, states.size, SITES):
        end = min(first + SITES, states.size)
        recent, earlier, inputs[first:end], _, outputs[first:end] = read_sites(
            weights, line, first, end
        )
        lines[first:end] = np.dot(recent, weights.line[:width])
        lines[first:end] += np.dot(earlier, weights.line[width : width + earlier.shape[1]])
    for site in range(states.size):
        logs[site] = log_probability(outputs[site], states[site], True)


@njit(cache=True)
def _propose(weights, site, new, states, kept, trial, active):  # type: ignore[no-untyped-def]
    """Read the sites after `site` with another state there, into the trial arrays: gain of ln P."""
    inputs, lines, outputs, logs = trial
    change = weights.numbers[new] - weights.numbers[states[site]]
    logs[site] = log_probability(kept[2][site], new, True)
    gain = logs[site] - kept[3][site]
    for later in range(site + 1, states.size):
        delay = later - site - 1
        inputs[later], lines[later] = kept[0][later], kept[1][later]
        for c in range(change.size):
            lines[later] += change[c] * weights.line[delay * change.size + c]
            if delay > 0:
                inputs[later] += change[c] * weights.earlier[(delay - 1) * change.size + c]
        before = states[later - 1] if delay > 0 else new
        activate(inputs[later], weights.numbers[before], active, weights, later)
        outputs[later] = lines[later]
        add_outputs(active, weights, later, outputs[later])
        logs[later] = log_probability(outputs[later], states[later], True)
        gain += logs[later] - kept[3][later]
    return gain


@njit(cache=True)
def _empty(weights):  # type: ignore[no-untyped-def]
    """Gated inputs (N, A), line outputs, outputs (N, B) and ln P (N,), to be filled."""
    sites, width = weights.site.shape
    return (
        np.empty(weights.bias.shape, np.float32),
        np.empty((sites, width), np.float32),
        np.empty((sites, width), np.float32),
        np.empty(sites),
    )


@njit(cache=True, nogil=True)
def sweep(weights, states, exponents, log_sums, generators, sweeps):  # type: ignore[no-untyped-def]
    """Metropolis sweeps of chains (C, N) in reading order; accepts with (P' / P) ** exponent."""
    kept, trial = _empty(weights), _empty(weights)
    active = np.empty(weights.bias.shape[1], np.float32)
    n_states = len(weights.numbers)
    for chain in range(len(states)):
        own = states[chain]
        _read(weights, own, kept)
        for step in range(sweeps * own.size):
            site = step % own.size
            draw, words = uniform(load(generators, chain))
            new = (own[site] + 1 + int(draw * (n_states - 1))) % n_states
            gain = _propose(weights, site, new, own, kept, trial, active)
            draw, words = uniform(words)
            store(generators, chain, words)
            if gain >= 0.0 or draw < np.exp(exponents[chain] * gain):
                own[site] = new
                log_sums[chain] += gain
                kept[3][site] = trial[3][site]
                kept[0][site + 1 :] = trial[0][site + 1 :]
                kept[1][site + 1 :] = trial[1][site + 1 :]
                kept[2][site + 1 :] = trial[2][site + 1 :]
                kept[3][site + 1 :] = trial[3][site + 1 :]
