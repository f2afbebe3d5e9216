"""Configuration of an experiment: the tables that its file may hold, with ranges and defaults."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts, hamiltonian_from_name
from dcl.learning.ranges import Count, CountOrZero, LatticeLength, PositiveNumber, Seed, States
from dcl.learning.settings import SequenceSettings

__all__ = [
    "EXTENSIVE",
    "MODELS",
    "NAMES",
    "NEEDS_TILES",
    "PROFILES",
    "SEQUENCE",
    "TABLES",
    "TEACHERS",
    "CrossingConfig",
    "Experiment",
    "LargeConfig",
    "LevelsConfig",
    "ModelConfig",
    "ScanConfig",
    "SnapshotsConfig",
    "SystemConfig",
    "TransferConfig",
]

PROFILES = ("smoke", "quick", "paper")
SEQUENCE = {
    "gru": "gru",
    "masked": "masked",
    "sparse": "gru-sparse",
    "paper_gru": "gru-delay-line",
}
"""Sequence models by the stage that makes them, and the preset that each starts from."""
TEACHERS = {"ednn": "gru", "couplings": "masked", "paper_ednn": "paper_gru"}
"""Extensive models by the stage that makes them, and the sequence model that labels for each."""
EXTENSIVE = {"ednn": "default", "couplings": "terms", "paper_ednn": "paper"}
"""Extensive models by the stage that makes them, and the preset that each starts from."""
NAMES = {
    "gru": ("GRU", "rnn"),
    "ednn": ("EDNN", "ednn"),
    "masked": ("masked network", "masked"),
    "sparse": ("sparse autoregression", "sparse"),
    "couplings": ("cluster expansion", "couplings"),
    "paper_gru": ("paper's GRU", "paper_rnn"),
    "paper_ednn": ("paper's EDNN", "paper_ednn"),
}
"""Names of the model that a stage makes, in a legend and as the first word of its numbers' keys.
The key ``rnn`` is that of a recurrent network only."""
MODELS = (*SEQUENCE, *EXTENSIVE)
NEEDS_TILES = (*EXTENSIVE, *(f"scan_{name}" for name in EXTENSIVE), "transfer", "crossing", "large")
"""Tables that a spin glass, whose tiles all differ, cannot have."""
TABLES = (
    "system", "snapshots", "levels", *SEQUENCE, *(f"scan_{name}" for name in SEQUENCE), *NEEDS_TILES
)  # fmt: skip


@dataclass(frozen=True)
class SystemConfig:
    """The model; `seed` is that of the couplings of a spin glass, the rest is for Potts."""

    name: Literal["ising", "potts", "spin-glass"]
    size: LatticeLength = 8
    seed: Seed = 69
    n_states: States = 3
    form: Literal["clock", "standard"] = "clock"


@dataclass(frozen=True)
class SnapshotsConfig:
    """Observation at one temperature; see `dcl.sampling.equilibrium.sample_equilibrium`."""

    temperature: PositiveNumber = 4.0
    count: Count = 800_000
    chains: Count = 1024
    burn_in: CountOrZero = 1000
    stride: CountOrZero = 10
    seed: Seed = 1


@dataclass(frozen=True)
class LevelsConfig:
    """The test set: configurations at each energy level or window of the lattice.

    Networks of several hundred recurrent units read the first `per_level_wide` of each level only.
    """

    per_level: Count = 8000
    per_level_wide: Count = 1000
    seed: Seed = 2


@dataclass(frozen=True)
class ModelConfig:
    """Settings of a model stage, of a class in `dcl.learning.settings`, and its seed."""

    settings: Any
    seed: Seed


@dataclass(frozen=True)
class ScanConfig:
    """Metropolis at many temperatures; see `dcl.analysis.thermodynamics.scan`."""

    temperatures: str = "0.5:4.9:0.1"
    chains: Count = 8
    sweeps: Count = 20_000
    burn_in: CountOrZero = 1000
    seed: Seed = 5


@dataclass(frozen=True)
class TransferConfig:
    """The larger lattice to which the extensive network is carried."""

    size: LatticeLength = 16
    per_level: Count = 200
    seed: Seed = 7


@dataclass(frozen=True)
class CrossingConfig:
    """Binder cumulants of several sizes around the learned transition.

    The temperatures are `points` equal steps from `lowest` to `highest` times the temperature of
    the learned heat capacity's peak on the lattice of the snapshots; see `dcl.analysis.binder`.
    `model` is the extensive model whose energies are sampled; its scan says where the peak is.
    """

    model: Literal["ednn", "couplings"] = "ednn"
    sizes: str = "16,24,32,48"
    lowest: PositiveNumber = 0.92
    highest: PositiveNumber = 1.03
    points: Count = 8
    chains: Count = 16
    sweeps: Count = 20_000
    burn_in: CountOrZero = 2000
    seed: Seed = 8


@dataclass(frozen=True)
class LargeConfig:
    """One large lattice through the transition under a named model, started from order."""

    model: Literal["ednn", "couplings"] = "ednn"
    size: LatticeLength = 1024
    temperatures: str = "1.5:3.05:0.05"
    chains: Count = 4
    sweeps: Count = 100
    burn_in: CountOrZero = 100
    seed: Seed = 9


@dataclass(frozen=True)
class Experiment:
    """All parameters of a run.

    Parameters
    ----------
    name, profile : str
    system : SystemConfig
    snapshots : SnapshotsConfig
    levels : LevelsConfig
    models : dict of ModelConfig
        By the name of the stage that makes the model, of those that the file asks for: ``gru``
        always, ``ednn`` but for a glass, and those of `MODELS` that have a table.
    scans : dict of ScanConfig
        By the name of the model that is sampled.
    transfer, crossing, large : optional
        None where the file has no such table.
    """

    name: str
    profile: str
    system: SystemConfig
    snapshots: SnapshotsConfig
    levels: LevelsConfig
    models: dict[str, ModelConfig]
    scans: dict[str, ScanConfig]
    transfer: TransferConfig | None
    crossing: CrossingConfig | None
    large: LargeConfig | None

    @property
    def gru(self) -> SequenceSettings:
        """The settings of the recurrent network, which every experiment has."""
        settings = self.models["gru"].settings
        assert isinstance(settings, SequenceSettings)
        return settings

    @property
    def hamiltonian(self) -> Ising | Potts | EdwardsAnderson:
        """The true energy, to make data and to judge with."""
        return hamiltonian_from_name(**asdict(self.system))
