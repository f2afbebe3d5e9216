"""Gates are met up to their bounds, and what is written is what is read."""

from pathlib import Path

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.runs.gates import Gate, check, read_gates, write_gates


@pytest.mark.parametrize(
    ("value", "bound", "met"),
    [
        (0.01, "<= 0.01", True),
        (0.0101, "<= 0.01", False),
        (-3.0, ">= -3", True),
        (-3.1, ">= -3", False),
        (0.5, ">= 0.5 and <= 1.2", True),
        (0.4, ">= 0.5 and <= 1.2", False),
        (1.3, ">= 0.5 and <= 1.2", False),
    ],
)
def test_a_gate_is_met_up_to_its_bound(
    value: float, bound: str, met: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check({"a": (value, bound)}) == {"a": Gate(value, bound, met)}
    assert capsys.readouterr().out == f"a {bound}: {met}\n"


@pytest.mark.parametrize("bound", ["0.01", "< 0.01", "<= 1 and", "within 2"])
def test_a_bound_that_cannot_be_read_is_refused(bound: str) -> None:
    with pytest.raises(InputError, match=r"^bound: found .*, expected such as '<= 0\.01'"):
        check({"a": (1.0, bound)})


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(InputError, match=r"^gate 'a': found .*, expected a finite value$"):
        check({"a": (value, "<= 1")})


def test_gates_are_read_as_they_were_written(tmp_path: Path) -> None:
    gates = check({"a": (np.float32(0.5), "<= 1"), "b": (np.int64(3), ">= 4")})
    folder = tmp_path / "results" / "quick" / "99_a"
    write_gates("99_a", "quick", gates, tmp_path)
    assert read_gates(folder) == gates == {"a": (0.5, "<= 1", True), "b": (3.0, ">= 4", False)}
    write_gates("99_a", "quick", {"b": gates["b"]}, tmp_path)
    assert read_gates(folder) == {"b": gates["b"]}, "gates of an earlier run are gone"
