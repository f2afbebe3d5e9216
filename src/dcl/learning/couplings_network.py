"""Couplings written as an extensive network, where one is asked for.

Every hidden unit recognises one arrangement of states on one cluster of the tile, and the last
layer holds its energy. Nothing is lost in writing it so, and the result is an extensive network
like any other, for lattices of any size.
"""

import numpy as np
from numpy.typing import NDArray

from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.models.energy import ExtensiveEnergy
from dcl.models.networks import build_ednn

__all__ = ["as_network"]

Array = NDArray[np.float64]


def as_network(inferred: InferredHamiltonian, n_states: int, context: int = 1) -> ExtensiveEnergy:
    """Write couplings as an extensive network with a focus of one site.

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
