"""The curves of the chapter on attention to order."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, MARKERS, marks, styled
from dcl.exact import critical_temperature
from dcl.lattice.hamiltonians import Ising

__all__ = ["loss_figure"]

Array = NDArray[np.float64]


def loss_figure(
    temperatures: Array,
    losses: Mapping[str, Array],
    entropies: Sequence[float],
    gaps: Mapping[str, tuple[Array, Array]],
) -> Figure:
    """Draw loss and attention against temperature, and the gap to the floor against steps.

    Parameters
    ----------
    temperatures : numpy.ndarray
        Shape (n,), J / k_B.
    losses : mapping
        ``floor``, ``transformer`` and its ``error``, each (n,), nats a masked spin.
    entropies : sequence of float
        Of the attention, nats.
    gaps : mapping
        Title to steps and distances from the floor in nats; four at most.

    Examples
    --------
    >>> line = np.ones(2)
    >>> losses = {"floor": line, "transformer": line, "error": line}
    >>> len(loss_figure(line, losses, line, {"T = 2": (line, line)}).axes)
    3
    """
    with styled(13, 3.8, 3) as (figure, (left, middle, right)):
        left.plot(temperatures, losses["floor"], "k-", label="Bayes floor")
        left.errorbar(
            temperatures, losses["transformer"], losses["error"], label="transformer", **marks(0)
        )
        left.set(ylabel="loss (nats a masked spin)")
        left.legend()
        middle.plot(temperatures, entropies, "s-", color=COLOURS[1])
        middle.set(ylabel="entropy of the attention (nats)")
        for number, (title, (steps, distances)) in enumerate(gaps.items()):
            right.semilogy(
                steps, distances, color=COLOURS[number], marker=MARKERS[number], label=title
            )
        right.set(xlabel="steps", ylabel="gap to the floor (nats)")
        right.legend()
        for axis in (left, middle):
            axis.axvline(critical_temperature(Ising()), color="#666666", ls="--", lw=1)
            axis.set(xlabel="temperature ($J / k_B$)")
    return figure
