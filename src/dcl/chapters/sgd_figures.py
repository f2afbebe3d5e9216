"""Figures of the chapter on stochastic gradient descent; exact curves are black lines."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, styled
from dcl.chapters.sgd_dynamics import wigner_surmise
from dcl.chapters.skip_fluctuations import SkipFluctuations
from dcl.chapters.tanh_students import STEPS, PhaseMap

__all__ = ["level_figure", "phase_figure", "skip_figure", "variance_figure"]

Array = NDArray[np.float64]


def variance_figure(shares: Sequence[float], ratios: Sequence[float]) -> Figure:
    """Variances over their leading order against the share of the critical rate.

    Parameters
    ----------
    shares, ratios : sequence of float
        eta / eta_c, and measured variances in units of eta s^2 / (2 B).

    Examples
    --------
    >>> len(variance_figure([0.5], [2.0]).axes)
    1
    """
    with styled(6, 3.8) as (figure, axis):
        share = np.linspace(0, max(shares) + 0.05, 100)
        axis.plot(share, 1 / (1 - share), color="black", label="exact")
        axis.axhline(1, color="grey", ls="--", label="rate / batch alone")
        axis.plot(shares, ratios, "o", color=COLOURS[0], label="measured")
        axis.set(xlabel=r"$\eta / \eta_c$", ylabel=r"variance / $(\eta s^2 / 2B)$")
        axis.legend()
    return figure


def level_figure(spacings: Array, levels: Array, variance: float, size: int) -> Figure:
    """Spacings beside the Wigner surmise, and singular values beside the semicircle.

    Parameters
    ----------
    spacings : numpy.ndarray
        Of 2 x 2 students, in units of their exact mean.
    levels : numpy.ndarray
        Singular values minus kappa of N x N students.
    variance : float
        Exact variance c of a weight of these.
    size : int
        N.

    Examples
    --------
    >>> len(level_figure(np.ones(9), np.ones(9), 1.0, 3).axes)
    2
    """
    normal = np.random.default_rng(1).normal(size=(20_000, size, size)) * np.sqrt(variance)
    finite = np.linalg.eigvalsh((normal + normal.swapaxes(1, 2)) / 2).ravel()
    heights, edges = np.histogram(finite, 80, density=True)
    with styled(9.5, 3.8, 2) as (figure, (left, right)):
        line = np.linspace(0, 3.5, 200)
        left.hist(spacings, 40, density=True, color=COLOURS[0], alpha=0.4, label="students")
        left.plot(line, wigner_surmise(line), color="black", label="Wigner surmise")
        left.plot(line, np.exp(-line), color="grey", ls="--", label="no repulsion")
        left.set(xlabel=r"spacing / $\sqrt{\pi c}$", ylabel="density")
        right.hist(levels, 50, density=True, color=COLOURS[0], alpha=0.4, label="students")
        middle = (edges[1:] + edges[:-1]) / 2
        right.plot(middle, heights, color="black", label=f"random matrices, N = {size}")
        radius = np.sqrt(2 * variance * size)
        line = np.linspace(-radius, radius, 200)
        circle = 2 * np.sqrt(radius**2 - line**2) / (np.pi * radius**2)
        right.plot(line, circle, color="grey", ls="--", label="semicircle")
        right.set(xlabel=r"singular value $- \kappa$")
        left.legend()
        right.legend(fontsize=8)
    return figure


def phase_figure(
    regimes: PhaseMap,
    sigmas: Sequence[float],
    temperatures: Sequence[float],
    shown: Mapping[str, tuple[int, int]],
) -> Figure:
    """Map of the median loss, and singular values over time at some of its points.

    Parameters
    ----------
    regimes : dcl.chapters.tanh_students.PhaseMap
    sigmas, temperatures : sequence of float
        The grid.
    shown : mapping
        Name to (row, column) of the grid, whose first seed is drawn.
    """
    with styled(12, 3.4, 1 + len(shown)) as (figure, (first, *others)):
        loss = np.median(regimes.loss, axis=2)
        image = first.imshow(
            np.log10(np.where(np.isinf(loss), np.nan, loss)),
            origin="lower", cmap="cividis", aspect="auto",
        )  # fmt: skip
        first.set(facecolor="#d9d9d9", title="log10 of loss (grey: none)")
        first.set(xlabel=r"$\sigma_w$", ylabel=r"$T = \eta / B$")
        first.set_xticks(range(len(sigmas)), sigmas)
        first.set_yticks(range(len(temperatures)), temperatures)
        first.grid(False)
        figure.colorbar(image, ax=first)
        for axis, (name, (row, column)) in zip(others, shown.items(), strict=True):
            values = regimes.singular_values[:, row, column, 0]
            steps = np.arange(len(values)) * STEPS / len(values)
            axis.semilogy(steps, values, color=COLOURS[0], lw=1)
            axis.set(title=name, xlabel="step", xlim=(0, STEPS))
            axis.set_ylim(values[0].min() / 3, min(2 * np.nanmax(values), 1e6))
        others[0].set_ylabel("singular values of W")
    return figure


def skip_figure(fluctuations: Mapping[str, SkipFluctuations]) -> Figure:
    """Variance of the weights of each site of the linear skip, lines for the law.

    Parameters
    ----------
    fluctuations : mapping
        Name to `dcl.chapters.skip_fluctuations.SkipFluctuations`, at most four.

    Examples
    --------
    >>> len(skip_figure({"normal": SkipFluctuations(np.ones(3), np.ones(3))}).axes)
    1
    """
    with styled(6.5, 3.8) as (figure, axis):
        for number, (name, (measured, law)) in enumerate(fluctuations.items()):
            sites = np.arange(1, len(law) + 1)
            axis.plot(sites, measured, MARKERS[number], color=COLOURS[number], label=name)
            axis.plot(sites, law, color=COLOURS[number], lw=1)
        axis.axhline(1, color="grey", ls="--", label="rate / batch alone")
        axis.set(xlabel="inputs of the site", ylabel=r"variance / $(\eta s^2 / 2B)$")
        axis.legend()
    return figure
