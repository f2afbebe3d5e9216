import errno
import hashlib
import json
import os
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcl.errors import InputError
from dcl.files import file_hash, new_file, new_folder, read_json, write_json


class InterruptionError(Exception):
    pass


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_the_block_ends_and_not_before(tmp_path):
    path = tmp_path / "a.txt"
    with new_file(path) as draft:
        assert draft.suffix == ".txt"
        draft.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [InterruptionError, KeyboardInterrupt, SystemExit])
def test_no_file_appears_when_the_block_fails(tmp_path, error):
    with pytest.raises(error), new_file(tmp_path / "a.txt") as draft:  # noqa: PT012
        draft.write_text("half")
        raise error
    assert names(tmp_path) == []


def test_a_file_stays_as_it_was_when_the_block_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(InterruptionError), new_file(path) as draft:  # noqa: PT012
        draft.write_text("half")
        raise InterruptionError
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_appears_when_the_block_ends_and_not_before(tmp_path):
    path = tmp_path / "deep" / "model"
    with new_folder(path) as draft:
        (draft / "a").write_text("new")
        assert not path.exists()
    assert (path / "a").read_text() == "new"
    assert names(path.parent) == ["model"]


def test_a_folder_is_replaced_whole(tmp_path):
    path = tmp_path / "model"
    for name in ("old", "new"):
        with new_folder(path) as draft:
            (draft / "card").write_text(name)
            (draft / name).touch()
    assert names(path) == ["card", "new"]
    assert (path / "card").read_text() == "new"
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize("error", [InterruptionError, KeyboardInterrupt, SystemExit])
def test_a_folder_stays_as_it_was_when_the_block_fails(tmp_path, error):
    path = tmp_path / "model"
    with new_folder(path) as draft:
        (draft / "a").write_text("old")
    with pytest.raises(error), new_folder(path) as draft:  # noqa: PT012
        (draft / "a").write_text("half")
        raise error
    assert (path / "a").read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_somebody_elses_folder_is_not_replaced(tmp_path):
    path = tmp_path / "documents"
    path.mkdir()
    (path / "thesis.tex").write_text("years of work")
    with (
        pytest.raises(InputError, match="documents: found a folder with other files"),
        new_folder(path) as draft,
    ):
        (draft / "model.json").touch()
    assert (path / "thesis.tex").read_text() == "years of work"
    assert names(tmp_path) == ["documents"]


def test_an_empty_folder_is_filled(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    with new_folder(path) as draft:
        (draft / "a").touch()
    assert names(path) == ["a"]


def test_a_file_is_not_replaced_by_a_folder_nor_a_folder_by_a_file(tmp_path):
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("old")
    folder.mkdir()
    with pytest.raises(InputError, match="file: found a file, expected"), new_folder(file):
        pass
    with pytest.raises(InputError, match="folder: found a folder, expected"), new_file(folder):
        pass
    assert file.read_text() == "old"
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("new", [new_file, new_folder])
@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch, new, code):
    def refuse(*_args, **_options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(InputError, match=f"out.npz: found {os.strerror(code).lower()}, expected"):
        new(tmp_path / "out.npz").__enter__()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to the superuser")
@pytest.mark.parametrize("new", [new_file, new_folder])
def test_a_read_only_folder_is_named(tmp_path, new):
    tmp_path.chmod(0o555)
    with pytest.raises(InputError, match=r"out.npz: found permission denied, expected"):
        new(tmp_path / "out.npz").__enter__()


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_a_parent_that_is_a_file_is_named(tmp_path, new):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"out.npz: found (not a directory|file exists), expected"):
        new(tmp_path / "file" / "out.npz").__enter__()


def test_a_missing_parent_is_named(tmp_path):
    with pytest.raises(InputError, match=r"found no such file or directory, expected a folder"):
        new_file(tmp_path / "missing" / "out.npz").__enter__()


def test_others_may_read_what_was_written(tmp_path):
    with new_file(tmp_path / "file"), new_folder(tmp_path / "folder"):
        pass
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o755


@given(st.binary())
def test_hash_is_sha_256(content):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        assert file_hash(file.name) == hashlib.sha256(content).hexdigest()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(), values))
def test_json_round_trip(value):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.json")
        write_json(path, value)
        assert read_json(path) == value


@given(st.binary() | st.text().map(str.encode))
def test_anything_else_is_an_input_error(content):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            value = json.loads(content)
        except ValueError:
            value = None
        if isinstance(value, dict):
            assert read_json(file.name) == value
        else:
            with pytest.raises(InputError, match=f"^{file.name}: .*, expected"):
                read_json(file.name)


def test_nan_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"energy": float("nan")})
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[1]", "a JSON list"),
        ("1", "a JSON int"),
        ("{", "unreadable text"),
        ("", "unreadable"),
        ("[" * 9999, "unreadable"),
    ],
)
def test_json_that_is_not_an_object_is_named(tmp_path, content, found):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(InputError, match=f"{path}: found {found}"):
        read_json(path)


def test_missing_json_and_a_folder_in_its_place(tmp_path):
    with pytest.raises(InputError, match="found no such file, expected a JSON file"):
        read_json(tmp_path / "a.json")
    with pytest.raises(InputError, match="expected JSON"):
        read_json(tmp_path)
