"""Sentences of the book's pages and notebooks, read as MyST Markdown.

Code, formulas, tables, headings and directives that hold no prose are left out; a formula, a name
in code or a role within a sentence counts as one word.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jupytext
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

PARSER = MarkdownIt("commonmark").enable("table").use(colon_fence_plugin).use(deflist_plugin)
PARSER.use(dollarmath_plugin).use(myst_block_plugin).use(myst_role_plugin)
WITH_PROSE = re.compile(r"\{(admonition|tip|note|warning|dropdown)\}(.*)")
GLOSSARY = re.compile(r"^\S.*\n", re.MULTILINE)
"""The terms, of which the definitions are the lines below, further in."""
UNREAD = {"table_open": "table_close", "heading_open": "heading_close", "dt_open": "dt_close"}
ONE_WORD = {"code_inline": "Name", "math_inline": "Formula", "myst_role": "Name"}
END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*\w)")
ABBREVIATED = re.compile(r"\b(e\.g|i\.e|cf|vs|al|Figs?|Eqs?|Ref|Sec)\.(?=\s)")


class Sentence(NamedTuple):
    """One sentence, and whether it is part of an exercise or its solution."""

    text: str
    in_exercise: bool = False

    @property
    def words(self) -> int:
        """How many parts between blanks hold a letter or a digit."""
        return sum(bool(re.search(r"[^\W_]", part)) for part in self.text.split())


def markdown(path: Path) -> str:
    """Read a page, or the text cells of a notebook."""
    if path.suffix == ".md":
        return path.read_text("utf-8")
    cells = jupytext.read(path).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def sentences(text: str, in_exercise: bool = False) -> Iterator[Sentence]:
    """Split Markdown into sentences.

    Examples
    --------
    >>> [one.text for one in sentences("# Title\\n\\nSee Fig. 2. Is $x = 1$? Yes:\\n\\n- no")]
    ['See Fig 2.', 'Is Formula?', 'Yes:', 'no']
    >>> [one.words for one in sentences("| a | b |\\n| --- | --- |\\n\\nA {term}`b <B c>`.")]
    [2]
    >>> list(sentences(":::{admonition} Exercise: one\\nWhy?\\n:::"))
    [Sentence(text='Why?', in_exercise=True)]
    """
    tokens = iter(PARSER.parse(text))
    for token in tokens:
        if token.type in UNREAD:
            next(later for later in tokens if later.type == UNREAD[token.type])
        elif token.type in ("fence", "colon_fence"):
            yield from _of_directive(token, in_exercise)
        elif token.type == "inline":
            plain = ABBREVIATED.sub(r"\1", "".join(map(_plain, token.children or [])))
            parts = (" ".join(part.split()) for part in END.split(plain))
            yield from (Sentence(part, in_exercise) for part in parts if part)


def _of_directive(token: Token, in_exercise: bool) -> Iterator[Sentence]:
    if token.info.strip() == "{glossary}":
        yield from sentences(GLOSSARY.sub("\n", token.content).replace("\n  ", "\n"), in_exercise)
    elif found := WITH_PROSE.match(token.info.strip()):
        exercise = found[2].strip().startswith(("Exercise", "Solution"))
        content = re.sub(r"^:\w+:.*$", "", token.content, flags=re.MULTILINE)
        yield from sentences(content, in_exercise or exercise)


def _plain(token: Token) -> str:
    """The words of a piece of a line; what is not read aloud word by word is one of them."""
    if token.type == "text":
        return token.content
    if token.type == "myst_role" and token.meta["name"] in ("term", "ref"):
        return re.sub(r"\s*<.*>$", "", token.content, flags=re.DOTALL)
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return ONE_WORD.get(token.type, "")
