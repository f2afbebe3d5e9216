"""The numbers a profile reached, beside the paper's.

Reads `results/<profile>/<experiment>/metrics.json` (one number a key) and the committed
`data/paper_numbers.toml` (what each quantity is called, the paper's value and where it stands).
RMSE in J, curve errors in J per spin, times in seconds.
"""

import json
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Row", "results_table", "to_markdown"]


class Row(NamedTuple):
    """One quantity of one experiment; `paper` is None where the paper gives no number."""

    experiment: str
    quantity: str
    reached: float
    paper: float | None
    source: str


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
        for row in _rows(path.parent.name, json.loads(path.read_text("utf-8")), paper)
    ]


def to_markdown(rows: Sequence[Row]) -> str:
    """Write the rows as a Markdown table, three significant digits.

    Examples
    --------
    >>> print(to_markdown([Row("ising", "RMSE (J)", 0.51234, 2.06, "paper, Fig. 4")]))
    | Experiment | Quantity | Reached | Paper | Source of the paper's number |
    | --- | --- | --- | --- | --- |
    | ising | RMSE (J) | 0.512 | 2.06 | paper, Fig. 4 |
    """
    head = [
        "| Experiment | Quantity | Reached | Paper | Source of the paper's number |",
        "| --- | --- | --- | --- | --- |",
    ]
    body = [
        f"| {row.experiment} | {row.quantity} | {row.reached:.3g} "
        f"| {'not given' if row.paper is None else format(row.paper, '.3g')} | {row.source} |"
        for row in rows
    ]
    return "\n".join(head + body)


def _paper_numbers() -> dict[str, Any]:
    text = files("dcl").joinpath("data", "paper_numbers.toml").read_text("utf-8")
    return tomllib.loads(text)


def _rows(experiment: str, metrics: dict[str, float], paper: dict[str, Any]) -> list[Row]:
    names: dict[str, str] = paper["quantities"]
    known = [key for key in names if key in metrics]
    other = [key for key in metrics if key not in names]
    rows = []
    for key in known + other:
        entry = paper.get(experiment, {}).get(key, {})
        value, source = entry.get("value"), entry.get("source", "")
        rows.append(Row(experiment, names.get(key, key), metrics[key], value, source))
    return rows
