"""The page that introduces the neighbour chapters, which a run writes.

What stands in it about each paper is in the committed `data/neighbours.toml`, which explains its
keys. What was reached comes from the gates that the chapters write (`dcl.runs.gates`), minutes from
the executed notebooks.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from dcl.book.catalogue import Chapter, chapters
from dcl.book.figure_state import Figure, literal, picture
from dcl.book.results import caution
from dcl.book.templates import committed, filled, markdown_table
from dcl.runs.gates import Gate, read_gates

__all__ = ["BENCHMARK", "Neighbour", "load_neighbours", "neighbours_page", "write"]

BENCHMARK = "22_same_snapshots"
"""The chapter that hands the same snapshots to several methods."""
FIGURE = Figure("neighbours", "Estimates of the transition from the same snapshots", "")
NOT_RUN = "not run in this profile"
OVERVIEW = (
    "Chapter", "Paper", "Exact reference", "Gate and value", "Minutes", "Beyond the paper"
)  # fmt: skip


@dataclass(frozen=True)
class Neighbour:
    """Description of one chapter; see `data/neighbours.toml` for the fields."""

    chapter: str
    question: str
    paper: str
    reference: str
    gate: str
    beyond: str
    given: str
    assumes: str
    finds: str


def load_neighbours() -> list[Neighbour]:
    """The neighbours in the order of the book.

    Examples
    --------
    >>> len(load_neighbours())
    10
    """
    entries = tomllib.loads(committed("neighbours.toml"))["neighbour"]
    return [Neighbour(**entry) for entry in entries]


def write(pages: Path, root: Path, profile: str, notebooks: Mapping[str, Path]) -> None:
    """Write the page, and the picture that it takes from the chapter on the same snapshots.

    Parameters
    ----------
    pages : Path
        The folder of the prose; `neighbours.md` and `figures/` appear in it.
    root, profile, notebooks
        See `neighbours_page`.
    """
    found = picture(notebooks[BENCHMARK], FIGURE) if BENCHMARK in notebooks else None
    if found:
        (pages / "figures").mkdir(exist_ok=True)
        (pages / "figures" / f"{FIGURE.name}.png").write_bytes(found.png)
    page = neighbours_page(root, profile, notebooks, found.alt if found else "")
    (pages / "neighbours.md").write_text(page, "utf-8")


def neighbours_page(root: Path, profile: str, notebooks: Mapping[str, Path], alt: str = "") -> str:
    """The page `neighbours`.

    Parameters
    ----------
    root : Path
        The repository; reads the front matter of its notebooks and `results/<profile>`.
    profile : str
    notebooks : mapping
        Name to executed notebook, of those that have a page.
    alt : str
        Alternative text of the picture `figures/neighbours.png`; empty if there is none.

    Returns
    -------
    str
        MyST Markdown; chapters without gates are shown as not run in this profile.
    """
    catalogue = chapters(root)
    entries = [entry for entry in load_neighbours() if entry.chapter in catalogue]
    results = root / "results" / profile
    gates = {entry.chapter: read_gates(results / entry.chapter) for entry in entries}
    links = {name: _link(catalogue[name], notebooks) for name in gates}
    overview = [
        (
            f"{links[entry.chapter]}. {entry.question}",
            entry.paper,
            entry.reference,
            _reached(entry, gates[entry.chapter]),
            _minutes(notebooks.get(entry.chapter)),
            entry.beyond,
        )
        for entry in entries
    ]
    relations = [
        (links[entry.chapter], entry.given, entry.assumes, entry.finds) for entry in entries
    ]
    words = {
        "STATE": f"Written by the run, profile `{profile}`. {caution(profile)}".strip(),
        "OVERVIEW": markdown_table(OVERVIEW, overview),
        "RELATIONS": markdown_table(["Chapter", "Is given", "Assumes", "Finds"], relations),
        "BENCHMARK": _benchmark(alt),
        "GATES": "\n\n".join(
            f"{links[name]}\n\n{_gates(found)}" for name, found in gates.items() if found
        ),
    }
    return filled("neighbours.md", words)


def _link(chapter: Chapter, notebooks: Mapping[str, Path]) -> str:
    """The chapter's title, which leads to its page where there is one."""
    if chapter.name in notebooks:
        return f"{{doc}}`/notebooks/{chapter.name}`"
    return chapter.title


def _reached(entry: Neighbour, gates: Mapping[str, Gate]) -> str:
    """The gate that stands for the chapter, and how many of all are met."""
    if not gates:
        return NOT_RUN
    met = f"{sum(gate.met for gate in gates.values())} of {len(gates)} met"
    if entry.gate not in gates:
        return met
    gate = gates[entry.gate]
    return f"{entry.gate}: {gate.value:.3g} ({gate.bound}); {met}"


def _gates(gates: Mapping[str, Gate]) -> str:
    """All gates of a chapter."""
    rows = [
        (name, str(gate.bound), f"{gate.value:.3g}", "met" if gate.met else "missed")
        for name, gate in gates.items()
    ]
    return markdown_table(["Gate", "Bound", "Reached", "Verdict"], rows)


def _minutes(notebook: Path | None) -> str:
    """Minutes that an executed notebook took."""
    if notebook is None:
        return ""
    seconds = nbformat.read(notebook, as_version=4).metadata["papermill"]["duration"]
    return f"{seconds / 60:.1f}"


def _benchmark(alt: str) -> str:
    """The picture of the chapter on the same snapshots, with its text below."""
    if not alt:
        return "The chapter that compares them was not run in this profile."
    words = literal(alt)
    image = f"![{words}](figures/{FIGURE.name}.png)"
    return (
        f"{{doc}}`/notebooks/{BENCHMARK}` compares them.\n\n"
        f"::::{{div}} drawn\n{image}\n\n{words}\n::::"
    )
