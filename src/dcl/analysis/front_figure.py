"""The figure of the book's first page: what was observed, and what was predicted from it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, STYLE
from dcl.analysis.scans import Scan
from dcl.exact.canonical import Thermodynamics

__all__ = ["SystemPanel", "front_figure"]


class SystemPanel(NamedTuple):
    """One system: its exact curve, and a prediction where there is one.

    Parameters
    ----------
    title : str
    exact : Thermodynamics
        On a fine grid of temperatures.
    learned : Scan or None
        None if no run has made it yet.
    sites : int
        N.
    """

    title: str
    exact: Thermodynamics
    learned: Scan | None
    sites: int


def front_figure(
    systems: Sequence[SystemPanel],
    snapshots: Mapping[str, NDArray[np.int8]],
    observed: float,
    narrow: bool = False,
) -> Figure:
    """Draw four energy curves around the temperature of observation, and three snapshots.

    Parameters
    ----------
    systems : sequence of SystemPanel
        Four.
    snapshots : mapping
        Title to spins (L, L); three.
    observed : float
        Temperature of the snapshots, J / k_B.
    narrow : bool
        True to put the snapshots below the curves, for the width of a phone.

    Examples
    --------
    >>> from dcl.exact import ising_thermodynamics
    >>> panel = SystemPanel("Ising", ising_thermodynamics(4, [1.0, 4.0]), None, 16)
    >>> spins = np.ones((4, 4), np.int8)
    >>> len(front_figure([panel] * 4, {"a": spins, "b": spins, "c": spins}, observed=4.0).axes)
    7
    """
    with plt.rc_context({**STYLE, "font.size": 9 if narrow else 12, "savefig.dpi": 150}):
        figure = plt.figure(figsize=(4.2, 4.6) if narrow else (10, 3.7), layout="constrained")
        if narrow:
            parts = figure.subfigures(2, 1, squeeze=False, height_ratios=(2.3, 1))
        else:
            parts = figure.subfigures(1, 2, squeeze=False, width_ratios=(5.2, 1))
        curves, pictures = parts.flat
        axes = curves.subplots(2, 2, sharex=True)
        for axis, system in zip(axes.flat, systems, strict=True):
            _draw_curve(axis, system, observed)
        for axis in axes[1]:
            axis.set_xlabel("temperature ($J / k_B$)")
        curves.supylabel("energy per spin ($J$)", fontsize="medium")
        names = axes[0, 0].get_legend_handles_labels()
        curves.legend(*names, fontsize="medium", loc="outside upper center", ncols=2)
        places = pictures.subplots(1, 3) if narrow else pictures.subplots(3, 1)
        for axis, (title, spins) in zip(places, snapshots.items(), strict=True):
            axis.imshow(spins, cmap="cividis", vmin=-1, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.set_title(title, fontsize="medium")
            axis.grid(False)
            axis.spines[:].set_visible(False)
    return figure


def _draw_curve(axis: Axes, system: SystemPanel, observed: float) -> None:
    (_, exact, learned, sites) = system
    axis.plot(exact.temperatures, exact.energy / sites, color="black", lw=1.5, label="exact")
    if learned:
        axis.errorbar(
            learned.temperatures, *learned.per_site("energy"), fmt="o", ms=4, lw=1,
            color=COLOURS[1], mfc="none", label="predicted",
        )  # fmt: skip
    else:
        axis.text(0.5, 0.3, "not run yet", transform=axis.transAxes, ha="center")
    axis.axvline(observed, color="#666666", ls="--", lw=1.2)
    low, _ = axis.get_ylim()
    axis.text(observed + 0.05, low, "observed", rotation=90, va="bottom", fontsize="small")
    axis.set_title(system.title, fontsize="medium")
