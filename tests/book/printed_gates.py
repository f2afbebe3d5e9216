"""Names of the gates that a committed notebook prints when it writes them."""

import re
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LINE = re.compile(r"(.*?) [<>]= .*: (?:True|False)")


def printed_gates(chapter: str) -> set[str]:
    """Read the lines of `dcl.runs.gates.check` in the outputs of a chapter."""
    cells = nbformat.read(NOTEBOOKS / f"{chapter}.ipynb", as_version=4).cells
    printed = "".join(out.get("text", "") for cell in cells for out in cell.get("outputs", []))
    return {found[1] for line in printed.splitlines() if (found := LINE.fullmatch(line))}
