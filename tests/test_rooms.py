"""The rooms of `src/dcl`: every import, late ones and those for type checkers too, leads down."""

import ast
import graphlib
import sys
from collections import Counter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "dcl"
ROOMS = (
    "lattice",
    "exact",
    "sampling",
    "models",
    "analysis",
    "learning",
    "runs",
    "chapters",
    "book",
)
FOUNDATION = ("dcl.errors", "dcl.files", "dcl.machine")
TOP = ("dcl", "dcl.cli", "dcl.estimator", "dcl.reproduce")
MODULES = {
    ".".join(("dcl", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in SOURCE.rglob("*.py")
}


def floor(module: str) -> int:
    """Number the storey of a module, from the ground up."""
    if module in FOUNDATION:
        return 0
    if module in TOP:
        return len(ROOMS) + 1
    return ROOMS.index(module.split(".")[1]) + 1


def imports(tree: ast.AST) -> set[str]:
    """List the modules of this package that a module names in any import statement."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name == "dcl" or name.startswith("dcl.")}


GRAPH = {name: imports(ast.parse(path.read_text("utf-8"))) for name, path in MODULES.items()}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_import_exists_and_leads_down_or_stays_in_its_room(module: str) -> None:
    for imported in GRAPH[module]:
        assert imported in MODULES, imported
        assert floor(imported) <= floor(module), imported


def test_imports_have_no_cycle() -> None:
    graphlib.TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_chapter_is_imported_only_by_the_book_and_the_command_line(module: str) -> None:
    above = module.startswith(("dcl.chapters", "dcl.book")) or module in TOP
    assert above or not any(name.startswith("dcl.chapters") for name in GRAPH[module])


def test_the_root_holds_at_most_eight_files() -> None:
    assert len(list(SOURCE.glob("*.py"))) <= 8
    assert {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()} == {*ROOMS}


def test_no_two_modules_have_one_name_and_none_that_of_the_standard_library() -> None:
    names = Counter(path.stem for path in MODULES.values() if path.stem != "__init__")
    assert [name for name, count in names.items() if count > 1] == []
    assert names.keys() & sys.stdlib_module_names == set()


def test_tests_mirror_the_package() -> None:
    tests = Path(__file__).parent
    for path in tests.rglob("test_*.py"):
        room = path.parent.relative_to(tests)
        if room.parts and room.parts[0] in ROOMS:
            assert (SOURCE / room).is_dir(), path
