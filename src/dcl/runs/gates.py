"""Gates of a chapter: numbers that it measured, beside bounds that were set before.

`results/<profile>/<chapter>/gates.json` holds each gate's value, its bound, and whether it is met.
The book's page on the neighbours and its verdicts are made from these files.
"""

import math
import operator
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from dcl.errors import InputError
from dcl.files import read_json, write_json
from dcl.runs.experiment import find_root

__all__ = ["Gate", "check", "read_gates", "write_gates"]

RELATIONS = {"<=": operator.le, ">=": operator.ge}
FILE = "gates.json"


class Gate(NamedTuple):
    """A measured value and its bound, such as ``<= 0.01`` or ``>= 0.5 and <= 1.2``."""

    value: float
    bound: str
    met: bool


def check(measured: Mapping[str, tuple[float, str]]) -> dict[str, Gate]:
    """Compare measured values with their bounds, and print a line for each.

    The lines do not hold the values, so that they are the same wherever a notebook runs.

    Parameters
    ----------
    measured : mapping
        Name to value and bound.

    Raises
    ------
    InputError
        If a value is not finite, or a bound is not made of conditions such as ``<= 0.01``, joined
        by ``and``.

    Examples
    --------
    >>> gates = check({"gap": (0.004, "<= 0.01"), "crossing": (1.3, ">= 0.5 and <= 1.2")})
    gap <= 0.01: True
    crossing >= 0.5 and <= 1.2: False
    >>> gates["gap"]
    Gate(value=0.004, bound='<= 0.01', met=True)
    """
    gates = {}
    for name, (value, bound) in measured.items():
        if not math.isfinite(value):
            raise InputError(f"gate {name!r}: found {value}, expected a finite value")
        gates[name] = Gate(float(value), bound, _is_met(value, bound))
        print(f"{name} {bound}: {gates[name].met}")
    return gates


def write_gates(
    chapter: str, profile: str, gates: Mapping[str, Gate], root: Path | None = None
) -> None:
    """Write `results/<profile>/<chapter>/gates.json`, whole or not at all.

    Parameters
    ----------
    chapter : str
        Name of the notebook.
    profile : str
    gates : mapping
        From `check`.
    root : Path, optional
        The repository; found from the current folder upwards otherwise.
    """
    folder = (root or find_root()) / "results" / profile / chapter
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / FILE, {name: gate._asdict() for name, gate in gates.items()})


def read_gates(folder: Path) -> dict[str, Gate]:
    """Read the gates of a chapter from its folder of results; empty if it has not been run.

    Examples
    --------
    >>> read_gates(Path("results/quick/no_such_chapter"))
    {}
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return {}
    return {name: Gate(**gate) for name, gate in read_json(path).items()}


def _is_met(value: float, bound: str) -> bool:
    parts = [part.split() for part in bound.split(" and ")]
    if not all(len(part) == 2 and part[0] in RELATIONS for part in parts):
        raise InputError(f"bound: found {bound!r}, expected such as '<= 0.01' or '>= 1 and <= 2'")
    return all(bool(RELATIONS[relation](value, float(number))) for relation, number in parts)
