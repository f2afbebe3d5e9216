"""The stages of every experiment: snapshots, models, energies of the test sets, scans, metrics.

Networks are imported where they are used, so that reading results does not load TensorFlow.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dcl.analysis.metrics import level_rmse, level_spread, max_error_per_spin
from dcl.analysis.peak import heat_capacity_peak
from dcl.exact.onsager import critical_temperature
from dcl.exact.solver import exact_thermodynamics
from dcl.files import read_json, write_json
from dcl.lattice.geometry import lattice_shape
from dcl.lattice.hamiltonians import EdwardsAnderson
from dcl.lattice.snapshot_files import load_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.runs.experiment import (
    Experiment,
    ScanConfig,
    load_experiment,
    parse_sizes,
    parse_temperatures,
)
from dcl.runs.run import Run, Stage
from dcl.sampling.energy_levels import EnergyLevels
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.multicanonical import sample_levels, sample_windows

if TYPE_CHECKING:
    from dcl.analysis.binder import BinderCurve
    from dcl.analysis.thermodynamics import Scan
    from dcl.models.energy import ExtensiveEnergy, SequenceEnergy

__all__ = [
    "STAGES",
    "binder_curves",
    "exact_log_probability",
    "held_out",
    "history",
    "large_configuration",
    "level_energies",
    "levels",
    "metrics",
    "model",
    "observe",
    "open_run",
    "scan_result",
    "snapshots",
]

HELD_OUT = 20_000


def open_run(
    name: str, profile: str = "quick", changes: Any = None, variant: str = "", root: Any = None
) -> Run:
    """The run of an experiment file in one profile; nothing is computed yet.

    Parameters
    ----------
    name, profile, changes, root
        See `dcl.runs.experiment.load_experiment`.
    variant : str
        Names the folder of a run with changes.

    Examples
    --------
    >>> open_run("ising", "smoke").stage_names[:2]
    ('snapshots', 'levels')
    """
    return Run(load_experiment(name, profile, changes, root), STAGES, variant, root)


def snapshots(run: Run) -> Snapshots:
    """The observed snapshots of a run, made if need be."""
    return load_snapshots(run.stage("snapshots") / "snapshots.npz")


def levels(run: Run, stage: str = "levels") -> EnergyLevels:
    """The test set: configurations (levels, per_level, L, L) at every energy."""
    return EnergyLevels.load(run.stage(stage) / "levels.npz")


def model(run: Run, stage: str) -> "SequenceEnergy | ExtensiveEnergy":
    """The trained model of the stage ``gru`` or ``ednn``."""
    from dcl.models.energy import load_energy_model

    return load_energy_model(run.stage(stage) / "model")


def history(run: Run, stage: str) -> dict[str, list[float]]:
    """The training history of the stage ``gru`` or ``ednn``."""
    return read_json(run.stage(stage) / "history.json")


def level_energies(run: Run, name: str) -> NDArray[np.float64]:
    """Energies (levels, per_level) of a test set under ``true``, ``gru`` or ``ednn``.

    ``true_16x16`` and ``ednn_16x16`` are those of the larger lattice.
    """
    stage = "energies_transfer" if name.endswith("_16x16") else "energies"
    path = run.stage(stage) / f"{name.removesuffix('_16x16')}.npy"
    return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)


def scan_result(run: Run, stage: str) -> "Scan":
    """The scan of a stage: ``scan_gru``, ``scan_ednn``, ``scan_ednn_transfer`` or ``large``."""
    from dcl.analysis.thermodynamics import Scan

    return Scan.from_json(read_json(run.stage(stage) / "scan.json"))


def binder_curves(run: Run) -> "list[BinderCurve]":
    """Binder cumulants of several sizes under the extensive network, made if need be."""
    from dcl.analysis.binder import BinderCurve

    record: dict[str, Any] = read_json(run.stage("crossing") / "curves.json")
    return [BinderCurve.from_json(curve) for curve in record["curves"]]


def large_configuration(run: Run, temperature: float) -> NDArray[np.int8]:
    """The last configuration of the large lattice at the temperature nearest to the given one."""
    with np.load(run.stage("large") / "last.npz", allow_pickle=False) as archive:
        row = np.abs(archive["temperatures"] - temperature).argmin()
        bits = np.unpackbits(archive["up"][row], axis=-1)
    return (2 * bits.astype(np.int8) - 1)[:, : len(bits)]


def observe(experiment: Experiment) -> Snapshots:
    """Sample an experiment's snapshots: the only thing that the networks learn from."""
    config = experiment.snapshots
    configurations = sample_equilibrium(
        experiment.hamiltonian,
        experiment.system.size,
        config.temperature,
        config.count,
        seed=config.seed,
        chains=config.chains,
        burn_in=config.burn_in,
        stride=config.stride,
        progress=True,
    )
    return Snapshots(configurations, config.temperature, experiment.hamiltonian.n_states)


