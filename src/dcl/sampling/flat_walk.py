"""Kernels of multicanonical sampling: a single-spin-flip walk weighted by energy bins.

Bin b of energy E is (E - start) / width rounded down. ``log_weights`` (n_bins,) holds ln g(b): a
move from b to b' is accepted with probability min(1, g(b) / g(b')), so -inf is a bin that is always
entered and +inf one that is closed, as is everything outside the bins.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from dcl.sampling.proposals import propose
from dcl.sampling.xoshiro import load, store

__all__ = ["collect", "explore"]


@njit(cache=True)
def _step(configuration, energy, here, table, bins, log_weights, words):  # type: ignore[no-untyped-def]
    """Make one proposal: returns (energy, bin, advanced words)."""
    site, value, old, new, remainder, words = propose(configuration, table, words)
    position = (energy + (new - old) - bins.start) / bins.width
    if 0 <= position < bins.n_bins:
        there = np.int64(position)
        gain = log_weights[here] - log_weights[there]
        if gain >= 0 or remainder < math.exp(gain):
            configuration[site] = value
            return energy + (new - old), there, words
    return energy, here, words


@njit(cache=True)
def explore(  # type: ignore[no-untyped-def]
    configuration, energy, table, bins, log_weights, visited, step, proposals, random_states
):
    """Walk and add ``step`` to the bin's ln g after every proposal; returns the energy.

    A bin entered for the first time starts from the ln g of the bin before it.
    """
    words = load(random_states, 0)
    here = np.int64((energy - bins.start) / bins.width)
    for _ in range(proposals):
        before = here
        energy, here, words = _step(configuration, energy, here, table, bins, log_weights, words)
        if log_weights[here] == -math.inf:
            log_weights[here] = max(log_weights[before], 0.0)
        log_weights[here] += step
        visited[here] = True
    store(random_states, 0, words)
    return energy


@njit(cache=True, nogil=True)
def collect(  # type: ignore[no-untyped-def]
    first,
    last,
    configurations,
    energies,
    random_states,
    table,
    bins,
    log_weights,
    rows,
    samples,
    filled,
    looks,
    stride,
):
    """Walk with fixed weights; every ``stride`` sweeps a walker may store its configuration.

    ``rows[b]`` is the row of ``samples`` (n_levels, per_level, N) for bin b, or -1. Walker w fills
    the places w, w + walkers, ... of each row; ``filled`` (walkers, n_levels) counts them. Walkers
    that have filled theirs rest.
    """
    walkers, n_sites = configurations.shape
    n_levels, per_level, _ = samples.shape
    for walker in range(first, last):
        share = (per_level - walker + walkers - 1) // walkers
        configuration, energy = configurations[walker], energies[walker]
        words = load(random_states, walker)
        here = np.int64((energy - bins.start) / bins.width)
        for _ in range(looks):
            if n_levels > 0 and filled[walker].min() >= share:
                break
            for _ in range(stride * n_sites):
                energy, here, words = _step(
                    configuration, energy, here, table, bins, log_weights, words
                )
            row = rows[here]
            if row >= 0 and filled[walker, row] < share:
                sample = samples[row, filled[walker, row] * walkers + walker]
                for site in range(n_sites):
                    sample[site] = configuration[site]
                filled[walker, row] += 1
        energies[walker] = energy
        store(random_states, walker, words)
