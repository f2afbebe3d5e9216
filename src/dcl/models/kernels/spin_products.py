"""Clusters of two states as products of spins, and what they make a flip of one spin cost."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.clusters import ClusterFunction, Sites

__all__ = ["FlipCosts", "TorusProducts", "flip_costs", "on_torus", "spin_products"]

MOST_CLASSES = 64
"""Most values of the field on a spin; neighbours and diagonals with three magnitudes have 45."""
_PRECISION = 1e-12
"""Couplings are equal, or zero, within this share of the largest."""


def spin_products(clusters: Sequence[ClusterFunction]) -> dict[Sites, float]:
    """Couplings in J of all products of spins, by their sites; the constant is that of no sites.

    Each table is expanded in products of the spins -1 and +1 (Walsh-Hadamard transform), and equal
    products of different clusters are added up.
    """
    products: dict[Sites, float] = {}
    for cluster in clusters:
        for sites, table in cluster.tables.items():
            for axis in range(table.ndim):
                low, high = np.split(table, 2, axis)
                table = np.concatenate([high + low, high - low], axis) / 2
            for chosen in np.ndindex(table.shape):
                moved = _anchored(
                    [site for site, taken in zip(sites, chosen, strict=True) if taken]
                )
                products[moved] = products.get(moved, 0.0) + float(table[chosen])
    least = _PRECISION * max(map(abs, products.values()), default=0.0)
    return {sites: coupling for sites, coupling in products.items() if abs(coupling) > least}


def _anchored(sites: list[tuple[int, int]]) -> Sites:
    top, left = (min((site[axis] for site in sites), default=0) for axis in (0, 1))
    return tuple(sorted((row - top, column - left) for row, column in sites))


class FlipCosts(NamedTuple):
    """Field on a spin, half of what it costs to turn it up, by classes.

    Attributes
    ----------
    products : list of tuple
        Sites of the other spins of each product that holds the spin, as (rows, columns) from it. A
        product without sites, never positive, makes the number of each magnitude even.
    negative : list of bool
        Whether the product's coupling is.
    strides : numpy.ndarray
        Int64 (products,), what each product that counts as positive adds to the class.
    fields : numpy.ndarray
        Float64 (classes,), the sum in J of couplings times products of the other spins.
    """

    products: list[Sites]
    negative: list[bool]
    strides: NDArray[np.int64]
    fields: NDArray[np.float64]


def flip_costs(products: dict[Sites, float], shape: tuple[int, int]) -> FlipCosts | None:
    """Sort the products that hold one spin of a torus by the magnitude of their couplings.

    The field on the spin depends on how many products of each magnitude are positive: those numbers
    are the digits of its class. None if there are too many classes for multispin coding.
    """
    placed = [
        (abs(coupling), rest, coupling < 0)
        for sites, coupling in products.items()
        for rest in _others(sites, shape)
    ]
    constant = sum(-size if negative else size for size, rest, negative in placed if not rest)
    found = FlipCosts([], [], np.zeros(0, np.int64), np.full(1, constant))
    while placed := [member for member in placed if member[1]]:
        size = placed[0][0]
        alike = [member for member in placed if abs(member[0] - size) <= _PRECISION * size]
        placed = [member for member in placed if abs(member[0] - size) > _PRECISION * size]
        found = _with_magnitude(found, size, [member[1:] for member in alike])
        if len(found.fields) > MOST_CLASSES:
            return None
    return found


def _with_magnitude(costs: FlipCosts, size: float, members: list[tuple[Sites, bool]]) -> FlipCosts:
    """Add the products with couplings of one magnitude."""
    count = len(members)
    members = members + [((), True)] * (count % 2)
    values = size * (2 * np.arange(len(members) + 1) - count)
    strides = np.full(len(members), len(costs.fields))
    return FlipCosts(
        costs.products + [rest for rest, _ in members],
        costs.negative + [negative for _, negative in members],
        np.concatenate([costs.strides, strides]),
        np.add.outer(values, costs.fields).ravel(),
    )


def _others(sites: Sites, shape: tuple[int, int]) -> list[Sites]:
    """List the other sites of each product that holds a spin, which count if they occur oddly."""
    found = []
    for top, left in {(row % shape[0], column % shape[1]) for row, column in sites}:
        odd: set[tuple[int, int]] = set()
        for row, column in sites:
            odd ^= {((row - top) % shape[0], (column - left) % shape[1])}
        if (0, 0) in odd:
            found.append(tuple(sorted(odd - {(0, 0)})))
    return found


class TorusProducts(NamedTuple):
    """Products of spins at every site of a torus.

    ``sites`` is uint32 (N, products, most sites), of which the first ``counts`` (products,) of each
    product are its own. The exclusive or of the bits of its spins, 1 for up, and of ``masks``,
    uint64 (products,), is 1 where coupling times product is positive.
    """

    sites: NDArray[np.uint32]
    counts: NDArray[np.int64]
    masks: NDArray[np.uint64]


def on_torus(
    products: Sequence[Sites], negative: Sequence[bool], shape: tuple[int, int]
) -> TorusProducts:
    """Place products, given by the steps from a site, at every site of a torus."""
    row, column = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    sites = np.zeros((len(row), len(products), max(map(len, products), default=0)), np.uint32)
    for number, steps in enumerate(products):
        for place, (down, right) in enumerate(steps):
            moved = (row + down) % shape[0] * shape[1] + (column + right) % shape[1]
            sites[:, number, place] = moved
    counts = np.array([len(steps) for steps in products], np.int64)
    turned = (counts % 2 == 0) != np.array(negative, bool)
    return TorusProducts(sites, counts, np.where(turned, ~np.uint64(0), np.uint64(0)))
