"""Figures of the chapter on Hessian geometry; exact references are black."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, styled, titled
from dcl.chapters.hessian_metric import Grid, checked_axes

__all__ = ["curve_figure", "diagonal_figure", "map_figure", "posterior_figure"]

Array = NDArray[np.float64]
Line = tuple[Array, Array]


def map_figure(grid: Grid, panels: Mapping[str, Array], label: str) -> Figure:
    """Draw values (G1, G2) on a grid of K and B, one panel a title, all in one scale.

    Parameters
    ----------
    grid : sequence of array_like
        Axes of K and B.
    panels : mapping
        Title to values.
    label : str
        Of the scale of colours.

    Examples
    --------
    >>> axis = np.arange(3.0)
    >>> len(map_figure((axis, axis), {"exact": np.eye(3), "F = 0": np.zeros((3, 3))}, "F").axes)
    3
    """
    couplings, fields = checked_axes(grid)
    low, high = min(map(np.min, panels.values())), max(map(np.max, panels.values()))
    with titled(panels, 3.1 + 1 / len(panels), 3.2, sharey=True) as (figure, parts):
        for axis, values in parts:
            mesh = axis.pcolormesh(couplings, fields, values.T, cmap="cividis", vmin=low, vmax=high)
            axis.set(xlabel="K = J / T")
            axis.grid(False)
        parts[0][0].set(ylabel="B = h / T")
        figure.colorbar(mesh, ax=figure.axes, label=label)
    return figure


def posterior_figure(grid: Grid, panels: Mapping[str, Array], truth: Sequence[float]) -> Figure:
    """Draw posteriors (G1, G2) of one snapshot, and the point that it was drawn at.

    Parameters
    ----------
    grid : sequence of array_like
        Axes of K and B.
    panels : mapping
        Title to posterior.
    truth : sequence of float
        K and B.

    Examples
    --------
    >>> axis = np.arange(3.0)
    >>> panels = {"exact": np.eye(3), "network": np.eye(3)}
    >>> len(posterior_figure((axis, axis), panels, (1.0, 1.0)).axes)
    3
    """
    figure = map_figure(grid, panels, "posterior")
    for axis in figure.axes[:-1]:
        axis.plot(*truth, "x", color="white", ms=8, mew=2)
    return figure


def curve_figure(couplings: Array, exact: Line, curves: Mapping[str, Array], spins: int) -> Figure:
    """Draw F_KK per spin against K at zero field, and that of F = 0.

    Parameters
    ----------
    couplings : numpy.ndarray
        K of the curves, shape (n,).
    exact : pair of numpy.ndarray
        K and exact F_KK.
    curves : mapping
        Label to learned F_KK, shape (n,).
    spins : int
        N.

    Examples
    --------
    >>> one = np.ones(3)
    >>> len(curve_figure(one, (one, one), {"learned": one}, 64).axes)
    1
    """
    with styled(6, 3.8) as (figure, axis):
        axis.plot(exact[0], exact[1] / spins, color="black", label="exact")
        axis.axhline(0, color="#666666", ls="--", lw=1, label="F = 0")
        for (label, values), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
            axis.plot(couplings, values / spins, marker, color=colour, label=label)
        axis.set(xlabel="K = J / T", ylabel=r"$F_{KK} / N$ at B = 0")
        axis.legend()
    return figure


def diagonal_figure(panels: Mapping[str, Mapping[str, Line]]) -> Figure:
    """Draw lines across the plane of rates, each over its maximum; the first of a panel is exact.

    Parameters
    ----------
    panels : mapping
        Title to label to offsets and values.

    Examples
    --------
    >>> one = np.ones(3)
    >>> len(diagonal_figure({"det": {"exact": (one, one), "learned": (one, one)}}).axes)
    1
    """
    with titled(panels, 4, 3.4) as (figure, parts):
        for axis, lines in parts:
            for number, (label, (offsets, values)) in enumerate(lines.items()):
                colour = ("black", *COLOURS)[number]
                axis.plot(offsets, values / values.max(), color=colour, label=label,
                          ls=("-", "--", "-.", ":")[number])  # fmt: skip
            axis.axhline(0, color="#666666", ls=":", lw=1)
            axis.set(xlabel=r"$(\alpha - \beta) / 2$")
        parts[0][0].set(ylabel="over its maximum")
        parts[0][0].legend(fontsize=9)
    return figure
