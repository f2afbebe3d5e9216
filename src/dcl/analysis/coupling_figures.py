"""Figures of what a model has learned, before any temperature: its couplings and its weights."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, legend_above, styled

__all__ = ["coupling_parity", "weight_map"]

Array = NDArray[np.float64]
MAP = "RdBu_r"


def coupling_parity(true: Array, learned: Mapping[str, Array]) -> Figure:
    """Learned against true couplings of the bonds, and those of all pairs that are no bonds.

    Parameters
    ----------
    true : numpy.ndarray
        J_ij in J, (N, N), symmetric, zero for pairs that are no bonds.
    learned : mapping
        Model to the same.

    Examples
    --------
    >>> true = np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0.0]])
    >>> [axis.get_ylabel() for axis in coupling_parity(true, {"model": true}).axes]
    ['learned coupling (J)', 'pairs']
    """
    pairs = np.triu_indices(len(true), 1)
    bonds = true[pairs] != 0
    with styled(9.5, 4.5, 2) as (figure, (left, right)):
        ends = np.array([true.min(), true.max()])
        left.plot(ends, ends, color="black", lw=1.2, label="exact")
        found = {name: matrix[pairs] for name, matrix in learned.items()}
        widest = max(np.abs(values[~bonds]).max() for values in found.values())
        for number, (name, values) in enumerate(found.items()):
            left.plot(
                true[pairs][bonds], values[bonds], MARKERS[number], color=COLOURS[number],
                mfc="none", label=name,
            )  # fmt: skip
            right.hist(
                values[~bonds], np.linspace(-widest, widest, 41), histtype="step", lw=1.5,
                color=COLOURS[number], label=name,
            )  # fmt: skip
        right.axvline(0, color="black", lw=1.2, label="exact")
        left.set(xlabel="true coupling of a bond (J)", ylabel="learned coupling (J)")
        right.set(xlabel="learned coupling of a pair that is no bond (J)", ylabel="pairs")
        right.set_yscale("log")
        legend_above(figure, left)
    return figure


def weight_map(weights: Array, site: int) -> Figure:
    """Weights of a linear skip as a matrix, and those of one site on the lattice.

    Parameters
    ----------
    weights : numpy.ndarray
        (N, N), from the earlier site (column) to the later one (row), sites numbered row by row.
    site : int
        Whose weights are drawn on the lattice; later sites are grey.

    Examples
    --------
    >>> [axis.get_title() for axis in weight_map(np.tri(16, k=-1), 13).axes[:2]]
    ['all weights', 'what site 13 reads']
    """
    seen = np.where(np.tri(len(weights), k=-1, dtype=bool), weights, np.nan)
    size = round(len(weights) ** 0.5)
    limit = np.nanmax(np.abs(seen))
    with styled(9.5, 4.2, 2) as (figure, (left, right)):
        panels = {left: seen, right: seen[site].reshape(size, size)}
        for axis, values in panels.items():
            axis.set_facecolor("#d9d9d9")
            image = axis.imshow(values, cmap=MAP, vmin=-limit, vmax=limit, interpolation="nearest")
            axis.grid(False)
        right.plot(site % size, site // size, "*", color="black", ms=12)
        left.set(xlabel="earlier site", ylabel="site", title="all weights")
        right.set(xlabel="column", ylabel="row", title=f"what site {site} reads")
        figure.colorbar(image, ax=right, shrink=0.85, label="weight times $T / 2$ (J)")
    return figure
