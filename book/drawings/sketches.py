"""Sketches of the axes that the paper's figures have, redrawn by code and from none of its data.

python book/drawings/sketches.py
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from schematic import STATIC

from dcl.exact.onsager import energy_per_spin

__all__ = ["SKETCHES", "draw", "write"]

INK = "#1f2328"
OBSERVED = 4.0


def draw(name: str) -> Figure:
    """Draw one of the `SKETCHES`."""
    figure = Figure(figsize=(3, 2.2), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.subplots()
    axes.patch.set_alpha(0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set(xticks=[], yticks=[])
    SKETCHES[name](axes)
    axes.xaxis.label.set_fontsize(12)
    axes.yaxis.label.set_fontsize(12)
    return figure


def write(folder: Path) -> None:
    """Write `sketch-NAME.svg` for each of the `SKETCHES`, the same bytes every time."""
    with matplotlib.rc_context({"svg.hashsalt": "dcl", "font.family": "DejaVu Sans"}):
        for name in SKETCHES:
            metadata = {"Date": None, "Creator": None}
            draw(name).savefig(folder / f"sketch-{name}.svg", metadata=metadata)


def _parity(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=INK, lw=1)
    axes.plot(np.linspace(0, 1, 9), np.linspace(0, 1, 9), "o", color=INK, mfc="none")
    axes.set(xlabel="true energy", ylabel="network's energy")


def _bands(axes: Axes) -> None:
    line = np.linspace(0, 1, 50)
    axes.plot(line, line, color=INK, lw=1)
    for width, alpha in ((0.09, 0.2), (0.04, 0.4)):
        axes.fill_between(line, line - width, line + width, color=INK, alpha=alpha, lw=0)
    axes.set(xlabel="true energy", ylabel="networks' energies")


def _observed(axes: Axes) -> None:
    _transition(axes)
    axes.axvline(OBSERVED, color=INK, ls="--", lw=1)


def _transition(axes: Axes) -> None:
    temperatures = np.linspace(1, 4.6, 200)
    _curve(axes, temperatures, energy_per_spin(temperatures))


def _glass(axes: Axes) -> None:
    """Draw the curve of independent bonds of one strength."""
    temperatures = np.linspace(0.5, 4.6, 200)
    _curve(axes, temperatures, -np.tanh(1 / temperatures))


def _curve(axes: Axes, temperatures: np.ndarray, energies: np.ndarray) -> None:
    axes.plot(temperatures, energies, color=INK, lw=1)
    axes.plot(temperatures[10::20], energies[10::20], "o", color=INK, mfc="none")
    axes.set(xlabel="temperature", ylabel="energy per spin")


SKETCHES: dict[str, Callable[[Axes], None]] = {
    "parity": _parity,
    "bands": _bands,
    "observed": _observed,
    "transition": _transition,
    "glass": _glass,
}
"""Name to what draws it."""


if __name__ == "__main__":
    write(STATIC)
