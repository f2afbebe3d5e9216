"""Figures of the chapter on quantum equilibrium propagation; exact references are black."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, styled

__all__ = ["error_figure", "map_figure", "sensor_figure"]

Array = NDArray[np.float64]


def error_figure(
    betas: ArrayLike, errors: Mapping[str, Array], noisy: Mapping[str, Array]
) -> Figure:
    """Errors of the gradient against beta: without noise on the left, with it on the right.

    Parameters
    ----------
    betas : array_like
        Strengths of the nudge, shape (n,).
    errors, noisy : mapping
        Label to errors relative to the exact gradient, shape (n,).

    Examples
    --------
    >>> len(error_figure([0.1, 1.0], *[{"one-sided": np.ones(2)}] * 2).axes)
    2
    """
    with styled(9.5, 3.8, 2) as (figure, axes):
        for axis, curves in zip(axes, (errors, noisy), strict=True):
            for number, (label, values) in enumerate(curves.items()):
                marker, colour = MARKERS[number % 4], COLOURS[number % 4]
                axis.plot(betas, values, marker, ls="-", color=colour, label=label)
            axis.set(xscale="log", yscale="log", xlabel=r"$\beta$")
            axis.legend(fontsize=9)
        axes[0].set(title="exact means", ylabel="relative error of the gradient")
        axes[1].set(title="measured means")
    return figure


def sensor_figure(losses: Array, h1: Array, outputs: Array, gaps: Array, chain: Array) -> Figure:
    """Training loss; output of the trained sensor; gaps of chain and sensor.

    Parameters
    ----------
    losses : numpy.ndarray
        Loss before every step and at the end.
    h1, outputs, gaps, chain : numpy.ndarray
        Fields, outputs, gaps with the sensor, and gaps of the chain alone, shape (n,).

    Examples
    --------
    >>> one = np.ones(3)
    >>> len(sensor_figure(one, one, one, one, one).axes)
    3
    """
    with styled(12, 3.8, 3) as (figure, (left, middle, right)):
        left.plot(losses, color=COLOURS[0])
        left.set(xlabel="step", ylabel="loss", yscale="log")
        middle.plot(h1, outputs, MARKERS[0], ls="-", color=COLOURS[0])
        middle.axvline(1, color="black", ls="--", label="transition, infinite chain")
        middle.set(xlabel=r"$h_1$", ylabel=r"output $\langle O \rangle$")
        right.plot(h1, chain, color="black", label="chain alone")
        right.plot(h1, gaps, MARKERS[1], ls="-", color=COLOURS[1], label="with the sensor")
        right.set(xlabel=r"$h_1$", ylabel="gap", yscale="log")
        middle.legend(fontsize=9)
        right.legend(fontsize=9)
    return figure


def map_figure(h1: Array, h2: Array, outputs: Array) -> Figure:
    """Output of the sensor over the plane of field and coupling.

    Parameters
    ----------
    h1, h2 : numpy.ndarray
        Centres of the cells.
    outputs : numpy.ndarray
        Shape (len(h2), len(h1)).

    Examples
    --------
    >>> len(map_figure(np.array([0.5, 1.0]), np.array([0.0, 1.0]), np.eye(2)).axes)
    2
    """
    with styled(6, 4) as (figure, axis):
        mesh = axis.pcolormesh(h1, h2, outputs, cmap="cividis", vmin=-1, vmax=1)
        axis.plot([0.2, 1.8], [0, 0], "o", color="white", mec="black", ms=8, label="training")
        axis.plot([1], [0], "x", color="black", label="transition at h2 = 0")
        axis.set(xlabel=r"$h_1$", ylabel=r"$h_2$")
        axis.grid(False)
        axis.legend(loc="upper left", framealpha=0.9, frameon=True, fontsize=9)
        figure.colorbar(mesh, label=r"output $\langle O \rangle$")
    return figure
