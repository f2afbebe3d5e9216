"""Inspection of snapshots, before anything is fitted to them.

Snapshots are looked at a part at a time, so that they need not fit into memory. Of more than a
million, the autocorrelation along the file is that of the first million, and the number of distinct
ones is an estimate.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from dcl.analysis.autocorrelation import Estimate
from dcl.analysis.snapshot_statistics import LONGEST, SnapshotStatistics
from dcl.errors import InputError
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import SnapshotSet

__all__ = ["Inspection", "inspect"]

FOR_COUPLINGS, FOR_SEQUENCE = 1000, 100_000
"""Independent snapshots that a pseudolikelihood fit and a sequence model of an 8 x 8 lattice should
have; see the chapter on accuracy."""
LEAST = 10
"""Independent snapshots below which nothing is learned."""
ONE_STATE = 0.98
"""Share of the sites in one state, above which a field and couplings look the same."""
FALSE_ALARM = 1e-4
"""Probability at most that snapshots of a periodic lattice are said to look open."""


@dataclass(frozen=True)
class Inspection:
    """Description of snapshots, as `inspect` makes it.

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
    originals : float
        Snapshots that are no copies or images of others, see `dcl.lattice.copies.group_copies`.
    edges : {"open", "periodic", ""}
        Boundaries that the data look like, see `inspect`; empty where that cannot be told.
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
    originals: float
    edges: str = ""
    remarks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of snapshots."""
        return self.shape[0]

    @property
    def independent(self) -> float:
        """Independent snapshots that the file is worth, n / (2 tau) with the longer time.

        There are no more than originals, or distinct ones if these are fewer than 10: copies are no
        data.
        """
        most = self.distinct if self.distinct < LEAST else self.originals
        return min(self.uncorrelated, most)

    @property
    def uncorrelated(self) -> float:
        """Independent snapshots as autocorrelation along the file has it."""
        times = (self.magnetisation.autocorrelation_time, self.agreement.autocorrelation_time)
        return self.count / (2 * max(times))

    def require_enough(self) -> None:
        """Raise InputError if there are fewer than 10 independent snapshots."""
        if self.independent < LEAST:
            raise InputError(
                f"snapshots: found {self.count} that are worth about {self.independent:.0f} "
                f"independent ones ({self.distinct} distinct), expected {LEAST} or more"
            )

    @property
    def warnings(self) -> list[str]:
        """Points to consider before fitting, one line each."""
        found = [*self.doubts]
        if self.uncorrelated < self.count / 4:
            found.append(
                "neighbours in the file are correlated: it is worth about "
                f"{self.uncorrelated:.0f} independent snapshots"
            )
        _, rows, columns = self.shape
        if self.originals < 0.9 * self.count:
            shown = f"only {self.originals:.0f} of {self.count} snapshots"
            found.append(f"{shown} are no copies or images of others")
        if self.boundaries == "periodic" and self.edges == "open":
            found.append(
                "pairs across the edges agree as those of an open lattice do: --boundaries open?"
            )
        never = [str(state) for state, share in enumerate(self.shares) if share == 0]
        if never and self.n_states > 2:
            found.append(f"no site is ever in state {' or '.join(never)}: are states 0 to Q - 1?")
        if max(self.shares) > ONE_STATE:
            found.append("nearly all sites are in one state: --symmetries states if no field is on")
        if self.correlation_length > min(rows, columns) / 4:
            found.append(
                "the correlation length is more than a quarter of the lattice: near or below a "
                "transition, energies of other temperatures are harder to tell"
            )
        if self.independent < FOR_COUPLINGS:
            few = f"few snapshots: a pseudolikelihood fit wants {FOR_COUPLINGS}"
            found.append(f"{few} independent ones")
        elif self.independent < FOR_SEQUENCE:
            enough = f"enough for a pseudolikelihood fit; a sequence model wants {FOR_SEQUENCE}"
            found.append(f"{enough} independent ones")
        return found

    def __str__(self) -> str:
        """Print all of it, one line a fact."""
        count, rows, columns = self.shape
        values = ", ".join(f"{share:.4f}" for share in self.shares)
        known = self.temperature is not None
        distinct = f"{'about ' if self.distinct > LONGEST else ''}{self.distinct}"
        looks = f" (the data look {self.edges})" if self.edges else ""
        partly = f" (tau from the first {LONGEST})" if count > LONGEST else ""
        lines = [
            f"snapshots: {count}, {distinct} distinct, of {rows} x {columns} sites",
            *([f"in the file: {self.stored}"] if self.stored else []),
            *(f"remark: {remark}" for remark in self.remarks),
            f"boundaries: {self.boundaries}{looks}",
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
    """Describe snapshots: shares, order, correlations, copies, and the boundaries they look like.

    The data look open if pairs of neighbours across the edges are less correlated than those
    inside, by two one-sided tests both at a false-alarm rate of 1e-4: a normal test of the mean
    difference, with the autocorrelation of its series, and a rank test (Mann and Whitney) of the
    correlations of all pairs, which couplings that differ from bond to bond do not mislead. They
    look periodic if not, and if pairs across the edges are at least half as correlated as those
    inside, by 5 standard errors.

    Parameters
    ----------
    snapshots : SnapshotSet
        In memory or in a file.
    boundaries : {"periodic", "open"}
        Boundaries of the lattice, as the user says: whether sites on one edge are neighbours of
        those on the other.

    Examples
    --------
    >>> from dcl import Ising, Snapshots
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> found = inspect(Snapshots(sample_equilibrium(Ising(), 8, 4.0, 2000, seed=1), 4.0))
    >>> print(found)  # doctest: +ELLIPSIS
    snapshots: 2000, 2000 distinct, of 8 x 8 sites
    boundaries: periodic (the data look periodic)
    temperature: 4 J / k_B
    states: 2, shares 0.5..., 0.49...
    magnetisation: 0.2... +- 0.00... [tau 0.5]
    agreement of neighbours: 0.6... +- 0.00... [tau 0.5]
    correlation length: 1.1... sites
    independent snapshots: about 2000
    warning: enough for a ...; a sequence model wants 100000 independent ones
    """
    sums = SnapshotStatistics(snapshots, boundaries)
    found = Inspection(
        shape=snapshots.shape,
        n_states=snapshots.n_states,
        temperature=snapshots.temperature,
        boundaries=boundaries,
        stored=getattr(snapshots, "stored", ""),
        shares=tuple(sums.shares.tolist()),
        magnetisation=sums.magnetisation,
        agreement=sums.agreement,
        correlation_length=sums.correlation_length,
        distinct=sums.distinct,
        originals=sums.originals,
        edges=_edges(sums),
        remarks=getattr(snapshots, "remarks", ()),
        doubts=getattr(snapshots, "warnings", ()),
    )
    wider = np.sqrt(found.uncorrelated / found.independent)
    order, pairs = (
        replace(estimate, error=estimate.error * wider)
        for estimate in (sums.magnetisation, sums.agreement)
    )
    return replace(found, magnetisation=order, agreement=pairs)


def _edges(sums: SnapshotStatistics) -> str:
    """Tell the boundaries that the data look like; see `inspect`."""
    across, inside = sums.correlations
    if len(across) == 0:
        return ""
    sign = np.sign(inside.mean())
    difference = sums.edge_difference
    normal = ndtr(sign * difference.mean / difference.error) if difference.error else 0.5
    if normal < FALSE_ALARM and _ranks_below(np.abs(across), np.abs(inside)) < FALSE_ALARM:
        return "open"
    if sign * across.mean() > max(5 * difference.error, abs(inside.mean()) / 2):
        return "periodic"
    return ""


def _ranks_below(few: NDArray[np.float64], many: NDArray[np.float64]) -> float:
    """P-value of the test of Mann and Whitney that `few` are smaller."""
    from scipy.stats import mannwhitneyu  # slow to load, and needed for few data

    return float(mannwhitneyu(few, many, alternative="less").pvalue)
