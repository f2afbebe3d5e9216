"""What the paper says, claim by claim, and the verdict of this package's runs.

The claims are in the committed `data/claims.toml`, which explains its keys. Values of ours are read
from `results/<profile>`: numbers from `metrics.json` and the like, choices from the manifests of
the stages that ran. A verdict follows from the claim's rule, one of `RULES`, and from nothing else.
"""

import statistics
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from dcl.files import read_json

__all__ = ["JUDGEMENTS", "RULES", "Claim", "Finding", "Reached", "find", "judge", "load_claims"]

RULES = {
    "at most": "reproduced if every value here is at most the paper's",
    "limit": "the paper gives no number; reproduced if every value here is at most the limit, "
    "which was set before the runs",
    "below": "reproduced if every value here is below the one that it is compared with",
    "factor": "reproduced if every value here is within the factor, either way, of the one that it "
    "is compared with",
    "same": "a choice, not a result: the same, or different",
    "judged": "no run can test it; the reason is given",
}
"""How a verdict is found, rule by rule."""

JUDGEMENTS = ("agreed", "too strong", "imprecise", "outside")
"""Verdicts of the rule ``judged``; ``outside`` is what concerns other work, or the future."""

Value = float | str


@dataclass(frozen=True)
class Claim:
    """One claim of the paper; see `data/claims.toml` for its fields."""

    where: str
    claim: str
    rule: str
    paper: Value | Sequence[float] | None = None
    ours: tuple[str, ...] = ()
    exact: Value | None = None
    than: str | None = None
    limit: float | None = None
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Reached:
    """A value of ours: the median of the runs that have it, and their range."""

    value: Value
    lowest: Value
    highest: Value
    runs: int


@dataclass(frozen=True)
class Finding:
    """A claim with what the runs say about it; None where no run does."""

    claim: Claim
    ours: tuple[Reached | None, ...]
    than: Reached | None
    verdict: str


def load_claims() -> dict[str, list[Claim]]:
    """The claims by section, in the order of the file.

    Examples
    --------
    >>> sum(claim.paper == 2.06 for claims in load_claims().values() for claim in claims)
    3
    """
    text = files("dcl").joinpath("data", "claims.toml").read_text("utf-8")
    return {
        section["title"]: [
            Claim(**{**entry, "ours": tuple(entry.get("ours", ()))}) for entry in section["claim"]
        ]
        for section in tomllib.loads(text)["section"]
    }


def find(claim: Claim, results: Path) -> Finding:
    """Look up a claim's values in `results/<profile>` and judge it.

    Examples
    --------
    >>> claim = Claim("Fig. 4", "RMSE", "at most", 2.06, ours=("ising/metrics:rnn_rmse",))
    >>> find(claim, Path("no-such-folder")).verdict
    'not tested yet'
    """
    ours = tuple(_reached(results, key) for key in claim.ours)
    than = _reached(results, claim.than) if claim.than else None
    return Finding(claim, ours, than, judge(claim, ours, than))


def judge(claim: Claim, ours: Sequence[Reached | None], than: Reached | None) -> str:
    """The verdict: see `RULES`; ``not tested yet`` where a run is missing."""
    if claim.rule == "judged":
        return claim.verdict
    values = [reached.value for reached in ours if reached is not None]
    if len(values) < len(ours) or (claim.than and than is None):
        return "not tested yet"
    if claim.rule == "same":
        return "same" if all(_is_same(value, claim.paper) for value in values) else "different"
    numbers = [float(value) for value in values]
    holds = all(_holds(claim, number, than) for number in numbers)
    return "reproduced" if holds else "not reproduced"


def _holds(claim: Claim, number: float, than: Reached | None) -> bool:
    other = float(than.value) if than else 0.0
    if claim.rule == "below":
        return number < other
    if claim.rule == "factor":
        assert claim.limit is not None
        return other / claim.limit <= number <= other * claim.limit
    bound = claim.limit if claim.rule == "limit" else claim.paper
    assert isinstance(bound, int | float)
    return number <= bound


def _is_same(value: Value, paper: Value | Sequence[float] | None) -> bool:
    if isinstance(paper, list):
        return bool(paper[0] <= float(value) <= paper[1])
    return value == paper


def _reached(results: Path, key: str) -> Reached | None:
    """The value under a key of `claims.toml`, or None if no run has it."""
    file, _, name = key.partition(":")
    found = [_value(path, name) for path in sorted(results.glob(f"{file}.json"))]
    values = [value for value in found if value is not None]
    if not values:
        return None
    if isinstance(values[0], str):
        return Reached(values[0], values[0], values[0], len(values))
    numbers = [float(value) for value in values]
    return Reached(statistics.median(numbers), min(numbers), max(numbers), len(numbers))


def _value(path: Path, name: str) -> Value | None:
    content: Any = read_json(path)
    for part in name.split("."):
        content = content.get(part) if isinstance(content, Mapping) else None
    if isinstance(content, list):
        return ", ".join(str(item) for item in content)
    return content  # type: ignore[no-any-return]
