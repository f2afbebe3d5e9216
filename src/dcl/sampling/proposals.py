"""The single-site proposal of the Metropolis samplers: pick a site and a state for it.

Sites are picked at random, one at a time, which makes every step obey detailed balance. One
proposal in sixteen is the state that the site has: no step is certain to flip, or two-state chains
would alternate between even and odd numbers of up spins for ever where they are hot.

Numba's cache does not see that a kernel's inlined functions changed: after an edit here or in
``xoshiro.py``, delete ``src/dcl/sampling/__pycache__``.
"""

import numpy as np
from numba import njit

from dcl.sampling.xoshiro import uniform

__all__ = ["propose"]

_REST = 1 / 16
"""Probability of the state that the site has."""


@njit(cache=True, forceinline=True)  # left to itself, the compiler does not: a third of the speed
def propose(configuration, table, words):  # type: ignore[no-untyped-def]
    """Pick a site and a state for it, its own or a different one, with one random number.

    ``configuration`` is flat, int8 (N,). Returns (site, its new value, table value of the old
    state, of the new state, a further uniform number, advanced words). The further number is what
    the picks left over of the 53 random bits: at least 34 bits for N (Q-1) <= 2^15.
    """
    n_sites, n_states = len(configuration), table.n_states
    lowest, digits = table.lowest, table.shift
    position, words = uniform(words)
    position *= n_sites
    site = np.uint32(position)
    position = (position - site) * (n_states - 1)
    shift = np.uint32(position)
    neighbourhood = 0
    for direction in range(table.neighbours.shape[1]):
        value = configuration[table.neighbours[site, direction]]
        neighbourhood = neighbourhood * n_states + ((value - lowest) >> digits)
    state = (configuration[site] - lowest) >> digits
    other = state + 1 + np.int64(shift)
    if other >= n_states:
        other -= n_states
    remainder = position - shift
    if remainder < _REST:
        other, remainder = state, remainder / _REST
    else:
        remainder = (remainder - _REST) / (1 - _REST)
    row = table.values[np.uint32(site * (len(table.values) > 1)), np.uint32(neighbourhood)]
    return (
        site,
        (other << digits) + lowest,
        row[np.uint32(state)],
        row[np.uint32(other)],
        remainder,
        words,
    )
