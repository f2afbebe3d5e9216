"""Every page says which version it was made of, and no button leads to a placeholder."""

import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from dcl.book.site_config import PLACEHOLDER, site_config, source_version

ROOT = Path(__file__).parents[2]
AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@b"]


@pytest.fixture
def repository(tmp_path):
    """A repository of one commit with the configuration of the book."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    for arguments in (["init", "-q"], ["add", "."], [*AUTHOR, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    return tmp_path


def test_the_footer_names_version_commit_and_licence(repository):
    command = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout[:10]
    footer = site_config(repository)["html"]["extra_footer"]
    assert footer == f"<p>dcl {version('dcl')}, commit {commit}, licence BSD-3-Clause</p>"


def test_uncommitted_changes_are_said(repository):
    (repository / "_config.yml").write_text("title: another\n")
    assert source_version(repository)[1].endswith(" with changes")


def test_the_licence_is_that_of_the_citation():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert f"licence {citation['license']}<" in site_config(ROOT)["html"]["extra_footer"]


@pytest.mark.parametrize("is_public", [False, True])
def test_launch_buttons_are_there_when_the_repository_is(repository, is_public):
    path = repository / "_config.yml"
    if is_public:
        path.write_text(path.read_text("utf-8").replace(PLACEHOLDER, "/somebody/"), "utf-8")
    assert ("launch_buttons" in site_config(repository)) == is_public
