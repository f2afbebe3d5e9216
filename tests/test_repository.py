"""What must agree across the repository's files: versions, pins, and the lock."""

import re
import tomllib
from pathlib import Path
from typing import Any

import method_figures
import pytest
import schematic
import sketches
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pybtex.database import parse_file  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
ENTRIES = re.split(r"\n(?=\S)", LOCK.strip())
LOCKED = [(Requirement(entry.split("\\")[0].strip()), entry) for entry in ENTRIES]
PYTHONS = ("3.11", "3.12", "3.13")
EXTRAS = ("book", "test", "build")  # `gpu` and `cluster` are for some machines: not in the lock
DIRECT = sorted(
    canonicalize_name(Requirement(text).name)
    for group in (PROJECT["dependencies"], *(PROJECT["optional-dependencies"][e] for e in EXTRAS))
    for text in group
)


def locked_version(name: str, python: str) -> str:
    """Return the one version that the lock installs under a Python version on Linux."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": "linux",
    }
    versions = [
        str(requirement.specifier).removeprefix("==")
        for requirement, _ in LOCKED
        if canonicalize_name(requirement.name) == name
        and (requirement.marker is None or requirement.marker.evaluate(environment))
    ]
    assert len(versions) == 1, f"{name} on Python {python}: {versions}"
    return versions[0]


@pytest.mark.parametrize("name", DIRECT)
def test_every_direct_dependency_is_locked_to_one_version_on_every_python(name: str) -> None:
    assert len({locked_version(name, python) for python in PYTHONS}) == 1


def test_the_lock_satisfies_the_bounds_of_pyproject() -> None:
    groups = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][e] for e in EXTRAS)]
    for requirement in (Requirement(text) for group in groups for text in group):
        version = locked_version(canonicalize_name(requirement.name), "3.11")
        assert requirement.specifier.contains(version), f"{requirement} but {version} is locked"


def test_every_locked_package_is_pinned_with_a_hash() -> None:
    for requirement, entry in LOCKED:
        assert str(requirement.specifier).startswith("=="), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_lock_holds_no_address() -> None:
    assert not re.search(r"://|--index|--find-links| @ ", LOCK)


def test_conda_users_get_the_locked_versions() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    python, pip = environment["dependencies"][0], environment["dependencies"][-1]["pip"]
    version = python.removeprefix("python=")
    assert version in PYTHONS
    pins = [Requirement(text) for text in pip if text != "-e ."]
    assert {canonicalize_name(pin.name): str(pin.specifier) for pin in pins} == {
        name: f"=={locked_version(name, version)}" for name in DIRECT
    }


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)
    assert str(citation["version"]) == PROJECT["version"] == released[0]
    assert citation["license"] == PROJECT["license"]


def test_the_address_of_the_repository_is_the_same_everywhere() -> None:
    address = PROJECT["urls"]["Repository"]
    book = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert book["repository"]["url"] == citation["repository-code"] == address


@pytest.mark.parametrize("script", [schematic, method_figures, sketches])
def test_the_committed_drawings_are_what_the_code_draws(script: Any, tmp_path: Path) -> None:
    script.write(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        committed = ROOT / "book" / "_static" / path.name
        assert committed.read_bytes() == path.read_bytes(), f"run: python {script.__file__}"


def test_every_citation_is_in_the_bibliography() -> None:
    known = set(parse_file(str(ROOT / "book" / "references.bib")).entries)
    texts = [*(ROOT / "book").glob("*.md"), *(ROOT / "notebooks").glob("*.py")]
    cited = [
        key.strip()
        for path in texts
        for keys in re.findall(r"\{cite[:a-z]*\}`([^`]+)`", path.read_text("utf-8"))
        for key in keys.split(",")
    ]
    assert cited
    assert set(cited) <= known


def test_every_supported_python_is_the_same_in_pyproject_and_makefile() -> None:
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert "(3, 11) <= sys.version_info < (3, 14)" in (ROOT / "Makefile").read_text("utf-8")
