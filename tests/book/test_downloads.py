"""What a reader can take home: the executed notebooks, the data, and a citation with a version."""

import shutil
import tomllib
import zipfile
from pathlib import Path

import pytest

from dcl.book.downloads import pack, write

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


@pytest.fixture
def root(tmp_path):
    """A repository with one experiment, one number, one archive and one executed notebook."""
    shutil.copy(ROOT / "CITATION.cff", tmp_path)
    for name in (
        "experiments/ising.toml",
        "results/quick/ising/metrics.json",
        "results/quick/ising/snapshots/snapshots.npz",
        "results/smoke/ising/metrics.json",
        "artifacts/paper/rows.json",
        "build/stage/notebooks/01_ising.ipynb",
        "build/stage/book/intro.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def page(root):
    folder = root / "build" / "stage"
    write(folder / "book", root, "quick", [folder / "notebooks" / "01_ising.ipynb"])
    return (folder / "book" / "downloads.md").read_text("utf-8")


def names(root, archive):
    with zipfile.ZipFile(root / "build" / "stage" / "book" / "downloads" / archive) as file:
        return file.namelist()


def test_the_archives_hold_the_notebooks_and_the_data_of_the_profile_alone(root):
    page(root)
    assert names(root, "dcl-notebooks.zip") == ["notebooks/01_ising.ipynb"]
    assert names(root, "dcl-data.zip") == [
        "artifacts/paper/rows.json",
        "experiments/ising.toml",
        "results/quick/ising/metrics.json",
    ]


def test_the_book_in_print_is_offered_where_it_was_printed(root):
    assert "dcl.pdf" not in page(root)
    (root / "build" / "dcl.pdf").write_bytes(b"%PDF")
    assert "{download}`dcl.pdf <downloads/dcl.pdf>` (0 kB)" in page(root)
    assert (root / "build" / "stage" / "book" / "downloads" / "dcl.pdf").read_bytes() == b"%PDF"


def test_the_citation_has_the_version_and_the_commit(root):
    text = page(root)
    assert f"version = {{{VERSION}}}" in text
    assert "note    = {commit not recorded}" in text
    assert "title   = {{dcl: distribution-consistent learning}}" in text


def test_the_same_files_make_the_same_archive(tmp_path):
    made = []
    for name in ("first", "second"):
        (tmp_path / "file").write_text("the same")
        pack(tmp_path / name, {"inner/file": tmp_path / "file"})
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
