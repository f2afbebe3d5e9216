"""Figures of the chapter on snake nets; exact references are black."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, styled
from dcl.chapters.spin_one_planes import CRITICAL, critical_deviations

__all__ = ["net_figure", "snakes_figure"]

Array = NDArray[np.float64]


def snakes_figure(runs: Mapping[tuple[str, bool], Array]) -> Figure:
    """Draw snakes in the plane of D and T, and their deviations by iteration.

    Parameters
    ----------
    runs : mapping
        (Name of the start, with a balloon or not) to the history, shape (iterations, 1, nodes, 2).

    Examples
    --------
    >>> history = np.ones((12, 1, 5, 2)) * np.linspace(0, 1.5, 5)[:, None]
    >>> len(snakes_figure({("inside", True): history, ("inside", False): history}).axes)
    2
    """
    colours = dict(zip(dict.fromkeys(name for name, _ in runs), COLOURS, strict=False))
    with styled(9.5, 4, 2) as (figure, axes):
        for (name, pushed), history in runs.items():
            means = [np.abs(critical_deviations(contours[0])).mean() for contours in history]
            label = f"{name}, {'balloon' if pushed else 'no balloon'}"
            axes[1].semilogy(
                range(1, len(means) + 1), means, "-" if pushed else ":", color=colours[name],
                label=label,
            )  # fmt: skip
            if pushed:
                for k in (0, 2, 5, 10):
                    axes[0].plot(*history[k, 0].T, color=colours[name], lw=0.8, alpha=0.6)
                axes[0].plot(*history[-1, 0].T, color=colours[name], lw=2, label=name)
        axes[0].plot(list(CRITICAL), list(CRITICAL.values()), "ks", label="literature")
        axes[0].set(xlabel="crystal field D (J)", ylabel="temperature ($J / k_B$)")
        axes[1].set(xlabel="iteration", ylabel="mean deviation ($J / k_B$)")
        for axis in axes:
            axis.legend(fontsize=9)
    return figure


def net_figure(
    starts: Sequence[Array],
    ends: Sequence[Array],
    exact: Sequence[Array],
    labels: tuple[str, str],
    phases: Mapping[str, tuple[float, float]],
) -> Figure:
    """Draw a net at the start (dashed) and at the end, on exact lines, and name the phases.

    Parameters
    ----------
    starts, ends, exact : sequence of numpy.ndarray
        Contours and lines, each (m, 2).
    labels : tuple of str
        Of the axes.
    phases : mapping
        Name to place.

    Examples
    --------
    >>> line = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> figure = net_figure([line], [line], [line], ("x", "y"), {"left": (0.1, 0.9)})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['left']
    """
    with styled(5.5, 4) as (figure, axis):
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            axis.plot(*start.T, "--", color=COLOURS[number % len(COLOURS)], lw=1)
            axis.plot(*end.T, "o-", color=COLOURS[number % len(COLOURS)], ms=3)
        for line in exact:
            axis.plot(*line.T, "k-", lw=1)
        for name, place in phases.items():
            axis.text(*place, name, ha="center", va="center")
        axis.set(xlabel=labels[0], ylabel=labels[1])
    return figure
