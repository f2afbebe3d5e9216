"""The main job: the stages of each figure, its notebook, the book, and the numbers reached."""

import sys
from collections.abc import Sequence
from pathlib import Path

from dcl import robustness
from dcl.errors import InputError
from dcl.experiment import PROFILES, find_root
from dcl.report import results_table, to_markdown
from dcl.stages import metrics, open_run

__all__ = ["EXPERIMENTS", "FIGURES", "notebooks_of", "reproduce"]

EXPERIMENTS = {
    "01_ising": ("ising",),
    "02_potts": ("potts",),
    "03_ednn_transfer": ("ising",),
    "04_spin_glass": ("spin_glass", "spin_glass_420"),
    "05_robustness": ("robustness",),
    "06_large_lattices": ("ising", "potts"),
    "07_accuracy": (),
    "08_your_data": (),
    "09_paper_architecture": ("ising", "potts", "spin_glass", "spin_glass_420"),
    "10_own_system": (),
}
"""The experiments whose results a notebook shows."""

FIGURES = {
    "2a": "01_ising",
    "2b": "01_ising",
    "2c": "02_potts",
    "2d": "02_potts",
    "3": "03_ednn_transfer",
    "4": "03_ednn_transfer",
    "5": "04_spin_glass",
    "6": "04_spin_glass",
}
"""The notebook of each figure of the paper."""


def notebooks_of(figures: Sequence[str]) -> list[str]:
    """The notebooks of the figures, each once, in the order of the book; all for no figure.

    Raises
    ------
    InputError
        If a name is neither a figure of the paper nor a notebook.

    Examples
    --------
    >>> notebooks_of(["2b", "2a"])
    ['01_ising']
    """
    chosen = set()
    for name in figures:
        notebook = FIGURES.get(name, name)
        if notebook not in EXPERIMENTS:
            known = ", ".join([*FIGURES, *EXPERIMENTS])
            raise InputError(f"figure: found {name!r}, expected one of {known}")
        chosen.add(notebook)
    return [notebook for notebook in EXPERIMENTS if notebook in chosen or not figures]


def reproduce(figures: Sequence[str], profile: str = "quick") -> str:
    """Make the figures from nothing, or from what is already there, and build the book.

    Parameters
    ----------
    figures : sequence of str
        Figures of the paper or notebooks; all if empty.
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
    notebooks = notebooks_of(figures)
    if profile not in PROFILES:
        raise InputError(f"profile: found {profile!r}, expected one of {', '.join(PROFILES)}")
    root = find_root()
    for experiment in dict.fromkeys(e for name in notebooks for e in EXPERIMENTS[name]):
        if experiment == "robustness":
            robustness.metrics(profile, root)
        else:
            metrics(open_run(experiment, profile, root=root))
    index = _publish(notebooks, profile, root)
    table = to_markdown(results_table(root / "results" / profile))
    return f"{table}\n\nThe book: open {index}"


def _publish(notebooks: Sequence[str], profile: str, root: Path) -> Path:
    from dcl import book

    stage = root / "build" / "stage"
    for name in notebooks:
        print(f"notebooks/{name}.ipynb: executing", file=sys.stderr, flush=True)
        output = stage / "notebooks" / f"{name}.ipynb"
        book.execute(root / "notebooks" / f"{name}.ipynb", output, {"profile": profile})
    return book.build(stage, root / "build" / "site", root, profile)
