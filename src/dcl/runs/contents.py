"""Contents of a run's stages, read from their files; a stage that is missing is made first.

Networks are imported where they are used, so that reading results does not load TensorFlow.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dcl.exact.solver import exact_thermodynamics
from dcl.files import read_json
from dcl.lattice.snapshot_files import load_snapshots
from dcl.lattice.snapshots import Snapshots
from dcl.runs.configuration import Experiment
from dcl.runs.run import Run
from dcl.sampling.energy_levels import EnergyLevels
from dcl.sampling.equilibrium import sample_equilibrium

if TYPE_CHECKING:
    from dcl.analysis.binder import BinderCurve
    from dcl.analysis.scans import Scan
    from dcl.models.couplings_energy import CouplingsEnergy
    from dcl.models.energy import ExtensiveEnergy, SequenceEnergy

__all__ = [
    "binder_curves",
    "exact_log_probability",
    "fresh_configurations",
    "history",
    "large_configuration",
    "level_energies",
    "levels",
    "model",
    "observe",
    "scan_result",
    "snapshots",
]

FRESH = 20_000


def snapshots(run: Run) -> Snapshots:
    """Read the observed snapshots of a run."""
    return load_snapshots(run.stage("snapshots") / "snapshots.npz")


def levels(run: Run, stage: str = "levels") -> EnergyLevels:
    """Read the test set: configurations (levels, per_level, L, L) at every energy."""
    return EnergyLevels.load(run.stage(stage) / "levels.npz")


def model(run: Run, stage: str) -> "SequenceEnergy | ExtensiveEnergy | CouplingsEnergy":
    """Load the model of a stage, one of `dcl.runs.configuration.MODELS`."""
    from dcl.models.energy import load_energy_model

    return load_energy_model(run.stage(stage) / "model")


def history(run: Run, stage: str) -> dict[str, list[float]]:
    """Read the training history of a model's stage; see `dcl.learning.sequence.fit_sequence`."""
    return read_json(run.stage(stage) / "history.json")


def level_energies(run: Run, name: str) -> NDArray[np.float64]:
    """Read the energies of a test set under the truth or a model.

    Parameters
    ----------
    run : Run
    name : str
        ``true`` or the stage of a model; with the ending ``_16x16``, on the larger lattice.

    Returns
    -------
    numpy.ndarray
        Total energies in J, float64, shape (levels, per_level); of ``paper_gru``, which is slow to
        read, the first configurations of each level only.
    """
    stage = "energies_transfer" if name.endswith("_16x16") else "energies"
    path = run.stage(stage) / f"{name.removesuffix('_16x16')}.npy"
    return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)


def scan_result(run: Run, stage: str) -> "Scan":
    """Read the scan of a stage, such as ``scan_gru``, ``scan_ednn_transfer`` or ``large``."""
    from dcl.analysis.scans import Scan

    return Scan.from_json(read_json(run.stage(stage) / "scan.json"))


def binder_curves(run: Run) -> "list[BinderCurve]":
    """Read the Binder cumulants of several sizes under an extensive model."""
    from dcl.analysis.binder import BinderCurve

    record: dict[str, Any] = read_json(run.stage("crossing") / "curves.json")
    return [BinderCurve.from_json(curve) for curve in record["curves"]]


def large_configuration(run: Run, temperature: float) -> NDArray[np.int8]:
    """Read the last large configuration (L, L) at the temperature nearest to the given one."""
    with np.load(run.stage("large") / "last.npz", allow_pickle=False) as archive:
        row = np.abs(archive["temperatures"] - temperature).argmin()
        bits = np.unpackbits(archive["up"][row], axis=-1)
    return (2 * bits.astype(np.int8) - 1)[:, : len(bits)]


def observe(experiment: Experiment) -> Snapshots:
    """Sample an experiment's snapshots: the only thing that the networks learn from."""
    config = experiment.snapshots
    configurations = sample_equilibrium(
        experiment.hamiltonian, experiment.system.size, config.temperature, config.count,
        seed=config.seed, chains=config.chains, burn_in=config.burn_in, stride=config.stride,
        progress=True,
    )  # fmt: skip
    return Snapshots(configurations, config.temperature, experiment.hamiltonian.n_states)


def fresh_configurations(experiment: Experiment) -> NDArray[np.int8]:
    """Sample configurations to judge a finished model by; no training or choice ever sees them."""
    config = experiment.snapshots
    return sample_equilibrium(
        experiment.hamiltonian, experiment.system.size, config.temperature,
        min(FRESH, config.count), seed=config.seed + 1_000_000, burn_in=config.burn_in, stride=10,
    )  # fmt: skip


def exact_log_probability(
    experiment: Experiment, configurations: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Compute ln P = (F - E) / T from the exact free energy; used to judge, never to train."""
    temperature = experiment.snapshots.temperature
    exact = exact_thermodynamics(experiment.hamiltonian, experiment.system.size, [temperature])
    energies = experiment.hamiltonian.energy(configurations)
    return np.asarray((exact.free_energy[0] - energies) / temperature)
