"""Couplings of cluster functions from snapshots, by the pseudolikelihood of single sites.

The probability of one site's state given all others, ln P(s_i | rest) = -E / T - ln Z_i, holds the
energy of that site's surroundings and no partition function (Besag, The Statistician 24, 179
(1975)); it is a concave function of the couplings, so that Newton's method finds the one maximum.
With all cluster functions at once the ordered states would add up the noise of hundreds of
couplings. So functions come in one at a time, the most significant first, and only those stay that
predict snapshots kept aside: what the law consists of is found, not assumed.
"""

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.clusters import ClusterFunction
from dcl.errors import InputError
from dcl.gradients.threads import Threads
from dcl.lattice import tile_sites
from dcl.sampling.tile_patterns import tile_codes, touched_tiles

__all__ = ["Conditionals", "Law", "find_law"]

Array = NDArray[np.float64]

LEAST_SNAPSHOTS = 8
KEPT_ASIDE = 4
"""Every fourth snapshot judges the functions that the others suggest."""
CONTENDERS = 32
"""Functions with the steepest slopes, each of which is fitted to a few snapshots."""
FEW = 1000
"""Snapshots to which contenders are fitted."""
MOST_SEARCHED = 100_000
"""Snapshots with which functions are chosen; the couplings are those of all snapshots."""
PATIENCE = 3
"""Functions in a row that may fail before the search ends."""
LEAST_GAIN = 2.0
"""Standard errors by which a function must raise the likelihood of the snapshots kept aside."""
LEAST_SIGNIFICANCE = 3.0
"""Standard errors from zero that a coupling must have at the end: an early function may have stood
for one that came later."""
NEWTON_STEPS = 12
CONVERGED = 1e-9
"""Nats a snapshot that a Newton step promises to gain."""


class _NoMaximumError(InputError):
    """No finite couplings are the most likely ones."""

    def __init__(self) -> None:
        super().__init__(
            "snapshots: found states that follow from their neighbours without exception, expected "
            "some disorder: a higher temperature, or more snapshots"
        )


@dataclass(frozen=True)
class Law:
    """Cluster functions and their couplings.

    Attributes
    ----------
    functions : tuple of ClusterFunction
    couplings : numpy.ndarray
        float64 (n,), in J.
    errors : numpy.ndarray
        float64 (n,), their standard errors from the spread of the snapshots' scores (the sandwich
        estimator of Godambe, Ann. Math. Statist. 31, 1208 (1960)).
    history : list
        Name and gain in standard errors of each function that was tried, in order.
    """

    functions: tuple[ClusterFunction, ...]
    couplings: Array
    errors: Array
    history: list[dict[str, Any]]

    @property
    def table(self) -> Array:
        """Energy of every tile pattern, float64 (Q ** (w * w),), in J; zero without functions."""
        terms = zip(self.couplings, self.functions, strict=True)
        return np.asarray(sum(coupling * function.values for coupling, function in terms))


