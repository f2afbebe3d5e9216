"""TOML tables: read, merged, and checked against the dataclasses that they fill.

Whatever is wrong is an InputError of one line that names the file, the table and the key.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from dcl.errors import InputError

__all__ = ["check_tables", "merged", "read_tables", "section"]

T = TypeVar("T")

Table = Mapping[str, Any]


def read_tables(path: Path, known: Sequence[str], profiles: Sequence[str]) -> dict[str, Any]:
    """Read a file's tables, over those of the file beside it that its key `extends` names.

    Parameters
    ----------
    path : Path
    known : sequence of str
        Names of the tables that may be there.
    profiles : sequence of str
        Names of further tables, each of which holds tables with the known names.

    Raises
    ------
    InputError
        If the file is missing or not TOML, or holds anything else.
    """
    content = _parse(path)
    name = content.pop("extends", None)
    check_tables(content, path, known, profiles)
    if name is None:
        return content
    others = [file.stem for file in sorted(path.parent.glob("*.toml")) if file != path]
    if name not in others:
        raise InputError(f"{path}: extends: found {name!r}, expected one of {', '.join(others)}")
    base = path.with_name(f"{name}.toml")
    tables = _parse(base)
    check_tables(tables, base, known, profiles)
    return merged(tables, content)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.toml")))
        raise InputError(f"experiment: found {path.stem!r}, expected one of {known}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: found {error}, expected TOML") from None


def check_tables(
    content: Table, path: Path, known: Sequence[str], profiles: Sequence[str] = ()
) -> None:
    """Raise an InputError unless all entries are tables with known names, or profiles of such.

    Examples
    --------
    >>> check_tables({"gru": {"units": 8}}, Path("ising.toml"), known=["gru"])
    """
    names = [*known, *profiles]
    for key, table in content.items():
        if key not in names:
            raise InputError(f"{path}: found the table {key!r}, expected one of {', '.join(names)}")
        if not isinstance(table, Mapping):
            raise InputError(f"{path}: {key}: found {table!r}, expected a table")
        if key in profiles:
            check_tables(table, path, known)


def merged(base: Table, changes: Table) -> dict[str, Any]:
    """Return the base with the changes, table by table.

    Examples
    --------
    >>> merged({"gru": {"units": 8, "layers": 1}}, {"gru": {"units": 9}, "ednn": {}})
    {'gru': {'units': 9, 'layers': 1}, 'ednn': {}}
    """
    both = {
        key: merged(base[key], table)
        for key, table in changes.items()
        if isinstance(table, Mapping) and isinstance(base.get(key), Mapping)
    }
    return {**base, **changes, **both}


def section(cls: type[T], table: Table, where: str) -> T:
    """Make a settings class from a table.

    Parameters
    ----------
    cls : type
        A dataclass whose fields have their ranges in their types; see `dcl.learning.ranges`.
    table : mapping
    where : str
        Names file and table in an error.

    Raises
    ------
    InputError
        If a key is unknown or missing, a value is of the wrong type or out of range, or the class
        refuses the values together.

    Examples
    --------
    >>> from dcl.learning.settings import ExtensiveSettings
    >>> section(ExtensiveSettings, {"hidden": [8], "context": 0}, "ising.toml: ednn").hidden
    (8,)
    """
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    for key in table:
        if key not in names:
            known = ", ".join(sorted(names))
            raise InputError(f"{where}: found the key {key!r}, expected one of {known}")
    try:
        made: T = _adapter(cls).validate_json(  # type: ignore[arg-type]
            json.dumps(dict(table), default=str), strict=True
        )
    except ValidationError as error:
        raise InputError(f"{where}: {_line(error.errors()[0], table)}") from None
    return made


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def _line(error: Any, table: Table) -> str:
    """Say what was found and what was expected, from the first thing that Pydantic minds."""
    if not error["loc"]:  # the class refuses the values together, and says why
        return str(error["ctx"]["error"])
    key = error["loc"][0]
    if error["type"] in ("missing", "missing_argument"):
        return f"found no {key}, expected one"
    expected = error["msg"].removeprefix("Input should be ")
    if error["type"] == "tuple_type":
        expected = "a list of values"
    elif len(error["loc"]) > 1:
        expected = f"a list of values, each {expected}"
    return f"{key}: found {table[key]!r}, expected {expected}"
