"""Figures of the chapter on a closed loop; exact curves are black lines."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.special import entr

from dcl.analysis.figure_style import COLOURS, MARKERS, styled, titled
from dcl.chapters.alloy_loop import POINTS
from dcl.chapters.calphad import LABELS, MELTING, TRUTH, eutectic, phase_labels, tie_line
from dcl.chapters.closed_loop import Campaign
from dcl.chapters.magnet_loop import FIELDS, MAGNET_POINTS, reference_line

__all__ = ["diagram_figure", "error_figure", "line_figure", "posterior_figure"]

Array = NDArray[np.float64]


def diagram_figure(particles: Mapping[int, Array], chosen: NDArray[np.int64]) -> Figure:
    """Draw the true diagram over the band in which the particles disagree.

    Parameters
    ----------
    particles : mapping
        Number of experiments to (L0, L1, B0) of each particle, shape (p, 3).
    chosen : numpy.ndarray
        Candidates in the order measured; each panel shows the first of them.

    Examples
    --------
    >>> len(diagram_figure({6: np.array([TRUTH])}, np.arange(6)).axes)
    1
    """
    x, T = np.linspace(0.01, 0.99, 99), np.linspace(355, 505, 76)
    panels = {f"{count} experiments": (count, alloys) for count, alloys in particles.items()}
    with titled(panels, 11 / len(panels), 3.8, sharey=True) as (figure, parts):
        for axis, (count, alloys) in parts:
            labels = phase_labels(alloys, x, T)
            shares = np.array([(labels == number).mean(axis=0) for number in range(len(LABELS))])
            axis.pcolormesh(100 * x, T, entr(shares).sum(axis=0), cmap="Oranges", vmin=0, vmax=1.2)
            _draw_boundaries(axis)
            at_percent, kelvin = POINTS[chosen[:count]].T * [[100], [1]]
            axis.plot(at_percent, kelvin, "o", color=COLOURS[0])
            axis.set(xlabel="bismuth (at.%)", ylim=(355, 505))
        parts[0][0].set_ylabel("temperature (K)")
    return figure


def _draw_boundaries(axis: Axes) -> None:
    """Draw the exact diagram at the true parameters."""
    *ends, middle = eutectic(TRUTH)
    for phases, top in ((("L", "Sn"), MELTING["Sn"]), (("L", "Bi"), 520), (("Sn", "Bi"), middle)):
        low = 355 if phases == ("Sn", "Bi") else middle
        T = np.linspace(low, top - 0.01, 50)
        x = 100 * np.array([tie_line(TRUTH, value, phases) for value in T])
        axis.plot(x, T, color="black", lw=1.2)
    axis.plot([100 * ends[1], 100 * ends[2]], [middle, middle], color="black", lw=1.2)


def error_figure(errors: Mapping[str, Array], batch: int, quantities: Sequence[str]) -> Figure:
    """Draw errors against experiments: medians over seeds, bands from quartile to quartile.

    Parameters
    ----------
    errors : mapping
        Strategy, at most four, to errors (seeds, batches, quantities).
    batch : int
        Experiments in a batch.
    quantities : sequence of str
        Labels of the panels.

    Examples
    --------
    >>> len(error_figure({"random": np.ones((2, 3, 1))}, 6, ["error (K)"]).axes)
    1
    """
    panels = len(quantities)
    with styled(5 * panels, 3.8, panels, squeeze=False) as (figure, axes):
        for k, (axis, quantity) in enumerate(zip(axes[0], quantities, strict=True)):
            for number, (name, values) in enumerate(errors.items()):
                low, middle, high = np.percentile(values[..., k], (25, 50, 75), axis=0)
                counts = batch * np.arange(1, len(middle) + 1)
                axis.plot(counts, middle, MARKERS[number] + "-", color=COLOURS[number], label=name)
                axis.fill_between(counts, low, high, color=COLOURS[number], alpha=0.2)
            axis.set(xlabel="experiments", ylabel=quantity, yscale="log")
        axes[0, 0].legend(fontsize=9)
    return figure


def posterior_figure(particles: Mapping[int, Array]) -> Figure:
    """Draw particles in the planes (L0, L1) and (eutectic composition, temperature).

    Parameters
    ----------
    particles : mapping
        Number of experiments to (L0, L1, B0) of each particle, shape (p, 3), at most four.

    Examples
    --------
    >>> len(posterior_figure({6: np.array([TRUTH])}).axes)
    2
    """
    with styled(9.5, 3.8, 2) as (figure, (left, right)):
        for number, (count, alloys) in enumerate(particles.items()):
            style = {"color": COLOURS[number], "ms": 3, "alpha": 0.5, "label": f"{count}"}
            left.plot(alloys[:, 0], alloys[:, 1], MARKERS[number], **style)
            points = np.array([eutectic(alloy) for alloy in alloys])
            right.plot(100 * points[:, 0], points[:, 3], MARKERS[number], **style)
        exact = eutectic(TRUTH)
        left.plot(*TRUTH[:2], "k+", ms=12, label="truth")
        right.plot(100 * exact[0], exact[3], "k+", ms=12)
        left.set(xlabel="$L_0$ (J / mol)", ylabel="$L_1$ (J / mol)")
        right.set(xlabel="bismuth at the eutectic (at.%)", ylabel="its temperature (K)")
        left.legend(title="experiments", fontsize=9)
    return figure


def line_figure(campaigns: Mapping[str, Campaign]) -> Figure:
    """Draw measured points and the last line of campaigns on the magnet, beside the reference.

    Parameters
    ----------
    campaigns : mapping
        Strategy to a campaign on the candidates of `dcl.chapters.magnet_loop`.

    Examples
    --------
    >>> done = Campaign(np.arange(2), [], np.ones((1, 13)))
    >>> len(line_figure({"random": done}).axes)
    1
    """
    with titled(campaigns, 11 / len(campaigns), 3.6, sharey=True) as (figure, parts):
        for number, (axis, done) in enumerate(parts):
            axis.plot(reference_line(FIELDS), FIELDS, color="black", label="reference")
            axis.plot(done.estimates[-1], FIELDS, "--", color=COLOURS[number], label="estimate")
            axis.plot(*MAGNET_POINTS[done.chosen].T, MARKERS[number], color=COLOURS[number])
            axis.set(xlabel="T ($J / k_B$)", xlim=(0.5, 2.9))
        parts[0][0].set_ylabel("field H (J)")
        parts[0][0].legend(fontsize=9)
    return figure
