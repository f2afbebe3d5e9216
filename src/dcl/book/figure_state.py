"""Figures of the paper, as `data/figures.toml` says, and whether ours are up to date.

Nothing is made to know it: a figure whose run is missing, partial or older than its parameters is
found as such from the manifests.
"""

import base64
import contextlib
import html
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from dcl.book.templates import committed
from dcl.errors import InputError
from dcl.files import read_json
from dcl.runs.run import Run

__all__ = [
    "COMPLETE",
    "Figure",
    "Picture",
    "last_finished",
    "literal",
    "load_figures",
    "manifests",
    "picture",
    "state",
]

COMPLETE = "complete"


@dataclass(frozen=True)
class Figure:
    """One figure of the paper; see `data/figures.toml` for the fields."""

    name: str
    title: str
    original: str
    notebook: str = ""
    experiment: str = ""
    stages: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    sketch: str = ""
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


class Picture(NamedTuple):
    """Picture that a notebook drew: the bytes of a PNG file, and its alternative text."""

    png: bytes
    alt: str


def load_figures() -> list[Figure]:
    """The figures in the order of the paper.

    Examples
    --------
    >>> " ".join(figure.name for figure in load_figures())
    '1 2a 2b 2c 2d 3a 3b 3c 4 5 6'
    """
    text = committed("figures.toml")
    return [_figure(entry) for entry in tomllib.loads(text)["figure"]]


def _figure(entry: dict[str, Any]) -> Figure:
    """Make a figure of one table; lists become tuples."""
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Figure(**fields)


def state(figure: Figure, run: Run, notebook: Path | None) -> str:
    """Say if a figure is complete, and if not, why not; nothing is made.

    Parameters
    ----------
    figure : Figure
    run : Run
        Of the figure's experiment.
    notebook : Path or None
        Executed, if it has been.

    Returns
    -------
    str
        Starts with ``complete``, ``not run``, ``partial`` or ``out of date``.
    """
    needed = run.needed(*figure.stages)
    made = manifests(run, needed)
    if not made:
        return "not run"
    if len(made) < len(needed):
        return f"partial: no {', '.join(name for name in needed if name not in made)} yet"
    for name in needed:
        if fault := run.fault(name):
            return f"out of date: {name}, as {fault}"
    if notebook is None:
        return "partial: the notebook has not been executed"
    if _executed(notebook) < last_finished(made):
        return "out of date: the notebook is older than the results"
    return COMPLETE


def picture(notebook: Path, figure: Figure) -> Picture | None:
    """Read the picture that the notebook's cell of this figure drew; None if there is none."""
    tag = f"figure-{figure.name}"
    for cell in nbformat.read(notebook, as_version=4).cells:
        if tag in cell.metadata.get("tags", []):
            shown = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
            image = re.search(
                r'<img[^>]*alt="([^"]*)"[^>]*src="data:image/png;base64,([^"]+)"', shown
            )
            if image:
                return Picture(base64.b64decode(image[2]), html.unescape(image[1]))
    return None


def literal(alt: str) -> str:
    r"""Write an alternative text so that Markdown shows it as it is.

    Examples
    --------
    >>> print(literal("T_c of 8*8"))
    T\_c of 8\*8
    """
    return re.sub(r"([\\\[\]*_`$<])", r"\\\1", alt)


def manifests(run: Run, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read the manifests of those stages that have one which can be read."""
    found = {}
    for name in names:
        with contextlib.suppress(InputError):
            found[name] = read_json(run.folder / name / "manifest.json")
    keys = {"files", "wall_seconds", "finished"}
    return {name: manifest for name, manifest in found.items() if keys <= manifest.keys()}


def last_finished(manifests: Mapping[str, dict[str, Any]]) -> datetime:
    """Find when the last of the stages was finished, from their manifests."""
    return max(datetime.fromisoformat(entry["finished"]) for entry in manifests.values())


def _executed(notebook: Path) -> datetime:
    papermill = nbformat.read(notebook, as_version=4).metadata["papermill"]
    return datetime.fromisoformat(papermill["end_time"])
