"""Local environments of sites, counted, and the pseudolikelihood of couplings on the counts.

The states that a site is coupled to decide what a change of its own state adds to every cluster
function. Environments that occur often are evaluated once, weighted by their counts. Loss and
derivatives are those of minus the log-pseudolikelihood a snapshot, in nats (Besag, The Statistician
24, 179 (1975)); it is convex in the couplings.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.cluster_placements import placements
from dcl.lattice.clusters import ClusterFunction
from dcl.lattice.geometry import Boundaries, inside_sites

__all__ = ["Derivatives", "EnvironmentCounts", "Environments", "NoMaximumError"]

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
        self._beta, self._size = 1 / temperature, float(n_states) ** len(placed.cells)
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
        _change(codes, self._n_states, *self._placed, result)
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
        chances, losses = self._chances(changes, couplings)
        means = (chances[:, None] @ changes)[:, 0]
        flat = changes.reshape(chances.size, changes.shape[2])
        curvature = flat.T @ ((chances * weights[:, None]).reshape(-1, 1) * flat)
        curvature -= means.T @ (weights[:, None] * means)
        return Derivatives(losses, -self._beta * means, self._beta**2 * curvature)

    def _chances(self, changes: Array, couplings: Array) -> tuple[Array, Array]:
        """Probabilities of the other states (m, Q - 1), and minus ln P of the present one (m,)."""
        exponents = -self._beta * (changes @ couplings)
        highest = np.maximum(exponents.max(axis=1), 0.0)
        factors = np.exp(exponents - highest[:, None])
        total = factors.sum(axis=1) + np.exp(-highest)
        return factors / total[:, None], highest + np.log(total)

    def scores(
        self, changes: Array, couplings: Array, active: list[int], count: int
    ) -> tuple[Array, Array]:
        """Gradients of the losses of snapshots by all couplings, and their curvatures.

        Parameters
        ----------
        changes : numpy.ndarray
            Of all sites of `count` snapshots in order, float64 (count * places, Q - 1, K).
        couplings : numpy.ndarray
            Float64 (K,), zero but for the active ones.
        active : list of int
        count : int

        Returns
        -------
        scores : numpy.ndarray
            Float64 (count, K).
        information : numpy.ndarray
            Curvature of the mean loss by each coupling and itself, and by each and the active ones,
            float64 (K, 1 + active).
        """
        many = changes.shape[2]
        scores, information = np.empty((count, many)), np.zeros((many, 1 + len(active)))
        each = max(1, BLOCK // 4 // self.places)
        for start in range(0, count, each):
            stop = min(start + each, count)
            part = changes[start * self.places : stop * self.places]
            chances, _ = self._chances(part[:, :, active], couplings[active])
            means = (chances[:, None] @ part)[:, 0]
            scores[start:stop] = -self._beta * means.reshape(stop - start, self.places, many).sum(
                axis=1
            )
            for chance, change in zip(chances.T, part.swapaxes(0, 1), strict=True):
                weighted = chance[:, None] * change
                information[:, 0] += np.einsum("mk,mk->k", weighted, change)
                information[:, 1:] += weighted.T @ change[:, active]
            information[:, 0] -= np.einsum("mk,mk->k", means, means)
            information[:, 1:] -= means.T @ means[:, active]
        return scores, self._beta**2 / count * information

    def lowest_losses(self, changes: Array, start: Array, direction: Array, count: int) -> Array:
        """Losses (count,) of snapshots at the lowest point of a line of couplings.

        Parameters
        ----------
        changes : numpy.ndarray
            Of all sites of `count` snapshots in order, float64 (count * places, Q - 1, k).
        start, direction : numpy.ndarray
            Of the line, float64 (k,).
        count : int

        Raises
        ------
        NoMaximumError
            If the losses fall for ever.
        """
        there, along, length = changes @ start, changes @ direction, np.zeros(1)
        for _ in range(NEWTON_STEPS):
            line = (there + length * along)[:, :, None]
            chances, losses = self._chances(line, np.ones(1))
            means = (chances * along).sum(axis=1)
            slope = -self._beta * means.sum() / count
            curvature = self._beta**2 * ((chances * along**2).sum() - means @ means) / count
            if slope**2 / 2 < CONVERGED * curvature:
                return np.asarray(losses.reshape(count, self.places).sum(axis=1))
            length = length - slope / max(curvature, 1e-300)
        raise NoMaximumError

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
            values, inverse, _ = self._unique(codes)
            found = self.derivatives(self.changes(values), couplings, np.zeros(len(values)))
            losses[rows] = found.losses[inverse].sum(axis=1)
            for k, gradient in enumerate(found.gradients.T):
                scores[rows, k] = gradient[inverse].sum(axis=1)
        return losses, scores

    def _unique(self, codes: Codes) -> tuple[Codes, Codes, Codes]:
        """Codes that occur, the place of each in them, and their counts."""
        if self._size > DENSE:
            values, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
            return values, inverse.reshape(codes.shape), counts
        counts = np.bincount(codes.ravel(), minlength=int(self._size))
        values = np.flatnonzero(counts)
        place = np.zeros(len(counts), np.int64)
        place[values] = np.arange(len(values))
        return values, place[codes], counts[values]

    def count(self, parts: Iterable[NDArray[np.int8]]) -> "EnvironmentCounts":
        """Count the environments of all snapshots, a part at a time."""
        values, counts, snapshots = np.zeros(0, np.int64), np.zeros(0, np.int64), 0
        for part in parts:
            snapshots += len(part)
            each = max(1, BLOCK * 16 // self.places)
            for start in range(0, len(part), each):
                more, _, often = self._unique(self.codes(part[start : start + each]))
                both, place = np.unique(np.concatenate([values, more]), return_inverse=True)
                counts = np.bincount(place, np.concatenate([counts, often])).astype(np.int64)
                values = both
        return EnvironmentCounts(self, values, counts / snapshots)


class EnvironmentCounts:
    """Environments of a set of snapshots, each with how often it occurs in one.

    Parameters
    ----------
    around : Environments
    codes : numpy.ndarray
        Int64 (m,), all different.
    weights : numpy.ndarray
        Float64 (m,), occurrences a snapshot.
    """

    def __init__(self, around: Environments, codes: Codes, weights: Array) -> None:
        self._around, self._codes, self._weights = around, codes, weights
        self._held = around.changes(codes) if len(codes) <= BLOCK else None

    def _blocks(self) -> Iterator[tuple[Array, Array]]:
        if self._held is not None:
            yield self._held, self._weights
            return
        for start in range(0, len(self._codes), BLOCK):
            rows = slice(start, start + BLOCK)
            yield self._around.changes(self._codes[rows]), self._weights[rows]

    def gradient(self, couplings: Array) -> tuple[Array, Array]:
        """Gradient (k,) and curvature (k, k) of the loss of a snapshot."""
        gradient, curvature = np.zeros(len(couplings)), np.zeros((len(couplings),) * 2)
        for changes, weights in self._blocks():
            found = self._around.derivatives(changes, couplings, weights)
            gradient += weights @ found.gradients
            curvature += found.curvature
        return gradient, curvature

    def maximum(self, start: Array) -> tuple[Array, Array]:
        """Most likely couplings (k,) by Newton's method, and the curvature (k, k) there.

        Raises
        ------
        NoMaximumError
            If there are none.
        """
        couplings = start.copy()
        for _ in range(NEWTON_STEPS):
            gradient, curvature = self.gradient(couplings)
            step = np.linalg.lstsq(curvature, gradient, rcond=1e-10)[0]
            couplings -= step
            if gradient @ step / 2 < CONVERGED:
                return couplings, curvature
        raise NoMaximumError


@njit(cache=True, nogil=True)
def _number(states, seen, n_states, codes):  # type: ignore[no-untyped-def]
    for row in range(len(states)):
        for place in range(len(seen)):
            number = np.int64(0)
            for k in range(seen.shape[1] - 1, -1, -1):
                number = number * n_states + states[row, seen[place, k]]
            codes[row, place] = number


@njit(cache=True, nogil=True)
def _change(codes, n_states, cells, owners, starts, digits, factors, own, tables, result):  # type: ignore[no-untyped-def]
    states = np.empty(len(cells), np.int64)
    for row in range(len(codes)):
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
