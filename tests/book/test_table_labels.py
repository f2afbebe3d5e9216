"""Cells of rendered tables know the heading of their column, and numbers are marked as such."""

import pytest

from dcl.book.table_labels import label_tables, labelled

HEADS = "<thead><tr>{}</tr></thead>"


def table(heads: list[str], cells: list[str], classes: str = "table") -> str:
    head = "".join(f'<th class="head"><p>{text}</p></th>' for text in heads)
    row = "".join(f"<td><p>{text}</p></td>" for text in cells)
    rows = f'<tbody><tr class="row-even">{row}</tr></tbody>'
    return f'<table class="{classes}">{HEADS.format(head)}{rows}</table>'


def test_every_cell_has_the_heading_of_its_column() -> None:
    page = labelled(table(["A &amp; B", "C <em>d</em>"], ["x", "y"], "colwidths-given table"))
    assert '<td data-label="A &amp; B"><p>x</p></td><td data-label="C d"><p>y</p></td>' in page
    assert '<table class="colwidths-given table">' in page


@pytest.mark.parametrize(
    ("text", "is_number"),
    [("0.123", True), ("-1", True), ("1e-05", True), ("50,000", True), ("3 runs", False),
     ("", False), ("L = 8", False), ("\u22122.5", True), ("71%", True)],
)  # fmt: skip
def test_a_cell_of_one_number_says_so(text: str, is_number: bool) -> None:
    assert ('class="number"' in labelled(table(["T"], [text]))) == is_number


def test_an_empty_cell_says_so() -> None:
    assert 'data-label="T" class="empty"><p></p>' in labelled(table(["T"], [""]))
    assert "empty" not in labelled(table(["T"], ["x"]))


def test_wide_tables_are_lists_on_a_phone() -> None:
    assert 'class="stacked table"' in labelled(table(list("abc"), list("xyz")))
    assert "stacked" not in labelled(table(list("ab"), list("xy")))


def test_what_is_no_table_of_the_book_stays_as_it_is() -> None:
    for page in (
        table(["a", "b"], ["spans both"]),
        table(["a"], ["x"], "indextable"),
        "<pre>&lt;td&gt;1&lt;/td&gt;</pre>",
    ):
        assert labelled(page) == page


def test_the_pages_of_a_folder_are_changed(tmp_path) -> None:
    page = tmp_path / "deep" / "page.html"
    page.parent.mkdir()
    page.write_text(table(["T"], ["1.5"]), "utf-8")
    label_tables(tmp_path)
    assert '<td data-label="T" class="number">' in page.read_text("utf-8")
