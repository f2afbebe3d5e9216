"""Conditional probabilities of single sites, their likelihood and its gradient.

A site's state enters the tiles that hold it, so that its probabilities follow from the pattern
numbers of these tiles, see `dcl.lattice.tile_patterns`. Rows of the arrays are snapshots, each
with all its sites, or patterns around one site, weighted by how often they were seen.
"""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.lattice.clusters import ClusterFunction
from dcl.lattice.geometry import Boundaries, inside_sites, tile_sites
from dcl.lattice.tile_patterns import tile_codes, touched_tiles
from dcl.machine import Threads
from dcl.sampling.xoshiro import chain_states, load, uniform

__all__ = [
    "Conditionals",
    "EnvironmentChunks",
    "Gradient",
    "LocalEnvironments",
    "count_environments",
    "seen_offsets",
]

Array = NDArray[np.float64]


class Gradient(NamedTuple):
    """Of minus the log-pseudolikelihood, in nats.

    Attributes
    ----------
    losses : numpy.ndarray
        (n,), of each snapshot.
    scores : numpy.ndarray
        (n, k), slope of each snapshot's loss by each coupling.
    curvature : numpy.ndarray
        (k, k), second derivatives, mean over the snapshots.
    by_pattern : numpy.ndarray
        (patterns,), slopes by the energy of each pattern, mean over the snapshots.
    """

    losses: Array
    scores: Array
    curvature: Array
    by_pattern: Array


