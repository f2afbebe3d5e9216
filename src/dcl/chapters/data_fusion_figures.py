"""Figures of the chapter on data fusion: predictions with bands, histograms, and maps."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, titled
from dcl.chapters.data_fusion import ChangePoint, FieldPrediction, Prediction
from dcl.chapters.disc_challenge import DiscData, disc_grid, disc_truth, one_process

__all__ = ["change_point_figure", "disc_figure", "map_figure", "prediction_figure"]

Array = NDArray[np.float64]


def prediction_figure(
    x: Array, panels: Mapping[str, tuple[Prediction, Array, Array, Array]]
) -> Figure:
    """Predicted property with a band of two standard deviations, a panel a data set.

    Parameters
    ----------
    x : numpy.ndarray
        Places of the prediction, shape (n,).
    panels : mapping
        Title to prediction, places (m,), values (m,) and the truth (n,).

    Examples
    --------
    >>> x = np.linspace(0, 1, 5)
    >>> len(prediction_figure(x, {"a": (Prediction(x, x, x), x, x, x)}).axes)
    1
    """
    with titled(panels, 4.7, 3.6) as (figure, parts):
        for axis, (found, places, values, truth) in parts:
            low, high = found.mean - 2 * found.sd, found.mean + 2 * found.sd
            axis.fill_between(x, low, high, color=COLOURS[0], alpha=0.2, lw=0, label="2 sd")
            axis.plot(x, found.mean, color=COLOURS[0], label="prediction")
            axis.plot(x, truth, "k--", lw=1, label="truth")
            axis.plot(places, values, MARKERS[0], color=COLOURS[1], label="measured")
            axis.set(xlabel="x")
        parts[0][0].set_ylabel("property")
        parts[-1][0].legend(fontsize=9)
    return figure


def change_point_figure(
    panels: Mapping[str, Mapping[str, ChangePoint]],
    truth: float,
    chains: Mapping[str, Array] | None = None,
    label: str = "change point",
) -> Figure:
    """Posterior densities of the change point, a panel a data set, a line a source.

    Parameters
    ----------
    panels : mapping
        Title to source to posterior.
    truth : float
        The change point, a dotted line.
    chains : mapping, optional
        Title to samples, shown as a histogram.
    label : str
        Of the abscissa.

    Examples
    --------
    >>> flat = ChangePoint(np.array([0.0, 1.0]), np.array([1.0]))
    >>> len(change_point_figure({"a": {"labels": flat}}, 0.5).axes)
    1
    """
    with titled(panels, 4.7, 3.6) as (figure, parts):
        for title, (axis, sources) in zip(panels, parts, strict=True):
            if chains is not None:
                axis.hist(chains[title].ravel(), 40, density=True, color="#cccccc", label="chains")
            for number, (source, found) in enumerate(sources.items()):
                density = found.probability / np.diff(found.edges)
                axis.stairs(density, found.edges, color=COLOURS[number], lw=2, label=source)
            axis.locator_params(axis="x", nbins=6)
            axis.axvline(truth, color="k", ls=":", label="truth")
            axis.set(xlabel=label, ylabel="density")
            axis.legend(fontsize=9)
    return figure


def disc_figure(data: DiscData, joint: FieldPrediction) -> Figure:
    """Maps of the disc: the truth, the joint fit's region and property, and one blind process.

    Parameters
    ----------
    data : DiscData
        Places of the labels are shown on the region, places of the values on the one process.
    joint : FieldPrediction
        On a square grid, see `dcl.chapters.disc_challenge.disc_grid`.

    Examples
    --------
    >>> from dcl.chapters.disc_challenge import compare_ways, draw_disc
    >>> data = draw_disc(8, 5)
    >>> len(disc_figure(data, compare_ways(data, 3, sweeps=2).joint).axes)
    8
    """
    grid = disc_grid(round(len(joint.mean) ** 0.5))
    panels = {
        "truth": disc_truth(grid)[1],
        "P(disc)": joint.regions[:, 1],
        "joint": joint.mean,
        "one process": one_process(data.x_property, data.y, grid),
    }
    places = {"P(disc)": data.x_structure, "one process": data.x_property}
    return map_figure(panels, places)


def map_figure(panels: Mapping[str, Array], points: Mapping[str, Array]) -> Figure:
    """Maps of the square [-2, 2]^2, a panel a quantity, with the places of the measurements.

    Parameters
    ----------
    panels : mapping
        Title to values on a square grid, shape (n^2,), the first coordinate slowest.
    points : mapping
        Title to places shown on that panel, shape (m, 2).

    Examples
    --------
    >>> len(map_figure({"disc": np.zeros(9)}, {}).axes)
    2
    """
    with titled(panels, 3.7, 3.3) as (figure, parts):
        for title, (axis, values) in zip(panels, parts, strict=True):
            side = round(len(values) ** 0.5)
            image = axis.imshow(
                values.reshape(side, side).T, origin="lower", extent=(-2, 2, -2, 2), cmap="cividis"
            )
            angle = np.linspace(0, 2 * np.pi, 100)
            axis.plot(np.cos(angle), np.sin(angle), "w--", lw=1)
            if title in points:
                axis.plot(*points[title].T, ".", color=COLOURS[1])
            axis.grid(False)
            figure.colorbar(image, ax=axis, shrink=0.8)
    return figure
