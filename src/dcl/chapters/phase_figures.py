"""Figures of the chapter on a human in the loop."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, styled, titled

__all__ = ["curve_figure", "map_figure", "score_figure", "weight_figure"]

Array = NDArray[np.float64]


def map_figure(
    points: Array, panels: Mapping[str, ArrayLike], measured: Sequence[int] = ()
) -> Figure:
    """Draw values (n,) at points (n, 2), one panel a title, with measured points as crosses.

    Examples
    --------
    >>> len(map_figure(np.eye(2), {"a": [0, 1]}).axes)
    1
    """
    with titled(panels, 2.6, 2.8) as (figure, parts):
        for axis, values in parts:
            axis.scatter(*points.T, c=values, s=14, cmap="viridis")
            axis.plot(*points[list(measured)].T, "x", color="red")
            axis.set(aspect="equal", xticks=[], yticks=[])
    return figure


def score_figure(scores: Mapping[str, Array]) -> Figure:
    """Draw histograms of Fowlkes-Mallows indices, one line a hint.

    Examples
    --------
    >>> len(score_figure({"none": np.array([0.5, 0.6])}).axes)
    1
    """
    with styled(6, 3.4) as (figure, axis):
        bins = np.linspace(0.3, 0.9, 31).tolist()
        for colour, (name, values) in zip(COLOURS, scores.items(), strict=False):
            axis.hist(values, bins, histtype="step", color=colour, label=name)
        axis.set(xlabel="Fowlkes-Mallows index", ylabel="campaigns")
        axis.legend()
    return figure


def weight_figure(weights: Sequence[float], wins: Mapping[str, Sequence[float]]) -> Figure:
    """Draw P, the probability that a campaign with a hint wins, against the hint's weight.

    Examples
    --------
    >>> len(weight_figure([1.0], {"right": [0.6]}).axes)
    1
    """
    with styled(6, 3.4) as (figure, axis):
        axis.axhline(0.5, color="black", lw=1)
        for (name, values), colour, marker in zip(wins.items(), COLOURS, MARKERS, strict=False):
            axis.semilogx(weights, values, marker + "-", color=colour, label=name)
        axis.set(xlabel="weight w", ylabel="P")
        axis.legend()
    return figure


def curve_figure(curves: Mapping[str, Array], first: int = 5) -> Figure:
    """Draw mean scores (seeds, steps) against measured points, with one standard error.

    Examples
    --------
    >>> len(curve_figure({"none": np.ones((2, 3))}).axes)
    1
    """
    with styled(6, 3.4) as (figure, axis):
        for colour, marker, (name, values) in zip(COLOURS, MARKERS, curves.items(), strict=False):
            steps = first + np.arange(values.shape[1])
            error = values.std(axis=0) / np.sqrt(len(values))
            axis.plot(steps, values.mean(axis=0), color=colour, marker=marker, ms=3, label=name)
            low, high = values.mean(axis=0) - error, values.mean(axis=0) + error
            axis.fill_between(steps, low, high, color=colour, alpha=0.25)
        axis.set(xlabel="measured points", ylabel="Fowlkes-Mallows index")
        axis.legend()
    return figure
