"""Experiments, read from TOML: every parameter of a run, checked before anything is computed.

`experiments/NAME.toml` holds one table a stage with the values of the quick profile, and tables
such as `[smoke.snapshots]` with what another profile changes. `extends = "OTHER"` takes what is
missing from another file. An unknown key, a wrong type or a value out of range is an InputError
that names the file and the key.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts, hamiltonian_from_name
from dcl.learning.settings import (
    SequenceSettings,
    TermSettings,
    ednn_settings,
    sequence_settings,
)
from dcl.runs.tables import check_tables, checked_value, merged, read_tables, section

__all__ = [
    "EXTENSIVE",
    "MODELS",
    "PROFILES",
    "SEQUENCE",
    "TEACHERS",
    "Experiment",
    "find_root",
    "load_experiment",
    "parse_sizes",
    "parse_temperatures",
]

PROFILES = ("smoke", "quick", "paper")
SEQUENCE = {
    "gru": "gru",
    "masked": "masked",
    "sparse": "gru-sparse",
    "paper_gru": "gru-paper",
}
"""Sequence models by the stage that makes them, and the preset that each starts from."""
TEACHERS = {"ednn": "gru", "couplings": "masked", "paper_ednn": "paper_gru"}
"""Extensive models by the stage that makes them, and the sequence model that labels for each."""
EXTENSIVE = {"ednn": "default", "couplings": "terms", "paper_ednn": "paper"}
"""The same, and the preset that each starts from."""
MODELS = (*SEQUENCE, *EXTENSIVE)
NEEDS_TILES = (*EXTENSIVE, *(f"scan_{name}" for name in EXTENSIVE), "transfer", "crossing", "large")
"""Tables that a spin glass, whose tiles all differ, cannot have."""
TABLES = (
    "system", "snapshots", "levels", *SEQUENCE, *(f"scan_{name}" for name in SEQUENCE), *NEEDS_TILES
)  # fmt: skip
MAX_STEPS = 10_000
"""Of a range of temperatures."""


@dataclass(frozen=True)
class SystemConfig:
    """The model; `seed` is that of the couplings of a spin glass, the rest is for Potts."""

    name: Literal["ising", "potts", "spin-glass"]
    size: int = 8
    seed: int = 69
    n_states: int = 3
    form: Literal["clock", "standard"] = "clock"


@dataclass(frozen=True)
class SnapshotsConfig:
    """Observation at one temperature; see `dcl.sampling.equilibrium.sample_equilibrium`."""

    temperature: float = 4.0
    count: int = 800_000
    chains: int = 1024
    burn_in: int = 1000
    stride: int = 10
    seed: int = 1


@dataclass(frozen=True)
class LevelsConfig:
    """The test set: configurations at each energy level or window of the lattice.

    Networks of several hundred recurrent units read the first `per_level_wide` of each level only.
    """

    per_level: int = 8000
    per_level_wide: int = 200
    seed: int = 2


@dataclass(frozen=True)
class ModelConfig:
    """Settings of a model stage, of a class in `dcl.learning.settings`, and its seed."""

    settings: Any
    seed: int


@dataclass(frozen=True)
class ScanConfig:
    """Metropolis at many temperatures; see `dcl.analysis.thermodynamics.scan`."""

    temperatures: str = "0.5:4.9:0.1"
    chains: int = 8
    sweeps: int = 20_000
    burn_in: int = 1000
    seed: int = 5


@dataclass(frozen=True)
class TransferConfig:
    """The larger lattice to which the extensive network is carried."""

    size: int = 16
    per_level: int = 200
    seed: int = 7


@dataclass(frozen=True)
class CrossingConfig:
    """Binder cumulants of several sizes around the learned transition.

    The temperatures are `points` equal steps from `lowest` to `highest` times the temperature of
    the learned heat capacity's peak on the lattice of the snapshots; see `dcl.analysis.binder`.
    `model` is the extensive model whose energies are sampled; its scan says where the peak is.
    """

    model: Literal["ednn", "couplings"] = "ednn"
    sizes: str = "16,24,32,48"
    lowest: float = 0.92
    highest: float = 1.03
    points: int = 8
    chains: int = 16
    sweeps: int = 20_000
    burn_in: int = 2000
    seed: int = 8


@dataclass(frozen=True)
class LargeConfig:
    """One large lattice through the transition under a named model, started from order."""

    model: Literal["ednn", "couplings"] = "ednn"
    size: int = 1024
    temperatures: str = "1.5:3.05:0.05"
    chains: int = 4
    sweeps: int = 100
    burn_in: int = 100
    seed: int = 9


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
        system = self.system
        return hamiltonian_from_name(
            system.name,
            size=system.size,
            seed=system.seed,
            n_states=system.n_states,
            form=system.form,
        )


def find_root(start: Path | None = None) -> Path:
    """The nearest folder upwards that holds `experiments/`: the repository.

    Raises
    ------
    InputError
        If there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "experiments").is_dir() and (folder / "pyproject.toml").is_file():
            return folder
    raise InputError(f"{start}: found no experiments/ here or above, expected the repository")


