"""What a file of snapshots holds, before anything is fitted to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcl.snapshots import Snapshots
from dcl.statistics import Estimate, estimate_mean

__all__ = ["Inspection", "inspect"]

Array = NDArray[np.float64]

CHUNK = 10_000
"""Configurations whose structure factor is in memory at a time."""
FOR_DIRECT, FOR_SEQUENCE = 1000, 100_000
"""Independent snapshots that a direct fit and a sequence model of an 8 x 8 lattice should have; see
the chapter on accuracy."""


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found.

    Attributes
    ----------
    count, lattice_size, n_states : int
    temperature : float
        J / k_B.
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
        Configurations that differ from each other.
    """

    count: int
    lattice_size: int
    n_states: int
    temperature: float
    shares: tuple[float, ...]
    magnetisation: Estimate
    agreement: Estimate
    correlation_length: float
    distinct: int

    @property
    def independent(self) -> float:
        """Independent snapshots that the file is worth, n / (2 tau) with the longer time."""
        times = (self.magnetisation.autocorrelation_time, self.agreement.autocorrelation_time)
        return self.count / (2 * max(times))

    @property
    def warnings(self) -> list[str]:
        """What to think of before fitting, one line each."""
        found = []
        if self.independent < self.count / 4:
            found.append(
                f"neighbours in the file are correlated: it is worth about {self.independent:.0f} "
                "independent snapshots"
            )
        possible = float(self.n_states) ** min(self.lattice_size**2, 300)
        if self.distinct < 0.9 * min(self.count, possible):
            found.append(f"only {self.distinct} of {self.count} configurations differ")
        if self.correlation_length > self.lattice_size / 4:
            found.append(
                "the correlation length is more than a quarter of the lattice: near or below a "
                "transition, energies of other temperatures are harder to tell"
            )
        if self.independent < FOR_DIRECT:
            found.append(f"few snapshots: a direct fit wants {FOR_DIRECT} independent ones")
        elif self.independent < FOR_SEQUENCE:
            found.append(
                f"enough for a direct fit; a sequence model wants {FOR_SEQUENCE} independent ones"
            )
        return found

    def __str__(self) -> str:
        """Print all of it, one line a fact."""
        size, values = self.lattice_size, ", ".join(f"{share:.4f}" for share in self.shares)
        length = self.correlation_length
        lines = [
            f"snapshots: {self.count}, {self.distinct} distinct, of {size} x {size} sites",
            f"temperature: {self.temperature:g} J / k_B",
            f"states: {self.n_states}, shares {values}",
            f"magnetisation: {self.magnetisation}",
            f"agreement of neighbours: {self.agreement}",
            f"correlation length: {length:.2f} sites",
            f"independent snapshots: about {self.independent:.0f}",
            *(f"warning: {warning}" for warning in self.warnings),
        ]
        return "\n".join(lines)


def inspect(snapshots: Snapshots) -> Inspection:
    """Look at snapshots.

    Parameters
    ----------
    snapshots : Snapshots

    Examples
    --------
    >>> from dcl import Ising
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> found = inspect(Snapshots(sample_equilibrium(Ising(), 8, 4.0, 2000, seed=1), 4.0))
    >>> print(found)  # doctest: +ELLIPSIS
    snapshots: 2000, 2000 distinct, of 8 x 8 sites
    temperature: 4 J / k_B
    states: 2, shares 0.5..., 0.49...
    magnetisation: 0.2... +- 0.00... [tau 0.5]
    agreement of neighbours: 0.6... +- 0.00... [tau 0.5]
    correlation length: 1.1... sites
    independent snapshots: about 2000
    warning: enough for a direct fit; a sequence model wants 100000 independent ones
    """
    spins, n_states = snapshots.configurations, snapshots.n_states
    parts = [
        _measured(np.maximum(spins[start : start + CHUNK], 0), n_states)
        for start in range(0, len(spins), CHUNK)
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    shares, orders, agreements, squares = columns
    packed = np.ascontiguousarray(spins.reshape(len(spins), -1)).view(f"V{spins[0].size}")
    return Inspection(
        count=len(spins),
        lattice_size=snapshots.lattice_size,
        n_states=n_states,
        temperature=snapshots.temperature,
        shares=tuple(shares.mean(axis=0).tolist()),
        magnetisation=estimate_mean(orders),
        agreement=estimate_mean(agreements),
        correlation_length=_correlation_length(squares.mean(axis=0), snapshots.lattice_size),
        distinct=len(np.unique(packed)),
    )


def _measured(states: NDArray[np.int8], n_states: int) -> tuple[Array, Array, Array, Array]:
    """Shares of the states, magnetisation, agreement and structure factors of each configuration.

    The structure factor is that at zero and at the two smallest wave vectors.
    """
    size = states.shape[1]
    inside = (states[..., None] == np.arange(n_states)).astype(np.float64)
    centred = inside - 1 / n_states
    wave = np.exp(2j * np.pi * np.arange(size) / size)
    zero = centred.sum(axis=(1, 2))
    across = np.einsum("cija,j->ca", centred, wave)
    down = np.einsum("cija,i->ca", centred, wave)
    squares = np.stack([(np.abs(sums) ** 2).sum(axis=1) for sums in (zero, across, down)], axis=1)
    shares = zero / size**2 + 1 / n_states
    orders = (n_states * shares.max(axis=1) - 1) / (n_states - 1)
    pairs = (states == np.roll(states, 1, axis=1)) * 1.0 + (states == np.roll(states, 1, axis=2))
    return shares, orders, pairs.mean(axis=(1, 2)) / 2, squares


def _correlation_length(squares: Array, size: int) -> float:
    """From the structure factor at zero and at 2 pi / L.

    Cooper, Freedman and Preston, Nucl. Phys. B 210, 210 (1982).
    """
    smallest = squares[1:].mean()
    if smallest <= 1e-9 * squares[0]:
        return float("inf")
    return float(np.sqrt(max(squares[0] / smallest - 1, 0.0)) / (2 * np.sin(np.pi / size)))
