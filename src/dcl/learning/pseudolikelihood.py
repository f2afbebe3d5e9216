"""Couplings of cluster functions from snapshots, by the pseudolikelihood of single sites.

The probability of one site's state given all others, ln P(s_i | rest) = -E / T - ln Z_i, holds the
energy of that site's surroundings and no partition function (Besag, The Statistician 24, 179
(1975)); it is a concave function of the couplings, so that Newton's method finds the one maximum.
With all cluster functions at once the ordered states would add up the noise of hundreds of
couplings. So functions come in one at a time, the most significant first, and only those stay that
predict snapshots kept aside: what the Hamiltonian consists of is found, not assumed.

Functions are looked for with at most 100,000 snapshots. The couplings are those of all snapshots,
of which it is enough to count the patterns of the few sites that the functions found couple, so
that all others need never be in memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.clusters import ClusterFunction
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import SnapshotSet
from dcl.learning.conditionals import (
    Conditionals,
    EnvironmentChunks,
    Gradient,
    LocalEnvironments,
    count_environments,
    seen_offsets,
)

__all__ = ["InferredHamiltonian", "infer_hamiltonian", "log_pseudolikelihood", "most_searched"]

Array = NDArray[np.float64]

LEAST_SNAPSHOTS = 8
KEPT_ASIDE = 4
"""Every fourth snapshot judges the functions that the others suggest."""
CONTENDERS = 32
"""Functions with the steepest gradient, each of which is fitted to a few snapshots."""
FEW = 1000
"""Snapshots to which contenders are fitted."""
MOST_SEARCHED, MOST_SITES = 100_000, 2**25
"""Snapshots, and sites in all of them, with which functions are chosen; the couplings are those of
all snapshots."""
MOST_PATTERNS = 2**22
"""Patterns of coupled sites that are counted."""
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
class InferredHamiltonian:
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
    correlations : numpy.ndarray
        float64 (n, n), of the errors; by default they are independent.
    """

    functions: tuple[ClusterFunction, ...]
    couplings: Array
    errors: Array
    history: list[dict[str, Any]]
    correlations: Array | None = None

    @property
    def covariance(self) -> Array:
        """Of the couplings, float64 (n, n), in J^2."""
        found = np.eye(len(self.errors)) if self.correlations is None else self.correlations
        return np.asarray(self.errors[:, None] * found * self.errors)

    @property
    def table(self) -> Array:
        """Energy of every tile pattern, float64 (Q ** (w * w),), in J; zero without functions."""
        terms = zip(self.couplings, self.functions, strict=True)
        return np.asarray(sum(coupling * function.values for coupling, function in terms))

    def described(self) -> list[dict[str, Any]]:
        """Name, coupling and error of every term, as the card of a model holds them."""
        terms = zip(self.functions, self.couplings.tolist(), self.errors.tolist(), strict=True)
        return [
            {"name": function.name, "coupling": coupling, "error_if_independent": error}
            for function, coupling, error in terms
        ]


def _states(snapshots: SnapshotSet) -> Iterator[NDArray[np.int8]]:
    """States 0..Q-1 of all snapshots, a part at a time."""
    return (np.maximum(part, 0) for part in snapshots.parts())


def _maximum(
    data: LocalEnvironments | EnvironmentChunks, values: Array, start: Array
) -> tuple[Array, Array, Gradient]:
    """Couplings (k,) of functions (patterns, k) by Newton's method, their table and gradient.

    Raises
    ------
    _NoMaximumError
        If there is none.
    """
    couplings = start.copy()
    for _ in range(NEWTON_STEPS):
        table = values @ couplings
        found = data.gradient(table, values)
        gradient = found.by_pattern @ values
        step = np.linalg.lstsq(found.curvature, gradient, rcond=1e-10)[0]
        couplings -= step
        if gradient @ step / 2 < CONVERGED:
            return couplings, table, found
    raise _NoMaximumError


def log_pseudolikelihood(
    table: Array, configurations: NDArray[np.int8], temperature: float, n_states: int, width: int
) -> Array:
    """Sum over sites of ln P(state | all other sites), shape (n,), in nats.

    Parameters
    ----------
    table : numpy.ndarray
        Energy of every pattern of a tile, float64 (Q ** (w * w),), in J; one tile for every site.
    configurations : numpy.ndarray
        States 0..Q-1, int8, shape (n, L, L).
    temperature : float
        J / k_B.
    n_states : int
    width : int
        w, odd.

    Examples
    --------
    >>> free, states = np.zeros(2), np.zeros((1, 3, 3), np.int8)
    >>> log_pseudolikelihood(free, states, 1.0, n_states=2, width=1).round(4)  # -9 ln 2
    array([-6.2383])
    """
    data = Conditionals(configurations, temperature, n_states, width)
    return -data.gradient(table, np.zeros((len(table), 0)))[0]


