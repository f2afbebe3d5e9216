"""Numbers of tile patterns: pattern number k holds state (k // Q**m) % Q at site m of the tile."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["tile_codes", "touched_tiles"]


def tile_codes(tiles: NDArray[np.int8], n_states: int) -> NDArray[np.int64]:
    """Number the patterns, shape (n, tiles), of tiles of states (n, tiles, w * w).

    Examples
    --------
    >>> tile_codes(np.array([[[1, 0, 2, 0]]], np.int8), 3)
    array([[19]])
    """
    powers = n_states ** np.arange(tiles.shape[-1], dtype=np.int64)
    return tiles @ powers


def touched_tiles(
    sites: NDArray[np.int64], n_states: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List for each lattice site the tiles that hold it and the increments of their numbers.

    Parameters
    ----------
    sites : numpy.ndarray
        Sites of the tiles, shape (tiles, w * w), from `dcl.lattice.geometry.tile_sites`.

    Returns
    -------
    tiles, increments : numpy.ndarray
        int64, shape (N, most tiles that hold a site); a row with fewer ends with other tiles and
        increments of 0.
        A lattice narrower than a tile holds a site several times: its increments are added up.
    """
    numbers = np.repeat(np.arange(len(sites)), sites.shape[1])
    powers = np.tile(n_states ** np.arange(sites.shape[1], dtype=np.int64), len(sites))
    pairs, place = np.unique(sites.ravel() * len(sites) + numbers, return_inverse=True)
    sums = np.zeros(len(pairs), np.int64)
    np.add.at(sums, place, powers)
    owner, number = np.divmod(pairs, len(sites))
    counts = np.bincount(owner, minlength=sites.max() + 1)
    column = np.arange(len(pairs)) - np.repeat(np.cumsum(counts) - counts, counts)
    tiles = np.zeros((len(counts), counts.max()), np.int64)
    increments = np.zeros_like(tiles)
    tiles[owner, column], increments[owner, column] = number, sums
    for site in np.flatnonzero(counts < counts.max()):
        held = tiles[site, : counts[site]]
        others = np.setdiff1d(np.arange(len(sites)), held)
        tiles[site, counts[site] :] = others[: counts.max() - counts[site]]
    return tiles, increments
