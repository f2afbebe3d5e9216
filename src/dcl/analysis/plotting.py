"""The figures. Each function returns a Matplotlib figure; `shown` gives it its alternative text.

Exact results are black lines, learned ones coloured marks with error bars (the palette of Okabe
and Ito, told apart by colour-blind readers and, by marker, in print). Figures keep a white ground
in dark mode. Energies and heat capacities are per spin.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from dcl.analysis.learning_curves import Extrapolation
from dcl.exact.canonical import Thermodynamics

__all__ = [
    "ShownFigure",
    "accuracy_curves",
    "binder_crossing",
    "configurations",
    "energy_curve",
    "energy_parity",
    "extrapolated_curves",
    "learning_curve",
    "level_errors",
    "magnetisation_curve",
    "outcome_spread",
    "predicted_curves",
    "shown",
]

Array = NDArray[np.float64]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")
STYLE: Any = {
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "savefig.facecolor": "white",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e0e0e0",
    "legend.frameon": False,
    "lines.markersize": 4.5,
}


class ShownFigure:
    """A figure with alternative text, for a notebook.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        One sentence that states the finding.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        stream = io.BytesIO()
        figure.savefig(stream, format="png", bbox_inches="tight")
        plt.close(figure)
        self._png = base64.b64encode(stream.getvalue()).decode()
        self._alt = alt

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        alt = html.escape(self._alt, quote=True)
        image = f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{self._png}">'
        return {"text/html": image, "text/plain": f"[figure: {self._alt}]"}


def shown(figure: Figure, alt: str) -> ShownFigure:
    """Close a figure and return what a notebook displays, with its alternative text.

    Examples
    --------
    >>> shown(plt.figure(), "An empty figure.")._repr_mimebundle_()["text/plain"]
    '[figure: An empty figure.]'
    """
    return ShownFigure(figure, alt)


def energy_parity(true: Array, learned: Mapping[str, Array], size: int) -> Figure:
    """Learned against true energy over the levels, and the error below (Fig. 2a, 2c, 4).

    Parameters
    ----------
    true : numpy.ndarray
        Total energies in J, shape (levels, per_level).
    learned : mapping
        Name to energies of the same configurations, or of the first ones of each level; the mean
        difference is subtracted.
    size : int
        Linear size L.

    Examples
    --------
    >>> levels = np.linspace(-16.0, 16.0, 5)[:, None] + np.zeros((5, 3))
    >>> len(energy_parity(levels, {"GRU": levels + 1.0}, size=3).axes)
    2
    """
    spins = size**2
    with plt.rc_context(STYLE):
        figure, (top, bottom) = plt.subplots(
            2, 1, figsize=(6, 6), sharex=True, height_ratios=(2, 1), layout="constrained"
        )
        level = true.mean(axis=1) / spins
        top.plot(level, level, color="black", lw=1.2, label="exact")
        bottom.axhline(0, color="black", lw=1.2)
        for number, (name, energies) in enumerate(learned.items()):
            error = energies - true[:, : energies.shape[1]]
            error = error - error.mean()
            style = _marks(number)
            top.errorbar(
                level, level + error.mean(axis=1) / spins, error.std(axis=1) / spins,
                label=name, **style,
            )  # fmt: skip
            bottom.errorbar(level, error.mean(axis=1), error.std(axis=1), **style)
        top.set(ylabel="learned energy per spin (J)")
        bottom.set(xlabel="true energy per spin (J)", ylabel="error, total (J)")
        top.legend()
    return figure


def energy_curve(
    scans: Mapping[str, Any], exact: Thermodynamics, size: int, observed: float
) -> Figure:
    """Energy and heat capacity against temperature beside the exact curves (Fig. 2b, 2d, 3c, 5).

    Parameters
    ----------
    scans : mapping
        Name to `dcl.analysis.scans.Scan`.
    exact : Thermodynamics
        On a fine grid of temperatures; its energy must be zero at infinite temperature.
    size : int
        Linear size L.
    observed : float
        Temperature of the snapshots, J / k_B.

    Examples
    --------
    >>> from dcl.exact import ising_thermodynamics
    >>> len(energy_curve({}, ising_thermodynamics(8, [1.0, 2.0]), size=8, observed=4.0).axes)
    2
    """
    spins = size**2
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
        for axis, quantity, label in zip(
            axes,
            ("energy", "heat_capacity"),
            ("energy per spin (J)", "heat capacity per spin ($k_B$)"),
            strict=True,
        ):
            axis.plot(
                exact.temperatures, getattr(exact, quantity) / spins, color="black", lw=1.2,
                label="exact",
            )  # fmt: skip
            for number, (name, scan) in enumerate(scans.items()):
                axis.errorbar(
                    scan.temperatures, getattr(scan, quantity) / spins,
                    getattr(scan, f"{quantity}_error") / spins, label=name, **_marks(number),
                )  # fmt: skip
            _mark_observation(axis, observed)
            axis.set(xlabel="temperature ($J / k_B$)", ylabel=label)
        axes[0].legend()
    return figure


