"""TOML tables: read, merged, and checked against the dataclasses that they fill.

Whatever is wrong is an InputError of one line that names the file, the table and the key.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dcl.errors import InputError

__all__ = ["check_tables", "checked_value", "merged", "read_tables", "section"]

Table = Mapping[str, Any]

_RANGES = {
    "burn_in": (0, 10**12),
    "clip_norm": (0, 10**6),
    "context": (0, 64),
    "drawn": (0, 10**12),
    "dropout": (0, 0.99),
    "learning_rate": (1e-9, 10),
    "patterned": (0, 10**12),
    "n_states": (2, 8),
    "seed": (0, 2**32 - 1),
    "size": (2, 1024),
    "skip_seen": (0, 10**12),
    "skip_significance": (0, 100),
    "stride": (0, 10**12),
    "temperature": (1e-6, 10**6),
    "uniform": (0, 10**12),
    "weight_decay": (0, 10),
}
_COUNT = (1, 10**12)


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


def section(cls: Any, table: Table, where: str) -> Any:
    """Make a settings class from a table.

    Parameters
    ----------
    cls : type
        A dataclass; its fields are numbers, texts, booleans, literals, and tuples of integers or
        of literals.
    table : mapping
    where : str
        Names file and table in an error.

    Raises
    ------
    InputError
        If a key is unknown or missing, a value is of the wrong type or out of range, or the class
        refuses the values together.
    """
    hints = get_type_hints(cls)
    for key in table:
        if key not in hints:
            raise InputError(
                f"{where}: found the key {key!r}, expected one of {', '.join(sorted(hints))}"
            )
    for field in fields(cls):
        if field.default is MISSING and field.name not in table:
            raise InputError(f"{where}: found no {field.name}, expected one")
    values = {key: checked_value(hints[key], table[key], key, where) for key in table}
    try:
        return cls(**values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def checked_value(hint: Any, value: Any, key: str, where: str) -> Any:
    """Return the value in its annotated type, if it is of that type and in a sensible range.

    Examples
    --------
    >>> checked_value(float, 4, "temperature", "ising.toml: snapshots")
    4.0
    >>> checked_value(tuple[Literal["up", "down"], ...], ["up"], "ways", "ising.toml: lift")
    ('up',)
    """
    kind = get_origin(hint) or hint
    if kind is Literal:
        fits, expected = value in get_args(hint), f"one of {', '.join(get_args(hint))}"
    elif kind is str:
        fits, expected = isinstance(value, str), "a text"
    elif kind is bool:
        fits, expected = isinstance(value, bool), "true or false"
    elif kind is tuple and get_origin(get_args(hint)[0]) is Literal:
        names = get_args(get_args(hint)[0])
        fits = isinstance(value, list | tuple) and all(v in names for v in value)
        expected = f"a list of some of {', '.join(names)}"
    elif kind is tuple:
        fits, expected = _are_counts(value), "a list of positive integers"
    else:
        fits, expected = _is_number(kind, value, key)
    if not fits:
        raise InputError(f"{where}: {key}: found {value!r}, expected {expected}")
    return kind(value) if kind in (float, tuple) else value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_counts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_is_whole(v) and v > 0 for v in value)


def _is_number(kind: type, value: Any, key: str) -> tuple[bool, str]:
    least, most = _RANGES.get(key, _COUNT)
    typed = _is_whole(value) or (kind is float and isinstance(value, float))
    name = "a number" if kind is float else "an integer"
    return typed and least <= value <= most, f"{name} from {least:g} to {most:g}"