def _make_snapshots(run: Run, folder: Path) -> None:
    save_snapshots(observe(run.experiment), folder / "snapshots.npz")


def _make_levels(run: Run, folder: Path) -> None:
    experiment = run.experiment
    sampler = (
        sample_windows if isinstance(experiment.hamiltonian, EdwardsAnderson) else sample_levels
    )
    config = experiment.levels
    sampler(
        experiment.hamiltonian,
        experiment.system.size,
        config.per_level,
        seed=config.seed,
        progress=True,
    ).save(folder / "levels.npz")


def _make_gru(run: Run, folder: Path) -> None:
    from dcl.learning.sequence import fit_sequence

    experiment = run.experiment
    fresh = held_out(experiment)
    fitted, record = fit_sequence(
        snapshots(run),
        experiment.gru,
        seed=experiment.gru_seed,
        checkpoint=run.checkpoint("gru"),
        held_out=fresh,
        held_out_log_probability=exact_log_probability(experiment, fresh),
    )
    fitted.save(folder / "model")
    write_json(folder / "history.json", record)


def held_out(experiment: Experiment) -> NDArray[np.int8]:
    """Fresh configurations at the observation temperature, with a seed of their own."""
    config = experiment.snapshots
    return sample_equilibrium(
        experiment.hamiltonian,
        experiment.system.size,
        config.temperature,
        min(HELD_OUT, config.count),
        seed=config.seed + 1_000_000,
        burn_in=config.burn_in,
        stride=10,
    )


