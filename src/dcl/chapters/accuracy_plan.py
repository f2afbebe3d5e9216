"""Plan of the accuracy study: systems, data sets, and the snapshots of each method.

`dcl.chapters.accuracy` makes the rows of this plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import ALL_SYMMETRIES, Symmetry
from dcl.sampling.equilibrium import sample_equilibrium

__all__ = [
    "SIZE",
    "SIZES",
    "STRIDE",
    "SYSTEMS",
    "Fit",
    "imposed_symmetries",
    "plan",
    "snapshots_of",
]

OTHER_TEMPERATURES = (2.5, 6.0, 8.0, 16.0)
SIZE = 8
SYSTEMS: dict[str, Ising | Potts | EdwardsAnderson | MultiSpinIsing] = {
    "ising": Ising(),
    "potts": Potts(3),
    "spin_glass": EdwardsAnderson.gaussian(SIZE, seed=69),
    "diagonal": MultiSpinIsing(1.0, diagonal=0.5),
    "plaquette": MultiSpinIsing(1.0, plaquette=0.5),
}
"""By name; the last two have next-nearest neighbours and a four-spin term."""
STRIDE = 50
"""Sweeps from one snapshot of a chain to the next."""
SEEDS = (1, 2, 3, 4, 5)
SIZES = (1000, 10_000, 100_000, 800_000)


@dataclass(frozen=True)
class Fit:
    """One row of the study."""

    system: str
    method: str
    snapshots: int
    seed: int
    temperature: float = 4.0

    @property
    def study(self) -> str:
        """All but the seed, such as ``ising-direct-1000``, and ``-T8`` at a temperature of 8."""
        warm = "" if self.temperature == 4 else f"-T{self.temperature:g}"
        return f"{self.system}-{self.method}-{self.snapshots}{warm}"

    @property
    def name(self) -> str:
        """Such as ``ising-direct-1000-1``."""
        return f"{self.study}-{self.seed}"


def plan() -> Iterator[Fit]:
    """All rows, the cheap ones first."""
    for system in ("ising", "diagonal", "plaquette"):
        for method in ("direct", "pairwise"):
            yield from (Fit(system, method, n, seed) for n in SIZES[:3] for seed in SEEDS)
    yield from (Fit("ising", "pairwise", 800_000, seed) for seed in SEEDS)
    yield from (Fit("potts", "direct", n, seed) for n in SIZES[:3] for seed in SEEDS)
    for temperature in OTHER_TEMPERATURES:
        yield from (Fit("ising", "direct", 100_000, seed, temperature) for seed in SEEDS)
    for system in ("ising", "potts"):
        yield from (Fit(system, "direct", 800_000, seed) for seed in SEEDS)
    for system in ("ising", "spin_glass"):
        yield from (Fit(system, "every-pair", n, seed) for n in SIZES for seed in SEEDS)
    yield from (Fit("spin_glass", "gru-sparse", n, seed) for n in SIZES for seed in SEEDS)
    systems = ("ising", "potts", "spin_glass")
    for seed, count, system in product(SEEDS, SIZES, systems):
        methods = ("gru", "masked", "transformer", "gru-paper")
        yield from (Fit(system, method, count, seed) for method in methods)
    yield from (Fit("ising", "masked-trained", 800_000, 1, t) for t in (4.0, 8.0))
    yield from (Fit("ising", "gru-sparse", n, 1) for n in SIZES)
    for method in ("gru-trained", "gru-plain"):
        yield Fit("ising", method, 800_000, 1)
    for method in ("masked-drawn", "masked-uniform", "masked-one-image"):
        yield Fit("ising", method, 800_000, 1)
    yield from _elsewhere()


def _elsewhere() -> Iterator[Fit]:
    """Rows of other packages, which `dcl.chapters.accuracy` does not make."""
    for system in ("ising", "spin_glass"):
        yield from (Fit(system, "pyplm", count, seed) for count in SIZES for seed in SEEDS)
        yield Fit(system, "adabmdca-long", 100_000, 1)
    yield Fit("ising", "adabmdca", 100_000, 1)


def imposed_symmetries(system: str) -> tuple[Symmetry, ...]:
    """The symmetries of a system: a glass has the global flip only."""
    return ("states",) if system == "spin_glass" else ALL_SYMMETRIES


def snapshots_of(fit: Fit) -> Snapshots:
    """The snapshots that a row is fitted to: the same for all methods.

    Examples
    --------
    >>> snapshots_of(Fit("potts", "direct", 10, seed=1)).shape
    (10, 8, 8)
    """
    hamiltonian = SYSTEMS[fit.system]
    configurations = sample_equilibrium(
        hamiltonian, SIZE, fit.temperature, fit.snapshots, seed=1000 + fit.seed, stride=STRIDE
    )
    return Snapshots(configurations, fit.temperature, hamiltonian.n_states)
