"""The Hamiltonian of few terms in a teacher's energies: least squares on cluster functions.

A sequence model of N snapshots knows the typical states well and its errors there are small, but
they are not small noise: every product of spins on a tile gets a little of them. A network that is
taught all of it adds these up in states that no snapshot showed. So a term is kept only if it is
more than N snapshots can tell from nothing. No unbiased estimate from N independent snapshots at
temperature T knows the couplings c of an energy sum_k c_k Phi_k better than with the covariance

    T^2 / N  Cov(Phi)^-1,

the inverse Fisher information of P ~ exp(-E / T) (Cramer, Mathematical Methods of Statistics,
1946, 32.3), so that what is within a few such errors of zero is dropped.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.lattice.clusters import ClusterFunction
from dcl.lattice.geometry import tile_sites
from dcl.lattice.tile_patterns import tile_codes
from dcl.learning.pseudolikelihood import LEAST_SIGNIFICANCE, InferredHamiltonian
from dcl.sampling.threads import over_threads

__all__ = ["cluster_sums", "fit_cluster_expansion"]

Array = NDArray[np.float64]


def fit_cluster_expansion(
    states: NDArray[np.int8],
    energies: Array,
    functions: Sequence[ClusterFunction],
    width: int,
    temperature: float,
    snapshots: int,
) -> InferredHamiltonian:
    """The terms that a teacher's energies hold beyond what its snapshots leave open.

    Parameters
    ----------
    states : numpy.ndarray
        0..Q-1, int8, shape (n, L1, L2), drawn from the teacher, so that they are typical of the
        temperature.
    energies : numpy.ndarray
        The teacher's, float64 (n,), in J.
    functions : sequence of ClusterFunction
        Candidates, of tiles of the given width, at most L1 and L2; see
        `dcl.lattice.clusters.cluster_functions`.
    width : int
        Of the tile, odd.
    temperature : float
        Of the teacher's snapshots, J / k_B.
    snapshots : int
        N, taken as independent.

    Returns
    -------
    Law
        Its errors are the bound above and those of the least squares together.

    Examples
    --------
    >>> from dcl import Ising
    >>> from dcl.lattice.clusters import cluster_functions
    >>> spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (500, 4, 4))
    >>> inferred = fit_cluster_expansion(
    ...     (spins + 1) // 2, Ising().energy(spins), cluster_functions(3, 2, 2), 3, 4.0, 10**5
    ... )
    >>> [function.words for function in inferred.functions], inferred.couplings.round(6)
    (['nearest neighbours in a row', 'nearest neighbours in a column'], array([-1., -1.]))
    """
    sums = cluster_sums(states, functions, width)
    sums -= sums.mean(axis=0)
    centred = energies - energies.mean()
    spread, moments = sums.T @ sums / len(sums), sums.T @ centred / len(sums)
    active = list(range(len(functions)))
    while True:
        inverse = np.linalg.pinv(spread[np.ix_(active, active)], hermitian=True)
        couplings = inverse @ moments[active]
        unexplained = max(float((centred**2).mean() - couplings @ moments[active]), 0.0)
        covariance = inverse * (temperature**2 / snapshots + unexplained / len(sums))
        errors = np.sqrt(np.diag(covariance))
        significance = np.abs(couplings) / errors
        if not active or significance.min() > LEAST_SIGNIFICANCE:
            break
        active.pop(int(significance.argmin()))
    return InferredHamiltonian(
        tuple(functions[k] for k in active),
        couplings,
        errors,
        [],
        covariance / np.outer(errors, errors),
    )


def cluster_sums(
    states: NDArray[np.int8], functions: Sequence[ClusterFunction], width: int
) -> Array:
    """Sum each function over the lattice.

    Parameters
    ----------
    states : numpy.ndarray
        0..Q-1, int8, shape (n, L1, L2).
    functions : sequence of ClusterFunction
        Of tiles of the given width, at most L.
    width : int
        Odd.

    Returns
    -------
    numpy.ndarray
        float64, shape (n, functions).

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> cluster_sums(np.ones((1, 4, 4), np.int8), cluster_functions(3, 2, 2)[1:3], 3)
    array([[16., 16.]])
    """
    _, rows, columns = states.shape
    sites = tile_sites((rows, columns), 1, width // 2)
    n_states = round(len(functions[0].values) ** (1 / width**2))
    codes = tile_codes(np.take(states.reshape(len(states), -1), sites, axis=1), n_states)
    values = np.stack([function.values for function in functions], axis=1)
    sums = np.zeros((len(codes), values.shape[1]))
    over_threads(_look_up, len(codes), codes.size * values.shape[1], codes, values, sums)
    return sums


@njit(cache=True, nogil=True)
def _look_up(first, last, codes, values, sums):  # type: ignore[no-untyped-def]
    """Add up the values (patterns, functions) of all tiles' patterns (n, tiles)."""
    for n in range(first, last):
        for t in range(codes.shape[1]):
            sums[n] += values[codes[n, t]]
