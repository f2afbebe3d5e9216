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
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["count_states_by_level", "first_row_orbits"]

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
    first_rows, weights = first_row_orbits(size, len(levels))
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


def first_row_orbits(size: int, n_states: int) -> tuple[Integers, Integers]:
    """Group the rows of a torus that translation, reflection and relabelling make equal.

    Relabelling means a -> a + c and a -> c - a modulo Q, which leave every difference of two
    states as it is up to its sign.

    Returns
    -------
    first_rows, weights : ndarray of int64, shape (n_orbits,)
        The smallest number of each group, and the size of the group.

    Examples
    --------
    >>> first_row_orbits(2, 3)
    (array([0, 1]), array([3, 6]))
    """
    place = n_states ** np.arange(size)
    rows = np.arange(n_states**size)
    states = rows[:, None] // place % n_states
    smallest = rows
    for shift in range(size):
        for image in (np.roll(states, shift, axis=1), np.roll(states[:, ::-1], shift, axis=1)):
            for colour in range(n_states):
                for sign in (1, -1):
                    numbers = (sign * image + colour) % n_states @ place
                    smallest = np.minimum(smallest, numbers)
    first_rows, weights = np.unique(smallest, return_counts=True)
    return first_rows, weights


def _count_below(size: int, levels: Integers, first_row: int, dtype: type) -> NDArray[Any]:
    """Return the histogram of levels of all lattices with this first row."""
    n_levels = 2 * size**2 * int(levels.max()) + 1
    counts = np.zeros((len(levels) ** size, n_levels), dtype)
    histogram: NDArray[Any] = _transfer(counts, size, levels, first_row)
    return histogram


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _transfer(counts: NDArray[Any], size: int, levels: Integers, first_row: int) -> NDArray[Any]:
    """Fill the table of counts row by row and close it on to the first row."""
    steepest = levels.max()
    within = np.array([_row_level(row, size, levels) for row in range(len(counts))])
    between = np.array([_bridge_level(row, first_row, size, levels) for row in range(len(counts))])
    for row in range(len(counts)):
        counts[row, within[first_row] + within[row] + between[row]] = 1
    top = 3 * size * steepest + 1  # levels that can be occupied so far
    for _ in range(2, size):
        for j in range(size):
            _replace_site(counts, levels, len(levels) ** j, top)
            top += steepest
        _raise_levels(counts, within, top)
        top += size * steepest
    histogram: NDArray[Any] = np.zeros_like(counts[0])
    for row in range(len(counts)):
        for level in range(top):
            histogram[level + between[row]] += counts[row, level]
    return histogram


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _row_level(row: int, size: int, levels: Integers) -> int:
    """Return the level of the bonds within a row."""
    n_states = len(levels)
    total = 0
    for j in range(size):
        a, b = row // n_states**j, row // n_states ** ((j + 1) % size)
        total += levels[(a - b) % n_states]
    return total


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _bridge_level(row: int, other: int, size: int, levels: Integers) -> int:
    """Return the level of the bonds between two rows."""
    n_states = len(levels)
    total = 0
    for j in range(size):
        total += levels[(row // n_states**j - other // n_states**j) % n_states]
    return total


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _replace_site(counts: NDArray[Any], levels: Integers, stride: int, top: int) -> None:
    """Put a new site below an old one: sum over the old state, in place."""
    n_states = len(levels)
    old = np.empty((n_states, top), counts.dtype)
    for row in range(len(counts)):
        if row // stride % n_states:
            continue
        for b in range(n_states):
            old[b] = counts[row + b * stride, :top]
        for a in range(n_states):
            new = counts[row + a * stride]
            new[:] = 0
            for b in range(n_states):
                shift = levels[(a - b) % n_states]
                for level in range(top):
                    new[level + shift] += old[b, level]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _raise_levels(counts: NDArray[Any], shifts: Integers, top: int) -> None:
    """Move the counts of each row up by a number of levels of its own."""
    for row in range(len(counts)):
        old = counts[row, :top].copy()
        counts[row] = 0
        counts[row, shifts[row] : shifts[row] + top] = old
