"""The book's style of figures, and what a notebook shows of them.

Exact results are black lines, learned ones coloured marks with error bars (the palette of Okabe
and Ito, told apart by colour-blind readers and, by marker, in print). Figures keep a white ground
in dark mode.
"""

import base64
import contextlib
import html
import io
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = [
    "COLOURS", "MARKERS", "STYLE", "ShownFigure", "legend_above", "mark_observation", "marks",
    "png_text", "shown", "styled", "titled",
]  # fmt: skip

T = TypeVar("T")

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")
WIDE = 7.0
"""Inches above which a figure keeps its size on a phone and is moved sideways, see `book.css`."""

STYLE: Any = {
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "savefig.facecolor": "white",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e0e0e0",
    "legend.frameon": False,
    "lines.markersize": 4.5,
}


def png_text(figure: Figure) -> str:
    """Close a figure and return it as PNG, in base 64."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", bbox_inches="tight")
    plt.close(figure)
    return base64.b64encode(stream.getvalue()).decode()


class ShownFigure:
    """A figure with its caption below, for a notebook.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    caption : str
        The finding with its number; the alternative text as well, so that screen readers read it
        once, with the image.
    """

    def __init__(self, figure: Figure, caption: str) -> None:
        self._size = "wide" if figure.get_figwidth() > WIDE else "narrow"
        self._png, self._caption = png_text(figure), caption

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        words = html.escape(self._caption, quote=True)
        source = f"data:image/png;base64,{self._png}"
        image = f'<img alt="{words}" class="{self._size}" style="max-width:100%" src="{source}">'
        below = f'<figcaption aria-hidden="true">{words}</figcaption>'
        return {
            "text/html": f'<figure class="dcl-figure">{image}{below}</figure>',
            "text/plain": f"[figure: {self._caption}]",
        }


def shown(figure: Figure, caption: str) -> ShownFigure:
    """Close a figure and return what a notebook displays, with its caption.

    Examples
    --------
    >>> shown(plt.figure(), "An empty figure.")._repr_mimebundle_()["text/plain"]
    '[figure: An empty figure.]'
    """
    return ShownFigure(figure, caption)


@contextlib.contextmanager
def styled(
    width: float, height: float, columns: int = 1, rows: int = 1, **options: Any
) -> Iterator[tuple[Figure, Any]]:
    """Yield a new figure of so many inches and its axes, and draw in the book's style meanwhile."""
    with plt.rc_context(STYLE):
        yield plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)


@contextlib.contextmanager
def titled(
    panels: Mapping[str, T], width: float, height: float, **options: Any
) -> Iterator[tuple[Figure, list[tuple[Any, T]]]]:
    """Yield a figure with one panel of so many inches a title, and each one's axes and value."""
    count = len(panels)
    with styled(width * count, height, count, squeeze=False, **options) as (figure, axes):
        for axis, title in zip(axes[0], panels, strict=True):
            axis.set_title(title)
        yield figure, list(zip(axes[0], panels.values(), strict=True))


def marks(number: int) -> dict[str, Any]:
    """Return the style of the marks of one of several learned results."""
    return {
        "color": COLOURS[number],
        "fmt": MARKERS[number],
        "lw": 1,
        "capsize": 2,
        "mfc": "white" if number % 2 else COLOURS[number],
    }


def legend_above(figure: Figure, axis: Axes) -> None:
    """Name the entries of one panel above all panels, where they cover no mark."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", fontsize=10)


def mark_observation(axis: Axes, temperature: float) -> None:
    """Draw a line at the temperature of the snapshots."""
    axis.axvline(
        temperature, color="#666666", ls="--", lw=1, label=f"observed at {temperature:g} $J / k_B$"
    )
