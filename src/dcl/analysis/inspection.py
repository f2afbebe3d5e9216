"""What a file of snapshots holds, before anything is fitted to it.

Snapshots are looked at a part at a time, so that they need not fit into memory. Of more than a
million, the autocorrelation along the file is that of the first million, and the number of distinct
ones is an estimate.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.analysis.autocorrelation import Estimate, estimate_mean
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import SnapshotSet
from dcl.machine import Threads

__all__ = ["Inspection", "inspect"]

Array = NDArray[np.float64]

LONGEST = 2**20
"""Values of a series, and numbers of configurations, that are kept."""
FOR_COUPLINGS, FOR_SEQUENCE = 1000, 100_000
"""Independent snapshots that a pseudolikelihood fit and a sequence model of an 8 x 8 lattice should
have; see
the chapter on accuracy."""


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found.

    Attributes
    ----------
    shape : tuple of int
        Number of snapshots, rows and columns of the lattice.
    n_states : int
    temperature : float or None
        J / k_B; None where it is not known.
    boundaries : {"periodic", "open"}
        Of the lattice, as the user says.
    stored : str
        Type and values in the file, in words; empty for snapshots that come from no file.
    shares : tuple of float
        Of the sites that are in each state.
    magnetisation : Estimate
        Of its size, (Q max_a n_a / N - 1) / (Q - 1) where n_a counts the sites in state a; for
        spins the magnitude of their sum, divided by N.
    agreement : Estimate
        Share of neighbouring pairs in the same state. Both estimates take the order of the file for
        the order in time; a set of independent snapshots has an autocorrelation time of 1/2.
    correlation_length : float
        Second-moment correlation length in lattice spacings; infinite for an ordered set.
    distinct : int
        Configurations that differ from each other; of more than a million, an estimate with a
        standard error of 0.1%.
    remarks, doubts : tuple of str
        Readings of a file that is not as documented, and doubts about it.
    """

    shape: tuple[int, int, int]
    n_states: int
    temperature: float | None
    boundaries: Boundaries
    stored: str
    shares: tuple[float, ...]
    magnetisation: Estimate
    agreement: Estimate
    correlation_length: float
    distinct: int
    remarks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of snapshots."""
        return self.shape[0]

    @property
    def independent(self) -> float:
        """Independent snapshots that the file is worth, n / (2 tau) with the longer time."""
        times = (self.magnetisation.autocorrelation_time, self.agreement.autocorrelation_time)
        return self.count / (2 * max(times))

    @property
    def warnings(self) -> list[str]:
        """What to think of before fitting, one line each."""
        found = [*self.doubts]
        if self.independent < self.count / 4:
            found.append(
                f"neighbours in the file are correlated: it is worth about {self.independent:.0f} "
                "independent snapshots"
            )
        _, rows, columns = self.shape
        possible = float(self.n_states) ** min(rows * columns, 300)
        if self.distinct < 0.9 * min(self.count, possible):
            found.append(f"only {self.distinct} of {self.count} configurations differ")
        never = [str(state) for state, share in enumerate(self.shares) if share == 0]
        if never and self.n_states > 2:
            found.append(f"no site is ever in state {' or '.join(never)}: are states 0 to Q - 1?")
        if self.correlation_length > min(rows, columns) / 4:
            found.append(
                "the correlation length is more than a quarter of the lattice: near or below a "
                "transition, energies of other temperatures are harder to tell"
            )
        if self.independent < FOR_COUPLINGS:
            found.append(
                f"few snapshots: a pseudolikelihood fit wants {FOR_COUPLINGS} independent ones"
            )
        elif self.independent < FOR_SEQUENCE:
            found.append(
                "enough for a pseudolikelihood fit; a sequence model wants "
                f"{FOR_SEQUENCE} independent ones"
            )
        return found

    def __str__(self) -> str:
        """Print all of it, one line a fact."""
        count, rows, columns = self.shape
        values = ", ".join(f"{share:.4f}" for share in self.shares)
        known = self.temperature is not None
        distinct = f"{'about ' if self.distinct > LONGEST else ''}{self.distinct}"
        partly = f" (tau from the first {LONGEST})" if count > LONGEST else ""
        lines = [
            f"snapshots: {count}, {distinct} distinct, of {rows} x {columns} sites",
            *([f"in the file: {self.stored}"] if self.stored else []),
            *(f"remark: {remark}" for remark in self.remarks),
            f"boundaries: {self.boundaries}",
            f"temperature: {f'{self.temperature:g} J / k_B' if known else 'not in the file'}",
            f"states: {self.n_states}, shares {values}",
            f"magnetisation: {self.magnetisation}{partly}",
            f"agreement of neighbours: {self.agreement}{partly}",
            f"correlation length: {self.correlation_length:.2f} sites",
            f"independent snapshots: about {self.independent:.0f}",
            *(f"warning: {warning}" for warning in self.warnings),
        ]
        return "\n".join(lines)


def inspect(snapshots: SnapshotSet, boundaries: Boundaries = "periodic") -> Inspection:
    """Look at snapshots.

    Parameters
    ----------
    snapshots : SnapshotSet
        In memory or in a file.
    boundaries : {"periodic", "open"}
        Whether sites on one edge of the lattice are neighbours of those on the other.

    Examples
    --------
    >>> from dcl import Ising, Snapshots
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> found = inspect(Snapshots(sample_equilibrium(Ising(), 8, 4.0, 2000, seed=1), 4.0))
    >>> print(found)  # doctest: +ELLIPSIS
    snapshots: 2000, 2000 distinct, of 8 x 8 sites
    boundaries: periodic
    temperature: 4 J / k_B
    states: 2, shares 0.5..., 0.49...
    magnetisation: 0.2... +- 0.00... [tau 0.5]
    agreement of neighbours: 0.6... +- 0.00... [tau 0.5]
    correlation length: 1.1... sites
    independent snapshots: about 2000
    warning: enough for a pseudolikelihood fit; a sequence model wants 100000 independent ones
    """
    count, rows, columns = snapshots.shape
    n_states, threads = snapshots.n_states, Threads()
    words = np.random.default_rng(0).integers(0, 2**64, rows * columns, np.uint64)
    orders, agreements, distinct = _Series(), _Series(), _Distinct()
    shares, squares = np.zeros(n_states), np.zeros(3)
    for part in snapshots.parts():

        def share(thread: int, part: NDArray[np.int8] = part) -> tuple[Any, ...]:
            mine = slice(*(len(part) * k // threads.count for k in (thread, thread + 1)))
            return _measured(part[mine], n_states, boundaries == "periodic", words)

        found = zip(*threads.map(share), strict=True)
        more_orders, more_agreements, hashes, more_shares, more_squares = found
        orders.add(np.concatenate(more_orders))
        agreements.add(np.concatenate(more_agreements))
        distinct.add(np.concatenate(hashes))
        shares += sum(more_shares)
        squares += sum(more_squares)
    return Inspection(
        shape=snapshots.shape,
        n_states=n_states,
        temperature=snapshots.temperature,
        boundaries=boundaries,
        stored=getattr(snapshots, "stored", ""),
        shares=tuple((shares / shares.sum()).tolist()),
        magnetisation=orders.estimate(),
        agreement=agreements.estimate(),
        correlation_length=_correlation_length(squares / count, rows, columns),
        distinct=distinct.count(),
        remarks=getattr(snapshots, "remarks", ()),
        doubts=getattr(snapshots, "warnings", ()),
    )


class _Series:
    """Mean of a series, and its autocorrelation from the beginning."""

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
    """How many numbers differ, from the smallest of them if there are many.

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


