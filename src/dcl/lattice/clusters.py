"""Cluster functions of a square tile: a basis for every translation-invariant local energy.

A cluster is a set of sites with its corner in the corner of the tile. A cluster function is a
product of one-site functions that average to zero, one for each site of the cluster, so that
functions of different clusters are independent at infinite temperature (Sanchez, Ducastelle and
Gratias, Physica A 128, 334 (1984)). Of one cluster those come first that no renaming of the states
changes, such as the Potts energy, then those that no turn or reflection of the states on a circle
changes, such as the clock's. For spins they are products of spins: fields, pair couplings,
plaquettes, and so on. An energy is a sum over all sites of the lattice of the functions of the
3 x 3 tile there, times their couplings; see `dcl.learning.pseudolikelihood` for how they are found.
"""

from dataclasses import dataclass
from functools import cache, cached_property, reduce
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.state_functions import (
    independent_rows,
    mean_over,
    one_site_functions,
    state_kinds,
)
from dcl.lattice.symmetries import Symmetry, check_symmetries

__all__ = ["ClusterFunction", "Sites", "cluster_functions"]

Array = NDArray[np.float64]
Sites = tuple[tuple[int, int], ...]

MOST_PATTERNS = 2**18
"""Patterns of a tile that are listed at most, those of four states on 3 x 3 sites."""
MOST_FUNCTIONS = 6000
"""Candidates that are listed at most, all pairs of 21 states on a 3 x 3 tile."""


@dataclass(frozen=True)
class ClusterFunction:
    """One function of a tile, its sum over equivalent clusters.

    Attributes
    ----------
    tables : dict
        By the sites (row, column) of each of its clusters, its values by their states, float64
        (Q, ..., Q).
    width : int
        w of the tile.
    """

    tables: dict[Sites, Array]
    width: int

    @cached_property
    def values(self) -> Array:
        """Value of every tile pattern, float64 (Q ** (w * w),); see `dcl.lattice.tile_patterns`.

        Raises
        ------
        InputError
            If a tile has too many patterns to list.
        """
        n_states = len(next(iter(self.tables.values())))
        _check_most("patterns", n_states ** (self.width**2), MOST_PATTERNS, n_states)
        tables = self.tables.items()
        return np.asarray(sum(_on_tile(sites, table, self.width) for sites, table in tables))

    @property
    def sites(self) -> Sites:
        """Sites of one of its clusters."""
        return next(iter(self.tables))

    @property
    def name(self) -> str:
        """Name by its sites, such as ``field``, or ``(0,0)(0,1)`` for nearest neighbours.

        Examples
        --------
        >>> [function.name for function in cluster_functions(2, 2, 4, ("point-group", "states"))]
        ['(0,0)(0,1)', '(0,0)(1,1)', '(0,0)(0,1)(1,0)(1,1)']
        """
        if len(self.sites) == 1:
            return "field"
        return "".join(f"({row},{column})" for row, column in self.sites)

    @property
    def words(self) -> str:
        """Name in words of the field.

        Examples
        --------
        >>> [function.words for function in cluster_functions(2, 2, 4, ("point-group", "states"))]
        ['nearest neighbours', 'next-nearest (diagonal) neighbours', 'plaquette']
        """
        spans = {(max(r for r, _ in sites), max(c for _, c in sites)) for sites in self.tables}
        down, right = next(iter(spans))
        count, span = len(self.sites), (min(down, right), max(down, right))
        if (count, span) == (4, (1, 1)):
            return "plaquette"
        if count != 2:
            return {1: "field", 3: "three sites", 4: "four sites"}.get(count, f"{count} sites")
        named = {
            (0, 1): "nearest neighbours",
            (1, 1): "next-nearest (diagonal) neighbours",
            (0, 2): "third neighbours, two sites apart",
            (1, 2): "fourth neighbours, a knight's move apart",
            (2, 2): "fifth neighbours, two diagonals apart",
        }
        name = named.get(span, f"pair {span[1]} and {span[0]} sites apart")
        if len(spans) == 1 and span[0] == 0:
            name += " in a row" if (0, span[1]) in spans else " in a column"
        return name