def load_experiment(
    name: str,
    profile: str = "quick",
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    root: Path | None = None,
) -> Experiment:
    """Read `experiments/NAME.toml` in one profile.

    Parameters
    ----------
    name : str
        Such as ``"ising"``.
    profile : {"quick", "smoke", "paper"}
    changes : mapping, optional
        Further changes, table by table, as a notebook's parameters make them.
    root : Path, optional
        The repository; found from the current folder upwards otherwise.

    Raises
    ------
    InputError
        If the file is missing or not TOML, the profile or a key is unknown, or a value is of the
        wrong type or out of range.

    Examples
    --------
    >>> load_experiment("ising").snapshots.temperature
    4.0
    """
    if not name or Path(name).name != name:
        raise InputError(f"experiment: found {name!r}, expected the name of a file in experiments/")
    if profile not in PROFILES:
        raise InputError(f"profile: found {profile!r}, expected one of {', '.join(PROFILES)}")
    path = (root or find_root()) / "experiments" / f"{name}.toml"
    content = read_tables(path, TABLES, PROFILES)
    check_tables(changes or {}, path, TABLES)
    tables = {key: table for key, table in content.items() if key not in PROFILES}
    tables = merged(merged(tables, content.get(profile, {})), changes or {})
    experiment = _build(name, profile, tables, path)
    _check_together(experiment, tables, path)
    return experiment


def _build(name: str, profile: str, tables: dict[str, Any], path: Path) -> Experiment:
    def part(cls: Any, key: str, optional: bool = False) -> Any:
        if optional and key not in tables:
            return None
        return section(cls, tables.get(key, {}), f"{path}: {key}")

    system = part(SystemConfig, "system")
    usual = ("gru",) if system.name == "spin-glass" else ("gru", "ednn")
    models = [key for key in MODELS if key in tables or key in usual]
    return Experiment(
        name=name,
        profile=profile,
        system=system,
        snapshots=part(SnapshotsConfig, "snapshots"),
        levels=part(LevelsConfig, "levels"),
        models={key: _model(key, tables.get(key, {}), system, f"{path}: {key}") for key in models},
        scans={
            key: part(ScanConfig, f"scan_{key}")
            for key in models
            if f"scan_{key}" in tables or key in usual
        },
        transfer=part(TransferConfig, "transfer", optional=True),
        crossing=part(CrossingConfig, "crossing", optional=True),
        large=part(LargeConfig, "large", optional=True),
    )


def _model(key: str, table: Mapping[str, Any], system: SystemConfig, where: str) -> ModelConfig:
    """Settings over those of the preset that the table names, or else the stage's own."""
    own = dict(table)
    choice, default = (
        ("settings", EXTENSIVE[key]) if key in EXTENSIVE else ("network", SEQUENCE[key])
    )
    seed = checked_value(int, own.pop("seed", 1), "seed", where)
    name = checked_value(str, own.pop(choice, default), choice, where)
    n_states = system.n_states if system.name == "potts" else 2
    try:
        preset = ednn_settings(name) if key in EXTENSIVE else sequence_settings(name, n_states)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return ModelConfig(section(type(preset), {**asdict(preset), **own}, where), seed)


