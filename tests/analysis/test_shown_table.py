"""A table holds every cell, and marks of the page's language stay words."""

from html.parser import HTMLParser

from dcl.analysis.shown_table import shown_table
from dcl.book.table_labels import labelled


class Words(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_data(self, data):
        self.found.append(data)


def test_every_cell_is_shown_and_nothing_is_markup():
    table = shown_table(["a < b", "c"], [["<b>", "1.5"], ["", "2 & 3"]], 'The "caption".')
    page = table._repr_mimebundle_()["text/html"]
    assert Words(page).found == ['The "caption".', "a < b", "c", "<b>", "1.5", "2 & 3"]
    assert page.count("<td>") == 4


def test_the_book_labels_its_cells():
    page = shown_table(["T", "E (J)"], [["4", "low"]], "Levels.")._repr_mimebundle_()["text/html"]
    assert '<td data-label="T" class="number">4</td><td data-label="E (J)">low</td>' in labelled(
        page
    )
