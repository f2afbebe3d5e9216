"""Prose that can be read: short sentences, and no phrases that a reader has to guess at."""

import re
from pathlib import Path
from statistics import median

import pytest
from prose import markdown, sentences

from dcl.book.claims import load_claims
from dcl.book.figure_state import load_figures

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "book").glob("*.md")),
    *sorted((ROOT / "src" / "dcl" / "book" / "data").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.py")),
]
MEDIAN = 22
LONGEST = 45
RIDDLES = (
    "the skip alone it is",
    "told",
    "tell from nothing",
    "more than all of this does the question",
    "snapshots decide that were kept aside",
    "before the network has said a word",
)

each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


@each_page
def test_half_of_the_sentences_have_22_words_or_fewer(path: Path) -> None:
    lengths = [sentence.words for sentence in sentences(markdown(path))]
    assert not lengths or median(lengths) <= MEDIAN


@each_page
def test_no_sentence_outside_exercises_has_more_than_45_words(path: Path) -> None:
    found = [s for s in sentences(markdown(path)) if s.words > LONGEST and not s.in_exercise]
    assert [f"{sentence.words} words: {sentence.text}" for sentence in found] == []


@each_page
def test_no_phrase_is_a_riddle(path: Path) -> None:
    text = re.sub(r"[#\s]+", " ", path.read_text("utf-8").lower())
    assert [phrase for phrase in RIDDLES if re.search(rf"\b{phrase}\b", text)] == []


def test_claims_and_figures_are_described_in_sentences_as_short() -> None:
    described = [claim for section in load_claims().values() for claim in section]
    texts = [text for claim in described for text in (claim.claim, claim.reason)]
    texts += [figure.original for figure in load_figures()]
    assert [s.text for text in texts for s in sentences(text) if s.words > LONGEST] == []


def test_the_splitter_finds_what_a_page_says() -> None:
    text = "A first one, of $a$ and `b`. A second?\n\n```python\nNot. This.\n```\n\n1. An item."
    assert [s.words for s in sentences(text)] == [7, 2, 2]


@pytest.mark.parametrize("path", PAGES[-1:-4:-1], ids=lambda path: path.name)
def test_chapters_are_read(path: Path) -> None:
    assert len(list(sentences(markdown(path)))) > 20
