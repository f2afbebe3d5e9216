"""Marks on the cells of the rendered tables, by which the style sheet fits them to a screen.

Every cell learns the heading of its column, so that a phone can show a row of a wide table as a
list, and a cell that holds one number says so, so that it is never broken between digits. Empty
cells say that they are, and are left out of the list.
"""

import html
import re
from pathlib import Path

__all__ = ["label_tables", "labelled"]

WIDE = 3
"""Columns from which on a table is a list of rows on a phone."""
TABLE = re.compile(r'<table class="(?:[^"]* )?table[ "].*?</table>', re.DOTALL)
HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<td(?: class=\"([^\"]*)\")?([^>]*)>(.*?)</td>", re.DOTALL)
NUMBER = re.compile(r"[+\-\u2212]?\d\S*")


def label_tables(folder: Path) -> None:
    """Mark the cells of all tables in a folder of rendered pages, changed in place."""
    for page in folder.rglob("*.html"):
        before = page.read_text("utf-8")
        after = labelled(before)
        if after != before:
            page.write_text(after, "utf-8")


def labelled(page: str) -> str:
    """Return a page with its tables marked.

    Examples
    --------
    >>> row = "<tr><td><p>1.5</p></td></tr>"
    >>> labelled(f'<table class="table"><thead><tr><th>T</th></tr></thead>{row}</table>')[-62:]
    '<td data-label="T" class="number"><p>1.5</p></td></tr></table>'
    """
    return TABLE.sub(lambda found: _table(found[0]), page)


def _table(table: str) -> str:
    heads = [_words(cell) for cell in HEAD.findall(table.partition("</thead>")[0])]
    if len(heads) >= WIDE:
        table = table.replace('class="', 'class="stacked ', 1)
    return ROW.sub(lambda row: _row(row[0], heads), table)


def _row(row: str, heads: list[str]) -> str:
    """Label a row's cells, if it has one for each column."""
    if len(CELL.findall(row)) != len(heads):
        return row
    labels = iter(heads)

    def marked(cell: re.Match[str]) -> str:
        names, others, content = cell[1] or "", cell[2], cell[3]
        words = _words(content)
        kind = "number" if NUMBER.fullmatch(words) else "" if words else "empty"
        classes = " ".join(filter(None, (names, kind)))
        shown = f' class="{classes}"' if classes else ""
        label = html.escape(next(labels), quote=True)
        return f'<td data-label="{label}"{shown}{others}>{content}</td>'

    return CELL.sub(marked, row)


def _words(content: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", content)).strip()
