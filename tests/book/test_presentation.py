"""A reader sees the aims of a chapter and its results, and what serves programs is folded."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dcl.book.catalogue import Chapter, chapters
from dcl.book.presentation import AIMS, CHECKED, prepare, present

ROOT = Path(__file__).parents[2]
CHAPTER = Chapter("01_a", "A title", "paper", 1, aims=("Do one thing.", "Do another."))


def checked(*lines):
    printed = new_output("stream", name="stdout", text="\n".join(lines))
    return new_code_cell(CHECKED + "print(found)", outputs=[printed])


def tags(cell):
    return cell.metadata.get("tags", [])


def shown(*cells):
    return present(new_notebook(cells=[new_markdown_cell("# A title"), *cells]), CHAPTER).cells


@pytest.mark.parametrize("chapter", chapters(ROOT).values(), ids=lambda chapter: chapter.name)
def test_every_chapter_has_two_to_four_aims_in_its_front_matter(chapter):
    assert 2 <= len(chapter.aims) <= 4
    assert all(aim[0].isupper() and aim.endswith(".") for aim in chapter.aims)


def test_aims_and_minutes_of_the_front_matter_stand_below_the_title():
    title, box = shown()
    assert title.source == "# A title"
    assert "- Do one thing.\n- Do another.\n" in box.source
    assert "takes about 1 minute with" in box.source


def test_marks_for_nbval_are_not_shown():
    assert shown(checked("63 levels"))[2].source == "print(found)"


def test_a_cell_that_prints_checks_alone_is_folded_and_one_with_numbers_is_not():
    checks, numbers, plain = shown(
        checked("all inside: True", "every pair: {'a': False}"),
        checked("levels inside: True", "63 levels"),
        new_code_cell("print(True)", outputs=checked("true: True").outputs),
    )[2:]
    assert tags(checks) == ["hide-cell"]
    assert tags(numbers) == []
    assert tags(plain) == []


def test_a_cell_of_imports_is_folded_and_one_that_imports_a_tool_on_the_way_is_not():
    imports, working = shown(
        new_code_cell("import numpy as np\n\nfrom dcl import Ising\n\nsmall = True\nsize = 8"),
        new_code_cell("from dcl import Ising\n\nmodel = Ising()\nprint(model)"),
    )[2:]
    assert tags(imports) == ["hide-input"]
    assert tags(working) == []


def test_parameters_are_folded_and_those_of_a_run_are_left_out():
    given = new_code_cell("profile: str = 'quick'", metadata={"tags": ["parameters"]})
    injected = new_code_cell("profile = 'smoke'", metadata={"tags": ["injected-parameters"]})
    given, injected = shown(given, injected)[2:]
    assert "hide-input" in tags(given)
    assert "remove-cell" in tags(injected)


def test_a_notebook_that_was_prepared_is_not_written_again(tmp_path):
    path = tmp_path / "01_a.ipynb"
    front = {"title": "A title", "part": "paper", "minutes": 2, "aims": ["One.", "Two."]}
    cells = [new_markdown_cell("# A title"), checked("inside: True")]
    nbformat.write(new_notebook(cells=cells, metadata={"dcl": front}), path)
    prepare(path)
    once = path.read_bytes()
    prepare(path)
    assert path.read_bytes() == once
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.id == AIMS for cell in cells] == [False, True, False]
