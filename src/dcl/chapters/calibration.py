"""Calibration of the standard errors that an inferred Hamiltonian states."""

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.hamiltonians import Ising, MultiSpinIsing
from dcl.learning.cluster_expansion import cluster_sums
from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.sampling.energy_levels import EnergyLevels

__all__ = ["stated_errors"]

Array = NDArray[np.float64]


def stated_errors(
    inferred: InferredHamiltonian, levels: EnergyLevels, hamiltonian: Ising | MultiSpinIsing
) -> tuple[Array, Array]:
    """Errors of the energies of levels under a Hamiltonian, beside their standard errors.

    Energies are relative to the mean over the levels, as a learned energy has no zero.

    Parameters
    ----------
    inferred : InferredHamiltonian
        Learned; its functions are of tiles.
    levels : EnergyLevels
        Of spins.
    hamiltonian : Ising or MultiSpinIsing
        The truth.

    Returns
    -------
    errors : numpy.ndarray
        Learned less true energy, mean over each level, float64 (levels,), in J.
    standard_errors : numpy.ndarray
        What the covariance of the couplings leaves open, float64 (levels,), in J.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> pairs = cluster_functions(3, 2, 2)[1:4:2]  # of neighbours in a row, and in a column
    >>> spins = np.ones((2, 1, 4, 4), np.int8)
    >>> spins[1, 0, ::2] = -1  # rows of spins: half of the bonds are broken
    >>> levels = EnergyLevels(np.array([-32, 0]), spins)
    >>> couplings, errors = np.array([-1.0, -1.1]), np.array([0.1, 0.1])
    >>> inferred = InferredHamiltonian(tuple(pairs), couplings, errors, [])
    >>> errors, standard_errors = stated_errors(inferred, levels, Ising())
    >>> errors.round(6).tolist(), standard_errors.round(6).tolist()
    ([-1.6, 1.6], [1.6, 1.6])
    """
    count, each, rows, columns = levels.configurations.shape
    spins = levels.configurations.reshape(-1, rows, columns)
    width = round(np.log2(len(inferred.functions[0].values)) ** 0.5)
    sums = cluster_sums(np.maximum(spins, 0), inferred.functions, width)
    true = hamiltonian.energy(spins).reshape(count, each).mean(axis=1)
    means = sums.reshape(count, each, -1).mean(axis=1)
    means -= means.mean(axis=0)
    errors = means @ inferred.couplings - (true - true.mean())
    return errors, np.sqrt(np.einsum("ki,ij,kj->k", means, inferred.covariance, means))