def level_errors(true: Array, learned: Mapping[str, Array], size: int) -> Figure:
    """Draw each model's error at every energy level on a logarithmic scale (Fig. 4).

    Lines with marks are the root mean squared error, dotted ones the spread within a level, which
    is absent where a model gives all configurations of a level the same energy.

    Parameters
    ----------
    true, learned, size
        See `energy_parity`.

    Examples
    --------
    >>> levels = np.linspace(-16.0, 16.0, 5)[:, None] + np.zeros((5, 3))
    >>> len(level_errors(levels, {"GRU": levels + 1.0}, size=3).axes)
    1
    """
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(6, 3.8), layout="constrained")
        for number, (name, energies) in enumerate(learned.items()):
            error = energies - true[:, : energies.shape[1]]
            error = error - error.mean()
            level, colour = true.mean(axis=1) / size**2, COLOURS[number]
            spread = np.where(error.std(axis=1) > 1e-5, error.std(axis=1), np.nan)
            axis.plot(
                level, np.sqrt((error**2).mean(axis=1)), label=name, color=colour,
                marker=MARKERS[number], lw=1,
            )  # fmt: skip
            axis.plot(level, spread, ":", color=colour, lw=1.5)
        axis.set(xlabel="true energy per spin (J)", ylabel="error of the energy (J)", yscale="log")
        axis.legend()
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
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
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
    rows, columns = -(-len(panels) // 2), 2
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            rows, columns, figsize=(9.5, 0.9 + 3.2 * rows), sharex=True, sharey=True,
            squeeze=False, layout="constrained",
        )  # fmt: skip
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
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(7, 0.8 + 0.32 * len(rows)), layout="constrained")
        for row, (claim, _, numbers) in enumerate(rows):
            axis.plot(numbers, [row] * len(numbers), "o", color=colours[claim], mfc="white")
            axis.plot(np.median(numbers), row, "|", color=colours[claim], ms=16, mew=2.5)
        axis.set(xscale="log", xlabel=label, ylim=(len(rows) - 0.5, -0.5))
        axis.set_yticks(range(len(rows)), [f"{claim}: {variant}" for claim, variant, _ in rows])
    return figure


def predicted_curves(
    scan: Any,
    observed: float,
    supported: tuple[float, float] | None = None,
    unit: str = "J",
) -> Figure:
    """Energy, heat capacity, order parameter and Binder cumulant where no exact curve is known.

    Parameters
    ----------
    scan : dcl.analysis.scans.Scan
    observed : float
        Temperature of the snapshots, J / k_B.
    supported : tuple of float, optional
        Lowest and highest temperature to shade.
    unit : {"J", "k_B T"}
        Of energies; in the second temperatures are relative to that of the snapshots.
    """
    scale_of_temperature = "$J / k_B$" if unit == "J" else "that of the snapshots = 1"
    panels = {
        "energy": (f"energy per spin ({unit})", scan.sites),
        "heat_capacity": ("heat capacity per spin ($k_B$)", scan.sites),
        "magnetisation": ("order parameter", 1),
        "binder_cumulant": ("Binder cumulant", 1),
    }
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(2, 2, figsize=(9.5, 6.5), layout="constrained")
        for axis, (quantity, (label, scale)) in zip(axes.flat, panels.items(), strict=True):
            value = getattr(scan, quantity) / scale
            error = getattr(scan, f"{quantity}_error") / scale
            axis.fill_between(
                scan.temperatures, value - error, value + error, color=COLOURS[0], alpha=0.3, lw=0
            )
            axis.plot(scan.temperatures, value, "o-", color=COLOURS[0], lw=1, ms=2.5)
            _mark_observation(axis, observed)
            if supported:
                axis.axvspan(*supported, color="#999999", alpha=0.2, lw=0)
            axis.set(xlabel=f"temperature ({scale_of_temperature})", ylabel=label)
    return figure