class LocalEnvironments:
    """Places in snapshots, each with a site whose state may change.

    Parameters
    ----------
    states : numpy.ndarray
        int8 (n, sites), 0..Q-1.
    codes : numpy.ndarray
        int32 (n, tiles), pattern numbers of the tiles.
    inside : numpy.ndarray
        int64 (m,), the sites that count.
    tiles, increments : numpy.ndarray
        int32 (sites, tiles that hold a site); see `dcl.lattice.tile_patterns.touched_tiles`.
    temperature : float
    n_states : int
    weights : numpy.ndarray, optional
        (n,), how often each row occurs in a snapshot; 1 / n by default.
    """

    def __init__(
        self,
        states: NDArray[np.int8],
        codes: NDArray[np.int32],
        inside: NDArray[np.int64],
        tiles: NDArray[np.int64],
        increments: NDArray[np.int64],
        temperature: float,
        n_states: int,
        weights: Array | None = None,
    ) -> None:
        self._states, self._codes, self._inside = states, codes, inside
        self._tiles, self._increments = tiles.astype(np.int32), increments.astype(np.int32)
        self._beta, self._n_states, self._weights = 1 / temperature, n_states, weights
        self._threads = Threads()

    def __len__(self) -> int:
        return len(self._states)

    def part(self, count: int) -> "LocalEnvironments":
        """Those of the first snapshots."""
        first = copy(self)
        first._states, first._codes = self._states[:count], self._codes[:count]
        return first

    def gradient(self, table: Array, features: Array) -> Gradient:
        """Minus the mean log-pseudolikelihood under a table of tile energies, and its gradient.

        Parameters
        ----------
        table : numpy.ndarray
            Energy of every pattern, float64 (patterns,).
        features : numpy.ndarray
            Values of the functions whose couplings may move, float64 (patterns, k).
        """
        count, many = len(self), self._threads.count
        weights = np.full(count, 1 / count) if self._weights is None else self._weights

        def share(thread: int) -> tuple[Array, ...]:
            rows = slice(count * thread // many, count * (thread + 1) // many)
            codes, states = self._codes[rows], self._states[rows]
            losses, scores = np.zeros(len(codes)), np.zeros((len(codes), features.shape[1]))
            curvature, by_pattern = np.zeros((features.shape[1],) * 2), np.zeros(len(table))
            _add_gradient(
                codes, states, self._inside, self._tiles, self._increments, table, features,
                self._beta, self._n_states, weights[rows], losses, scores, curvature, by_pattern,
            )  # fmt: skip
            return losses, scores, curvature, by_pattern

        losses, scores, curvatures, patterns = zip(*self._threads.map(share), strict=True)
        return Gradient(
            np.concatenate(losses),
            np.concatenate(scores),
            np.asarray(sum(curvatures)),
            np.asarray(sum(patterns)),
        )

    def curvatures(self, table: Array, features: Array) -> Array:
        """Mean second derivatives (k,) by each coupling alone; arguments as of `gradient`."""
        rows = slice(0, 300)  # enough to compare functions
        return np.asarray(
            _curvatures(
                self._codes[rows], self._states[rows], self._inside, self._tiles,
                self._increments, table, features, self._beta, self._n_states,
            )
        )  # fmt: skip


class Conditionals(LocalEnvironments):
    """The single-site conditional probabilities of a set of snapshots.

    Parameters
    ----------
    configurations : numpy.ndarray
        States 0..Q-1 of lattices, int8, shape (n, L1, L2).
    temperature : float
        Of the snapshots, J / k_B.
    n_states : int
    width : int
        Of the tile, odd: one tile for every site.
    boundaries : {"periodic", "open"}
        With open ones those sites count all of whose tiles are inside the lattice.

    Raises
    ------
    InputError
        If no site is so far inside.
    """

    def __init__(
        self,
        configurations: NDArray[np.int8],
        temperature: float,
        n_states: int,
        width: int,
        boundaries: Boundaries = "periodic",
    ) -> None:
        _, *shape = configurations.shape
        sites = tile_sites((shape[0], shape[1]), 1, width // 2)
        states = np.ascontiguousarray(configurations.reshape(len(configurations), -1))
        codes = np.empty((len(configurations), len(sites)), np.int32)
        for start in range(0, len(configurations), 4096):
            rows = slice(start, start + 4096)
            codes[rows] = tile_codes(np.take(states[rows], sites, axis=1), n_states)
        inside = inside_sites(shape[0], shape[1], width - 1, boundaries)
        self._shape = configurations.shape
        super().__init__(
            states, codes, inside, *touched_tiles(sites, n_states), temperature, n_states
        )

    def resampled(self, table: Array, sweeps: int, seed: int) -> NDArray[np.int8]:
        """The snapshots after heat-bath sweeps of all sites that count, under a table of energies.

        Under the Hamiltonian that they come from, this leaves their distribution as it is, whatever
        is outside the lattice: the other sites stay.
        """
        states, codes = self._states.copy(), self._codes.copy()
        many = self._threads.count
        generators = chain_states(seed, len(states))

        def share(thread: int) -> None:
            rows = slice(len(states) * thread // many, len(states) * (thread + 1) // many)
            _heat_bath(
                codes[rows], states[rows], self._inside, self._tiles, self._increments, table,
                self._beta, self._n_states, sweeps, generators[rows],
            )  # fmt: skip

        self._threads.map(share)
        return states.reshape(self._shape)


class EnvironmentChunks:
    """The conditionals of snapshots that are looked at a part at a time."""

    def __init__(self, parts: Callable[[], Iterable[NDArray[np.int8]]], *options: Any) -> None:
        self._parts, self._options = parts, options

    def gradient(self, table: Array, features: Array) -> Gradient:
        """Those of `Conditionals`, without the losses and scores of each snapshot."""
        none, count = np.zeros((0, features.shape[1])), 0
        curvature, by_pattern = np.zeros((features.shape[1],) * 2), np.zeros(len(table))
        for part in self._parts():
            found = Conditionals(part, *self._options).gradient(table, features)
            curvature += len(part) * found.curvature
            by_pattern += len(part) * found.by_pattern
            count += len(part)
        return Gradient(none[:, 0], none, curvature / count, by_pattern / count)


def count_environments(
    parts: Iterable[NDArray[np.int8]],
    temperature: float,
    n_states: int,
    width: int,
    boundaries: Boundaries,
    offsets: list[tuple[int, int]],
) -> LocalEnvironments:
    """The conditionals of snapshots by what they see: the states at some offsets from a site.

    A row is a pattern of these states that occurs. Lattices are as wide as a tile or wider.
    """
    threads, count = Threads(), 0
    totals = np.zeros((threads.count, n_states ** len(offsets)), np.int64)
    for part in parts:
        number, rows, columns = part.shape
        inside = inside_sites(rows, columns, width - 1, boundaries)
        row, column = np.divmod(inside, columns)
        places = [(row + r) % rows * columns + (column + c) % columns for r, c in offsets]
        seen, states = np.stack(places, axis=1), part.reshape(number, -1)

        def share(thread: int, states: Any = states, seen: Any = seen) -> None:
            mine = slice(*(len(states) * k // threads.count for k in (thread, thread + 1)))
            _count(states[mine], seen, n_states, totals[thread])

        threads.map(share)
        count += number
    total = totals.sum(axis=0)
    found = np.flatnonzero(total)
    powers, reach = n_states ** np.arange(len(offsets)), width - 1
    around = np.zeros((len(found), 2 * reach + 1, 2 * reach + 1), np.int8)
    for (r, c), power in zip(offsets, powers, strict=True):
        around[:, reach + r, reach + c] = found // power % n_states
    tiles = np.lib.stride_tricks.sliding_window_view(around, (width, width), axis=(1, 2))
    codes = tile_codes(tiles.reshape(len(found), width**2, width**2), n_states).astype(np.int32)
    increments = n_states ** np.arange(width**2 - 1, -1, -1)
    return LocalEnvironments(
        around[:, reach, reach].reshape(-1, 1), codes, np.zeros(1, np.int64),
        np.arange(width**2)[None], increments[None], temperature, n_states, total[found] / count,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _count(states, seen, n_states, totals):  # type: ignore[no-untyped-def]
    """Count the patterns of the sites seen (places, sites) from every place."""
    for row in range(len(states)):
        for place in range(len(seen)):
            number = 0
            for k in range(seen.shape[1] - 1, -1, -1):
                number = number * n_states + states[row, seen[place, k]]
            totals[number] += 1


def seen_offsets(functions: Iterable[ClusterFunction]) -> list[tuple[int, int]]:
    """Offsets from a site to those that any of the functions couples to it, and to itself."""
    found = {(0, 0)}
    for function in functions:
        for sites in function.tables:
            found |= {(r - row, c - column) for row, column in sites for r, c in sites}
    return sorted(found)


@njit(cache=True, nogil=True)
def _compare_states(codes, state, tiles, increments, table, features, energies, changes):  # type: ignore[no-untyped-def]
    """Energies (Q,) and features (Q, k) of a site's states, less those of the present one."""
    for other in range(len(energies)):
        energies[other] = 0.0
        changes[other] = 0
        for k in range(len(tiles)):
            old = codes[tiles[k]]
            new = old + (other - state) * increments[k]
            energies[other] += table[new] - table[old]
            for c in range(features.shape[1]):
                changes[other, c] += features[new, c] - features[old, c]


@njit(cache=True, nogil=True)
def _curvatures(codes, states, inside, tiles, increments, table, features, beta, n_states):  # type: ignore[no-untyped-def]
    """Variances of every feature over the states of a site, added up over the sites."""
    many = features.shape[1]
    result = np.zeros(many)
    weights, changes = np.empty(n_states), np.empty((n_states, many))
    for row in range(len(codes)):
        for site in inside:
            state = states[row, site]
            _compare_states(
                codes[row], state, tiles[site], increments[site], table, features, weights, changes
            )
            weights[:] = np.exp(-beta * weights)
            weights /= weights.sum()
            for c in range(many):
                mean, square = 0.0, 0.0
                for other in range(n_states):
                    mean += weights[other] * changes[other, c]
                    square += weights[other] * changes[other, c] ** 2
                result[c] += beta * beta * (square - mean * mean)
    return result / len(codes)


@njit(cache=True, nogil=True)
def _add_gradient(  # type: ignore[no-untyped-def]
    codes, states, inside, tiles, increments, table, features, beta, n_states, rows,
    losses, scores, curvature, by_pattern,
):  # fmt: skip
    """For every site: weights of its states, and their means and covariances of the features.

    ``rows`` are the weights of the rows in the sums over them.
    """
    each, moving = tiles.shape[1], features.shape[1]
    weights = np.empty(n_states)
    changes, mean = np.empty((n_states, moving)), np.empty(moving)
    for row in range(len(codes)):
        for site in inside:
            state = states[row, site]
            _compare_states(
                codes[row], state, tiles[site], increments[site], table, features, weights, changes
            )
            weights *= -beta
            highest = weights.max()
            losses[row] += highest
            weights[:] = np.exp(weights - highest)
            total = weights.sum()
            losses[row] += np.log(total)
            weights /= total
            mean[:] = 0
            for other in range(n_states):
                for c in range(moving):
                    mean[c] += weights[other] * changes[other, c]
                if other != state:
                    slope = -beta * weights[other] * rows[row]
                    for k in range(each):
                        old = codes[row, tiles[site, k]]
                        by_pattern[old + (other - state) * increments[site, k]] += slope
                        by_pattern[old] -= slope
            for c in range(moving):
                scores[row, c] -= beta * mean[c]
                for d in range(c + 1):
                    product = -mean[c] * mean[d]
                    for other in range(n_states):
                        product += weights[other] * changes[other, c] * changes[other, d]
                    curvature[c, d] += beta * beta * product * rows[row]
    for c in range(moving):
        for d in range(c):
            curvature[d, c] = curvature[c, d]


@njit(cache=True, nogil=True)
def _heat_bath(  # type: ignore[no-untyped-def]
    codes, states, inside, tiles, increments, table, beta, n_states, sweeps, generators
):
    """Draw every site anew from its conditional probabilities, in order."""
    sums = np.empty(n_states)
    for row in range(len(states)):
        words = load(generators, row)
        for _ in range(sweeps):
            for site in inside:
                state, total = states[row, site], 0.0
                for other in range(n_states):
                    energy = 0.0
                    for k in range(tiles.shape[1]):
                        old = codes[row, tiles[site, k]]
                        energy += table[old + (other - state) * increments[site, k]] - table[old]
                    total += np.exp(-beta * energy)
                    sums[other] = total
                draw, words = uniform(words)
                new = 0
                while new < n_states - 1 and draw * total >= sums[new]:
                    new += 1
                for k in range(tiles.shape[1]):
                    codes[row, tiles[site, k]] += (new - state) * increments[site, k]
                states[row, site] = new
