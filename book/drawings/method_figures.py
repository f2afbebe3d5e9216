"""Drawings of the page `method`: one a section, from exact results or by hand, of no run.

    python book/drawings/method_figures.py

Dark ink and no ground; the style sheet shows their negative on dark pages.
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from schematic import LIGHT, OBSERVED, SIZE, STATIC

from dcl.exact.ising import ising_density_of_states
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.symmetries import ALL_SYMMETRIES

__all__ = ["DRAWINGS", "draw", "write"]

INK, UP, DOWN, ACCENT = LIGHT
GREY = "#d0d4d9"
HEIGHT = 2.7
"""Of every drawing, in inches."""
LADDER = (2.4, 2.7, 3.0, 3.4, 4.0)
"""Temperatures whose energies overlap, J / k_B."""


def draw(name: str) -> Figure:
    """Draw one of the `DRAWINGS`."""
    panels, paint = DRAWINGS[name]
    figure = Figure(figsize=(8, HEIGHT), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for part in axes:
        part.patch.set_alpha(0)
        part.spines[["top", "right"]].set_visible(False)
    paint(*axes)
    return figure


def write(folder: Path) -> None:
    """Write `method-NAME.svg` for each of the `DRAWINGS`, the same bytes every time."""
    with matplotlib.rc_context({"svg.hashsalt": "dcl", "font.family": "DejaVu Sans"}):
        for name in DRAWINGS:
            metadata = {"Date": None, "Creator": None}
            draw(name).savefig(folder / f"method-{name}.svg", metadata=metadata)


def _blank(axes: Axes, title: str, width: float, height: float) -> None:
    axes.set(xlim=(-0.7, width - 0.3), ylim=(height - 0.3, -0.7), aspect="equal")
    axes.axis("off")
    axes.set_title(title, color=INK, fontsize=11)


def _square(axes: Axes, row: float, column: float, colour: str) -> None:
    place = (column - 0.5, row - 0.5)
    axes.add_patch(Rectangle(place, 1, 1, facecolor=colour, edgecolor="white", lw=1))


def _site(axes: Axes, row: float, column: float, words: str, colour: str) -> None:
    axes.plot(column, row, "o", ms=24, color=colour, mec=INK)
    axes.text(column, row, words, ha="center", va="center", color=INK, fontsize=12)


def _systems(ising: Axes, potts: Axes, glass: Axes) -> None:
    """Costs of a bond in each model, and a frustrated plaquette."""
    bonds = {
        ising: ("Ising", [("↑", "↑", "$-J$"), ("↑", "↓", "$+J$")]),
        potts: ("Potts, three states", [("0", "0", "$-J$"), ("0", "1", "$+J/2$")]),
    }
    for axes, (title, pairs) in bonds.items():
        _blank(axes, title, 4, 3)
        for row, (one, other, cost) in enumerate(pairs):
            axes.plot([0, 1.5], [1.5 * row] * 2, color=INK, lw=2)
            _site(axes, 1.5 * row, 0, one, UP)
            _site(axes, 1.5 * row, 1.5, other, UP if one == other else DOWN)
            axes.text(2.2, 1.5 * row, cost, va="center", color=INK, fontsize=13)
    _blank(glass, "spin glass, frustrated", 3, 3)
    corners = [(0, 0), (0, 1.8), (1.8, 1.8), (1.8, 0)]
    signs = ["+", "+", "+", "\u2212"]
    for start, end, sign in zip(corners, corners[1:] + corners[:1], signs, strict=True):
        colour, dashes = (INK, "-") if sign == "+" else (ACCENT, "--")
        glass.plot([start[1], end[1]], [start[0], end[0]], dashes, color=colour, lw=2)
        middle = np.mean([start, end], axis=0)
        middle += 0.25 * np.sign(middle - 0.9)
        glass.text(middle[1], middle[0], f"${sign}$", ha="center", va="center", color=colour)
    for corner, words in zip(corners, "↑↑↑?", strict=True):
        _site(glass, *corner, words, DOWN if words == "?" else UP)


def _level_probabilities(temperature: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies per spin of the 8 x 8 Ising lattice, and the exact probability of each."""
    energies, counts = ising_density_of_states(SIZE)
    logs = np.array([float(np.log(float(count))) for count in counts]) - energies / temperature
    weights = np.exp(logs - logs.max())
    return energies / SIZE**2, weights / weights.sum()


