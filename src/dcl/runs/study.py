"""From a file of snapshots to thermodynamics and a report, in one go.

The pseudolikelihood fit finds the Hamiltonian, Metropolis under it predicts every temperature, and
the Hamiltonian must give the snapshots again (`dcl.runs.predictive_checks`).

Errors of the predictions are those of the simulation and of the couplings together. The second
come from the covariance of the couplings to first order, by the response of the same chains
(`dcl.analysis.coupling_response`). Snapshots that resemble their neighbours in the file count as
fewer, by their autocorrelation time, and so do copies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from dcl.analysis.inspection import Inspection, inspect
from dcl.analysis.scans import Scan
from dcl.analysis.thermodynamics import scan
from dcl.files import file_hash
from dcl.lattice.cluster_sums import ClusterSums
from dcl.lattice.configurations import check_temperature
from dcl.lattice.geometry import Boundaries, LatticeSize, inside_sites, lattice_size
from dcl.lattice.snapshot_files import SnapshotFile
from dcl.lattice.snapshots import SnapshotSet
from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.runs.prediction import CHAINS, effective_snapshots, predict, with_errors
from dcl.runs.predictive_checks import (
    Check,
    check_by_resampling,
    check_by_simulation,
    check_imposed_symmetries,
    energy_unit,
)

__all__ = ["Study", "learn"]

Array = NDArray[np.float64]

SWEEPS = 4000
MOST_CHECKED = 100_000
"""Snapshots whose energies are computed."""
SUPPORTED = 100
"""Effective snapshots at a temperature at which the snapshots themselves support a prediction."""


@dataclass(frozen=True)
class Study:
    """All that `learn` found.

    Attributes
    ----------
    inspection : Inspection
    hamiltonian : InferredHamiltonian
    model : CouplingsEnergy
    prediction : Scan
        Its errors hold both the simulation's and the Hamiltonian's.
    coupling_errors : dict
        Of each observable, the Hamiltonian's part of the error, float64 (n_temperatures,).
    effective : numpy.ndarray
        What the snapshots are worth at each temperature, see `effective_snapshots`.
    checks : tuple of Check
    provenance : dict
        Data file with its SHA-256, temperature, boundaries, seed and versions.
    """

    inspection: Inspection
    hamiltonian: InferredHamiltonian
    model: CouplingsEnergy
    prediction: Scan
    coupling_errors: dict[str, Array]
    effective: Array
    checks: tuple[Check, ...]
    provenance: dict[str, Any]

    @property
    def couplings(self) -> list[dict[str, Any]]:
        """Terms of the Hamiltonian: name, words, coupling in J and its standard error."""
        return [
            {"name": function.name, "words": function.words, "coupling": coupling, "error": error}
            for function, coupling, error in self.hamiltonian.terms
        ]

    @property
    def unit(self) -> str:
        """Unit of energies: J, or k_B T where the snapshots' temperature is said to be 1."""
        return energy_unit(self.provenance["temperature"])

    @property
    def terms(self) -> list[str]:
        """The terms of the Hamiltonian with their standard errors, one a line."""
        return [
            f"{row['name']}: {row['coupling']:.5f} +- {row['error']:.5f} {self.unit} "
            f"({row['words']})"
            for row in self.couplings
        ]

    @property
    def supported(self) -> Array:
        """Temperatures at which the snapshots, reweighted, are worth 100 or more."""
        return np.asarray(self.prediction.temperatures[self.effective >= SUPPORTED])


