"""Sums over snapshots, a part at a time: order, agreement of neighbours, copies, correlations."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.analysis.autocorrelation import Estimate, estimate_mean
from dcl.lattice.copies import group_copies
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import SnapshotSet
from dcl.machine import Threads

__all__ = ["LONGEST", "SnapshotStatistics"]

Array = NDArray[np.float64]

LONGEST = 2**20
"""Values of a series, and numbers of configurations, that are kept."""
COMPARED = 2**25
"""Sites of the snapshots among which copies are looked for."""


class SnapshotStatistics:
    """Statistics of snapshots, which are read once.

    Parameters
    ----------
    snapshots : SnapshotSet
        In memory or in a file.
    boundaries : {"periodic", "open"}
        Pairs across the edges count for the agreement of a periodic lattice alone.

    Attributes
    ----------
    shares : numpy.ndarray
        Share of the sites in each state, float64 (Q,).
    magnetisation, agreement : Estimate
        See `dcl.analysis.inspection.Inspection`.
    edge_difference : Estimate
        Agreement of pairs across the edges minus that of pairs inside.
    correlations : tuple of numpy.ndarray
        Agreement of each pair of neighbours minus that of unrelated sites: of pairs across the
        edges, and of pairs inside. Empty for lattices less than 3 sites wide, on which both kinds
        join the same sites.
    correlation_length : float
    distinct : int
        Configurations that differ.
    originals : float
        Snapshots that are no copies of another, by the share of such among the first ones; see
        `dcl.lattice.copies`.

    Examples
    --------
    >>> from dcl import Snapshots
    >>> SnapshotStatistics(Snapshots(np.ones((5, 4, 4), np.int8), 1.0), "periodic").distinct
    1
    """

    def __init__(self, snapshots: SnapshotSet, boundaries: Boundaries) -> None:
        count, rows, columns = snapshots.shape
        n_states, threads = snapshots.n_states, Threads()
        orders, agreements, edges, distinct = _Series(), _Series(), _Series(), _Distinct()
        totals: tuple[Any, ...] = (0.0, 0.0, 0.0)
        compared: list[NDArray[np.int8]] = []
        for part in snapshots.parts():
            if room := max(1, COMPARED // (rows * columns)) - sum(map(len, compared)):
                compared.append(part[:room].copy())  # a view would keep the part in memory

            def share(thread: int, part: NDArray[np.int8] = part) -> tuple[Any, ...]:
                mine = slice(*(len(part) * k // threads.count for k in (thread, thread + 1)))
                return _measured(part[mine], n_states)

            found = list(zip(*threads.map(share), strict=True))
            more_orders, inside, across, hashes = map(np.concatenate, found[:4])
            orders.add(more_orders)
            inner, outer = 2 * rows * columns - rows - columns, rows + columns
            both = (inside + across) / (inner + outer)
            agreements.add(both if boundaries == "periodic" else inside / inner)
            edges.add(across / outer - inside / inner)
            distinct.add(hashes)
            totals = tuple(total + sum(new) for total, new in zip(totals, found[4:], strict=True))
        shares, squares, pairs = totals
        self.shares: Array = shares / shares.sum()
        self.magnetisation, self.agreement = orders.estimate(), agreements.estimate()
        self.edge_difference = edges.estimate()
        self.correlations = _by_place(pairs / count - (self.shares**2).sum())
        self.correlation_length = _correlation_length(squares / count, rows, columns)
        self.distinct = distinct.count()
        first = np.concatenate(compared)
        self.originals = count * group_copies(first, n_states)[1] / len(first)


def _by_place(pairs: Array) -> tuple[Array, Array]:
    """Divide pairs to the right of and below each site into those across the edges and others."""
    _, rows, columns = pairs.shape
    if min(rows, columns) < 3:
        return np.empty(0), np.empty(0)
    right, below = pairs
    across = np.concatenate([right[:, -1], below[-1]])
    return across, np.concatenate([right[:, :-1].ravel(), below[:-1].ravel()])


class _Series:
    """Series of numbers: its mean, and its autocorrelation from the beginning."""

    def __init__(self) -> None:
        self._length, self._sums, self._first = 0, np.zeros(2), np.empty(0)

    def add(self, values: Array) -> None:
        self._length += len(values)
        self._sums += values.sum(), (values**2).sum()
        self._first = np.append(self._first, values[: LONGEST - len(self._first)])

    def estimate(self) -> Estimate:
        first = estimate_mean(self._first)
        if self._length == len(self._first):
            return first
        mean, square = self._sums / self._length
        variance, tau = max(square - mean**2, 0.0), first.autocorrelation_time
        error = np.sqrt(2 * tau * variance / self._length)
        return Estimate(float(mean), float(error), tau, self._length)


class _Distinct:
    """Count of distinct numbers, from the smallest of them if there are many.

    The k-th smallest of n uniformly random numbers in 0..1 is about k / n; Bar-Yossef et al.,
    RANDOM 2002, Lect. Notes Comput. Sci. 2483, 1.
    """

    def __init__(self) -> None:
        self._smallest, self._new = np.empty(0, np.uint64), [np.empty(0, np.uint64)]

    def add(self, numbers: NDArray[np.uint64]) -> None:
        if len(self._smallest) == LONGEST:
            numbers = numbers[numbers < self._smallest[-1]]
        self._new.append(numbers)
        if sum(map(len, self._new)) > LONGEST:
            self._merge()

    def count(self) -> int:
        self._merge()
        kept = len(self._smallest)
        if kept < LONGEST:
            return kept
        return round((kept - 1) / (float(self._smallest[-1]) / 2.0**64))

    def _merge(self) -> None:
        self._smallest = np.unique(np.concatenate([self._smallest, *self._new]))[:LONGEST]
        self._new = []


def _measured(states: NDArray[np.int8], n_states: int) -> tuple[Any, ...]:
    """Measure each configuration, and sum over all of them.

    Of each: magnetisation, pairs in the same state inside and across the edges, and a hash. Sums:
    sites in each state; structure factors at zero and at the smallest wave vector along rows and
    along columns; and how often the pair to the right of and below each site is in the same state.
    """
    _, rows, columns = states.shape
    words = np.random.default_rng(0).integers(0, 2**64, rows * columns, np.uint64)
    waves = [np.exp(2j * np.pi * np.arange(size) / size) for size in (rows, columns)]
    orders, inside, across = np.empty((3, len(states)))
    hashes = np.empty(len(states), np.uint64)
    sums = np.zeros(n_states), np.zeros(3), np.zeros((2, rows, columns))
    _measure(states, words, *waves, orders, inside, across, hashes, *sums)
    return orders, inside, across, hashes, *sums


@njit(cache=True, nogil=True)
def _measure(  # type: ignore[no-untyped-def]
    configurations, words, down, right, orders, inside, across, hashes, shares, squares, pairs
):
    _, rows, columns = configurations.shape
    n_states, sites = len(shares), rows * columns
    in_row, in_column = np.empty((rows, n_states)), np.empty((columns, n_states))
    for number, states in enumerate(configurations):
        in_row[:], in_column[:] = 0, 0
        alike, mixed = np.zeros(2, np.int64), np.uint64(0)
        for row in range(rows):
            below = row + 1 if row + 1 < rows else 0
            for column in range(columns):
                beside = column + 1 if column + 1 < columns else 0
                state = states[row, column]
                along, under = state == states[row, beside], state == states[below, column]
                alike[0 if beside else 1] += along
                alike[0 if below else 1] += under
                pairs[0, row, column] += along
                pairs[1, row, column] += under
                state = max(state, 0)
                mixed += words[row * columns + column] * np.uint64(state)
                in_row[row, state] += 1
                in_column[column, state] += 1
        largest = 0.0
        for state in range(n_states):
            total, first, second = 0.0, 0.0j, 0.0j
            for row in range(rows):
                total += in_row[row, state]
                first += down[row] * in_row[row, state]
            for column in range(columns):
                second += right[column] * in_column[column, state]
            largest = max(largest, total)
            shares[state] += total
            squares[0] += (total - sites / n_states) ** 2
            squares[1] += abs(first) ** 2
            squares[2] += abs(second) ** 2
        orders[number] = (n_states * largest / sites - 1) / (n_states - 1)
        inside[number], across[number] = alike
        hashes[number] = mixed


def _correlation_length(squares: Array, rows: int, columns: int) -> float:
    """Estimate it from structure factors at zero and at the smallest wave vector of each direction.

    Cooper, Freedman and Preston, Nucl. Phys. B 210, 210 (1982).
    """
    if squares[1:].min() <= 1e-9 * squares[0]:
        return float("inf")
    steps = 2 * np.sin(np.pi / np.array([rows, columns]))
    lengths = np.maximum(squares[0] / squares[1:] - 1, 0.0) / steps**2
    return float(np.sqrt(lengths.mean()))
