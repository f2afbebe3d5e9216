"""From a file of snapshots to thermodynamics and a report, in one go.

The pseudolikelihood fit finds the Hamiltonian, Metropolis under it predicts every temperature, and
the Hamiltonian must give the snapshots again (`dcl.runs.predictive_checks`).

Errors of the predictions are those of the simulation and of the Hamiltonian together. The second
come from the covariance of the couplings to first order, by central differences along its principal
axes. Snapshots that resemble their neighbours in the file count as fewer, by their autocorrelation
time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from dcl.analysis.inspection import Inspection, inspect
from dcl.analysis.thermodynamics import Scan, scan
from dcl.files import file_hash
from dcl.lattice.clusters import projected
from dcl.lattice.configurations import check_temperature
from dcl.lattice.geometry import Boundaries, LatticeSize, inside_sites, lattice_size, tile_sites
from dcl.lattice.snapshot_files import SnapshotFile
from dcl.lattice.snapshots import SnapshotSet
from dcl.lattice.tile_patterns import tile_codes
from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.learning.pseudolikelihood_fit import as_network, fit_pseudolikelihood
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.models.energy import ExtensiveEnergy
from dcl.runs.predictive_checks import Check, check_by_resampling, check_by_simulation

__all__ = ["Study", "coupling_errors", "effective_snapshots", "learn"]

Array = NDArray[np.float64]

CHAINS, SWEEPS = 8, 4000
STEP, MOST_AXES = 2.0, 6
"""Standard errors to either side along an axis of the couplings' covariance, and how many axes: of
more couplings, as many random directions."""
MOST_CHECKED = 100_000
"""Snapshots whose energies are computed."""
SUPPORTED = 100
"""Effective snapshots at a temperature at which the snapshots themselves support a prediction."""

COLUMNS = ("energy", "heat_capacity", "magnetisation", "binder_cumulant")


@dataclass(frozen=True)
class Study:
    """All that `learn` found.

    Attributes
    ----------
    inspection : Inspection
    hamiltonian : InferredHamiltonian
    model : ExtensiveEnergy
        The Hamiltonian as a network.
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
    model: ExtensiveEnergy
    prediction: Scan
    coupling_errors: dict[str, Array]
    effective: Array
    checks: tuple[Check, ...]
    provenance: dict[str, Any]

    @property
    def couplings(self) -> list[dict[str, Any]]:
        """Terms of the Hamiltonian: name, words, coupling and error, and as read off the model."""
        width, rows = self.model.focus + 2 * self.model.context, []
        table = self.model.table.astype(np.float64)
        terms = zip(
            self.hamiltonian.functions,
            self.hamiltonian.couplings,
            self.hamiltonian.errors,
            strict=True,
        )
        for function, coupling, error in terms:
            read = projected(table, function, self.model.n_states, width)
            rows.append(
                {
                    "name": function.name, "words": function.words, "coupling": float(coupling),
                    "error": float(error), "read_off_network": read,
                }
            )  # fmt: skip
        return rows

    @property
    def terms(self) -> list[str]:
        """The terms of the Hamiltonian with their standard errors, one a line."""
        return [
            f"{row['name']}: {row['coupling']:.5f} +- {row['error']:.5f} J ({row['words']})"
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
        To predict, in order, J / k_B; from 1/8 to 5/4 of that of the snapshots otherwise.
    size : int or tuple of int, optional
        Of the periodic lattice to predict; that of the snapshots otherwise.
    boundaries : {"periodic", "open"}
        Of the snapshots.
    settings : PseudolikelihoodSettings, optional
    sweeps : int, optional
        Measured for the prediction, 4000 by default; a tenth as many before, and a quarter to
        either side along each axis of the Hamiltonian's errors.
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
    model, inferred = fit_pseudolikelihood(watched, settings, boundaries=boundaries, seed=seed)
    inferred = replace(
        inferred, errors=inferred.errors * np.sqrt(count / min(found.independent, count))
    )
    shape = size or lattice_size(rows, columns)
    sweeps = sweeps or SWEEPS
    walk: dict[str, Any] = {"chains": CHAINS, "burn_in": sweeps // 10}
    prediction = scan(
        model, shape, temperatures, seed=seed, sweeps=sweeps, progress=progress, **walk
    )
    of_couplings = coupling_errors(
        inferred,
        model,
        shape,
        temperatures,
        seed=seed,
        sweeps=sweeps // 4,
        progress=progress,
        **walk,
    )
    numbers = np.arange(count)
    if count > MOST_CHECKED:
        numbers = np.sort(np.random.default_rng(seed).choice(count, MOST_CHECKED, False))
    taken = snapshots.take(numbers)
    energies = _energies(model, taken, boundaries)
    worth = min(found.independent / len(taken), 1.0)
    if boundaries == "periodic":
        again = scan(
            model, lattice_size(rows, columns), [observed], seed=seed + 1, sweeps=sweeps, **walk
        )
        checks = check_by_simulation(model, again, energies, found)
    else:
        checks = check_by_resampling(inferred, taken, found, observed, settings.context, seed)
    return Study(
        found, inferred, model, _with_errors(prediction, of_couplings), of_couplings,
        effective_snapshots(energies, observed, prediction.temperatures) * worth, checks,
        provenance,
    )  # fmt: skip


def _provenance(
    snapshots: SnapshotSet, temperature: float, boundaries: Boundaries, seed: int
) -> dict[str, Any]:
    data: dict[str, Any] = {"shape": list(snapshots.shape), "n_states": snapshots.n_states}
    if isinstance(snapshots, SnapshotFile):
        data |= {"file": snapshots.path.name, "sha256": file_hash(snapshots.path)}
    versions = {name: version(name) for name in ("dcl", "keras", "numpy")}
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


def _with_errors(prediction: Scan, of_couplings: dict[str, Array]) -> Scan:
    """The same scan with the Hamiltonian's errors in its own."""
    changes: dict[str, Any] = {
        f"{name}_error": np.hypot(getattr(prediction, f"{name}_error"), error)
        for name, error in of_couplings.items()
    }
    return replace(prediction, **changes)


def effective_snapshots(energies: Array, observed: float, temperatures: Array) -> Array:
    """How many snapshots of another temperature a set is worth, (n_temperatures,).

    (sum of w)^2 / sum of w^2 with the weights w = exp(-(1 / T - 1 / T_observed) E) that turn the
    snapshots into those of temperature T (Kish, Survey Sampling, 1965). Where it is small, a
    prediction rests on the form of the Hamiltonian and not on what was seen.

    Examples
    --------
    >>> energies = np.random.default_rng(0).normal(size=1000)
    >>> effective_snapshots(energies, 4.0, np.array([4.0, 2.0, 0.2])).round(-2).tolist()
    [1000.0, 900.0, 0.0]
    """
    exponents = -(1 / np.asarray(temperatures)[:, None] - 1 / observed) * energies
    weights = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    return np.asarray(weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1))


def _energies(
    model: ExtensiveEnergy, configurations: NDArray[np.int8], boundaries: Boundaries
) -> Array:
    """Of a torus, or of the tiles that are inside an open lattice."""
    if boundaries == "periodic":
        return model.energy(configurations)
    count, rows, columns = configurations.shape
    inside = inside_sites(rows, columns, model.context, boundaries)
    sites = tile_sites((rows, columns), model.focus, model.context)[inside]
    flat, energies = configurations.reshape(count, -1), np.empty(count)
    for start in range(0, count, 4096):
        tiles = np.maximum(flat[start : start + 4096][:, sites], 0)
        codes = tile_codes(tiles, model.n_states)
        energies[start : start + 4096] = model.table[codes].sum(axis=1, dtype=np.float64)
    return energies
