"""Texts of the book with places for numbers: `data/NAME` holds `@WORD@` where a value goes."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

__all__ = ["committed", "filled", "markdown_table"]


def committed(name: str) -> str:
    """Read a text of `dcl/book/data`.

    Examples
    --------
    >>> committed("slider.md")[:2]
    '# '
    """
    return files("dcl.book").joinpath("data", name).read_text("utf-8")


def filled(name: str, words: Mapping[str, object]) -> str:
    """Read a committed text and put values in the place of its `@WORDS@`.

    Parameters
    ----------
    name : str
        Of a file in `dcl/book/data`.
    words : mapping

    Examples
    --------
    >>> "@MARKS@" in filled("slider.md", {"SIZE": 64})
    True
    """
    text = committed(name)
    for key, value in words.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table in Markdown.

    Examples
    --------
    >>> print(markdown_table(["L", "T"], [[8, 2.5]]))
    | L | T |
    | --- | --- |
    | 8 | 2.5 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
