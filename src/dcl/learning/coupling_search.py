"""Forward search for the cluster functions that snapshots call for.

No candidate is fitted to be judged (`dcl.learning.score_tests`). Where the promised steps are so
long that the likelihood is no parabola, it is followed along them. The best candidate is fitted,
and stays if snapshots kept aside are more likely with it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.clusters import ClusterFunction
from dcl.learning.environment_counts import EnvironmentCounts
from dcl.learning.local_environments import Environments, NoMaximumError
from dcl.learning.score_tests import lowest_losses, score_gains, scores_of

__all__ = ["CouplingSearch"]

Array = NDArray[np.float64]
States = NDArray[np.int8]
Integers = NDArray[np.int64]

SCORED = 1000
"""Snapshots whose scores compare the candidates."""
MOST_VALUES = 2**25
"""Changes of functions that are in memory for it, 256 MiB."""
PATIENCE = 3
"""Functions in a row that may fail before the search ends."""
MOST_UNBOUNDED = 32
"""Functions without a most likely coupling that are passed over before the search ends."""
LEAST_GAIN = 2.0
"""Standard errors by which a function must raise the likelihood of the snapshots kept aside."""


LONG_STEP = 0.01
"""Nats a site of a promised gain, above which the likelihood is followed along the step."""
CONTENDERS = 32
"""Candidates for which it is."""


@dataclass
class CouplingSearch:
    """Functions that raise the likelihood of unseen snapshots, found one at a time.

    Parameters
    ----------
    seen, unseen : numpy.ndarray
        Snapshots to fit to and to judge by, states 0..Q-1, int8 (n, L1, L2).
    functions : sequence of ClusterFunction
        Candidates, those of fewer sites first.
    options : tuple
        Temperature, number of states, reach and boundaries, as of `Environments`.
    share : float
        Independent snapshots a snapshot, at most 1.
    """

    seen: States
    unseen: States
    functions: Sequence[ClusterFunction]
    options: tuple[Any, ...]
    share: float = 1.0
    history: list[dict[str, Any]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        each, chosen = len(self.functions), range(len(self.functions))
        if self.options[1] ** 25 >= 2**63:  # codes of all cells of 5 x 5 would not fit: one by one
            each = 1
        around = self._environments(chosen[:each])
        values = around.places * (self.options[1] - 1) * len(self.functions)
        few = self.seen[: max(min(SCORED, MOST_VALUES // values), 1)]
        groups = [self._environments(chosen[k : k + each]) for k in chosen[::each]]
        changes = [group.changes(group.codes(few).ravel()) for group in groups]
        self._few = around, np.concatenate(changes, axis=2), len(few)

    def run(self) -> tuple[list[int], Array]:
        """Search until several functions in a row have failed.

        Returns
        -------
        active : list of int
            Numbers of the functions that are kept, in the order in which they were found.
        couplings : numpy.ndarray
            Of the snapshots seen, float64, in J.

        Raises
        ------
        NoMaximumError
            If no function has a most likely coupling.
        """
        active: list[int] = []
        failed: list[int] = []
        unbounded: list[int] = []
        couplings = np.zeros(0)
        losses = self._losses(active, couplings)
        while len(failed) < PATIENCE and len(unbounded) < MOST_UNBOUNDED:
            number = self._best(active, failed + unbounded, couplings)
            if number is None:
                break
            trial = [*active, number]
            try:
                counts = EnvironmentCounts.of(self._environments(trial), [self.seen])
                moved, _ = counts.maximum(np.append(couplings, 0.0))
            except NoMaximumError:
                unbounded.append(number)
                continue
            trial_losses = self._losses(trial, moved)
            gain = _in_errors(losses - trial_losses) * self.share**0.5
            self.history.append({"name": self.functions[number].name, "gain": gain})
            if gain > LEAST_GAIN:
                active, couplings, losses, failed = trial, moved, trial_losses, []
            else:
                failed.append(number)
        if not self.history and len(self.functions):
            raise NoMaximumError
        return active, couplings

    def _environments(self, numbers: Sequence[int]) -> Environments:
        _, rows, columns = self.seen.shape
        return Environments((rows, columns), [self.functions[k] for k in numbers], *self.options)

    def _losses(self, numbers: list[int], couplings: Array) -> Array:
        return self._environments(numbers).by_snapshot(self.unseen, couplings)[0]

    def _best(self, active: list[int], excluded: list[int], couplings: Array) -> int | None:
        """Number of the function that promises the largest gain; the first of equal ones.

        Where others are as good within their standard errors, the first couples the fewest sites.
        """
        around, changes, count = self._few
        full = np.zeros(len(self.functions))
        full[active] = couplings
        scores, information = scores_of(around, changes, full, active, count)
        by_snapshot, gains, weights, _ = score_gains(scores, information, active)
        left = np.setdiff1d(np.arange(len(full)), active + excluded)
        if left.size and gains[left].max() > LONG_STEP * around.places:
            left = np.sort(left[np.argsort(-gains[left], kind="stable")[:CONTENDERS]])
            left = self._follow(left, active, couplings, weights, by_snapshot)
            gains = by_snapshot.mean(axis=0)
        if not left.size:
            return None
        best = left[gains[left].argmax()]
        for number in left:
            spread = (by_snapshot[:, best] - by_snapshot[:, number]).std() / count**0.5
            behind = gains[best] - gains[number]
            if behind <= LEAST_GAIN * spread / self.share**0.5 + 1e-12:
                return int(number)
        return int(best)

    def _follow(
        self, left: Integers, active: list[int], couplings: Array, weights: Array, gains: Array
    ) -> Integers:
        """Put the gains (n, K) of snapshots along promised steps in their place.

        Returns the candidates that have a most likely coupling.
        """
        around, changes, count = self._few
        bounded = []
        for number in left:
            columns = changes[:, :, [*active, number]]
            direction = np.append(-weights[:, number], 1.0)
            with suppress(NoMaximumError):
                start = np.append(couplings, 0.0)
                gains[:, number] = -lowest_losses(around, columns, start, direction, count)
                bounded.append(number)
        return np.array(bounded, np.int64)


def _in_errors(values: Array) -> float:
    """Mean of values, in its standard errors."""
    return float(values.mean() / (values.std() / np.sqrt(len(values)) + 1e-12))
