"""The page of the numbers reached, which a run writes.

Reads `results/<profile>/<experiment>/metrics.json` (one number a key) and the committed
`data/paper_numbers.toml` (what each quantity is called, the paper's value and where it stands).
RMSE in J, curve errors in J per spin, times in seconds.
"""

import tomllib
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from dcl.book.templates import committed, markdown_table
from dcl.files import read_json

__all__ = [
    "Row",
    "caution",
    "paper_number",
    "quantity_name",
    "reached_numbers",
    "results_page",
    "results_table",
    "to_markdown",
]


class Row(NamedTuple):
    """One quantity of one experiment; `paper` is None where the paper gives no number."""

    experiment: str
    quantity: str
    reached: float
    paper: float | None
    source: str


def results_page(results_dir: Path, profile: str) -> str:
    """The page `results`: every number of every experiment of a profile.

    Parameters
    ----------
    results_dir : Path
        `results/<profile>`.
    profile : str

    Returns
    -------
    str
        MyST Markdown.
    """
    tables = groupby(results_table(results_dir), key=lambda row: row.experiment)
    body = "\n\n".join(_section(name, rows) for name, rows in tables)
    return (
        f"# Numbers reached\n\nWritten by the run from its `metrics.json` files, profile "
        f"`{profile}`; three significant digits. {{ref}}`numbers` says how each is defined, "
        f"{{doc}}`paper_vs_package` what they mean for the paper's claims. Where the paper gives "
        f"no number, its column is empty.\n\n{caution(profile)}"
        f"{body or 'No experiment of this profile has been run yet.'}\n"
    )


def _section(experiment: str, rows: Iterable[Row]) -> str:
    """One experiment's numbers under its name."""
    title = experiment.replace("_", " ").capitalize()
    head = ["Quantity", "Reached", "Paper", "Source of the paper's number"]
    return f"## {title}\n\n{markdown_table(head, [_cells(row, '') for row in rows])}"


def results_table(results_dir: Path) -> list[Row]:
    """Collect every experiment's metrics under one profile's folder.

    Parameters
    ----------
    results_dir : Path
        `results/<profile>`; a folder that does not exist yet gives an empty table.

    Returns
    -------
    list of Row
        Sorted by experiment, then in the order of `paper_numbers.toml`; a key that the file does
        not name follows under its own name.

    Examples
    --------
    >>> results_table(Path("no-such-folder"))
    []
    """
    paper = _paper_numbers()
    return [
        row
        for path in sorted(results_dir.glob("*/metrics.json"))
        for row in _rows(path.parent.name, read_json(path), paper)
    ]


def reached_numbers(experiment: Path) -> dict[str, float]:
    """Read `metrics.json` in the folder of an experiment; empty before that is made.

    Examples
    --------
    >>> reached_numbers(Path("no-such-folder"))
    {}
    """
    path = experiment / "metrics.json"
    return read_json(path) if path.is_file() else {}


def to_markdown(rows: Sequence[Row]) -> str:
    """Write the rows as a Markdown table, three significant digits.

    Examples
    --------
    >>> print(to_markdown([Row("ising", "RMSE (J)", 0.51234, 2.06, "paper, Fig. 4")]))
    | Experiment | Quantity | Reached | Paper | Source of the paper's number |
    | --- | --- | --- | --- | --- |
    | ising | RMSE (J) | 0.512 | 2.06 | paper, Fig. 4 |
    """
    head = ["Experiment", "Quantity", "Reached", "Paper", "Source of the paper's number"]
    return markdown_table(head, [[row.experiment, *_cells(row, "not given")] for row in rows])


def _cells(row: Row, missing: str) -> list[str]:
    """Quantity, both numbers and the source; `missing` where the paper gives no number."""
    paper = missing if row.paper is None else f"{row.paper:.3g}"
    return [row.quantity, f"{row.reached:.3g}", paper, row.source]


def _paper_numbers() -> dict[str, Any]:
    return tomllib.loads(committed("paper_numbers.toml"))


def _rows(experiment: str, metrics: dict[str, float], paper: dict[str, Any]) -> list[Row]:
    names: dict[str, str] = paper["quantities"]
    known = [key for key in names if key in metrics]
    other = [key for key in metrics if key not in names]
    rows = []
    for key in known + other:
        entry = paper.get(experiment, {}).get(key, {})
        value, source = entry.get("value"), entry.get("source", "")
        rows.append(Row(experiment, _name(key, names), metrics[key], value, source))
    return rows


def _name(key: str, names: dict[str, str]) -> str:
    """Name a key; `rnn_rmse_snake` is the variant `snake` of `rnn_rmse`."""
    if key in names:
        return names[key]
    for known, name in names.items():
        if key.startswith(f"{known}_"):
            return f"{name}: {key.removeprefix(f'{known}_')}"
    return key


def quantity_name(key: str) -> str:
    """Name a key of `metrics.json` as the book does.

    Examples
    --------
    >>> quantity_name("rnn_rmse")
    'GRU with a linear skip: RMSE over all energy levels (J)'
    """
    return _name(key, _paper_numbers()["quantities"])


def paper_number(experiment: str, key: str) -> float | None:
    """The paper's value of a key of an experiment's `metrics.json`, or None where it gives none.

    Examples
    --------
    >>> paper_number("ising", "ednn_rmse"), paper_number("potts", "ednn_rmse")
    (1.47, None)
    """
    value: float | None = _paper_numbers().get(experiment, {}).get(key, {}).get("value")
    return value


def caution(profile: str) -> str:
    """A paragraph to begin a page of numbers with, empty unless they mean nothing."""
    if profile != "smoke":
        return ""
    return "The profile `smoke` shows that every step runs; its numbers mean nothing.\n\n"
