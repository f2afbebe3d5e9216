"""Tables for notebooks that fit a screen, where columns of printed text would be cut off."""

import html
from collections.abc import Sequence
from typing import Any

__all__ = ["ShownTable", "shown_table"]


class ShownTable:
    """A table with a caption, as a notebook shows it.

    Parameters
    ----------
    heads : sequence of str
    rows : sequence of sequences of str
        One cell a heading.
    caption : str
        One sentence that says what the numbers are.
    """

    def __init__(self, heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
        self._lines = [tuple(heads), *map(tuple, rows)]
        self._caption = caption

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        heads, *rows = ([html.escape(cell) for cell in line] for line in self._lines)
        head = "".join(f"<th>{cell}</th>" for cell in heads)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        caption = f"<caption>{html.escape(self._caption)}</caption>"
        plain = "\n".join([self._caption, *("  ".join(line) for line in self._lines)])
        return {
            "text/html": f'<table class="table">{caption}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>",
            "text/plain": plain,
        }


def shown_table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> ShownTable:
    """Return what a notebook displays as a table.

    Examples
    --------
    >>> table = shown_table(["T", "E (J)"], [["4", "-35.74"]], "Exact energies.")
    >>> print(table._repr_mimebundle_()["text/plain"])
    Exact energies.
    T  E (J)
    4  -35.74
    """
    return ShownTable(heads, rows, caption)
