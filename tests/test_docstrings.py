"""Docstrings: every public module is in the book's reference, and parameters are the real ones."""

import ast
import importlib
import inspect
import pkgutil
import re
from itertools import pairwise
from pathlib import Path

import pytest

import dcl

BOOK = Path(__file__).parent.parent / "book"
REFERENCE = "\n".join(path.read_text("utf-8") for path in sorted(BOOK.glob("api_*.md")))
DOCUMENTED = re.findall(r"automodule:: (dcl[\w.]*)", REFERENCE)
MODULES = {info.name for info in pkgutil.walk_packages(dcl.__path__, "dcl.")}
INTERNAL = re.compile(
    r"dcl\.cli$|dcl\.(analysis|book|chapters|lattice|learning|models|runs|sampling)$"
    r"|dcl\.models\.(kernels|sequence_functions$)|dcl\.models\.networks\.(?!likelihood$)"
    r"|dcl\.analysis\.(figure_style|error_figures)$"
    r"|dcl\.learning\.(extensive_settings|schedule)$"
    r"|dcl\.runs\.(command_options|outputs|(model|snapshot|system)_commands)$"
    r"|dcl\.exact\.(?!solver$|canonical$)|dcl\.lattice\.(arguments|tile_patterns)$"
    r"|dcl\.sampling\.(energy_bins|flat_walk|multispin_kernels|proposals|simd_lanes)$"
    r"|dcl\.sampling\.(site_tables|temperature_ladder|threads|xoshiro)$"
)
"""The command line, what a package re-exports, and the kernels below the public functions."""
SECTIONS = r"Parameters|Attributes|Returns|Yields|Raises|Examples|See Also|Notes"


def test_the_reference_has_every_module_that_is_not_internal_once():
    assert sorted(DOCUMENTED) == sorted(name for name in MODULES if not INTERNAL.match(name))


def public(module):
    """The functions, classes and methods of a module, by name."""
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            yield name, thing
        if inspect.isclass(thing):
            for method, function in vars(thing).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{name}.{method}", function


def docstrings():
    """Every docstring of the package, private ones too, with the file that holds it."""
    for path in sorted(Path(dcl.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield path.name, ast.get_docstring(node) or ""


def test_docstrings_of_names_give_no_type():
    """Words before a colon would stand in the reference as the type of the name."""
    for path in sorted(Path(dcl.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            body = getattr(node, "body", [])
            for name, text in pairwise(body if isinstance(body, list) else []):
                match name, text:
                    case ast.Assign() | ast.AnnAssign(), ast.Expr(ast.Constant(str(words))):
                        assert ":" not in words.partition("\n")[0], f"{path.name}: {words}"


def test_docstrings_begin_with_a_noun_or_verb_of_the_field():
    begun = re.compile(r"(What|Where|Whether|Of|How|Why|Which|Who|When)\b")
    assert [(name, text) for name, text in docstrings() if begun.match(text)] == []


def documented_parameters(docstring):
    """Names under the heading Parameters; None without one."""
    pattern = rf"^Parameters\n-+\n(.*?)(?=^(?:{SECTIONS})\n-+$|\Z)"
    section = re.search(pattern, docstring, re.MULTILINE | re.DOTALL)
    if section is None:
        return None
    heads = re.findall(r"^(\S.*)$", section[1], re.MULTILINE)
    return [name.strip("*") for head in heads for name in head.partition(" :")[0].split(", ")]


def test_names_are_read_off_a_docstring():
    text = "Do.\n\nParameters\n----------\na, b : int\n    Both.\n*c\n\nReturns\n-------\nd\n"
    assert documented_parameters(text) == ["a", "b", "c"]
    assert documented_parameters("Do.") is None


def parameters(thing):
    """Names in the signature, but for `self`, and those of keywords that are passed on."""
    found = [p for p in inspect.signature(thing).parameters.values() if p.name != "self"]
    passed_on = {p.name for p in found if p.kind is p.VAR_KEYWORD}
    return {p.name for p in found} - passed_on, passed_on


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_parameters_are_those_of_the_signature(name):
    module = importlib.import_module(name)
    for path, thing in public(module):
        assert inspect.getdoc(thing), path
        found = documented_parameters(inspect.getdoc(thing))
        if found is not None:
            named, passed_on = parameters(thing)
            assert sorted(set(found) - passed_on) == sorted(named), f"{name}.{path}"
