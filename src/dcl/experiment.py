"""Experiments, read from TOML: every parameter of a run, checked before anything is computed.

`experiments/NAME.toml` holds one table a stage with the values of the quick profile, and tables
such as `[smoke.snapshots]` with what another profile changes. `extends = "OTHER"` takes what is
missing from another file. An unknown key, a wrong type or a
value out of range is an InputError that names the file and the key.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.hamiltonians import EdwardsAnderson, Ising, Potts, hamiltonian_from_name
from dcl.settings import ExtensiveSettings, SequenceSettings, ednn_settings, sequence_settings

__all__ = ["PROFILES", "Experiment", "find_root", "load_experiment", "parse_temperatures"]

PROFILES = ("smoke", "quick", "paper")


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
    """Metropolis at many temperatures; see `dcl.thermodynamics.scan`."""

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
class Experiment:
    """All parameters of a run; `ednn`, `scan_ednn` and `transfer` are None without an EDNN."""

    name: str
    profile: str
    system: SystemConfig
    snapshots: SnapshotsConfig
    levels: LevelsConfig
    gru: SequenceSettings
    gru_seed: int
    scan_gru: ScanConfig
    ednn: ExtensiveSettings | None
    ednn_seed: int
    scan_ednn: ScanConfig | None
    transfer: TransferConfig | None

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
    path = (root or find_root()) / "experiments" / f"{name}.toml"
    content = _read(path)
    if profile not in PROFILES:
        raise InputError(f"profile: found {profile!r}, expected one of {', '.join(PROFILES)}")
    tables = {key: value for key, value in content.items() if key not in PROFILES}
    for source in (content.get(profile, {}), changes or {}):
        _table(source, path, profile)
        for key, table in source.items():
            tables[key] = {**tables.get(key, {}), **_table(table, path, key)}
    return _build(name, profile, tables, path)


def _read(path: Path) -> dict[str, Any]:
    """The file's tables, over those of the file that its key `extends` names."""
    content = _parse(path)
    if "extends" not in content:
        return content
    name = content.pop("extends")
    if not isinstance(name, str) or name == path.stem:
        raise InputError(f"{path}: extends: found {name!r}, expected the name of another file")
    base = _parse(path.with_name(f"{name}.toml"))
    tables = {key: _table(value, path, key) for key, value in content.items()}
    return {**base, **{key: {**base.get(key, {}), **table} for key, table in tables.items()}}


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.toml")))
        raise InputError(f"experiment: found {path.stem!r}, expected one of {known}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: found {error}, expected TOML") from None


