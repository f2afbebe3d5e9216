"""The pseudolikelihood fit: couplings from snapshots directly, without a sequence model."""

import numpy as np

from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import check_temperature
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import SnapshotSet
from dcl.learning.pseudolikelihood import InferredHamiltonian, infer_hamiltonian, most_searched
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.models.card import origin
from dcl.models.couplings_energy import CouplingsEnergy

__all__ = ["fit_pseudolikelihood"]


def fit_pseudolikelihood(
    snapshots: SnapshotSet,
    settings: PseudolikelihoodSettings | None = None,
    *,
    boundaries: Boundaries = "periodic",
    seed: int = 1,
    independent: float | None = None,
) -> tuple[CouplingsEnergy, InferredHamiltonian]:
    """Fit couplings to snapshots of a system that looks the same everywhere.

    Parameters
    ----------
    snapshots : SnapshotSet
        In memory or in a file, which may be larger than memory.
    settings : PseudolikelihoodSettings, optional
    boundaries : {"periodic", "open"}
        With open ones the fit uses the sites whose whole surroundings are inside the lattice.
    seed : int
        Of the order of the snapshots, which decides those that are kept aside.
    independent : float, optional
        Independent snapshots that these are worth, see `dcl.analysis.inspection`; all by default.
        Errors of couplings follow from it only where there are more snapshots than the search
        takes, otherwise from the autocorrelation times of their scores.

    Returns
    -------
    model : CouplingsEnergy
        For lattices of any size.
    inferred : InferredHamiltonian
        The same couplings with their standard errors.

    Raises
    ------
    InputError
        If a symmetry that the settings impose is unknown, the temperature is not known, or the
        snapshots are too few, too small or too ordered for a fit.
    """
    settings = settings or PseudolikelihoodSettings()
    width, n_states = 1 + 2 * settings.context, snapshots.n_states
    most_sites = settings.most_sites or (4 if n_states <= 3 else 2)
    functions = cluster_functions(width, n_states, most_sites, settings.symmetries)
    temperature = check_temperature(snapshots.temperature, "temperature")
    count, most = snapshots.shape[0], most_searched(snapshots.shape)
    random = np.random.default_rng(seed)
    chosen = random.permutation(count) if count == most else random.choice(count, most, False)
    in_order = np.sort(chosen)
    states = np.maximum(snapshots.take(in_order)[np.searchsorted(in_order, chosen)], 0)

    inferred = infer_hamiltonian(
        states, temperature, n_states, functions, width, boundaries,
        snapshots if count > most else None, independent, chosen if count == most else None,
    )  # fmt: skip
    known = origin(snapshots, settings, seed, {"law": inferred.described()})
    model = CouplingsEnergy(inferred.functions, inferred.couplings, n_states, width, known)
    return model, inferred