@cache
def cluster_functions(
    width: int, n_states: int, most_sites: int, imposed: tuple[Symmetry, ...] = ()
) -> tuple[ClusterFunction, ...]:
    """List all independent cluster functions of a tile, smaller clusters first.

    Parameters
    ----------
    width : int
        Of the tile.
    n_states : int
        Q.
    most_sites : int
        Of a cluster.
    imposed : tuple of str
        Symmetries that the functions shall have, see `dcl.lattice.symmetries`; every function is
        invariant under translations anyway, as it is summed over the lattice.

    Raises
    ------
    InputError
        If a symmetry is unknown, or there are too many functions to list.
    """
    check_symmetries(imposed)
    orbits = _orbits(width, most_sites, "point-group" in imposed)
    count = sum((n_states - 1) ** len(orbit[0][0]) for orbit in orbits)
    _check_most("functions", count, MOST_FUNCTIONS, n_states)
    found = [
        tables for orbit in orbits for tables in _invariants(orbit, n_states, "states" in imposed)
    ]
    return tuple(ClusterFunction(tables, width) for tables in found)


def _check_most(what: str, found: int, most: int, n_states: int) -> None:
    if found > most:
        raise InputError(
            f"n_states: found {n_states}, with {found} {what} of a tile, expected {most} at most: "
            "fewer sites to a term, or a sequence model"
        )


def _orbits(width: int, most_sites: int, turned: bool) -> list[list[tuple[Sites, list[int]]]]:
    """Clusters that symmetries make equal: images of one, and where each of its sites goes."""
    tile = [(row, column) for row in range(width) for column in range(width)]
    orbits: list[list[tuple[Sites, list[int]]]] = []
    known: set[Sites] = set()
    for count in range(1, most_sites + 1):
        for sites in combinations(tile, count):
            if min(row for row, _ in sites) or min(column for _, column in sites) or sites in known:
                continue
            orbit = [_anchored(image) for image in _turns(sites, turned)]
            known |= {image for image, _ in orbit}
            orbits.append(orbit)
    return orbits


def _turns(sites: Sites, turned: bool) -> list[list[tuple[int, int]]]:
    images = [[(row, column) for row, column in sites]]
    if not turned:
        return images
    for _ in range(3):
        images.append([(column, -row) for row, column in images[-1]])
    return images + [[(column, row) for row, column in image] for image in images]


def _anchored(image: list[tuple[int, int]]) -> tuple[Sites, list[int]]:
    """The cluster moved to the corner, in order, and the old place of each of its sites."""
    first = min(row for row, _ in image), min(column for _, column in image)
    moved = [(row - first[0], column - first[1]) for row, column in image]
    places = sorted(range(len(moved)), key=moved.__getitem__)
    return tuple(moved[place] for place in places), places


def _invariants(
    orbit: list[tuple[Sites, list[int]]], n_states: int, renamed: bool
) -> list[dict[Sites, Array]]:
    """Independent functions on the clusters of an orbit: tables (Q, ..., Q) by cluster."""
    one_site = one_site_functions(n_states)
    count = len(orbit[0][0])
    clusters = sorted({sites for sites, _ in orbit})
    products = [reduce(np.multiply.outer, chosen) for chosen in product(one_site, repeat=count)]
    found = np.empty((0, len(clusters) * n_states**count))
    for kinds in state_kinds(n_states, count)[: 1 if renamed else None]:
        means = [mean_over(kinds, table) for table in products]
        rows = np.array([_on_clusters(mean, orbit, clusters) for mean in means])
        rows -= rows @ np.linalg.pinv(found) @ found
        found = np.concatenate([found, independent_rows(rows)])
    shape = (len(found), len(clusters), *[n_states] * count)
    return [dict(zip(clusters, tables, strict=True)) for tables in found.reshape(shape)]


def _on_clusters(
    table: Array, orbit: list[tuple[Sites, list[int]]], clusters: list[Sites]
) -> Array:
    """Values of a function of one cluster, averaged over the symmetries, on all of the orbit."""
    sums = {sites: np.zeros(table.shape) for sites in clusters}
    for sites, places in orbit:
        sums[sites] += table.transpose(places) * (len(clusters) / len(orbit))
    return np.stack([sums[sites] for sites in clusters]).ravel()


def _on_tile(sites: Sites, table: Array, width: int) -> Array:
    """Values by pattern number of a table over the states of a cluster."""
    n_states = len(table)
    patterns = np.arange(n_states ** (width * width))
    digits = [patterns // n_states ** (row * width + column) % n_states for row, column in sites]
    return np.asarray(table[tuple(digits)])
