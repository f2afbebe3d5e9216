"""Exact numbers of states of a model on a torus, energy level by energy level.

The bond between states a and b has the integer level `levels`[(a - b) mod Q], 0 or more, and a
configuration the sum over its bonds. With the first row held fixed, sites are added one at a
time to a table of counts (Q^L, n_levels): how many lattices so far end in this row at this level.
A row of states is numbered by sum_j state_j Q^j.

Counts are kept twice: in uint64, which is exact modulo 2^64, and in float64, whose relative error
stays below 1e-13 as only positive numbers are added. Together they give every digit of a count
below 2^105.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.exact.row_symmetries import row_orbits

__all__ = ["count_states_by_level"]

_ENTRIES = 2**15
"""Counts at work at a time, few enough to stay in the cache."""

Integers = NDArray[np.int64]


def count_states_by_level(size: int, levels: Integers) -> list[int]:
    """Count the states of an L x L torus on each level.

    Parameters
    ----------
    size : int
        Linear size L, 2 or more.
    levels : ndarray of int64, shape (Q,)
        Level of a bond, indexed by (a - b) mod Q, where it equals that of (b - a) mod Q;
        Q^(L^2) is below 2^105.

    Returns
    -------
    list of int
        The number of states on the levels 0 to 2 L^2 max(levels).

    Examples
    --------
    Two colours, four sites, eight bonds; the level counts unequal bonds:

    >>> count_states_by_level(2, np.array([0, 1]))
    [2, 0, 0, 0, 12, 0, 0, 0, 2]
    """
    first_rows, weights = row_orbits(size, len(levels))
    totals: list[NDArray[Any]] = []
    for dtype in (np.uint64, np.float64):
        count = partial(_count_below, size, levels, dtype=dtype)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            histograms = np.stack(list(pool.map(count, first_rows)))
        totals.append((histograms * weights.astype(dtype)[:, None]).sum(axis=0, dtype=dtype))
    exact_low, rounded = totals
    return [_combine(int(low), int(high)) for low, high in zip(exact_low, rounded, strict=True)]


def _combine(low: int, rounded: int) -> int:
    """Return the number equal to `low` modulo 2^64 that lies nearest to `rounded`."""
    return low + (rounded - low + 2**63) // 2**64 * 2**64


def _count_below(size: int, levels: Integers, first_row: int, dtype: type) -> NDArray[Any]:
    """Return the histogram of levels of all lattices with this first row."""
    n_states, steepest = len(levels), int(levels.max())
    numbers = np.arange(n_states**size)
    states = numbers[:, None] // n_states ** np.arange(size) % n_states
    within = levels[(states - np.roll(states, 1, axis=1)) % n_states].sum(axis=1)
    between = levels[(states - states[first_row]) % n_states].sum(axis=1)
    counts: NDArray[Any] = np.zeros((len(numbers), 2 * size**2 * steepest + 1), dtype)
    counts[numbers, within[first_row] + within + between] = 1
    top = 3 * size * steepest + 1  # levels that can be occupied so far
    for _ in range(2, size):
        for j in range(size):
            _replace_site(counts, levels, n_states**j, top)
            top += steepest
        counts = _raise_levels(counts, within)
        top += size * steepest
    histogram: NDArray[Any] = _raise_levels(counts, between).sum(axis=0, dtype=dtype)
    return histogram


def _replace_site(counts: NDArray[Any], levels: Integers, stride: int, top: int) -> None:
    """Put a new site below an old one: sum over the old state, in place."""
    n_states, n_levels = len(levels), counts.shape[1]
    table = counts.reshape(-1, n_states, stride, n_levels)
    width = max(1, _ENTRIES // (n_states * n_levels))  # of a part, along the axis of the stride
    height = max(1, width // stride)
    for start, first in product(range(0, len(table), height), range(0, stride, width)):
        part = table[start : start + height, :, first : first + width]
        old = part[..., :top].copy()
        part[...] = 0
        for a, b in product(range(n_states), repeat=2):
            shift = levels[(a - b) % n_states]
            part[:, a, :, shift : shift + top] += old[:, b]


def _raise_levels(counts: NDArray[Any], shifts: Integers) -> NDArray[Any]:
    """Move the counts of each row up by a number of levels of its own."""
    raised = np.zeros_like(counts)
    for shift in np.unique(shifts):
        rows = shifts == shift
        raised[rows, shift:] = counts[rows, : counts.shape[1] - shift]
    return raised
