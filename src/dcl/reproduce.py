"""The main job: the stages of each figure, its notebook, the book, and the numbers reached."""

import sys
from collections.abc import Sequence
from pathlib import Path

from dcl.book.catalogue import Chapter, chapters, notebook_of_figure
from dcl.book.results import results_table, to_markdown
from dcl.chapters import robustness
from dcl.errors import InputError
from dcl.runs.configuration import PROFILES
from dcl.runs.experiment import find_root
from dcl.runs.run_metrics import metrics
from dcl.runs.stages import open_run

__all__ = ["chosen_chapters", "reproduce"]


def chosen_chapters(names: Sequence[str], root: Path) -> list[Chapter]:
    """Choose the chapters of some figures, each once, in the order of the book.

    Parameters
    ----------
    names : sequence of str
        Figures of the paper, notebooks, or parts of the book; all chapters if empty.
    root : Path
        The repository.

    Raises
    ------
    InputError
        If a name is none of these.

    Examples
    --------
    >>> [chapter.name for chapter in chosen_chapters(["2b", "2a"], find_root())]
    ['01_ising']
    """
    catalogue = chapters(root)
    figures = notebook_of_figure(catalogue)
    parts = dict.fromkeys(chapter.part for chapter in catalogue.values())
    known = [*figures, *catalogue, *parts]
    for name in names:
        if name not in known:
            raise InputError(f"figure: found {name!r}, expected one of {', '.join(known)}")
    wanted = {figures.get(name, name) for name in names}
    return [c for c in catalogue.values() if not names or c.name in wanted or c.part in wanted]


def reproduce(figures: Sequence[str], profile: str = "quick") -> str:
    """Make the figures from nothing, or from what is already there, and build the book.

    Chapters of the paper come first, and the book is built as soon as they are there; then the
    rest, and the book again.

    Parameters
    ----------
    figures : sequence of str
        Figures of the paper, notebooks or parts of the book; all if empty.
    profile : {"quick", "smoke", "paper"}

    Returns
    -------
    str
        Where to open the book, and the table of the numbers reached beside the paper's.

    Raises
    ------
    InputError
        For an unknown figure or profile, before anything is computed.
    """
    if profile not in PROFILES:
        raise InputError(f"profile: found {profile!r}, expected one of {', '.join(PROFILES)}")
    root = find_root()
    chosen = chosen_chapters(figures, root)
    made: set[str] = set()
    for part in _paper_first(chosen):
        for experiment in dict.fromkeys(name for chapter in part for name in chapter.experiments):
            if experiment not in made:
                _measure(experiment, profile, root)
                made.add(experiment)
        index = _publish([chapter.name for chapter in part], profile, root)
    table = to_markdown(results_table(root / "results" / profile))
    return f"{table}\n\nThe book: open {index}"


def _paper_first(chosen: Sequence[Chapter]) -> list[list[Chapter]]:
    """Split chapters into those of the paper and the rest; the book is built after each."""
    paper = [chapter for chapter in chosen if chapter.part == "paper"]
    rest = [chapter for chapter in chosen if chapter.part != "paper"]
    return [part for part in (paper, rest) if part]


def _measure(experiment: str, profile: str, root: Path) -> None:
    if experiment == "robustness":
        robustness.write_medians(profile, root)
    else:
        metrics(open_run(experiment, profile, root=root))


def _publish(notebooks: Sequence[str], profile: str, root: Path) -> Path:
    from dcl.book.build import build
    from dcl.book.execution import execute

    stage = root / "build" / "stage"
    for name in notebooks:
        print(f"notebooks/{name}.ipynb: executing", file=sys.stderr, flush=True)
        output = stage / "notebooks" / f"{name}.ipynb"
        execute(root / "notebooks" / f"{name}.ipynb", output, {"profile": profile})
    return build(stage, root / "build" / "site", root, profile)