def learn(
    snapshots: SnapshotSet,
    temperatures: ArrayLike | None = None,
    *,
    size: LatticeSize | None = None,
    boundaries: Boundaries = "periodic",
    settings: PseudolikelihoodSettings | None = None,
    sweeps: int | None = None,
    seed: int = 1,
    progress: bool = False,
) -> Study:
    """Inspect snapshots, fit a Hamiltonian, predict all temperatures, and check the Hamiltonian.

    Parameters
    ----------
    snapshots : SnapshotSet
        Of a system that looks the same everywhere; in memory, or a file of any size.
    temperatures : array_like, optional
        To predict, in any order, J / k_B; from 1/8 to 5/4 of that of the snapshots otherwise.
    size : int or tuple of int, optional
        Of the periodic lattice to predict; that of the snapshots otherwise.
    boundaries : {"periodic", "open"}
        Of the snapshots.
    settings : PseudolikelihoodSettings, optional
    sweeps : int, optional
        Measured for the prediction, 4000 by default; a tenth as many before.
    seed : int
        Of the fit and of the Monte Carlo.
    progress : bool
        Show progress bars.

    Raises
    ------
    InputError
        If the temperature of the snapshots is not known, or they are too few, too small or too
        ordered for a fit.
    """
    settings = settings or PseudolikelihoodSettings()
    observed = check_temperature(snapshots.temperature, "temperature")
    if temperatures is None:
        temperatures = observed * np.arange(5, 51) / 40
    count, rows, columns = snapshots.shape
    inside_sites(rows, columns, 2 * settings.context, boundaries)
    provenance = _provenance(snapshots, observed, boundaries, seed)
    watched = _Watched(snapshots, progress)
    found = inspect(watched, boundaries)
    found.require_enough()
    model, inferred = fit_pseudolikelihood(
        watched, settings, boundaries=boundaries, seed=seed, independent=found.independent
    )
    shape, sweeps = size or lattice_size(rows, columns), sweeps or SWEEPS
    walk: dict[str, Any] = {"sweeps": sweeps, "seed": seed, "progress": progress}
    prediction, of_couplings = predict(model, inferred, shape, temperatures, **walk)
    taken = snapshots.take(_checked(count, seed))
    energies = _energies(model, taken, boundaries)
    if boundaries == "periodic":
        again = _at(prediction, observed, lattice_size(rows, columns)) or scan(
            model, lattice_size(rows, columns), [observed], seed=seed + 1, chains=CHAINS,
            sweeps=sweeps, burn_in=sweeps // 10,
        )  # fmt: skip
        checks = check_by_simulation(model, again, energies, found, energy_unit(observed))
    else:
        checks = check_by_resampling(inferred, taken, found, observed, settings.context, seed)
    checks += check_imposed_symmetries(inferred, taken, found, observed, boundaries, settings)
    worth = min(found.independent / len(taken), 1.0)
    effective = effective_snapshots(energies, observed, prediction.temperatures) * worth
    return Study(
        found, inferred, model, with_errors(prediction, of_couplings), of_couplings, effective,
        checks, provenance,
    )  # fmt: skip


def _checked(count: int, seed: int) -> NDArray[np.int64]:
    """Choose the snapshots whose energies are computed."""
    if count <= MOST_CHECKED:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, MOST_CHECKED, False))


def _at(prediction: Scan, observed: float, size: LatticeSize) -> Scan | None:
    """Pick one temperature of a scan of the snapshots' lattice, or None where it is not there."""
    (numbers,) = np.nonzero(np.isclose(prediction.temperatures, observed, rtol=1e-12))
    if prediction.lattice_size != size or not numbers.size:
        return None
    return prediction.at(numbers[:1])


def _provenance(
    snapshots: SnapshotSet, temperature: float, boundaries: Boundaries, seed: int
) -> dict[str, Any]:
    data: dict[str, Any] = {"shape": list(snapshots.shape), "n_states": snapshots.n_states}
    if isinstance(snapshots, SnapshotFile):
        data |= {"file": snapshots.path.name, "sha256": file_hash(snapshots.path)}
    versions = {name: version(name) for name in ("dcl", "numpy")}
    known = {"temperature": temperature, "boundaries": boundaries, "seed": seed}
    return {"data": data, **known, "versions": versions}


class _Watched:
    """Snapshots whose passes show a progress bar."""

    def __init__(self, snapshots: SnapshotSet, progress: bool) -> None:
        self._snapshots, self._progress = snapshots, progress
        self.temperature, self.n_states = snapshots.temperature, snapshots.n_states
        self.shape, self.take = snapshots.shape, snapshots.take
        self.stored = getattr(snapshots, "stored", "")

    def parts(self) -> Iterator[NDArray[np.int8]]:
        with tqdm(
            total=self.shape[0], desc="reading", unit="snapshot", disable=not self._progress
        ) as bar:
            for part in self._snapshots.parts():
                yield part
                bar.update(len(part))


def _energies(
    model: CouplingsEnergy, configurations: NDArray[np.int8], boundaries: Boundaries
) -> Array:
    """Energies on a torus, or of the tiles that are inside an open lattice."""
    if boundaries == "periodic":
        return model.energy(configurations)
    _, rows, columns = configurations.shape
    middles = inside_sites(rows, columns, model.context, boundaries)
    corners = middles - model.context * (columns + 1)
    sums = ClusterSums(model.clusters, (rows, columns), corners)
    return np.asarray(sums(configurations).sum(axis=1))
