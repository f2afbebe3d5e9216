"""The chapters of the book, as the front matter of their notebooks says.

A chapter is registered in one place: the table `dcl` in its notebook's metadata, which Jupytext
keeps in the header of the paired `.py`. The table of contents, the page of figures,
`dcl reproduce`, the Snakefile and the README's table follow it or are checked against it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcl.errors import InputError

__all__ = ["Chapter", "chapters", "notebook_of_figure", "read_chapter"]


@dataclass(frozen=True)
class Chapter:
    """One chapter's front matter.

    Parameters
    ----------
    name : str
        Of the notebook, without its ending.
    title : str
        As in its first heading.
    part : {"paper", "beyond", "neighbours"}
        The part of the book that it belongs to.
    minutes : float
        Wall time of the quick profile on two idle cores, its experiments included.
    aims : tuple of str
        What a reader can do after it, one sentence each.
    figures : tuple of str
        Figures of the paper that it makes.
    experiments : tuple of str
        Files of `experiments/` whose results it shows.
    """

    name: str
    title: str
    part: str
    minutes: float
    aims: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()


def chapters(root: Path) -> dict[str, Chapter]:
    """Read every chapter of the repository, in the order of the book.

    Parameters
    ----------
    root : Path
        The repository; its `notebooks/*.ipynb` are read.

    Raises
    ------
    InputError
        If a notebook has no front matter, or a field of it is missing or unknown.
    """
    return {path.stem: read_chapter(path) for path in sorted((root / "notebooks").glob("*.ipynb"))}


def notebook_of_figure(catalogue: dict[str, Chapter]) -> dict[str, str]:
    """Map each figure of the paper to the name of the notebook that makes it."""
    return {figure: chapter.name for chapter in catalogue.values() for figure in chapter.figures}


def read_chapter(path: Path) -> Chapter:
    """Read the front matter of one notebook, committed or executed.

    Parameters
    ----------
    path : Path
        An `.ipynb`.

    Raises
    ------
    InputError
        If it has no front matter, or a field of it is missing or unknown.
    """
    front: dict[str, Any] | None = json.loads(path.read_text("utf-8"))["metadata"].get("dcl")
    if front is None:
        raise InputError(f"{path}: found no front matter, expected a table `dcl` in its metadata")
    lists = {key: tuple(front.get(key, ())) for key in ("aims", "figures", "experiments")}
    try:
        return Chapter(path.stem, **{**front, **lists})
    except TypeError as error:
        raise InputError(f"{path}: front matter: {error}") from None
