"""The page of the neighbours shows the gates of the runs, and says what was not run."""

import json
import shutil
from pathlib import Path

import pytest
from printed_gates import printed_gates

from dcl.book.catalogue import chapters
from dcl.book.neighbours import BENCHMARK, FIGURE, load_neighbours, neighbours_page
from dcl.runs.gates import check, write_gates

ROOT = Path(__file__).parents[2]
NEIGHBOURS = load_neighbours()
CHAPTER = NEIGHBOURS[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    return tmp_path


def rows(page: str, head: str) -> list[list[str]]:
    """The cells of the one table with a heading."""
    table = page.partition(f"| {head}")[2].partition("\n\n")[0]
    return [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]


def executed(tmp_path: Path, name: str, seconds: float) -> Path:
    """Copy a notebook, as if papermill had run it."""
    copy = Path(shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", tmp_path / f"{name}.ipynb"))
    content = json.loads(copy.read_text("utf-8"))
    content["metadata"]["papermill"] = {"duration": seconds}
    copy.write_text(json.dumps(content), "utf-8")
    return copy


def test_every_chapter_of_the_part_is_described() -> None:
    part = {name for name, chapter in chapters(ROOT).items() if chapter.part == "neighbours"}
    assert part - {BENCHMARK} <= {entry.chapter for entry in NEIGHBOURS}


@pytest.mark.parametrize("entry", [n for n in NEIGHBOURS if n.gate], ids=lambda n: n.chapter)
def test_the_gate_of_the_overview_is_one_that_the_chapter_writes(entry) -> None:
    text = (ROOT / "notebooks" / f"{entry.chapter}.py").read_text("utf-8")
    assert entry.gate in printed_gates(entry.chapter)
    assert f'write_gates("{entry.chapter}", profile, gates)' in text


def test_chapters_that_were_not_run_say_so(root: Path) -> None:
    page = neighbours_page(root, "quick", {})
    overview = rows(page, "Chapter | Paper")
    assert len(overview) >= 8
    assert {row[3] for row in overview} == {"not run in this profile"}
    assert rows(page, "Gate | Bound") == []
    assert "{doc}`/notebooks" not in page
    assert "@" not in page


def test_reached_is_what_the_gates_of_the_profile_say(root: Path) -> None:
    gates = check({CHAPTER.gate: (0.00551, "<= 0.010"), "another": (3.0, "<= 2")})
    write_gates(CHAPTER.chapter, "quick", gates, root)
    page = neighbours_page(root, "quick", {})
    (row,) = [row for row in rows(page, "Chapter | Paper") if CHAPTER.question in row[0]]
    assert row[3] == f"{CHAPTER.gate}: 0.00551 (<= 0.010); 1 of 2 met"
    assert rows(page, "Gate | Bound") == [
        [CHAPTER.gate, "<= 0.010", "0.00551", "met"],
        ["another", "<= 2", "3", "missed"],
    ]
    assert "0.00551" not in neighbours_page(root, "paper", {})


def test_chapters_with_a_page_are_linked_and_show_their_minutes(root: Path, tmp_path: Path) -> None:
    notebook = executed(tmp_path, CHAPTER.chapter, 90.0)
    page = neighbours_page(root, "quick", {CHAPTER.chapter: notebook})
    (row,) = [row for row in rows(page, "Chapter | Paper") if CHAPTER.question in row[0]]
    assert row[0].startswith(f"{{doc}}`/notebooks/{CHAPTER.chapter}`. ")
    assert row[4] == "1.5"


def test_smoke_numbers_carry_a_warning(root: Path) -> None:
    assert "mean nothing" in neighbours_page(root, "smoke", {})
    assert "mean nothing" not in neighbours_page(root, "quick", {})


def test_the_picture_comes_from_the_benchmark_with_its_text(root: Path) -> None:
    page = neighbours_page(root, "quick", {}, "Estimates lie at T = 2.3_4.")
    assert f"![Estimates lie at T = 2.3\\_4.](figures/{FIGURE.name}.png)" in page
    assert f"{{doc}}`/notebooks/{BENCHMARK}` compares them." in page