def infer_hamiltonian(
    configurations: NDArray[np.int8],
    temperature: float,
    n_states: int,
    functions: Sequence[ClusterFunction],
    width: int = 3,
    boundaries: Boundaries = "periodic",
    everything: SnapshotSet | None = None,
) -> InferredHamiltonian:
    """The functions that raise the likelihood of unseen snapshots, and their couplings.

    Parameters
    ----------
    configurations : numpy.ndarray
        States 0..Q-1, int8, shape (n, L1, L2), in no particular order.
    temperature : float
        Of the snapshots, J / k_B.
    n_states : int
    functions : sequence of ClusterFunction
        Candidates, of tiles of the given width; see `dcl.lattice.clusters.cluster_functions`.
    width : int
        Of the tile, odd.
    boundaries : {"periodic", "open"}
        With open ones the fit uses the sites whose whole surroundings are inside the lattice.
    everything : SnapshotSet, optional
        All snapshots, if `configurations` is only a random sample of them.

    Raises
    ------
    InputError
        If there are fewer than 8 snapshots, or they hardly differ, so that no couplings are the
        most likely ones.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> from dcl import Ising
    >>> spins = sample_equilibrium(Ising(), 8, 4.0, 2000, seed=1)
    >>> inferred = infer_hamiltonian((spins + 1) // 2, 4.0, 2, cluster_functions(3, 2, 4))
    >>> [function.name for function in inferred.functions]
    ['(0,0)(0,1)', '(0,0)(1,0)']
    """
    if len(configurations) < LEAST_SNAPSHOTS:
        raise InputError(
            f"snapshots: found {len(configurations)}, expected {LEAST_SNAPSHOTS} or more"
        )
    options = (temperature, n_states, width, boundaries)
    searched = configurations[: most_searched(configurations.shape)]
    aside = np.arange(len(searched)) % KEPT_ASIDE == 0
    seen, unseen = (Conditionals(searched[rows], *options) for rows in (~aside, aside))
    values = np.array([function.values for function in functions]).T
    active, couplings, history = _search(seen, unseen, values)
    del seen, unseen
    sample = Conditionals(searched, *options)
    offsets, count = seen_offsets(functions[k] for k in active), len(configurations)
    parts: Callable[[], Iterable[NDArray[np.int8]]] = partial(iter, [configurations])
    if everything:
        count, parts = everything.shape[0], partial(_states, everything)
    whole: LocalEnvironments | EnvironmentChunks = EnvironmentChunks(parts, *options)
    if n_states ** len(offsets) <= MOST_PATTERNS and min(configurations.shape[1:]) >= width:
        whole = count_environments(parts(), *options, offsets)
    while True:
        features = values[:, active]
        couplings, table, found = _maximum(whole, features, couplings)
        scores = sample.gradient(table, features).scores
        errors, correlations = _standard_errors(scores, found.curvature, count)
        significance = np.abs(couplings) / errors
        if not active or significance.min() > LEAST_SIGNIFICANCE:
            break
        least = int(significance.argmin())
        active.pop(least)
        couplings = np.delete(couplings, least)
    return InferredHamiltonian(
        tuple(functions[k] for k in active),
        couplings,
        errors,
        [{**entry, "name": functions[entry["function"]].name} for entry in history],
        correlations,
    )


def most_searched(shape: tuple[int, ...]) -> int:
    """Of snapshots (n, L1, L2), those with which functions are chosen.

    Examples
    --------
    >>> most_searched((10**6, 16, 16)), most_searched((10**6, 64, 64)), most_searched((10, 8, 8))
    (100000, 8192, 10)
    """
    count, rows, columns = shape
    return min(count, MOST_SEARCHED, max(MOST_SITES // (rows * columns), LEAST_SNAPSHOTS))


def _standard_errors(scores: Array, curvature: Array, count: int) -> tuple[Array, Array]:
    """Of the couplings of `count` snapshots, and their correlations.

    The scores of a random sample tell their spread, those of all snapshots add up to zero.
    """
    inverse = np.linalg.pinv(curvature)
    covariance = inverse @ (scores.T @ scores / len(scores)) @ inverse / count
    errors = np.sqrt(np.diag(covariance))
    return errors, np.asarray(covariance / np.outer(errors, errors))


def _search(
    seen: LocalEnvironments, unseen: LocalEnvironments, values: Array
) -> tuple[list[int], Array, list[dict[str, Any]]]:
    """Numbers of the functions that are kept, their couplings, and what was tried."""
    active: list[int] = []
    failed: list[int] = []
    history: list[dict[str, Any]] = []
    couplings, table, none = np.zeros(0), np.zeros(len(values)), np.zeros((len(values), 0))
    losses = unseen.gradient(table, none).losses
    while len(failed) < PATIENCE and len(active) + len(failed) < values.shape[1]:
        trial = [*active, _best(seen.part(FEW), values, active, failed, couplings)]
        moved, trial_table, _ = _maximum(seen, values[:, trial], np.append(couplings, 0.0))
        trial_losses = unseen.gradient(trial_table, none).losses
        gain = _gain(losses, trial_losses)
        history.append({"function": trial[-1], "gain": gain})
        if gain > LEAST_GAIN:
            active, couplings, losses, failed = trial, moved, trial_losses, []
        else:
            failed.append(trial[-1])
    return active, couplings, history


def _best(
    data: LocalEnvironments, values: Array, active: list[int], failed: list[int], couplings: Array
) -> int:
    """The function that raises the likelihood most, beside those that are there already.

    Where others are as good within their standard errors, the first of them, which couples the
    fewest sites.
    """
    table = values[:, active] @ couplings
    gradient = data.gradient(table, np.zeros((len(values), 0))).by_pattern @ values
    curvatures = data.curvatures(table, values)
    merit = gradient**2 / np.maximum(curvatures, 1e-9 * curvatures.max())
    merit[active + failed] = -1
    start = np.append(couplings, 0.0)
    losses: dict[int, Array] = {}
    for number in map(int, np.argsort(-merit, kind="stable")[:CONTENDERS]):
        if merit[number] >= 0:
            with suppress(_NoMaximumError):
                _, _, found = _maximum(data, values[:, [*active, number]], start)
                losses[number] = found.losses
    if not losses:
        raise _NoMaximumError
    lowest = min(losses.values(), key=np.mean)
    return min(number for number, found in losses.items() if _gain(found, lowest) <= LEAST_GAIN)


def _gain(before: Array, after: Array) -> float:
    """Mean fall of the losses of the same snapshots, in standard errors."""
    falls = before - after
    return float(falls.mean() / (falls.std() / np.sqrt(len(falls)) + 1e-12))