class Conditionals:
    """The single-site conditional probabilities of a set of snapshots.

    Parameters
    ----------
    configurations : numpy.ndarray
        States 0..Q-1 on L x L lattices, int8, shape (n, L, L).
    temperature : float
        Of the snapshots, J / k_B.
    n_states : int
    width : int
        Of the tile, odd: one tile for every site.
    """

    def __init__(
        self, configurations: NDArray[np.int8], temperature: float, n_states: int, width: int
    ) -> None:
        sites = tile_sites(configurations.shape[1], 1, width // 2)
        tiles, increments = touched_tiles(sites, n_states)
        self._states = np.ascontiguousarray(configurations.reshape(len(configurations), -1))
        self._codes = np.empty((len(configurations), len(sites)), np.int32)
        for start in range(0, len(configurations), 4096):
            rows = slice(start, start + 4096)
            self._codes[rows] = tile_codes(np.take(self._states[rows], sites, axis=1), n_states)
        self._tiles, self._increments = tiles.astype(np.int32), increments.astype(np.int32)
        self._beta, self._n_states = 1 / temperature, n_states
        self._threads = Threads()

    def __len__(self) -> int:
        return len(self._states)

    def part(self, count: int) -> "Conditionals":
        """Those of the first snapshots."""
        first = copy(self)
        first._states, first._codes = self._states[:count], self._codes[:count]
        return first

    def slopes(self, table: Array, features: Array) -> tuple[Array, Array, Array, Array]:
        """Minus the mean log-pseudolikelihood under a table of tile energies, and its slopes.

        Parameters
        ----------
        table : numpy.ndarray
            Energy of every pattern, float64 (patterns,).
        features : numpy.ndarray
            Values of the functions whose couplings may move, float64 (patterns, k).

        Returns
        -------
        losses : numpy.ndarray
            (n,), of each snapshot, in nats.
        scores : numpy.ndarray
            (n, k), slope of each snapshot's loss by each coupling.
        curvature : numpy.ndarray
            (k, k), mean second derivatives.
        by_pattern : numpy.ndarray
            (patterns,), mean slopes by the energy of each pattern.
        """
        count, many = len(self), self._threads.count

        def share(thread: int) -> tuple[Array, ...]:
            rows = slice(count * thread // many, count * (thread + 1) // many)
            codes, states = self._codes[rows], self._states[rows]
            losses, scores = np.zeros(len(codes)), np.zeros((len(codes), features.shape[1]))
            curvature, by_pattern = np.zeros((features.shape[1],) * 2), np.zeros(len(table))
            _add_slopes(
                codes, states, self._tiles, self._increments, table, features, self._beta,
                self._n_states, losses, scores, curvature, by_pattern,
            )  # fmt: skip
            return losses, scores, curvature, by_pattern

        losses, scores, curvatures, patterns = zip(*self._threads.map(share), strict=True)
        return (
            np.concatenate(losses),
            np.concatenate(scores),
            np.asarray(sum(curvatures) / count),
            np.asarray(sum(patterns) / count),
        )

    def curvatures(self, table: Array, features: Array) -> Array:
        """Mean second derivatives (k,) by each coupling alone; arguments as of `slopes`."""
        rows = slice(0, 300)  # enough to compare functions
        return np.asarray(
            _curvatures(
                self._codes[rows], self._states[rows], self._tiles, self._increments, table,
                features, self._beta, self._n_states,
            )
        )  # fmt: skip


@njit(cache=True, nogil=True)
def _curvatures(codes, states, tiles, increments, table, features, beta, n_states):  # type: ignore[no-untyped-def]
    """Variances of every feature over the states of a site, added up over the sites."""
    each, many = tiles.shape[1], features.shape[1]
    result = np.zeros(many)
    weights, changes = np.empty(n_states), np.empty((n_states, many))
    for row in range(len(codes)):
        for site in range(states.shape[1]):
            state = states[row, site]
            for other in range(n_states):
                energy = 0.0
                changes[other] = 0
                for k in range(each):
                    old = codes[row, tiles[site, k]]
                    new = old + (other - state) * increments[site, k]
                    energy += table[new] - table[old]
                    for c in range(many):
                        changes[other, c] += features[new, c] - features[old, c]
                weights[other] = np.exp(-beta * energy)
            weights /= weights.sum()
            for c in range(many):
                mean, square = 0.0, 0.0
                for other in range(n_states):
                    mean += weights[other] * changes[other, c]
                    square += weights[other] * changes[other, c] ** 2
                result[c] += beta * beta * (square - mean * mean)
    return result / len(codes)


@njit(cache=True, nogil=True)
def _add_slopes(  # type: ignore[no-untyped-def]
    codes, states, tiles, increments, table, features, beta, n_states,
    losses, scores, curvature, by_pattern,
):  # fmt: skip
    """For every site: weights of its states, and their means and covariances of the features."""
    each, moving = tiles.shape[1], features.shape[1]
    weights = np.empty(n_states)
    changes, mean = np.empty((n_states, moving)), np.empty(moving)
    for row in range(len(codes)):
        for site in range(states.shape[1]):
            state = states[row, site]
            for other in range(n_states):
                energy = 0.0
                changes[other] = 0
                for k in range(each):
                    old = codes[row, tiles[site, k]]
                    new = old + (other - state) * increments[site, k]
                    energy += table[new] - table[old]
                    for c in range(moving):
                        changes[other, c] += features[new, c] - features[old, c]
                weights[other] = -beta * energy
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
                    slope = -beta * weights[other]
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
                    curvature[c, d] += beta * beta * product
    for c in range(moving):
        for d in range(c):
            curvature[d, c] = curvature[c, d]


def _maximum(
    data: Conditionals, values: Array, start: Array
) -> tuple[Array, Array, tuple[Array, Array, Array, Array]]:
    """Couplings (k,) of functions (patterns, k) by Newton's method, their table and slopes.

    Raises
    ------
    _NoMaximumError
        If there is none.
    """
    couplings = start.copy()
    for _ in range(NEWTON_STEPS):
        table = values @ couplings
        found = data.slopes(table, values)
        gradient, curvature = found[1].mean(axis=0), found[2]
        step = np.linalg.lstsq(curvature, gradient, rcond=1e-10)[0]
        couplings -= step
        if gradient @ step / 2 < CONVERGED:
            return couplings, table, found
    raise _NoMaximumError


def find_law(
    configurations: NDArray[np.int8],
    temperature: float,
    n_states: int,
    functions: Sequence[ClusterFunction],
    width: int = 3,
) -> Law:
    """The functions that raise the likelihood of unseen snapshots, and their couplings.

    Parameters
    ----------
    configurations : numpy.ndarray
        States 0..Q-1, int8, shape (n, L, L), in no particular order.
    temperature : float
        Of the snapshots, J / k_B.
    n_states : int
    functions : sequence of ClusterFunction
        Candidates, of tiles of the given width; see `dcl.clusters.cluster_functions`.
    width : int
        Of the tile, odd.

    Raises
    ------
    InputError
        If there are fewer than 8 snapshots, or they hardly differ, so that no couplings are the
        most likely ones.

    Examples
    --------
    >>> from dcl.clusters import cluster_functions
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> from dcl import Ising
    >>> spins = sample_equilibrium(Ising(), 8, 4.0, 2000, seed=1)
    >>> law = find_law((spins + 1) // 2, 4.0, 2, cluster_functions(3, 2, 4))
    >>> [function.name for function in law.functions]
    ['(0,0)(0,1)', '(0,0)(1,0)']
    """
    if len(configurations) < LEAST_SNAPSHOTS:
        raise InputError(
            f"snapshots: found {len(configurations)}, expected {LEAST_SNAPSHOTS} or more"
        )
    searched = configurations[:MOST_SEARCHED]
    aside = np.arange(len(searched)) % KEPT_ASIDE == 0
    seen, unseen = (
        Conditionals(searched[rows], temperature, n_states, width) for rows in (~aside, aside)
    )
    values = np.array([function.values for function in functions]).T
    active, couplings, history = _search(seen, unseen, values)
    whole = Conditionals(configurations, temperature, n_states, width)
    while True:
        couplings, _, (_, scores, curvature, _) = _maximum(whole, values[:, active], couplings)
        errors = _standard_errors(scores, curvature)
        significance = np.abs(couplings) / errors
        if not active or significance.min() > LEAST_SIGNIFICANCE:
            break
        least = int(significance.argmin())
        active.pop(least)
        couplings = np.delete(couplings, least)
    return Law(
        tuple(functions[k] for k in active),
        couplings,
        errors,
        [{**entry, "name": functions[entry["function"]].name} for entry in history],
    )


def _standard_errors(scores: Array, curvature: Array) -> Array:
    inverse = np.linalg.pinv(curvature)
    covariance = inverse @ (scores.T @ scores / len(scores)) @ inverse / len(scores)
    return np.asarray(np.sqrt(np.diag(covariance)))


def _search(
    seen: Conditionals, unseen: Conditionals, values: Array
) -> tuple[list[int], Array, list[dict[str, Any]]]:
    """Numbers of the functions that are kept, their couplings, and what was tried."""
    active: list[int] = []
    failed: list[int] = []
    history: list[dict[str, Any]] = []
    couplings, table, none = np.zeros(0), np.zeros(len(values)), np.zeros((len(values), 0))
    losses = unseen.slopes(table, none)[0]
    while len(failed) < PATIENCE and len(active) + len(failed) < values.shape[1]:
        trial = [*active, _best(seen.part(FEW), values, active, failed, couplings)]
        moved, trial_table, _ = _maximum(seen, values[:, trial], np.append(couplings, 0.0))
        trial_losses = unseen.slopes(trial_table, none)[0]
        gain = _gain(losses, trial_losses)
        history.append({"function": trial[-1], "gain": gain})
        if gain > LEAST_GAIN:
            active, couplings, losses, failed = trial, moved, trial_losses, []
        else:
            failed.append(trial[-1])
    return active, couplings, history


def _best(
    data: Conditionals, values: Array, active: list[int], failed: list[int], couplings: Array
) -> int:
    """The function that raises the likelihood most, beside those that are there already.

    Where others are as good within their standard errors, the first of them, which couples the
    fewest sites.
    """
    table = values[:, active] @ couplings
    slopes = data.slopes(table, np.zeros((len(values), 0)))[3] @ values
    curvatures = data.curvatures(table, values)
    merit = slopes**2 / np.maximum(curvatures, 1e-9 * curvatures.max())
    merit[active + failed] = -1
    start = np.append(couplings, 0.0)
    losses: dict[int, Array] = {}
    for number in map(int, np.argsort(-merit, kind="stable")[:CONTENDERS]):
        if merit[number] >= 0:
            with suppress(_NoMaximumError):
                _, _, found = _maximum(data, values[:, [*active, number]], start)
                losses[number] = found[0]
    if not losses:
        raise _NoMaximumError
    lowest = min(losses.values(), key=np.mean)
    return min(number for number, found in losses.items() if _gain(found, lowest) <= LEAST_GAIN)


def _gain(before: Array, after: Array) -> float:
    """Mean fall of the losses of the same snapshots, in standard errors."""
    falls = before - after
    return float(falls.mean() / (falls.std() / np.sqrt(len(falls)) + 1e-12))
