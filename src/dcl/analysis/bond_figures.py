"""Snapshots of a glass with the bonds that they leave unsatisfied."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dcl.analysis.figure_style import COLOURS, titled
from dcl.lattice.edwards_anderson import EdwardsAnderson

__all__ = ["unsatisfied", "unsatisfied_bonds"]


def unsatisfied(
    glass: EdwardsAnderson, spins: NDArray[np.int8]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the bonds whose energy is positive, to the left of each site and above it.

    Parameters
    ----------
    glass : EdwardsAnderson
    spins : numpy.ndarray
        (L, L).

    Returns
    -------
    horizontal, vertical : numpy.ndarray
        bool (L, L), in the order of the couplings.

    Examples
    --------
    >>> ferromagnet = EdwardsAnderson(np.ones((3, 3)), np.ones((3, 3)))
    >>> sum(bonds.sum() for bonds in unsatisfied(ferromagnet, np.ones((3, 3), np.int8)))
    np.int64(0)
    """
    return (
        glass.horizontal * spins * np.roll(spins, 1, axis=1) < 0,
        glass.vertical * spins * np.roll(spins, 1, axis=0) < 0,
    )


def unsatisfied_bonds(glass: EdwardsAnderson, panels: Mapping[str, NDArray[np.int8]]) -> Figure:
    """Draw snapshots (L, L) side by side; a bar lies between sites whose bond is unsatisfied.

    Bars at the left and the upper edge are bonds across the boundary.

    Examples
    --------
    >>> glass = EdwardsAnderson.gaussian(4, seed=1)
    >>> len(unsatisfied_bonds(glass, {"T = 4": np.ones((4, 4), np.int8)}).axes)
    1
    """
    with titled(panels, 3.6, 3.8) as (figure, parts):
        for axis, spins in parts:
            axis.imshow(spins, cmap="Greys", vmin=-3, vmax=2, interpolation="nearest")
            beside, above = unsatisfied(glass, spins)
            for row, column in np.argwhere(beside):
                axis.plot([column - 0.5] * 2, [row - 0.35, row + 0.35], color=COLOURS[1], lw=3)
            for row, column in np.argwhere(above):
                axis.plot([column - 0.35, column + 0.35], [row - 0.5] * 2, color=COLOURS[1], lw=3)
            axis.set(xticks=[], yticks=[], xlim=(-0.6, len(spins) - 0.4))
            axis.set_ylim(len(spins) - 0.4, -0.6)
            axis.grid(False)
            axis.spines[:].set_visible(False)
    return figure
