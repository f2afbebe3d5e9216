"""Local environments of sites, and the pseudolikelihood of couplings on them.

The states that a site is coupled to decide what a change of its own state adds to every cluster
function. Loss and derivatives are those of minus the log-pseudolikelihood a snapshot, in nats
(Besag, The Statistician 24, 179 (1975)); it is convex in the couplings.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.cluster_placements import placements
from dcl.lattice.clusters import ClusterFunction
from dcl.lattice.geometry import Boundaries, inside_sites
from dcl.machine import over_threads

__all__ = ["BLOCK", "CONVERGED", "NEWTON_STEPS", "Derivatives", "Environments", "NoMaximumError"]

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

BLOCK = 2**16
"""Environments that are evaluated at a time, and sites whose codes are in memory at a time."""
DENSE = 2**20
"""Possible environments that are counted in a table; more are sorted."""
NEWTON_STEPS = 12
CONVERGED = 1e-9
"""Nats a snapshot that a Newton step promises to gain."""


class NoMaximumError(InputError):
    """No finite couplings are the most likely ones."""

    def __init__(self) -> None:
        super().__init__(
            "snapshots: found states that follow from their neighbours without exception, expected "
            "some disorder: a higher temperature, or more snapshots"
        )


class Derivatives(NamedTuple):
    """Loss (rows,), gradient (rows, k) and curvature (k, k), the last summed with weights."""

    losses: Array
    gradients: Array
    curvature: Array


class Environments:
    """The states around each site that cluster functions couple to it.

    An environment's code holds the site's own state in its lowest digit, and the others in order.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the lattice.
    functions : sequence of ClusterFunction
    temperature : float
        Of the snapshots, J / k_B.
    n_states : int
        Q.
    reach : int
        Sites that an open lattice must have on all sides of a site that counts.
    boundaries : {"periodic", "open"}

    Raises
    ------
    InputError
        If an open lattice has no site so far inside.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> pair = cluster_functions(3, 2, 2, ("point-group", "states"))[:1]
    >>> around = Environments((4, 4), pair, 1.0, 2, 2)
    >>> codes = around.codes(np.zeros((1, 4, 4), np.int8))
    >>> codes.shape, around.changes(codes[0, :1])  # a spin turned against its four neighbours
    ((1, 16), array([[[-8.]]]))
    """

    def __init__(
        self,
        shape: tuple[int, int],
        functions: Sequence[ClusterFunction],
        temperature: float,
        n_states: int,
        reach: int,
        boundaries: Boundaries = "periodic",
    ) -> None:
        placed = placements(functions, shape)
        inside = inside_sites(*shape, reach, boundaries)
        self._seen = placed.around(inside, shape)
        self._placed, self._many, self._n_states = placed, len(functions), n_states
        self.beta, self._size = 1 / temperature, float(n_states) ** len(placed.cells)
        if self._size >= 2.0**63:
            raise InputError(
                f"n_states: found {n_states} with {len(placed.cells)} coupled sites, expected fewer"
            )

    @property
    def places(self) -> int:
        """Number of sites that count."""
        return len(self._seen)

    def codes(self, configurations: NDArray[np.int8]) -> Codes:
        """Number the environments of all sites that count, int64 (n, places).

        Parameters
        ----------
        configurations : numpy.ndarray
            States 0..Q-1, int8, shape (n, L1, L2).
        """
        codes = np.empty((len(configurations), self.places), np.int64)
        flat = configurations.reshape(len(configurations), -1)
        _number(flat, self._seen, self._n_states, codes)
        return codes

    def changes(self, codes: Codes) -> Array:
        """Change every function by each other state of the site, float64 (m, Q - 1, functions).

        The other states are in the order (s + 1) % Q, (s + 2) % Q, ... after the present one, s.
        """
        result = np.zeros((len(codes), self._n_states - 1, self._many))
        over_threads(_change, len(codes), result.size, codes, self._n_states, *self._placed, result)
        return result

    def derivatives(self, changes: Array, couplings: Array, weights: Array) -> Derivatives:
        """Differentiate the loss of environments by the couplings.

        Parameters
        ----------
        changes : numpy.ndarray
            Float64 (m, Q - 1, k), from `changes`.
        couplings : numpy.ndarray
            Float64 (k,), in J.
        weights : numpy.ndarray
            Float64 (m,), of the environments in the curvature.
        """
        chances, losses = self.chances(changes, couplings)
        means = (chances[:, None] @ changes)[:, 0]
        flat = changes.reshape(chances.size, changes.shape[2])
        curvature = flat.T @ ((chances * weights[:, None]).reshape(-1, 1) * flat)
        curvature -= means.T @ (weights[:, None] * means)
        return Derivatives(losses, -self.beta * means, self.beta**2 * curvature)

    def chances(self, changes: Array, couplings: Array) -> tuple[Array, Array]:
        """Probabilities of the other states (m, Q - 1), and minus ln P of the present one (m,)."""
        exponents = -self.beta * (changes @ couplings)
        highest = np.maximum(exponents.max(axis=1), 0.0)
        factors = np.exp(exponents - highest[:, None])
        total = factors.sum(axis=1) + np.exp(-highest)
        return factors / total[:, None], highest + np.log(total)

    def by_snapshot(
        self, configurations: NDArray[np.int8], couplings: Array
    ) -> tuple[Array, Array]:
        """Sum losses (n,) and their gradients (n, k) over the sites of each snapshot."""
        count = len(configurations)
        losses, scores = np.empty(count), np.empty((count, self._many))
        each = max(1, BLOCK * 4 // self.places)
        for start in range(0, count, each):
            rows = slice(start, start + each)
            codes = self.codes(configurations[rows])
            values, inverse, _ = self.unique(codes)
            found = self.derivatives(self.changes(values), couplings, np.zeros(len(values)))
            losses[rows] = found.losses[inverse].sum(axis=1)
            for k, gradient in enumerate(found.gradients.T):
                scores[rows, k] = gradient[inverse].sum(axis=1)
        return losses, scores

    def unique(self, codes: Codes) -> tuple[Codes, Codes, Codes]:
        """Find the codes that occur, the place of each in them, and their counts."""
        if self._size > DENSE:
            values, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
            return values, inverse.reshape(codes.shape), counts
        counts = np.bincount(codes.ravel(), minlength=int(self._size))
        values = np.flatnonzero(counts)
        place = np.zeros(len(counts), np.int64)
        place[values] = np.arange(len(values))
        return values, place[codes], counts[values]


@njit(cache=True, nogil=True)
def _number(states, seen, n_states, codes):  # type: ignore[no-untyped-def]
    for row in range(len(states)):
        for place in range(len(seen)):
            number = np.int64(0)
            for k in range(seen.shape[1] - 1, -1, -1):
                number = number * n_states + states[row, seen[place, k]]
            codes[row, place] = number


@njit(cache=True, nogil=True)
def _change(  # type: ignore[no-untyped-def]
    begin, end, codes, n_states, cells, owners, starts, digits, factors, own, tables, result
):
    states = np.empty(len(cells), np.int64)
    for row in range(begin, end):
        code = codes[row]
        for cell in range(len(cells)):
            states[cell] = code % n_states
            code //= n_states
        for k in range(len(owners)):
            place = starts[k]
            for site in range(digits.shape[1]):
                place += factors[k, site] * states[digits[k, site]]
            for other in range(n_states - 1):
                state = (states[0] + 1 + other) % n_states
                moved = place + (state - states[0]) * own[k]
                result[row, other, owners[k]] += tables[moved] - tables[place]
