"""The printed book needs a browser, and says so; `tests/browser/check_print.py` reads the PDF."""

from pathlib import Path

import pytest

from dcl.book import printing
from dcl.book.execution import BookError


def test_without_a_browser_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BookError, match="found no browser, expected one of chromium"):
        printing.print_book(tmp_path / "stage", tmp_path / "dcl.pdf", tmp_path)
    assert list(tmp_path.iterdir()) == []