def accuracy_curves(
    curves: Mapping[str, Sequence[Any]], lines: Mapping[str, float] | None = None
) -> Figure:
    """Errors against the number of snapshots and against minutes, with their spread over data sets.

    Parameters
    ----------
    curves : mapping
        Method to the `dcl.chapters.accuracy_rows.Point` of each number of snapshots, RMSE in J. One
        without points is not drawn, but keeps its colour.
    lines : mapping, optional
        Name to an RMSE in J that others reached, drawn across.

    Examples
    --------
    >>> from dcl.chapters.accuracy_rows import Point
    >>> len(accuracy_curves({"direct": [Point(1000, 0.1, 1.0, 0.5, 2.0, fits=5)]}).axes)
    2
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(9, 5), sharey=True, layout="constrained")
        for number, (name, points) in enumerate(curves.items()):
            if not points:
                continue
            style: Any = {
                "marker": MARKERS[number % len(MARKERS)],
                "color": COLOURS[number % len(COLOURS)],
                "ls": ("-", "--", ":")[number // len(COLOURS)],
            }
            middle = np.array([point.median for point in points])
            low, high = np.array([(point.lowest, point.highest) for point in points]).T
            counts = np.array([point.snapshots for point in points])
            axes[0].errorbar(
                counts * 1.04 ** (number - len(curves) / 2), middle, (middle - low, high - middle),
                capsize=2, label=name, **style,
            )  # fmt: skip
            axes[1].plot([point.minutes for point in points], middle, **style)
        for (name, value), dashes in zip((lines or {}).items(), ("--", ":"), strict=False):
            axes[0].axhline(value, color="black", lw=1, ls=dashes, label=name)
            axes[1].axhline(value, color="black", lw=1, ls=dashes)
        axes[0].set(xscale="log", yscale="log", xlabel="snapshots", ylabel="RMSE of the energy (J)")
        axes[1].set(xscale="log", xlabel="time from snapshots to model (minutes)")
        axes[1].xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes[1].xaxis.set_major_formatter("{x:g}")
        axes[1].xaxis.set_minor_formatter(NullFormatter())
        figure.legend(loc="outside lower center", ncols=3, fontsize=9)
    return figure


def binder_crossing(curves: Sequence[Any], exact: float) -> Figure:
    """Binder cumulants of several sizes, and the exact critical temperature.

    Parameters
    ----------
    curves : sequence of dcl.analysis.binder.BinderCurve
    exact : float
        J / k_B.

    Examples
    --------
    >>> len(binder_crossing([], 2.269).axes)
    1
    """
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
        axis.axvline(exact, color="black", lw=1.2, label="exact critical temperature")
        for number, curve in enumerate(curves):
            axis.errorbar(
                curve.temperatures, curve.cumulant, curve.error, label=f"L = {curve.size}",
                **{**_marks(number % len(COLOURS)), "ls": "-"},
            )  # fmt: skip
        axis.set(xlabel="temperature ($J / k_B$)", ylabel="Binder cumulant")
        axis.legend()
    return figure


def magnetisation_curve(scan: Any, exact: Mapping[str, Array]) -> Figure:
    """Energy and magnetisation per spin of a large lattice beside those of the infinite one.

    Parameters
    ----------
    scan : dcl.analysis.scans.Scan
    exact : mapping
        ``temperatures``, ``energy`` and ``magnetisation``, per spin.

    Examples
    --------
    >>> from dcl import Ising
    >>> from dcl.analysis.thermodynamics import scan
    >>> line = dict.fromkeys(("temperatures", "energy", "magnetisation"), np.ones(2))
    >>> len(magnetisation_curve(scan(Ising(), 4, [1.0, 5.0], seed=1, sweeps=500), line).axes)
    2
    """
    spins = scan.lattice_size**2
    values = {
        "energy": (scan.energy / spins, scan.energy_error / spins),
        "magnetisation": (scan.magnetisation, scan.magnetisation_error),
    }
    labels = {"energy": "energy per spin (J)", "magnetisation": "magnetisation per spin"}
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
        for axis, (quantity, (value, error)) in zip(axes, values.items(), strict=True):
            axis.plot(
                exact["temperatures"], exact[quantity], color="black", lw=1.2,
                label="exact, infinite lattice",
            )  # fmt: skip
            label = f"extensive network, L = {scan.lattice_size}"
            axis.errorbar(scan.temperatures, value, error, label=label, **_marks(0))
            axis.set(xlabel="temperature ($J / k_B$)", ylabel=labels[quantity])
        axes[0].legend()
    return figure


def configurations(panels: Mapping[str, NDArray[np.int8]]) -> Figure:
    """Configurations (L, L) side by side under their titles, lowest state dark.

    Examples
    --------
    >>> len(configurations({"T = 2": np.ones((4, 4), np.int8)}).axes)
    1
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, len(panels), figsize=(3.2 * len(panels), 3.4), layout="constrained", squeeze=False
        )
        for axis, (title, configuration) in zip(axes[0], panels.items(), strict=True):
            axis.imshow(configuration, cmap="cividis", vmin=-1, vmax=1, interpolation="nearest")
            axis.set(title=title, xticks=[], yticks=[])
            axis.grid(False)
    return figure


def _marks(number: int) -> dict[str, Any]:
    return {
        "color": COLOURS[number],
        "fmt": MARKERS[number],
        "lw": 1,
        "capsize": 2,
        "mfc": "white" if number % 2 else COLOURS[number],
    }


def _mark_observation(axis: Axes, temperature: float) -> None:
    axis.axvline(
        temperature, color="#666666", ls="--", lw=1, label=f"observed at {temperature:g} $J / k_B$"
    )
