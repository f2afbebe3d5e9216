"""Experiments, read from TOML: every parameter of a run, checked before anything is computed.

`experiments/NAME.toml` holds one table a stage with the values of the quick profile, and tables
such as `[smoke.snapshots]` with what another profile changes. `extends = "OTHER"` takes what is
missing from another file. An unknown key, a wrong type or a value out of range is an InputError
that names the file and the key.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts, hamiltonian_from_name
from dcl.learning.settings import (
    ExtensiveSettings,
    SequenceSettings,
    TermSettings,
    ednn_settings,
    sequence_settings,
)
from dcl.runs.tables import check_tables, checked_value, merged, read_tables, section

__all__ = [
    "PROFILES",
    "Experiment",
    "find_root",
    "load_experiment",
    "parse_sizes",
    "parse_temperatures",
]

PROFILES = ("smoke", "quick", "paper")
TABLES = (
    "system", "snapshots", "levels", "gru", "scan_gru", "ednn", "scan_ednn", "transfer",
    "crossing", "large",
)  # fmt: skip
EXTENSIVE = ("ednn", "scan_ednn", "transfer", "crossing", "large")
"""Tables that a spin glass, whose tiles all differ, cannot have."""
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
    """The test set: configurations at each energy level or window of the lattice."""

    per_level: int = 8000
    seed: int = 2


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
    """

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
    """One large lattice through the transition, started from order."""

    size: int = 1024
    temperatures: str = "1.5:3.05:0.05"
    chains: int = 4
    sweeps: int = 100
    burn_in: int = 100
    seed: int = 9


@dataclass(frozen=True)
class Experiment:
    """All parameters of a run; what needs an EDNN is None without one."""

    name: str
    profile: str
    system: SystemConfig
    snapshots: SnapshotsConfig
    levels: LevelsConfig
    gru: SequenceSettings
    gru_seed: int
    scan_gru: ScanConfig
    ednn: ExtensiveSettings | TermSettings | None
    ednn_seed: int
    scan_ednn: ScanConfig | None
    transfer: TransferConfig | None
    crossing: CrossingConfig | None
    large: LargeConfig | None

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
    def part(cls: Any, key: str) -> Any:
        return section(cls, tables.get(key, {}), f"{path}: {key}")

    system = part(SystemConfig, "system")
    n_states = system.n_states if system.name == "potts" else 2
    gru, gru_seed = _network(
        tables.get("gru", {}), "network", "gru", partial(sequence_settings, n_states=n_states),
        f"{path}: gru",
    )  # fmt: skip
    ednn, ednn_seed = _network(
        tables.get("ednn", {}), "settings", "default", ednn_settings, f"{path}: ednn"
    )
    has_ednn = system.name != "spin-glass"
    return Experiment(
        name=name,
        profile=profile,
        system=system,
        snapshots=part(SnapshotsConfig, "snapshots"),
        levels=part(LevelsConfig, "levels"),
        gru=gru,
        gru_seed=gru_seed,
        scan_gru=part(ScanConfig, "scan_gru"),
        ednn=ednn if has_ednn else None,
        ednn_seed=ednn_seed,
        scan_ednn=part(ScanConfig, "scan_ednn") if has_ednn else None,
        transfer=part(TransferConfig, "transfer") if "transfer" in tables else None,
        crossing=part(CrossingConfig, "crossing") if "crossing" in tables else None,
        large=part(LargeConfig, "large") if "large" in tables else None,
    )


def _network(
    table: Mapping[str, Any], choice: str, default: str, preset: Callable[[str], Any], where: str
) -> tuple[Any, int]:
    """Settings over the preset that the key `choice` names, and the seed."""
    own = dict(table)
    seed = checked_value(int, own.pop("seed", 1), "seed", where)
    name = checked_value(str, own.pop(choice, default), choice, where)
    try:
        start = preset(name)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return section(type(start), {**asdict(start), **own}, where), seed


def _check_together(experiment: Experiment, tables: Mapping[str, Any], path: Path) -> None:
    """What one value alone does not show."""
    system, ednn, transfer = experiment.system, experiment.ednn, experiment.transfer
    for key in EXTENSIVE:
        if key in tables and ednn is None:
            raise InputError(f"{path}: found the table {key!r}, expected none for a spin glass")
    if system.name == "spin-glass" and not set(experiment.gru.symmetries) <= {"states"}:
        raise InputError(
            f"{path}: gru: symmetries: found {', '.join(experiment.gru.symmetries)}, expected "
            "'states' alone for a spin glass, whose couplings differ from place to place"
        )
    scans = {"scan_gru": experiment.scan_gru, "scan_ednn": experiment.scan_ednn,
             "large": experiment.large}  # fmt: skip
    for key, config in scans.items():
        if config is not None:
            where = f"{path}: {key}: temperatures"
            steps = np.diff(parse_temperatures(config.temperatures, where))
            if not ((steps > 0).all() or (steps < 0).all()):
                raise InputError(f"{where}: found {config.temperatures!r}, expected them in order")
    if ednn is None:
        return
    sizes = [system.size, *(c.size for c in (transfer, experiment.large) if c)]
    if experiment.crossing:
        sizes += parse_sizes(experiment.crossing.sizes, f"{path}: crossing: sizes")
    for size in sizes:
        if size % ednn.focus:
            raise InputError(
                f"{path}: ednn: focus: found {ednn.focus}, expected a divisor of the size {size}"
            )
    if isinstance(ednn, TermSettings):
        if ednn.drawn < 2:
            raise InputError(f"{path}: ednn: drawn: found {ednn.drawn}, expected 2 or more")
    elif ednn.drawn + ednn.uniform == 0:
        raise InputError(f"{path}: ednn: drawn + uniform: found 0, expected 1 or more")


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
