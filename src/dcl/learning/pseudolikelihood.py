"""Couplings of cluster functions from snapshots, by the pseudolikelihood of single sites.

The probability of one site's state given all others, ln P(s_i | rest) = -E / T - ln Z_i, holds the
energy of that site's surroundings and no partition function (Besag, The Statistician 24, 179
(1975)); it is a concave function of the couplings, so that Newton's method finds the one maximum.
With all cluster functions at once the ordered states would add up the noise of hundreds of
couplings. So functions come in one at a time (`dcl.learning.coupling_search`), and only those stay
that predict snapshots kept aside: what the Hamiltonian consists of is found, not assumed.

Functions are looked for with at most 100,000 snapshots. The couplings are those of all snapshots,
of which it is enough to count the environments (`dcl.learning.local_environments`), so that all
others need never be in memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.clusters import ClusterFunction
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import SnapshotSet
from dcl.learning.coupling_errors import standard_errors, uncorrelated
from dcl.learning.coupling_search import CouplingSearch
from dcl.learning.environment_counts import EnvironmentCounts
from dcl.learning.local_environments import Environments
from dcl.learning.snapshot_split import split_by_configuration
from dcl.models.couplings_energy import weighted_clusters

__all__ = [
    "LEAST_SIGNIFICANCE",
    "InferredHamiltonian",
    "infer_hamiltonian",
    "log_pseudolikelihood",
    "most_searched",
    "standard_errors",
]

Array = NDArray[np.float64]

LEAST_SNAPSHOTS = 8
MOST_SEARCHED, MOST_SITES = 100_000, 2**25
"""Snapshots, and sites in all of them, with which functions are chosen; the couplings are those of
all snapshots."""
LEAST_SIGNIFICANCE = 3.0
"""Standard errors from zero that a coupling must have at the end, as an early function may have
stood for one that came later."""


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
        """Covariance of the couplings, float64 (n, n), in J^2."""
        found = np.eye(len(self.errors)) if self.correlations is None else self.correlations
        return np.asarray(self.errors[:, None] * found * self.errors)

    @property
    def clusters(self) -> list[ClusterFunction]:
        """Energies in J by the states of each cluster: functions times couplings, added up."""
        return weighted_clusters(self.functions, self.couplings)

    @property
    def terms(self) -> list[tuple[ClusterFunction, float, float]]:
        """Every function with its coupling and the error of this."""
        errors = self.errors.tolist()
        return list(zip(self.functions, self.couplings.tolist(), errors, strict=True))

    def described(self) -> list[dict[str, Any]]:
        """Name, coupling and error of every term, as the card of a model holds them."""
        return [
            {"name": function.name, "coupling": coupling, "error_if_independent": error}
            for function, coupling, error in self.terms
        ]


def log_pseudolikelihood(
    inferred: InferredHamiltonian,
    configurations: NDArray[np.int8],
    temperature: float,
    n_states: int,
) -> Array:
    """Sum over sites of ln P(state | all other sites), shape (n,), in nats.

    Parameters
    ----------
    inferred : InferredHamiltonian
    configurations : numpy.ndarray
        States 0..Q-1, int8, shape (n, L1, L2), of periodic lattices.
    temperature : float
        J / k_B.
    n_states : int

    Examples
    --------
    >>> free = InferredHamiltonian((), np.zeros(0), np.zeros(0), [])
    >>> states = np.zeros((1, 3, 3), np.int8)
    >>> log_pseudolikelihood(free, states, 1.0, n_states=2).round(4)  # -9 ln 2
    array([-6.2383])
    """
    _, rows, columns = configurations.shape
    around = Environments((rows, columns), inferred.functions, temperature, n_states, 0)
    return -around.by_snapshot(configurations, inferred.couplings)[0]


def infer_hamiltonian(
    configurations: NDArray[np.int8],
    temperature: float,
    n_states: int,
    functions: Sequence[ClusterFunction],
    width: int = 3,
    boundaries: Boundaries = "periodic",
    everything: SnapshotSet | None = None,
    independent: float | None = None,
    order: NDArray[np.int64] | None = None,
) -> InferredHamiltonian:
    """Find the functions that raise the likelihood of unseen snapshots, and their couplings.

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
    independent : float, optional
        Independent snapshots that all of them are worth; as many as there are by default.
    order : numpy.ndarray, optional
        Place of each snapshot in time, int (n,). Errors then follow from the autocorrelation time
        of each coupling's score, and `independent` counts for the search alone.

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
    options = (temperature, n_states, width - 1, boundaries)
    searched = configurations[: most_searched(configurations.shape)]
    count = len(configurations) if everything is None else everything.shape[0]
    aside, found = split_by_configuration(searched, n_states)
    originals = count * found / len(searched)
    worth = min(independent or count, originals)
    search = CouplingSearch(
        searched[~aside], searched[aside], functions, options, share=worth / count
    )
    active, couplings = search.run()
    parts: Iterable[NDArray[np.int8]] = [configurations]
    _, rows, columns = configurations.shape
    while True:
        kept = tuple(functions[k] for k in active)
        around = Environments((rows, columns), kept, *options)
        if everything is not None:
            parts = _states(everything)
        couplings, curvature = EnvironmentCounts.of(around, parts).maximum(couplings)
        scores = around.by_snapshot(searched, couplings)[1]
        each = worth if order is None else np.minimum(uncorrelated(scores, order), originals)
        errors, correlations = standard_errors(scores, curvature, each)
        significance = np.abs(couplings) / errors
        if not active or significance.min() > LEAST_SIGNIFICANCE:
            return InferredHamiltonian(kept, couplings, errors, search.history, correlations)
        least = int(significance.argmin())
        active.pop(least)
        couplings = np.delete(couplings, least)


def _states(snapshots: SnapshotSet) -> Iterator[NDArray[np.int8]]:
    """States 0..Q-1 of all snapshots, a part at a time."""
    return (np.maximum(part, 0) for part in snapshots.parts())


def most_searched(shape: tuple[int, ...]) -> int:
    """Count the snapshots with which functions are chosen, of all (n, L1, L2).

    Examples
    --------
    >>> most_searched((10**6, 16, 16)), most_searched((10**6, 64, 64)), most_searched((10, 8, 8))
    (100000, 8192, 10)
    """
    count, rows, columns = shape
    return min(count, MOST_SEARCHED, max(MOST_SITES // (rows * columns), LEAST_SNAPSHOTS))