def exact_log_probability(
    experiment: Experiment, configurations: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Ln P = (F - E) / T from the exact free energy; used to judge, never to train."""
    temperature = experiment.snapshots.temperature
    exact = exact_thermodynamics(experiment.hamiltonian, experiment.system.size, [temperature])
    energies = experiment.hamiltonian.energy(configurations)
    return np.asarray((exact.free_energy[0] - energies) / temperature)


def _make_ednn(run: Run, folder: Path) -> None:
    from dcl.learning.distillation import distill
    from dcl.models.energy import SequenceEnergy

    experiment = run.experiment
    teacher = model(run, "gru")
    assert isinstance(teacher, SequenceEnergy)
    student, record = distill(
        teacher, experiment.ednn, seed=experiment.ednn_seed, checkpoint=run.checkpoint("ednn")
    )
    student.save(folder / "model")
    write_json(folder / "history.json", record)


def _make_energies(run: Run, folder: Path) -> None:
    _save_energies(run, levels(run), ("gru", "ednn"), folder)


def _make_transfer_levels(run: Run, folder: Path) -> None:
    config = run.experiment.transfer
    assert config is not None
    sample_levels(
        run.experiment.hamiltonian,
        config.size,
        config.per_level,
        seed=config.seed,
        progress=True,
    ).save(folder / "levels.npz")


def _make_transfer_energies(run: Run, folder: Path) -> None:
    _save_energies(run, levels(run, "levels_transfer"), ("ednn",), folder)


def _save_energies(run: Run, test: EnergyLevels, names: tuple[str, ...], folder: Path) -> None:
    shape = test.configurations.shape
    flat = test.configurations.reshape(-1, *shape[2:])
    np.save(folder / "true.npy", run.experiment.hamiltonian.energy(flat).reshape(shape[:2]))
    for name in names:
        if name in run.stage_names:
            np.save(folder / f"{name}.npy", model(run, name).energy(flat).reshape(shape[:2]))


def _make_scan(run: Run, folder: Path, name: str, config: ScanConfig, size: int) -> None:
    from dcl.analysis.thermodynamics import scan

    result = scan(
        model(run, name),
        size,
        parse_temperatures(config.temperatures),
        seed=config.seed,
        chains=config.chains,
        sweeps=config.sweeps,
        burn_in=config.burn_in,
        progress=True,
    )
    write_json(folder / "scan.json", result.to_json())


def _make_scan_gru(run: Run, folder: Path) -> None:
    _make_scan(run, folder, "gru", run.experiment.scan_gru, run.experiment.system.size)


def _make_scan_ednn(run: Run, folder: Path) -> None:
    config = run.experiment.scan_ednn
    assert config is not None
    _make_scan(run, folder, "ednn", config, run.experiment.system.size)


def _make_scan_transfer(run: Run, folder: Path) -> None:
    config, transfer = run.experiment.scan_ednn, run.experiment.transfer
    assert config is not None
    assert transfer is not None
    _make_scan(run, folder, "ednn", config, transfer.size)


def _make_crossing(run: Run, folder: Path) -> None:
    from dcl.analysis.binder import binder_curve

    config, learned = run.experiment.crossing, scan_result(run, "scan_ednn")
    assert config is not None
    peak = float(learned.temperatures[np.argmax(learned.heat_capacity)])
    temperatures = peak * np.linspace(config.lowest, config.highest, config.points)
    curves = [
        binder_curve(
            model(run, "ednn"), size, temperatures, seed=config.seed + size, chains=config.chains,
            sweeps=config.sweeps, burn_in=config.burn_in, progress=True,
        ).to_json()
        for size in parse_sizes(config.sizes)
    ]  # fmt: skip
    write_json(folder / "curves.json", {"curves": curves})


def _make_large(run: Run, folder: Path) -> None:
    from dcl.analysis.thermodynamics import measure, sample_series

    config, learned = run.experiment.large, model(run, "ednn")
    assert config is not None
    series = sample_series(
        learned, config.size, parse_temperatures(config.temperatures), chains=config.chains,
        sweeps=config.sweeps, burn_in=config.burn_in, seed=config.seed, start="ordered",
        progress=True,
    )  # fmt: skip
    write_json(folder / "scan.json", measure(learned, series, config.seed).to_json())
    up = series.configurations[:, 0] > 0
    np.savez(folder / "last.npz", up=np.packbits(up, axis=-1), temperatures=series.temperatures)


def _config(*names: str) -> Any:
    """Parameters of a stage: these fields of the experiment; None if one of them is None."""

    def collect(experiment: Experiment) -> dict[str, Any] | None:
        values = {name: getattr(experiment, name) for name in names}
        if any(value is None for value in values.values()):
            return None
        return {
            name: value if isinstance(value, int) else asdict(value)
            for name, value in values.items()
        }

    return collect


STAGES = {
    "snapshots": Stage(_make_snapshots, _config("system", "snapshots")),
    "levels": Stage(_make_levels, _config("system", "levels")),
    "gru": Stage(_make_gru, _config("gru", "gru_seed"), ("snapshots",)),
    "ednn": Stage(_make_ednn, _config("ednn", "ednn_seed"), ("gru",)),
    "energies": Stage(_make_energies, _config(), ("levels", "gru", "ednn")),
    "scan_gru": Stage(_make_scan_gru, _config("scan_gru"), ("gru",)),
    "scan_ednn": Stage(_make_scan_ednn, _config("scan_ednn"), ("ednn",)),
    "levels_transfer": Stage(_make_transfer_levels, _config("system", "transfer")),
    "energies_transfer": Stage(
        _make_transfer_energies, _config("transfer"), ("levels_transfer", "ednn")
    ),
    "scan_ednn_transfer": Stage(_make_scan_transfer, _config("scan_ednn", "transfer"), ("ednn",)),
    "crossing": Stage(_make_crossing, _config("crossing"), ("ednn", "scan_ednn")),
    "large": Stage(_make_large, _config("large"), ("ednn",)),
}


def metrics(run: Run) -> dict[str, float]:
    """Make every stage of a run and write its `metrics.json`.

    Returns
    -------
    dict
        One number a key, as `metrics.json` holds them: RMSE in J over the energy levels after
        subtracting the mean difference, KL divergence in nats, curve errors in J per spin, times
        in seconds. A key that the experiment cannot have is absent.
    """
    for name in run.stage_names:
        run.stage(name)
    experiment = run.experiment
    true = level_energies(run, "true")
    values = {"rnn_rmse": level_rmse(level_energies(run, "gru"), true)}
    values["rnn_level_spread"] = level_spread(level_energies(run, "gru"), true)
    if "ednn" in run.stage_names:
        values["ednn_rmse"] = level_rmse(level_energies(run, "ednn"), true)
        values["ednn_level_spread"] = level_spread(level_energies(run, "ednn"), true)
    if experiment.transfer:
        values["ednn_rmse_16x16"] = level_rmse(
            level_energies(run, "ednn_16x16"), level_energies(run, "true_16x16")
        )
    values["rnn_kl_nats"] = history(run, "gru")["kl"][-1]
    values |= _curve_errors(run)
    values |= _critical_errors(run)
    values["configurations_seen"] = history(run, "gru")["examples_seen"][-1]
    values["distinct_configurations"] = float(experiment.snapshots.count)
    values["train_seconds"] = run.wall_seconds("gru")
    values["total_seconds"] = run.wall_seconds(*run.stage_names)
    write_json(run.folder / "metrics.json", values)
    return values


def _curve_errors(run: Run) -> dict[str, float]:
    """Largest errors of the energy curves, and the errors of the heat capacity's peaks."""
    hamiltonian = run.experiment.hamiltonian
    values = {}
    for key, stage in _CURVES.items():
        if stage not in run.stage_names:
            continue
        result = scan_result(run, stage)
        (size, _), temperatures = lattice_shape(result.lattice_size), result.temperatures
        exact = exact_thermodynamics(hamiltonian, size, temperatures)
        values[key] = max_error_per_spin(result.energy, exact.energy, size)
        moving = result.heat_capacity > 0
        if not isinstance(hamiltonian, EdwardsAnderson) and moving.sum() >= 7:
            peak, _ = heat_capacity_peak(
                temperatures[moving],
                result.heat_capacity[moving],
                result.heat_capacity_error[moving],
            )
            fine = np.arange(temperatures.min(), temperatures.max(), 0.001)
            curve = exact_thermodynamics(hamiltonian, size, fine).heat_capacity
            name = key.replace("scan", "heat_capacity_peak").replace(
                "_max_error_per_spin", "_error"
            )
            values[name] = abs(peak - fine[curve.argmax()])
    return values


def _critical_errors(run: Run) -> dict[str, float]:
    """Learned critical temperature from the two largest sizes, and its distance from the truth."""
    if "crossing" not in run.stage_names:
        return {}
    from dcl.analysis.binder import crossings

    found = crossings(binder_curves(run))
    if not found:
        return {}
    last = found[-1]
    exact = critical_temperature(run.experiment.hamiltonian)
    return {
        "critical_temperature": last.temperature,
        "critical_temperature_standard_error": last.error,
        "critical_temperature_error": abs(last.temperature - exact),
    }


_CURVES = {
    "rnn_scan_max_error_per_spin": "scan_gru",
    "ednn_scan_max_error_per_spin": "scan_ednn",
    "ednn_scan_16x16_max_error_per_spin": "scan_ednn_transfer",
}
