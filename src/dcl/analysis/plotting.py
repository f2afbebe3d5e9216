"""The figures. Each function returns a Matplotlib figure; `shown` gives it its alternative text.

The style is that of `dcl.analysis.figure_style`. Energies and heat capacities are per spin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.error_figures import (
    accuracy_curves,
    extrapolated_curves,
    learning_curve,
    level_errors,
    outcome_spread,
)
from dcl.analysis.figure_style import (
    COLOURS,
    legend_above,
    mark_observation,
    marks,
    shown,
    styled,
    titled,
)

if TYPE_CHECKING:
    from dcl.exact.canonical import Thermodynamics

__all__ = [
    "accuracy_curves", "binder_crossing", "configurations", "energy_curve", "energy_parity",
    "extrapolated_curves", "learning_curve", "level_errors", "magnetisation_curve",
    "outcome_spread", "predicted_curves", "shown",
]  # fmt: skip

Array = NDArray[np.float64]


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
    with styled(6, 6.8, rows=2, sharex=True, height_ratios=(2, 1)) as (figure, (top, bottom)):
        level = true.mean(axis=1) / spins
        top.plot(level, level, color="black", lw=1.2, label="exact")
        bottom.axhline(0, color="black", lw=1.2)
        for number, (name, energies) in enumerate(learned.items()):
            error = energies - true[:, : energies.shape[1]]
            error = error - error.mean()
            style = marks(number)
            top.errorbar(
                level, level + error.mean(axis=1) / spins, error.std(axis=1) / spins,
                label=name, **style,
            )  # fmt: skip
            bottom.errorbar(level, error.mean(axis=1), error.std(axis=1), **style)
        top.set(ylabel="learned energy per spin (J)")
        bottom.set(xlabel="true energy per spin (J)", ylabel="error, total (J)")
        legend_above(figure, top)
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
    labels = {"energy": "energy per spin (J)", "heat_capacity": "heat capacity per spin ($k_B$)"}
    with styled(9.5, 4.8, 2) as (figure, axes):
        for axis, (quantity, label) in zip(axes, labels.items(), strict=True):
            line = exact.temperatures, getattr(exact, quantity) / size**2
            axis.plot(*line, color="black", lw=1.2, label="exact")
            _draw_scans(axis, quantity, scans)
            mark_observation(axis, observed)
            axis.set_ylabel(label)
        legend_above(figure, axes[0])
    return figure


def _draw_scans(axis: Axes, quantity: str, scans: Mapping[str, Any]) -> None:
    for number, (name, scan) in enumerate(scans.items()):
        axis.errorbar(scan.temperatures, *scan.per_site(quantity), label=name, **marks(number))
    axis.set_xlabel("temperature ($J / k_B$)")


def predicted_curves(
    scan: Any, observed: float, supported: tuple[float, float] | None = None, unit: str = "J"
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
    labels = {
        "energy": f"energy per spin ({unit})",
        "heat_capacity": "heat capacity per spin ($k_B$)",
        "magnetisation": "order parameter",
        "binder_cumulant": "Binder cumulant",
    }
    with styled(9.5, 6.5, 2, 2) as (figure, axes):
        for axis, (quantity, label) in zip(axes.flat, labels.items(), strict=True):
            value, error = scan.per_site(quantity)
            axis.fill_between(
                scan.temperatures, value - error, value + error, color=COLOURS[0], alpha=0.3, lw=0
            )
            axis.plot(scan.temperatures, value, "o-", color=COLOURS[0], lw=1, ms=2.5)
            mark_observation(axis, observed)
            if supported:
                axis.axvspan(*supported, color="#999999", alpha=0.2, lw=0)
            axis.set(xlabel=f"temperature ({scale_of_temperature})", ylabel=label)
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
    labels = {"energy": "energy per spin (J)", "magnetisation": "magnetisation per spin"}
    with styled(9.5, 4.4, 2) as (figure, axes):
        for axis, (quantity, label) in zip(axes, labels.items(), strict=True):
            line = exact["temperatures"], exact[quantity]
            axis.plot(*line, color="black", lw=1.2, label="exact, infinite lattice")
            _draw_scans(axis, quantity, {f"extensive network, L = {scan.lattice_size}": scan})
            axis.set_ylabel(label)
        legend_above(figure, axes[0])
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
    with styled(6, 4.8) as (figure, axis):
        axis.axvline(exact, color="black", lw=1.2, label="exact critical temperature")
        for number, curve in enumerate(curves):
            axis.errorbar(
                curve.temperatures, curve.cumulant, curve.error, label=f"L = {curve.size}",
                **{**marks(number % len(COLOURS)), "ls": "-"},
            )  # fmt: skip
        axis.set(xlabel="temperature ($J / k_B$)", ylabel="Binder cumulant")
        legend_above(figure, axis)
    return figure


def configurations(
    panels: Mapping[str, NDArray[Any]], states: tuple[int, int | None] = (-1, 1)
) -> Figure:
    """Configurations, or other values of sites, (L, L) side by side under titles, lowest dark.

    Parameters
    ----------
    panels : mapping
        Title to configuration.
    states : tuple of int
        Lowest and highest state; None for the highest value of each panel.

    Examples
    --------
    >>> len(configurations({"T = 2": np.ones((4, 4), np.int8)}).axes)
    1
    """
    with titled(panels, 3.2, 3.4) as (figure, parts):
        for axis, configuration in parts:
            axis.imshow(
                configuration, cmap="cividis", vmin=states[0], vmax=states[1],
                interpolation="nearest",
            )  # fmt: skip
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
    return figure
