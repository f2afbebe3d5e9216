"""The schematic of the method, after Fig. 1 of the paper, drawn by code for light and dark pages.

Four panels: snapshots and the snake unwrap, the sequence model, the extensive network, and the
energy at every temperature (Onsager's exact curve of the infinite lattice). The background is
transparent; the two spin colours differ in lightness and stay apart for colour-blind readers.
"""

from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from dcl.exact.onsager import energy_per_spin

__all__ = ["draw", "write"]


class Palette(NamedTuple):
    """Colours of one page theme."""

    ink: str
    up: str
    down: str
    accent: str


LIGHT = Palette(ink="#1f2328", up="#3d8fc9", down="#ffe0a3", accent="#b33c00")
DARK = Palette(ink="#e6edf3", up="#3b82b8", down="#5a3d00", accent="#ff9e5e")
SIZE = 8
STATIC = Path(__file__).parent.parent / "_static"
"""Where the pages find pictures."""
OBSERVED = 4.0  # J / k_B, the paper's observation temperature


def draw(dark: bool = False) -> Figure:
    """Draw the four panels."""
    palette = DARK if dark else LIGHT
    figure = Figure(figsize=(8, 6.2), layout="constrained")
    figure.patch.set_alpha(0)
    panels = figure.subplots(2, 2).ravel()
    titles = ["watch at one temperature", "learn the sequence", "learn the tiles", "predict"]
    for number, (axes, title) in enumerate(zip(panels, titles, strict=True), start=1):
        axes.set_title(f"{number}. {title}", loc="left", color=palette.ink, fontsize=13)
        axes.patch.set_alpha(0)
    spins = np.random.default_rng(2).choice([-1, 1], size=(SIZE, SIZE))
    _snapshots(panels[0], spins, palette)
    _sequence(panels[1], spins, palette)
    _tiles(panels[2], spins, palette)
    _curve(panels[3], palette)
    return figure


def write(folder: Path) -> None:
    """Write `schematic-light.svg` and `schematic-dark.svg`, the same bytes every time."""
    with matplotlib.rc_context({"svg.hashsalt": "dcl", "font.family": "DejaVu Sans"}):
        for theme in ("light", "dark"):
            path = folder / f"schematic-{theme}.svg"
            draw(dark=theme == "dark").savefig(path, metadata={"Date": None, "Creator": None})


def _lattice(axes: Axes, spins: np.ndarray, palette: Palette, corner: tuple[float, float]) -> None:
    for (row, column), spin in np.ndenumerate(spins):
        colour = palette.up if spin > 0 else palette.down
        place = (corner[0] + column, corner[1] - row)
        axes.add_patch(Rectangle(place, 0.94, 0.94, facecolor=colour, edgecolor="none"))


def _text(axes: Axes, x: float, y: float, words: str, palette: Palette, size: float = 11) -> None:
    axes.text(x, y, words, color=palette.ink, fontsize=size, ha="center", va="center")


def _blank(axes: Axes, width: float, height: float) -> None:
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")


def _snapshots(axes: Axes, spins: np.ndarray, palette: Palette) -> None:
    _blank(axes, 12, 9.4)
    _lattice(axes, spins, palette, (2, 8.2))
    columns = [np.arange(SIZE) if row % 2 == 0 else np.arange(SIZE)[::-1] for row in range(SIZE)]
    x = 2.47 + np.concatenate(columns)
    y = 8.67 - np.repeat(np.arange(SIZE), SIZE)
    axes.plot(x, y, color=palette.ink, linewidth=1.1)
    axes.plot(x[0], y[0], "o", color=palette.ink, markersize=5)
    _text(axes, 6, 0.5, r"snapshots at $T_O$, unwrapped $s_1 \ldots s_N$", palette)


def _sequence(axes: Axes, spins: np.ndarray, palette: Palette) -> None:
    _blank(axes, 12, 9.4)
    labels = ["$P(s_1)$", "$P(s_2|s_1)$", r"$\cdots$", "$P(s_N|s_{<N})$"]
    for step, label in enumerate(labels):
        x = 1.6 + 2.9 * step
        _text(axes, x, 7.5, label, palette, 10)
        if step == 2:
            _text(axes, x, 5.2, r"$\cdots$", palette)
            continue
        _box(axes, x, 5.2, "GRU", palette)
        _arrow(axes, (x, 6.1), (x, 7.1), palette)
        if step > 0:
            _arrow(axes, (x, 3.4), (x, 4.3), palette)
            spin = spins[0, step - 1 : step]
            _lattice(axes, spin[np.newaxis], palette, (x - 0.47, 2.4))
    for x in (2.9, 5.8, 8.7):
        _arrow(axes, (x, 5.2), (x + 0.45, 5.2), palette)
    _text(axes, 6, 0.9, r"$E = -k_B T_O \, \ln P + \mathrm{const}$", palette, 12)


def _tiles(axes: Axes, spins: np.ndarray, palette: Palette) -> None:
    _blank(axes, 12, 9.4)
    _lattice(axes, spins, palette, (0.2, 8.2))
    context = Rectangle((2.17, 3.17), 4, 4, linewidth=1.8, linestyle="--")
    focus = Rectangle((3.17, 4.17), 2, 2, linewidth=2.6)
    for region in (context, focus):
        region.set(facecolor="none", edgecolor=palette.accent)
        axes.add_patch(region)
    _arrow(axes, (6.3, 5.2), (8.6, 5.2), palette)
    _box(axes, 10, 5.2, "dense", palette)
    _arrow(axes, (10, 4.1), (10, 2.6), palette)
    _text(axes, 10, 2, r"$\varepsilon_{\mathrm{tile}}$", palette, 13)
    _text(axes, 6, 0.5, r"$E = \sum_{\mathrm{tiles}} \varepsilon$, on any lattice", palette, 12)


def _curve(axes: Axes, palette: Palette) -> None:
    temperatures = np.linspace(0.5, 4.9, 400)
    axes.plot(temperatures, energy_per_spin(temperatures), color=palette.up, linewidth=2.5)
    axes.axvline(OBSERVED, color=palette.accent, linestyle="--")
    axes.text(OBSERVED - 0.1, -1.95, "observed", color=palette.accent, ha="right", fontsize=11)
    axes.set_xlabel(r"temperature, $J / k_B$", color=palette.ink, fontsize=11)
    axes.set_ylabel("energy per spin, $J$", color=palette.ink, fontsize=11)
    axes.tick_params(colors=palette.ink)
    axes.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(palette.ink)


def _box(axes: Axes, x: float, y: float, words: str, palette: Palette) -> None:
    box = FancyBboxPatch((x - 0.9, y - 0.6), 1.8, 1.2, boxstyle="round")
    box.set(facecolor="none", edgecolor=palette.ink)
    axes.add_patch(box)
    _text(axes, x, y, words, palette, 10)


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], palette: Palette
) -> None:
    arrow = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, shrinkA=0, shrinkB=0)
    arrow.set_color(palette.ink)
    axes.add_patch(arrow)


if __name__ == "__main__":
    write(STATIC)
