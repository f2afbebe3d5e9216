"""A learned energy of spins as couplings, for other Monte-Carlo codes.

Every function of a tile of spins is a sum of products of spins, with coefficients that a
Walsh-Hadamard transform of its table gives exactly. Products of one and two spins, added up over
the tiles of a lattice, are the fields and couplings of

    E = constant - sum over sites of h_i s_i - sum over pairs i < j of J_ij s_i s_j,

with sites numbered row by row. What the energy has besides, products of three spins or more, is
left out, and its size is told.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.geometry import tile_sites
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.energy import ExtensiveEnergy

__all__ = ["PairCouplings", "pair_couplings"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PairCouplings:
    """The Hamiltonian of pairs nearest to a learned energy, on one lattice.

    Attributes
    ----------
    matrix : numpy.ndarray
        J_ij in J, float64 (N, N), symmetric, zero on the diagonal; positive is ferromagnetic.
    field : numpy.ndarray
        h_i in J, float64 (N,).
    constant : float
        In J: the mean energy of random spins.
    beyond_pairs : float
        Standard deviation over random spins, in J, of what products of three spins or more add to
        the energy of the whole lattice: 0 if the Hamiltonian is one of pairs.
    """

    matrix: Array
    field: Array
    constant: float
    beyond_pairs: float

    def energy(self, configurations: NDArray[np.int8]) -> Array:
        """Total energies in J, shape (n,), of spins (n, L, L) or (n, N)."""
        spins = np.reshape(configurations, (len(configurations), -1)).astype(np.float64)
        local = spins @ (self.matrix / 2) + self.field
        return np.asarray(self.constant - (spins * local).sum(axis=1))

    def flip_cost(self, spins: NDArray[np.int8], site: int) -> float:
        """E after spin `site` has turned, minus E before, in J, for spins (N,) or (L, L)."""
        flat = np.ravel(spins)
        return float(2 * flat[site] * (self.matrix[site] @ flat + self.field[site]))

    def pairs(self) -> list[tuple[int, int, float]]:
        """(i, j, J_ij) of every pair i < j that is coupled."""
        rows, columns = np.nonzero(np.triu(self.matrix))
        values = self.matrix[rows, columns].tolist()
        return list(zip(rows.tolist(), columns.tolist(), values, strict=True))


def pair_couplings(model: ExtensiveEnergy | CouplingsEnergy, size: int) -> PairCouplings:
    """Fields and pair couplings of an extensive model of spins.

    Parameters
    ----------
    model : ExtensiveEnergy or CouplingsEnergy
        From a pseudolikelihood fit, distilled, or loaded; of two states, with a tile of 16 sites at
        most.
    size : int
        L of the lattice, at least the width of a tile and a multiple of the focus.

    Raises
    ------
    InputError
        If the model is of more than two states or has larger tiles, or the size does not fit.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> from dcl.models.couplings_energy import CouplingsEnergy
    >>> pair = cluster_functions(3, 2, 2, ("point-group", "states"))[:1]
    >>> found = pair_couplings(CouplingsEnergy(pair, np.array([-1.0])), 4)
    >>> found.pairs()[0], found.matrix.sum(), found.flip_cost(np.ones(16, np.int8), 5)
    ((0, 1, 1.0), np.float64(64.0), 8.0)
    """
    width = model.focus + 2 * model.context
    if model.n_states != 2 or not model.tabulable:
        raise InputError(
            f"model: found {model.n_states} states and tiles of {width**2} sites, expected spins "
            "and 16 sites at most"
        )
    if size < width:
        raise InputError(f"lattice size: found {size}, expected {width} or more, a tile's width")
    tiles = tile_sites(size, model.focus, model.context)
    terms = _products(model.table.astype(np.float64))
    field, matrix = np.zeros(size * size), np.zeros((size * size,) * 2)
    for one in range(width**2):
        field[tiles[:, one]] -= terms[1 << one]
        for other in range(one):
            matrix[tiles[:, one], tiles[:, other]] -= terms[1 << one | 1 << other]
    constant = float(terms[0]) * len(tiles)
    return PairCouplings(matrix + matrix.T, field, constant, _beyond_pairs(terms, tiles, width))


def _products(table: Array) -> Array:
    """Coefficients of the products of spins: number k multiplies the spins of its bits."""
    terms = table.copy()
    for bit in range(len(table).bit_length() - 1):
        pairs = terms.reshape(-1, 2, 1 << bit)
        down, up = pairs[:, 0].copy(), pairs[:, 1].copy()
        pairs[:, 0], pairs[:, 1] = (down + up) / 2, (up - down) / 2
    return np.where(np.abs(terms) > 1e-6 * np.abs(terms[1:]).max(initial=0.0), terms, 0.0)


def _beyond_pairs(terms: Array, tiles: NDArray[np.int64], width: int) -> float:
    """Root of the summed squares of the coefficients of every product of three spins or more."""
    bits = np.arange(width**2)
    totals: dict[tuple[int, ...], float] = {}
    for number in np.flatnonzero(terms):
        places = bits[(number >> bits) & 1 == 1]
        if len(places) > 2:
            for sites in np.sort(tiles[:, places], axis=1).tolist():
                totals[tuple(sites)] = totals.get(tuple(sites), 0.0) + float(terms[number])
    return float(np.sqrt(sum(value**2 for value in totals.values())))
