"""Tables of numbers in text: comma, semicolon, tabulator or blank separated.

A line is a snapshot, or a row of one if empty lines stand between snapshots. Lines that begin with
``#`` or ``%`` are remarks; one such as ``# temperature = 2.5`` gives the temperature. A line of
column names, a first column that numbers the lines, and quotation marks are left out. The file may
be compressed by gzip, as NumPy and pandas write ``.csv.gz``.
"""

import gzip
import re
from itertools import groupby
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_text"]


def read_text(path: Path) -> dict[str, NDArray[Any]]:
    r"""Read a table, and the temperature if a remark gives one.

    Parameters
    ----------
    path : Path
        Text in UTF-8, plain or compressed by gzip.

    Returns
    -------
    dict
        With the key ``""`` the numbers, shape (lines, columns), or (blocks, lines, columns); with
        the key ``temperature`` one number, if there is one.

    Raises
    ------
    ValueError
        If the file is no such text.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.csv").write_text("# temperature: 2.5\n1,-1,1,1\n-1,1,1,1\n")
    ...     read_text(Path(folder) / "a.csv")
    {'': array([[ 1, -1,  1,  1],
           [-1,  1,  1,  1]]), 'temperature': array(2.5)}
    """
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError("no text in UTF-8") from None
    temperature = _temperature(lines)
    plain = [re.sub(r"[,;\t\"]", " ", line.partition("#")[0].partition("%")[0]) for line in lines]
    blocks = [list(block) for filled, block in groupby(plain, lambda s: bool(s.split())) if filled]
    rows = [line.split() for block in blocks for line in block]
    if not rows:
        raise ValueError("no numbers")
    if _is_header(rows):
        rows, blocks[0] = rows[1:], blocks[0][1:]
    table = _without_numbers_of_lines(np.array(rows, float))
    if (np.abs(table) < 1e6).all() and (table == np.rint(table)).all():
        table = table.astype(np.int64)
    lengths = {len(block) for block in blocks}
    if len(blocks) > 1 and len(lengths) == 1 and lengths != {1}:
        table = table.reshape(len(blocks), *lengths, -1)
    return {"": table, **temperature}


def _temperature(lines: list[str]) -> dict[str, NDArray[Any]]:
    """Read the one temperature that remarks give, under its name; nothing if none does."""
    pattern = (
        r"^\s*[#%].*\b(?:(?i:temperature|temp)|T)(?:\s*[:=]\s*|\s+)(-?\d*\.?\d+(?:[eE][+-]?\d+)?)"
    )
    found = {float(match[1]) for match in map(re.compile(pattern).match, lines) if match}
    if len(found) > 1:
        raise ValueError(f"temperatures {', '.join(f'{value:g}' for value in sorted(found))}")
    return {"temperature": np.array(found.pop())} if found else {}


def _is_header(rows: list[list[str]]) -> bool:
    """Tell a line of column names by a word in it, or by an empty first name before 0, 1, ..."""
    try:
        names = [float(word) for word in rows[0]]
    except ValueError:
        return len(rows) > 1
    return len(rows) > 1 and len(names) == len(rows[1]) - 1 and names == [*range(len(names))]


def _without_numbers_of_lines(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out a first column 0, 1, 2, ... or 1, 2, 3, ... beside those of a square lattice."""
    count, columns = table.shape
    if count > 2 and isqrt(columns - 1) ** 2 == columns - 1:
        numbers = table[:, 0] - table[0, 0]
        if table[0, 0] in (0, 1) and np.array_equal(numbers, np.arange(count)):
            return table[:, 1:]
    return table
