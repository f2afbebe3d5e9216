"""Figures of the chapter on the dynamics of GANs; exact curves are black lines."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, styled, titled
from dcl.chapters.gan_dynamics import Trajectory
from dcl.chapters.gan_stability import mode_rate
from dcl.chapters.tangent_kernel import ntk_ratio

__all__ = ["collapse_figure", "damping_figure", "kernel_figure", "snapshot_figure"]

Array = NDArray[np.float64]


def kernel_figure(measured: Mapping[int, Sequence[float]]) -> Figure:
    """Ratio of the tangent kernel against depth and against the angle between inputs.

    Parameters
    ----------
    measured : mapping
        Depth to the ratios of single networks on orthogonal inputs.

    Examples
    --------
    >>> len(kernel_figure({1: [0.16]}).axes)
    2
    """
    with styled(9.5, 3.8, 2) as (figure, (left, right)):
        depths = range(9)
        left.plot(depths, [ntk_ratio(depth) for depth in depths], "k.-", label="infinite width")
        for depth, ratios in measured.items():
            left.plot([depth] * len(ratios), ratios, "o", color=COLOURS[0], mfc="white")
        left.plot([], [], "o", color=COLOURS[0], mfc="white", label="networks")
        left.set(xlabel="hidden layers", ylabel=r"$\phi = g_2 / g_1$")
        left.legend()
        cosines = np.linspace(-1, 1, 201)
        for number, depth in enumerate((1, 2, 3)):
            curve = [ntk_ratio(depth, cosine) for cosine in cosines]
            right.plot(cosines, curve, color=COLOURS[number], label=f"{depth} hidden")
        right.set(
            xlabel="cosine between two inputs", ylabel=r"$\phi$", xticks=[-1, -0.5, 0, 0.5, 1]
        )
        right.legend()
    return figure


def damping_figure(
    rates: Mapping[str, Mapping[float, float]], settling: Mapping[float, float]
) -> Figure:
    """Rate of the slowest mode against damping, and the time that it takes to settle.

    Parameters
    ----------
    rates : mapping
        Name to {lambda / lambda*: measured rate in units of sqrt(mu)}.
    settling : mapping
        lambda / lambda* to the time until the distance stays below 1e-4 of the first.

    Examples
    --------
    >>> len(damping_figure({"ring": {0.5: 0.5}}, {1.0: 9.0}).axes)
    2
    """
    with styled(9.5, 3.8, 2) as (figure, (left, right)):
        ratios = np.geomspace(0.2, 5, 200)
        left.plot(ratios, mode_rate(2 * ratios, 1.0), color="black", label="exact")
        for number, (name, values) in enumerate(rates.items()):
            style = {"color": COLOURS[number], "marker": MARKERS[number], "ls": ""}
            left.plot(values.keys(), values.values(), label=name, **style)
        left.set(xscale="log", xlabel=r"$\lambda / \lambda^*$", ylabel=r"rate / $\sqrt{\mu}$")
        left.set_xticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
        left.minorticks_off()
        left.legend()
        right.plot(settling.keys(), settling.values(), "o-", color=COLOURS[0])
        right.axvline(1, color="black", lw=1.2)
        right.set(xlabel=r"$\lambda / \lambda^*$", ylabel="settling time")
    return figure


def collapse_figure(
    phis: Sequence[float],
    entropies: Mapping[str, Array],
    networks: Mapping[float, Sequence[float]],
) -> Figure:
    """Mode entropy against the ratio of the kernel, with trained networks at their own ratios.

    Parameters
    ----------
    phis : sequence of float
    entropies : mapping
        Name of the discriminator to entropies, shape (seeds, phis); at most four.
    networks : mapping
        phi to the entropies of trained networks.

    Examples
    --------
    >>> len(collapse_figure([0.1, 0.2], {"l = 0.5": np.ones((3, 2))}, {0.15: [0.9]}).axes)
    1
    """
    with styled(7, 4.2) as (figure, axis):
        for number, (name, values) in enumerate(entropies.items()):
            axis.errorbar(
                phis, values.mean(axis=0), values.std(axis=0) / np.sqrt(len(values)), capsize=2,
                label=name, color=COLOURS[number], marker=MARKERS[number], lw=1,
            )  # fmt: skip
        for phi, found in networks.items():
            axis.plot([phi] * len(found), found, "*", color="black", ms=9)
        axis.plot([], [], "*", color="black", ms=9, label="Keras generators")
        axis.set(xlabel=r"$\phi = g_2 / g_1$", ylabel="mode entropy", ylim=(0, 1.05))
        axis.legend()
    return figure


def snapshot_figure(panels: Mapping[str, Trajectory], data: Array) -> Figure:
    """Paths of the particles and where they end, beside the modes of the data.

    Parameters
    ----------
    panels : mapping
        Title to `dcl.chapters.gan_dynamics.Trajectory`.
    data : numpy.ndarray
        Modes, shape (modes, 2).

    Examples
    --------
    >>> path = Trajectory(np.arange(2.0), np.zeros((2, 3, 2)))
    >>> len(snapshot_figure({"one": path}, np.eye(2)).axes)
    1
    """
    with titled(panels, 3.6, 3.8) as (figure, parts):
        for axis, path in parts:
            axis.plot(*path.x.transpose(2, 0, 1), color=COLOURS[0], lw=0.4, alpha=0.5)
            axis.plot(*data.T, "s", color="black", mfc="none", ms=11)
            axis.plot(*path.x[-1].T, "o", color=COLOURS[1], ms=4)
            axis.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal")
    return figure