def _table(value: Any, path: Path, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{path}: {key}: found {value!r}, expected a table")
    return value


def _build(name: str, profile: str, tables: dict[str, Any], path: Path) -> Experiment:
    known = {
        "system", "snapshots", "levels", "gru", "scan_gru", "ednn", "scan_ednn", "transfer"
    }  # fmt: skip
    for key in tables:
        if key not in known:
            raise InputError(
                f"{path}: found the table {key!r}, expected one of {', '.join(sorted(known))}"
            )
        _table(tables[key], path, key)

    def section(cls: Any, key: str, table: Mapping[str, Any] | None = None) -> Any:
        return _section(cls, tables.get(key, {}) if table is None else table, f"{path}: {key}")

    system = section(SystemConfig, "system")
    gru = dict(tables.get("gru", {}))
    gru_seed = _checked(int, gru.pop("seed", 3), f"{path}: gru: seed")
    preset = asdict(sequence_settings(gru.pop("network", "gru"), _states(system)))
    ednn = dict(tables.get("ednn", {}))
    ednn_seed = _checked(int, ednn.pop("seed", 4), f"{path}: ednn: seed")
    ednn_preset = asdict(ednn_settings(ednn.pop("settings", "default")))
    has_ednn = system.name != "spin-glass"
    return Experiment(
        name=name,
        profile=profile,
        system=system,
        snapshots=section(SnapshotsConfig, "snapshots"),
        levels=section(LevelsConfig, "levels"),
        gru=section(SequenceSettings, "gru", {**preset, **gru}),
        gru_seed=gru_seed,
        scan_gru=section(ScanConfig, "scan_gru"),
        ednn=section(ExtensiveSettings, "ednn", {**ednn_preset, **ednn}) if has_ednn else None,
        ednn_seed=ednn_seed,
        scan_ednn=section(ScanConfig, "scan_ednn") if has_ednn else None,
        transfer=section(TransferConfig, "transfer") if "transfer" in tables else None,
    )


def _states(system: SystemConfig) -> int:
    return system.n_states if system.name == "potts" else 2


def _section(cls: Any, table: Mapping[str, Any], where: str) -> Any:
    hints = get_type_hints(cls)
    for key in table:
        if key not in hints:
            raise InputError(
                f"{where}: found the key {key!r}, expected one of {', '.join(sorted(hints))}"
            )
    required = {f.name for f in fields(cls) if f.default is f.default_factory}
    for key in required - set(table):
        raise InputError(f"{where}: found no {key}, expected one")
    return cls(
        **{key: _checked(hints[key], value, f"{where}: {key}") for key, value in table.items()}
    )


_POSITIVE = {"temperature", "count", "chains", "stride", "size", "per_level", "sweeps", "units",
             "batch_size", "learning_rate", "passes", "focus", "layers"}  # fmt: skip


def _checked(hint: Any, value: Any, where: str) -> Any:
    """The value in the type that a settings class asks for, and in a sensible range."""
    key = where.rsplit(" ", 1)[-1]
    if key == "temperatures":
        parse_temperatures(value, where)
        return value
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise InputError(
                f"{where}: found {value!r}, expected one of {', '.join(get_args(hint))}"
            )
        return value
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple) or not all(_is_whole(v) and v > 0 for v in value):
            raise InputError(f"{where}: found {value!r}, expected a list of positive integers")
        return tuple(value)
    if hint is bool:
        if not isinstance(value, bool):
            raise InputError(f"{where}: found {value!r}, expected true or false")
        return value
    return _number(hint, value, where, positive=key in _POSITIVE)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(hint: Any, value: Any, where: str, positive: bool) -> float | int:
    kind = "an integer" if hint is int else "a number"
    least = f"{kind} above 0" if positive else f"{kind} of 0 or more"
    fits = _is_whole(value) or (hint is float and isinstance(value, float) and np.isfinite(value))
    if not fits or value < 0 or (positive and value == 0):
        raise InputError(f"{where}: found {value!r}, expected {least}")
    return float(value) if hint is float else int(value)


def parse_temperatures(text: str, where: str = "temperatures") -> NDArray[np.float64]:
    """Temperatures from ``"first:last:step"`` (both ends included) or ``"1,2,4"``.

    Raises
    ------
    InputError
        If the text is of neither form, or a temperature is not positive.

    Examples
    --------
    >>> parse_temperatures("0.5:0.8:0.1")
    array([0.5, 0.6, 0.7, 0.8])
    >>> parse_temperatures("4,1")
    array([4., 1.])
    """
    expected = "positive numbers as FIRST:LAST:STEP or as a list 1,2,4"
    try:
        if ":" in text:
            first, last, step = (float(part) for part in text.split(":"))
            if not (np.isfinite([first, last, step]).all() and step > 0 and last >= first):
                raise ValueError
            count = int((last - first) / step + 1e-9) + 1
            if count > 100_000:
                raise ValueError
            values = np.round(first + step * np.arange(count), 12)
        else:
            values = np.array([float(part) for part in text.split(",")])
    except (AttributeError, TypeError, ValueError):
        raise InputError(f"{where}: found {text!r}, expected {expected}") from None
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError(f"{where}: found {text!r}, expected {expected}")
    return values
