"""The Hamiltonian of pairs nearest to any learned energy of spins, by least squares.

A sequence model has no couplings of its own: they are spread over its weights. Its energies do: on
typical configurations they are fitted by fields and couplings of all pairs, with no knowledge of
which sites are neighbours.
"""

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.learning.couplings import PairCouplings

__all__ = ["projected_pairs"]

Array = NDArray[np.float64]
CHUNK = 1000
"""Configurations whose products of pairs are in memory at once."""


def projected_pairs(configurations: NDArray[np.int8], energies: Array) -> PairCouplings:
    """Fit fields and couplings of all pairs to energies.

    Parameters
    ----------
    configurations : numpy.ndarray
        Spins, int8, shape (n, L1, L2); more than N (N + 1) / 2 of them for N sites.
    energies : numpy.ndarray
        Of the same, in J, float64 (n,).

    Returns
    -------
    PairCouplings
        Its ``beyond_pairs`` is the standard deviation of what the pairs leave over.

    Raises
    ------
    InputError
        If there are too few configurations for the number of pairs.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import EdwardsAnderson
    >>> glass = EdwardsAnderson.gaussian(3, seed=69)
    >>> spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (200, 3, 3))
    >>> found = projected_pairs(spins, glass.energy(spins))
    >>> bool(np.allclose(found.matrix, glass.coupling_matrix()))
    True
    """
    spins = configurations.reshape(len(configurations), -1).astype(np.float64)
    sites = spins.shape[1]
    first, second = np.triu_indices(sites, 1)
    unknown = 1 + sites + len(first)
    if len(spins) < unknown:
        raise InputError(
            f"configurations: found {len(spins)}, expected {unknown} or more for {sites} sites"
        )
    gram, moments = np.zeros((unknown, unknown)), np.zeros(unknown)
    for start in range(0, len(spins), CHUNK):
        terms = _terms(spins[start : start + CHUNK], first, second)
        gram += terms.T @ terms
        moments += terms.T @ energies[start : start + CHUNK]
    found = np.asarray(np.linalg.solve(gram, moments), np.float64)
    matrix = np.zeros((sites, sites))
    matrix[first, second] = -found[1 + sites :]
    pairs = PairCouplings(matrix + matrix.T, -found[1 : 1 + sites], float(found[0]), 0.0)
    left_over = float(np.std(energies - pairs.energy(configurations)))
    return PairCouplings(pairs.matrix, pairs.field, pairs.constant, left_over)


def _terms(spins: Array, first: NDArray[np.int64], second: NDArray[np.int64]) -> Array:
    """The constant, the spins and their products, one column each."""
    return np.hstack([np.ones((len(spins), 1)), spins, spins[:, first] * spins[:, second]])