def _measured(
    states: NDArray[np.int8], n_states: int, periodic: bool, words: NDArray[np.uint64]
) -> tuple[Any, ...]:
    """Magnetisation, agreement and a hash of each configuration, and sums over all of them.

    The sums are of the sites in each state, and of the structure factors at zero and at the
    smallest wave vector along rows and along columns.
    """
    _, rows, columns = states.shape
    waves = [np.exp(2j * np.pi * np.arange(size) / size) for size in (rows, columns)]
    orders, agreements = np.empty(len(states)), np.empty(len(states))
    hashes = np.empty(len(states), np.uint64)
    shares, squares = np.zeros(n_states), np.zeros(3)
    _measure(states, periodic, words, *waves, orders, agreements, hashes, shares, squares)
    pairs = 2 * rows * columns if periodic else 2 * rows * columns - rows - columns
    return orders, agreements / pairs, hashes, shares, squares


@njit(cache=True, nogil=True)
def _measure(  # type: ignore[no-untyped-def]
    configurations, periodic, words, down, across, orders, agreements, hashes, shares, squares
):
    _, rows, columns = configurations.shape
    n_states, sites = len(shares), rows * columns
    in_row, in_column = np.empty((rows, n_states)), np.empty((columns, n_states))
    for number, states in enumerate(configurations):
        in_row[:], in_column[:] = 0, 0
        alike, mixed = 0, np.uint64(0)
        for row in range(rows):
            below = row + 1 if row + 1 < rows else 0
            for column in range(columns):
                right = column + 1 if column + 1 < columns else 0
                state = states[row, column]
                if periodic or right:
                    alike += state == states[row, right]
                if periodic or below:
                    alike += state == states[below, column]
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
                second += across[column] * in_column[column, state]
            largest = max(largest, total)
            shares[state] += total
            squares[0] += (total - sites / n_states) ** 2
            squares[1] += abs(first) ** 2
            squares[2] += abs(second) ** 2
        orders[number] = (n_states * largest / sites - 1) / (n_states - 1)
        agreements[number], hashes[number] = alike, mixed


def _correlation_length(squares: Array, rows: int, columns: int) -> float:
    """From the structure factor at zero and at the smallest wave vector of either direction.

    Cooper, Freedman and Preston, Nucl. Phys. B 210, 210 (1982).
    """
    if squares[1:].min() <= 1e-9 * squares[0]:
        return float("inf")
    steps = 2 * np.sin(np.pi / np.array([rows, columns]))
    lengths = np.maximum(squares[0] / squares[1:] - 1, 0.0) / steps**2
    return float(np.sqrt(lengths.mean()))