def _probabilities(states: Axes, levels: Axes) -> None:
    """One state's probability is a line in its energy; all states of a level make a hump."""
    energies, _ = ising_density_of_states(SIZE)
    for temperature, colour in ((OBSERVED, ACCENT), (2.0, UP)):
        line = -(energies - energies[0]) / temperature
        states.plot(energies / SIZE**2, line, color=colour, lw=2, label=f"$T = {temperature:g}$")
        levels.plot(*_level_probabilities(temperature), color=colour, lw=2)
    states.set(xlabel="energy per spin ($J$)", ylabel=r"$\ln P(\sigma) - \ln P(\mathrm{ground})$")
    levels.set(xlabel="energy per spin ($J$)", ylabel="probability of the level")
    states.legend(frameon=False)


def _sequence(order: Axes, partners: Axes) -> None:
    """The order of reading, and what the last rows must remember."""
    site = 60
    _blank(order, "read row by row", SIZE, SIZE)
    _blank(partners, "partners of one spin", SIZE, SIZE)
    for number in range(SIZE**2):
        row, column = divmod(number, SIZE)
        _square(order, row, column, DOWN if number < site else GREY)
        _square(partners, row, column, DOWN if number < site else GREY)
    for row in range(SIZE):
        arrow = {"arrowstyle": "->", "color": INK}
        order.annotate("", (SIZE - 0.7, row), (-0.3, row), arrowprops=arrow)
    for back in (1, 8, 56):
        row, column = divmod(site - back, SIZE)
        _square(partners, row, column, UP)
        partners.text(column, row, str(back), ha="center", va="center", color=INK, fontsize=9)
    for axes in (order, partners):
        axes.plot(site % SIZE, site // SIZE, "*", color=ACCENT, ms=13)


def _tiles(tile: Axes, wrapped: Axes) -> None:
    """A tile inside the lattice, and one whose context goes around the torus."""
    for axes, corner, title in ((tile, (2, 4), "focus and context"), (wrapped, (0, 6), "wrapped")):
        _blank(axes, title, SIZE, SIZE)
        for row, column in np.ndindex(SIZE, SIZE):
            down, right = (row - corner[0] + 1) % SIZE, (column - corner[1] + 1) % SIZE
            _square(axes, row, column, UP if max(down, right) < 4 else DOWN)
        for start in np.ndindex(SIZE // 2, SIZE // 2):
            place = (2 * start[1] - 0.5, 2 * start[0] - 0.5)
            axes.add_patch(Rectangle(place, 2, 2, facecolor="none", edgecolor=INK, lw=0.8))
        focus = (corner[1] - 0.5, corner[0] - 0.5)
        axes.add_patch(Rectangle(focus, 2, 2, facecolor="none", edgecolor=ACCENT, lw=3))


def _ladder(axes: Axes) -> None:
    """Exact distributions of the energy at neighbouring temperatures overlap."""
    for number, temperature in enumerate(LADDER):
        energies, weights = _level_probabilities(temperature)
        colour = ACCENT if temperature == OBSERVED else UP
        axes.fill_between(energies, weights, color=colour, alpha=0.25 + 0.1 * (number % 2), lw=0)
        axes.plot(energies, weights, color=colour, lw=1.5)
        peak = weights.argmax()
        axes.text(energies[peak], weights[peak] + 0.006, f"{temperature:g}", ha="center", color=INK)
    axes.set(xlabel="energy per spin ($J$)", ylabel="probability of the level", xlim=(-2, 0.4))


def _clusters(*panels: Axes) -> None:
    """Some functions of a 3 x 3 tile that the fit may use: pairs, a triple, a quadruple."""
    functions = cluster_functions(3, 2, 4, ALL_SYMMETRIES)
    chosen = [next(f for f in functions if f.name == name) for name in CLUSTERS]
    for axes, function, title in zip(panels, chosen, CLUSTERS.values(), strict=True):
        _blank(axes, title, 3, 3)
        sites = [tuple(map(int, part.split(","))) for part in function.name[1:-1].split(")(")]
        for row, column in np.ndindex(3, 3):
            _square(axes, row, column, UP if (row, column) in sites else DOWN)


CLUSTERS = {
    "(0,0)(0,1)": "neighbours",
    "(0,0)(1,1)": "diagonal",
    "(0,0)(0,2)": "next but one",
    "(0,0)(0,1)(1,0)(1,1)": "plaquette",
}
DRAWINGS: dict[str, tuple[int, Callable[..., None]]] = {
    "systems": (3, _systems),
    "probabilities": (2, _probabilities),
    "sequence": (2, _sequence),
    "tiles": (2, _tiles),
    "ladder": (1, _ladder),
    "clusters": (4, _clusters),
}
"""Name to the number of panels and to what draws them."""


if __name__ == "__main__":
    write(STATIC)
