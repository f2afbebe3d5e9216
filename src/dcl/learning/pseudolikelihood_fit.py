"""The pseudolikelihood fit: couplings from snapshots directly, without a sequence model.

A Hamiltonian of cluster functions is found by pseudolikelihood (`dcl.learning.pseudolikelihood`),
and written as a network: every hidden unit recognises one arrangement of states on one cluster of
the tile, and the last layer holds its energy. Nothing is lost in writing it so, and the result is
an extensive network like any other, for lattices of any size.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import check_temperature
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import SnapshotSet
from dcl.learning.pseudolikelihood import InferredHamiltonian, infer_hamiltonian, most_searched
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.models.card import origin
from dcl.models.energy import ExtensiveEnergy
from dcl.models.networks import build_ednn

__all__ = ["as_network", "fit_pseudolikelihood"]

Array = NDArray[np.float64]


def fit_pseudolikelihood(
    snapshots: SnapshotSet,
    settings: PseudolikelihoodSettings | None = None,
    *,
    boundaries: Boundaries = "periodic",
    seed: int = 1,
) -> tuple[ExtensiveEnergy, InferredHamiltonian]:
    """Fit an extensive network to snapshots of a system that looks the same everywhere.

    Parameters
    ----------
    snapshots : SnapshotSet
        In memory or in a file, which may be larger than memory.
    settings : PseudolikelihoodSettings, optional
    boundaries : {"periodic", "open"}
        With open ones the fit uses the sites whose whole surroundings are inside the lattice.
    seed : int
        Of the order of the snapshots, which decides those that are kept aside.

    Returns
    -------
    model : ExtensiveEnergy
        With a focus of one site: any lattice size will do.
    inferred : InferredHamiltonian
        What was found, with standard errors; the network's energies are those of its table.

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
        snapshots if count > most else None,
    )  # fmt: skip
    known = origin(snapshots, settings, seed, {"law": inferred.described()})
    return replace(as_network(inferred, n_states, settings.context), origin=known), inferred


def as_network(inferred: InferredHamiltonian, n_states: int, context: int = 1) -> ExtensiveEnergy:
    """The extensive network with a focus of one site whose energies are those of a Hamiltonian.

    A unit is relu(sum over its k sites of [state there is the unit's] - (k - 1)): one where all
    agree, else zero. Spins enter as +1 / -1 instead of one-hot vectors, which changes nothing.

    Parameters
    ----------
    inferred : InferredHamiltonian
    n_states : int
    context : int
        c: the Hamiltonian's tiles are 1 + 2c sites wide.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> pair = cluster_functions(3, 2, 2, ("point-group", "states"))[0]
    >>> inferred = InferredHamiltonian((pair,), np.array([-1.0]), np.array([0.0]), [])
    >>> as_network(inferred, 2).energy(np.ones((1, 5, 5), np.int8)).tolist()
    [-50.0]
    """
    width = 1 + 2 * context
    inputs = 1 if n_states == 2 else n_states
    columns: list[Array] = []
    thresholds, energies, constant = [], [], 0.0
    for cluster in inferred.clusters:
        ((sites, table),) = cluster.tables.items()
        values, counts = np.unique(table.round(12), return_counts=True)
        usual = values[counts.argmax()]
        constant += usual
        for states in np.argwhere(np.abs(table - usual) > 1e-9):
            column = np.zeros((width, width, inputs))
            for (row, place), state in zip(sites, states, strict=True):
                if n_states == 2:
                    column[row, place] = 2 * state - 1
                else:
                    column[row, place, state] = 1
            columns.append(column.ravel())
            thresholds.append(1 - len(sites))
            energies.append(table[tuple(states)] - usual)
    if not columns:
        columns, thresholds, energies = [np.zeros(width * width * inputs)], [0], [0.0]
    network = build_ednn(n_states, focus=1, context=context, hidden=(len(columns),))
    network.get_layer("dense_0").set_weights([np.array(columns).T, np.array(thresholds)])
    network.get_layer("contribution").set_weights(
        [np.array(energies)[:, None], np.array([constant])]
    )
    return ExtensiveEnergy(network, 1, context, n_states)
