"""Figures about errors: over the energy levels, against the effort, and over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, legend_above, styled, titled
from dcl.analysis.learning_curves import Extrapolation

__all__ = [
    "accuracy_curves", "extrapolated_curves", "learning_curve", "level_errors", "outcome_spread"
]  # fmt: skip

Array = NDArray[np.float64]
PANELS = 4
"""Panels of one row, where each method has its own."""


def level_errors(true: Array, learned: Mapping[str, Array], size: int) -> Figure:
    """Draw each model's errors at every energy level on a logarithmic scale, one panel a model.

    The line is the root mean square, the band holds the middle nine tenths of the absolute errors
    within a level. It is thin where a model gives all configurations of a level the same energy.

    Parameters
    ----------
    true, learned, size
        See `dcl.analysis.plotting.energy_parity`.

    Examples
    --------
    >>> levels = np.linspace(-16.0, 16.0, 5)[:, None] + np.zeros((5, 3))
    >>> len(level_errors(levels, {"GRU": levels + 1.0, "EDNN": levels}, size=3).axes)
    2
    """
    names = {fill(name, 30): energies for name, energies in learned.items()}
    with titled(names, 3.3, 3.8, sharey=True) as (figure, parts):
        for number, (axis, energies) in enumerate(parts):
            error = energies - true[:, : energies.shape[1]]
            error = error - error.mean()
            level, colour = true.mean(axis=1) / size**2, COLOURS[number]
            low, high = np.quantile(np.abs(error), [0.05, 0.95], axis=1)
            axis.fill_between(level, low, high, color=colour, alpha=0.3, lw=0)
            axis.plot(level, np.sqrt((error**2).mean(axis=1)), color=colour, lw=1.5)
            axis.set(xlabel="true energy per spin (J)", yscale="log")
        parts[0][0].set(ylabel="error of the energy (J)", ylim=(1e-3, None))
    return figure


def learning_curve(history: Mapping[str, list[float]]) -> Figure:
    """KL divergence to the exact distribution against configurations seen.

    Parameters
    ----------
    history : mapping
        ``examples_seen`` and ``kl`` (nats), as `dcl.learning.sequence.fit_sequence` returns them.

    Examples
    --------
    >>> len(learning_curve({"examples_seen": [1.0, 2.0], "kl": [0.1, 0.01]}).axes)
    1
    """
    with styled(6, 3.4) as (figure, axis):
        seen = np.array(history["examples_seen"]) / 1e6
        axis.semilogy(seen, history["kl"], color=COLOURS[0], marker="o")
        axis.set(xlabel="configurations seen (millions)", ylabel="KL divergence (nats)")
    return figure


def extrapolated_curves(
    panels: Mapping[str, tuple[Extrapolation, Mapping[str, Any]]], constant: Mapping[str, float]
) -> Figure:
    """Learning curves on logarithmic axes, one panel a system, and where a power law takes them.

    Parameters
    ----------
    panels : mapping
        System to the curve of the paper's network with its extrapolation (filled marks where the
        law was fitted; none is drawn from a plateau), and the history of a GRU with a linear skip
        (``examples_seen``, ``kl``).
    constant : mapping
        System to the KL divergence of a constant predictor, in nats; drawn as a line.

    Examples
    --------
    >>> from dcl.analysis.learning_curves import extrapolate
    >>> curve = extrapolate([1e4 * k for k in range(1, 21)], [1 / k for k in range(1, 21)], 1e9)
    >>> default = {"examples_seen": [1e5, 1e6], "kl": [0.1, 0.01]}
    >>> panels = {"Ising": (curve, default), "Potts": (curve, default)}
    >>> len(extrapolated_curves(panels, {"Ising": 4.2, "Potts": 3.9}).axes)
    2
    """
    rows = -(-len(panels) // 2)
    shared = {"sharex": True, "sharey": True, "squeeze": False}
    with styled(9.5, 0.9 + 3.2 * rows, 2, rows, **shared) as (figure, axes):
        for axis, (title, (curve, default)) in zip(axes.flat, panels.items(), strict=False):
            _draw_extrapolation(axis, curve)
            axis.plot(
                default["examples_seen"], default["kl"], color=COLOURS[1], marker=MARKERS[1], lw=1,
                ms=3, label="GRU with a linear skip, trained",
            )  # fmt: skip
            axis.axhline(
                constant[title], color="black", ls=":", label="constant predictor, as good as none"
            )
            axis.set(title=title, xscale="log", yscale="log")
        for axis in axes.flat[len(panels) :]:
            axis.set_visible(False)
        for axis in axes[-1]:
            axis.set_xlabel("configurations seen")
        for axis in axes[:, 0]:
            axis.set_ylabel("KL divergence (nats)")
        drawn = [axis.get_legend_handles_labels() for axis in axes.flat]
        entries = {label: handle for panel in drawn for handle, label in zip(*panel, strict=True)}
        figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=2)
    return figure


def _draw_extrapolation(axis: Axes, curve: Extrapolation) -> None:
    """Open marks before the fit, filled ones in it, dashed line and shade beyond the data."""
    colour, start = COLOURS[0], len(curve.seen) - curve.fitted
    label = "paper's GRU, standard start, trained"
    axis.plot(curve.seen[:start], curve.kl[:start], "o", color=colour, mfc="white")
    axis.plot(curve.seen[start:], curve.kl[start:], "o", color=colour, label=label)
    if not curve.is_falling:
        axis.text(0.97, 0.9, "on a plateau: no extrapolation", ha="right", transform=axis.transAxes)
        return
    axis.plot(curve.beyond, curve.law.at(curve.beyond), "--", color=colour, label="extrapolated")
    axis.fill_between(
        curve.beyond, curve.lowest, curve.highest, color=colour, alpha=0.2, lw=0,
        label="extrapolated, nine tenths of the fits",
    )  # fmt: skip


def outcome_spread(groups: Mapping[str, Mapping[str, Sequence[float]]], label: str) -> Figure:
    """One row a variant, one mark a seed and a bar at the median; one colour a group.

    Parameters
    ----------
    groups : mapping
        Claim to variant to the numbers that its seeds reached.
    label : str
        Of the logarithmic axis, with its unit.

    Examples
    --------
    >>> len(outcome_spread({"order": {"raster": [1.0, 2.0]}}, "RMSE (J)").axes)
    1
    """
    rows = [(c, v, numbers) for c, group in groups.items() for v, numbers in group.items()]
    colours = {claim: COLOURS[k % len(COLOURS)] for k, claim in enumerate(groups)}
    with styled(7, 0.8 + 0.32 * len(rows)) as (figure, axis):
        for row, (claim, _, numbers) in enumerate(rows):
            axis.plot(numbers, [row] * len(numbers), "o", color=colours[claim], mfc="white")
            axis.plot(np.median(numbers), row, "|", color=colours[claim], ms=16, mew=2.5)
        axis.set(xscale="log", xlabel=label, ylim=(len(rows) - 0.5, -0.5))
        axis.set_yticks(range(len(rows)), [f"{claim}: {variant}" for claim, variant, _ in rows])
    return figure


def accuracy_curves(
    curves: Mapping[str, Sequence[Any]], lines: Mapping[str, float] | None = None
) -> Figure:
    """Errors against the number of snapshots, one panel a method, the others in grey behind it.

    Bars reach from the best to the worst data set; the time in the corner is that from the largest
    number of snapshots to the model.

    Parameters
    ----------
    curves : mapping
        Method to the `dcl.chapters.accuracy_rows.Point` of each number of snapshots, RMSE in J. One
        without points is not drawn.
    lines : mapping, optional
        Name to an RMSE in J that others reached, drawn across; two at most.

    Examples
    --------
    >>> from dcl.chapters.accuracy_rows import Point
    >>> len(accuracy_curves({"direct": [Point(1000, 0.1, 1.0, 0.5, 2.0, fits=5)]}).axes)
    4
    """
    drawn = {name: np.array([*map(astuple, points)]) for name, points in curves.items() if points}
    rows = -(-len(drawn) // PANELS)
    options = {"sharex": True, "sharey": True, "squeeze": False}
    with styled(9.5, 0.9 + 2.2 * rows, PANELS, rows, **options) as (figure, axes):
        for axis, (name, table) in zip(axes.flat, drawn.items(), strict=False):
            for other in drawn.values():
                axis.plot(other[:, 0], other[:, 2], color="#c8c8c8", lw=1)
            _draw_method(axis, table)
            axis.set_title(fill(name, 22), fontsize=10)
            axis.set(xscale="log", yscale="log")
            for (label, value), dashes in zip((lines or {}).items(), ("--", ":"), strict=False):
                axis.axhline(value, color="black", lw=1, ls=dashes, label=label)
        for axis in axes.flat[len(drawn) :]:
            axis.set_visible(False)
        figure.supxlabel("snapshots", fontsize=11)
        figure.supylabel("RMSE of the energy (J)", fontsize=11)
        if lines:
            legend_above(figure, axes[0, 0])
    return figure


def _draw_method(axis: Axes, table: Array) -> None:
    """Draw median and spread, and say the time of the last fit; columns are a `Point`'s."""
    counts, minutes, middle, low, high, _ = table.T
    axis.errorbar(
        counts, middle, (middle - low, high - middle), marker=MARKERS[0], color=COLOURS[0],
        capsize=2, lw=1.5,
    )  # fmt: skip
    time = f"{minutes[-1]:.2g} min" if minutes[-1] < 600 else f"{minutes[-1] / 60:.2g} h"
    axis.text(0.06, 0.06, time, transform=axis.transAxes, fontsize=9)