def _check_together(experiment: Experiment, tables: Mapping[str, Any], path: Path) -> None:
    """Refuse values that are wrong only beside each other."""
    if experiment.system.name == "spin-glass":
        _check_glass(experiment, tables, path)
    for name in TEACHERS.keys() & experiment.models.keys():
        if TEACHERS[name] not in experiment.models:
            raise InputError(f"{path}: found the table {name!r}, expected {TEACHERS[name]!r} too")
    for key, chosen in (("crossing", experiment.crossing), ("large", experiment.large)):
        if chosen and chosen.model not in experiment.scans:
            known = ", ".join(name for name in EXTENSIVE if name in experiment.scans)
            raise InputError(
                f"{path}: {key}: model: found {chosen.model!r}, expected one with a scan: {known}"
            )
    scans: dict[str, Any] = {f"scan_{key}": found for key, found in experiment.scans.items()}
    for key, config in {**scans, "large": experiment.large}.items():
        if config is not None:
            where = f"{path}: {key}: temperatures"
            steps = np.diff(parse_temperatures(config.temperatures, where))
            if not ((steps > 0).all() or (steps < 0).all()):
                raise InputError(f"{where}: found {config.temperatures!r}, expected them in order")
    _check_extensive(experiment, path)


def _check_glass(experiment: Experiment, tables: Mapping[str, Any], path: Path) -> None:
    for key in NEEDS_TILES:
        if key in tables:
            raise InputError(f"{path}: found the table {key!r}, expected none for a spin glass")
    for name, model in experiment.models.items():
        imposed = model.settings.symmetries
        if not set(imposed) <= {"states"}:
            raise InputError(
                f"{path}: {name}: symmetries: found {', '.join(imposed)}, expected 'states' alone "
                "for a spin glass, whose couplings differ from place to place"
            )


def _check_extensive(experiment: Experiment, path: Path) -> None:
    sizes = [experiment.system.size]
    sizes += [config.size for config in (experiment.transfer, experiment.large) if config]
    if experiment.crossing:
        sizes += parse_sizes(experiment.crossing.sizes, f"{path}: crossing: sizes")
    for name in EXTENSIVE.keys() & experiment.models.keys():
        settings = experiment.models[name].settings
        for size in sizes:
            if size % settings.focus:
                raise InputError(
                    f"{path}: {name}: focus: found {settings.focus}, expected a divisor of the "
                    f"size {size}"
                )
        if isinstance(settings, TermSettings):
            if settings.drawn < 2:
                raise InputError(
                    f"{path}: {name}: drawn: found {settings.drawn}, expected 2 or more"
                )
        elif settings.count == 0:
            raise InputError(
                f"{path}: {name}: drawn + uniform + patterned: found 0, expected 1 or more"
            )


def parse_sizes(text: str, where: str = "sizes") -> list[int]:
    """Lattice sizes from ``"16,24,32"``: two or more, rising.

    Raises
    ------
    InputError
        If the text is something else.

    Examples
    --------
    >>> parse_sizes("16,24,32")
    [16, 24, 32]
    """
    parts = text.split(",")
    sizes = [int(part) for part in parts if part.strip().isascii() and part.strip().isdigit()]
    if len(sizes) < max(len(parts), 2) or sizes != sorted(set(sizes)) or sizes[0] < 2:
        raise InputError(f"{where}: found {text!r}, expected two rising sizes or more: 16,24,32")
    return sizes


def parse_temperatures(text: str, where: str = "temperatures") -> NDArray[np.float64]:
    """Temperatures from ``"first:last:step"`` (both ends included) or ``"1,2,4"``.

    Raises
    ------
    InputError
        If the text is of neither form, or a temperature is not from 1e-6 to 1e6.

    Examples
    --------
    >>> parse_temperatures("0.5:0.8:0.1")
    array([0.5, 0.6, 0.7, 0.8])
    >>> parse_temperatures("4,1")
    array([4., 1.])
    """
    lowest, highest = 1e-6, 1e6
    expected = f"numbers from {lowest:g} to {highest:g} as FIRST:LAST:STEP or as a list 1,2,4"
    try:
        if ":" in text:
            first, last, step = (float(part) for part in text.split(":"))
            if not (lowest <= first <= last <= highest and 0 < step <= highest):
                raise ValueError
            if last - first > MAX_STEPS * step:
                raise ValueError
            count = int((last - first) / step + 1e-9) + 1
            values = np.round(first + step * np.arange(count), 12)
        else:
            values = np.array([float(part) for part in text.split(",")])
        if not ((lowest <= values) & (values <= highest)).all():
            raise ValueError
    except (AttributeError, TypeError, ValueError):
        raise InputError(f"{where}: found {text!r}, expected {expected}") from None
    return values
