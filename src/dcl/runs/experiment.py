"""Experiments, read from TOML: every parameter of a run, checked before anything is computed.

`experiments/NAME.toml` holds one table a stage with the values of the quick profile, and tables
such as `[smoke.snapshots]` with what another profile changes. `extends = "OTHER"` takes what is
missing from another file. An unknown key, a wrong type or a value out of range is an InputError
that names the file and the key.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dcl.errors import InputError
from dcl.learning.ranges import Seed
from dcl.learning.settings import ednn_settings, sequence_settings
from dcl.runs.configuration import (
    EXTENSIVE,
    MODELS,
    NEEDS_TILES,
    PROFILES,
    SEQUENCE,
    TABLES,
    TEACHERS,
    CrossingConfig,
    Experiment,
    LargeConfig,
    LevelsConfig,
    ModelConfig,
    ScanConfig,
    SnapshotsConfig,
    SystemConfig,
    TransferConfig,
)
from dcl.runs.grids import parse_sizes, parse_temperatures
from dcl.runs.tables import check_tables, merged, read_tables, section

__all__ = ["find_root", "load_experiment"]


def find_root() -> Path:
    """The nearest folder, the current one or above, that holds `experiments/`: the repository.

    Raises
    ------
    InputError
        If there is none.
    """
    start = Path.cwd()
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


@dataclass(frozen=True)
class _Seeded:
    seed: Seed


def _model(key: str, table: Mapping[str, Any], system: SystemConfig, where: str) -> ModelConfig:
    """Settings over those of the preset that the table names, or else the stage's own."""
    own = dict(table)
    choice, default = (
        ("settings", EXTENSIVE[key]) if key in EXTENSIVE else ("network", SEQUENCE[key])
    )
    seed = section(_Seeded, {"seed": own.pop("seed", 1)}, where).seed
    name = own.pop(choice, default)
    if not isinstance(name, str):
        raise InputError(f"{where}: {choice}: found {name!r}, expected a text")
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
