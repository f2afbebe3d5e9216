"""The printed book, `build/dcl.pdf` of `make pdf`: all chapters, all equations, no empty page."""

import re
import unicodedata
from html import unescape
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "build" / "site"
READER = PdfReader(ROOT / "build" / "dcl.pdf")
TEXTS = [page.extract_text() for page in READER.pages]
CHAPTERS = sorted(
    page for folder in ("book", "notebooks") for page in SITE.glob(f"{folder}/*.html")
)


def words(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", unescape(text)))  # fi is one letter


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_is_printed(chapter: Path) -> None:
    (title,) = re.findall(r"<title>(.*?) &#8212;", chapter.read_text("utf-8"))
    assert any(words(title) in words(text) for text in TEXTS)


def test_no_page_is_empty() -> None:
    empty = [
        number
        for number, (page, text) in enumerate(zip(READER.pages, TEXTS, strict=True), start=1)
        if len(words(text)) < 20 and not page.images
    ]
    assert empty == []


def test_no_equation_is_printed_as_its_source() -> None:
    assert [text for text in TEXTS if re.search(r"\\(?:frac|sum|langle|text)\b", text)] == []
