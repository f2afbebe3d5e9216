"""The cluster-Ising chain as sparse matrices, and its ground state.

Operators are sparse, of shape (2^n, 2^n); site 0 is the highest bit of a basis state. Energies are
in units of the cluster coupling.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

from dcl.errors import InputError
from dcl.lattice.arguments import finite_number, whole_number

__all__ = ["cluster_ising", "ground_state", "observable", "pauli", "periodic_energy"]

DENSE = 300
"""Dimension up to which a Hamiltonian is diagonalised as a whole."""


def pauli(sites: int, letters: Mapping[int, str]) -> sparse.csr_array:
    """Product of Pauli matrices X and Z, stored as a permutation of basis states with signs.

    Parameters
    ----------
    sites : int
        Number of qubits n.
    letters : mapping
        Site to ``"X"`` or ``"Z"``.

    Examples
    --------
    >>> pauli(1, {0: "X"}).toarray()
    array([[0., 1.],
           [1., 0.]])
    """
    states = np.arange(2**sites)
    flips, signs = states.copy(), np.ones(2**sites)
    for site, letter in letters.items():
        bit = sites - 1 - site
        if letter == "X":
            flips ^= 1 << bit
        else:
            signs *= 1 - 2 * (states >> bit & 1)
    return sparse.csr_array((signs, flips, np.arange(2**sites + 1)), shape=(2**sites, 2**sites))


def cluster_ising(N: int, h1: float, h2: float, periodic: bool = False) -> sparse.csr_array:
    """Hamiltonian -sum Z X Z - h1 sum X - h2 sum X X of the cluster-Ising chain.

    Parameters
    ----------
    N : int
        Sites, 3 to 16.
    h1, h2 : float
        Transverse field and nearest-neighbour coupling.
    periodic : bool
        Closed chain; an open one has N - 2 cluster terms and N - 1 couplings.

    Raises
    ------
    InputError
        If N is outside 3 to 16, or a field is not finite.

    Examples
    --------
    >>> round(ground_state(cluster_ising(6, 0.5, 0.0, periodic=True))[0], 6)
    -6.464102
    """
    whole_number("N", N, 3, 16)
    h1, h2 = finite_number("h1", h1), finite_number("h2", h2)
    centres = range(N) if periodic else range(1, N - 1)
    bonds = range(N) if periodic else range(N - 1)
    terms = [pauli(N, {(i - 1) % N: "Z", i: "X", (i + 1) % N: "Z"}) for i in centres]
    terms += [h1 * pauli(N, {i: "X"}) for i in range(N)]
    terms += [h2 * pauli(N, {i: "X", (i + 1) % N: "X"}) for i in bonds]
    return sparse.csr_array(-sum(terms[1:], start=terms[0]))


def periodic_energy(N: int, h1: float) -> float:
    """Exact ground-state energy of the closed chain at h2 = 0, from free fermions.

    The lower of -sum_k sqrt(1 + h1^2 + 2 h1 cos 2k) over k = (2m + 1) pi / N and k = 2 m pi / N.
    For odd N the parity of the fermions forbids that state once h1 > 0.

    Parameters
    ----------
    N : int
        Sites, an even number of at least 4.
    h1 : float
        Transverse field.

    Raises
    ------
    InputError
        If N is odd or smaller than 4.

    Examples
    --------
    >>> round(periodic_energy(6, 0.5), 6)
    -6.464102
    """
    if N < 4 or N % 2:
        raise InputError(f"N: found {N}, expected an even number of at least 4")
    waves = 2 * np.pi / N * (np.arange(N) + np.array([[0.5], [0.0]]))
    return float(-np.sqrt(1 + h1**2 + 2 * h1 * np.cos(2 * waves)).sum(axis=1).max())


def observable(name: str, matrix: Any) -> sparse.csr_array:
    """Return a Hermitian matrix, sparse or dense, as a sparse one.

    Raises
    ------
    InputError
        If the matrix is not Hermitian; the message names it.

    Examples
    --------
    >>> observable("output", [[1, 0], [0, -1]]).shape
    (2, 2)
    """
    try:
        found = sparse.csr_array(matrix)
        square = found.ndim == 2 and found.shape[0] == found.shape[1] > 1
        hermitian = square and abs(found - found.conj().T).max() <= 1e-12
    except (TypeError, ValueError):
        hermitian = False
    if not hermitian:
        raise InputError(f"{name}: found a matrix that is not Hermitian, expected an observable")
    return found


def ground_state(H: sparse.csr_array) -> tuple[float, NDArray[Any], float]:
    """Diagonalise a Hamiltonian for its lowest energy, its state (2^n,), and the gap above it.

    Parameters
    ----------
    H : scipy.sparse.csr_array
        Hermitian matrix, dense or sparse; above a dimension of 300 by Lanczos iterations with a
        fixed start.

    Raises
    ------
    InputError
        If H is not Hermitian, or its ground state is degenerate: there is no linear response then.

    Examples
    --------
    >>> energy, vector, gap = ground_state(cluster_ising(6, 0.2, 0.0))
    >>> round(gap, 5)
    0.01536
    """
    H = observable("H", H)
    if H.shape[0] <= DENSE:
        energies, vectors = np.linalg.eigh(H.toarray())
    else:
        start = np.random.default_rng(0).normal(size=H.shape[0])
        energies, vectors = eigsh(H, k=2, which="SA", v0=start, ncv=60)
    order = np.argsort(energies)[:2]
    low, high = energies[order]
    if high - low < 1e-10 * max(1.0, abs(low)):
        raise InputError(f"H: found a gap of {high - low:.1g}, expected a unique ground state")
    return float(low), vectors[:, order[0]], float(high - low)
