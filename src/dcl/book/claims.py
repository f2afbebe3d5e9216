"""Claims of the paper, one by one, and the verdict of this package's runs.

The claims are in the committed `data/claims.toml`, which explains its keys. Values of ours are read
from `results/<profile>`: numbers from `metrics.json` and the like, choices from the manifests of
the stages that ran. Those of the paper's own network, which takes too long to train again, are read
from `artifacts/`, after its files have been compared with their hashes. A verdict follows from the
claim's rule, one of `RULES`, and where the paper trained longer from `BUDGET_RULE`. Only what the
paper's method reached, a recurrent network without imposed symmetries and the extensive network
that it taught, may be called reproduced; other methods stand in a column of their own. Claims of
the neighbours are judged by the gates of their chapters (`dcl.runs.gates`).
"""

import statistics
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcl.book.templates import committed
from dcl.files import read_json
from dcl.runs.archive import verify
from dcl.runs.gates import read_gates

__all__ = [
    "BUDGET_RULE",
    "ELSEWHERE",
    "RULES",
    "UNTESTED",
    "Claim",
    "Finding",
    "Reached",
    "find",
    "judge",
    "judge_other",
    "load_claims",
]

RULES = {
    "at most": "reproduced if every value here is at most the paper's",
    "limit": "the paper gives no number; reproduced if every value here is at most the limit, "
    "which was set before the runs",
    "below": "reproduced if every value here is below the one that it is compared with",
    "factor": "reproduced if every value here is within the factor, either way, of the one that it "
    "is compared with",
    "same": "a choice, not a result: the same, or different",
    "gates": "from the abstract of a neighbour, tested on systems of ours; reproduced if the gates "
    "of its chapter that are named here are met",
    "judged": "no run can test it; the reason is given",
}
"""How a verdict is found, rule by rule."""

UNTESTED = "not tested at this budget"
BUDGET_RULE = (
    "the claim is about a training on more configurations than were seen here; falling short with "
    "less says nothing about it"
)
"""When a claim with a budget gets the verdict `UNTESTED` instead of ``not reproduced``."""

ELSEWHERE = "not tested by the paper's method"
"""Verdict of a claim for which another method alone has a value."""

Value = float | str


@dataclass(frozen=True)
class Claim:
    """One claim of the paper; see `data/claims.toml` for its fields."""

    where: str
    claim: str
    rule: str
    paper: Value | Sequence[float] | None = None
    ours: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    exact: Value | None = None
    than: str | None = None
    limit: float | None = None
    budget: float | None = None
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Reached:
    """A value of ours: the median of the runs that have it, and their range.

    ``met`` says of a chapter's gate whether the value is within its bound.
    """

    value: Value
    lowest: Value
    highest: Value
    runs: int
    met: bool = True


@dataclass(frozen=True)
class Finding:
    """A claim with what the runs say about it; None where no run does."""

    claim: Claim
    ours: tuple[Reached | None, ...]
    other: tuple[Reached | None, ...]
    than: Reached | None
    verdict: str


def load_claims() -> dict[str, list[Claim]]:
    """The claims by section, in the order of the file.

    Examples
    --------
    >>> sum(claim.paper == 2.06 for claims in load_claims().values() for claim in claims)
    3
    """
    text = committed("claims.toml")
    return {
        section["title"]: [
            Claim(**{**entry, **{key: tuple(entry.get(key, ())) for key in ("ours", "other")}})
            for entry in section["claim"]
        ]
        for section in tomllib.loads(text)["section"]
    }


def find(claim: Claim, results: Path, artifacts: Path | None = None) -> Finding:
    """Look up a claim's values in `results/<profile>` and in the archived runs, and judge it.

    Parameters
    ----------
    claim : Claim
    results : Path
        `results/<profile>`.
    artifacts : Path, optional
        The folder of the archived runs; without it they are not there.

    Raises
    ------
    InputError
        If a file of an archived run does not fit its hash.

    Examples
    --------
    >>> claim = Claim("Fig. 4", "RMSE", "at most", 2.06, ours=("ising/metrics:rnn_rmse",))
    >>> find(claim, Path("no-such-folder")).verdict
    'not tested yet'
    """

    def reached(key: str) -> Reached | None:
        return _reached(results, artifacts, key)

    ours, other = (tuple(map(reached, keys)) for keys in (claim.ours, claim.other))
    than = reached(claim.than) if claim.than else None
    verdict = judge(claim, ours, than)
    if verdict == "not reproduced" and claim.budget:
        seen = [reached(f"{key.partition(':')[0]}:configurations_seen") for key in claim.ours]
        if any(float(value.value) < claim.budget for value in seen if value is not None):
            verdict = UNTESTED
    return Finding(claim, ours, other, than, verdict)


def judge(claim: Claim, ours: Sequence[Reached | None], than: Reached | None) -> str:
    """Judge what the paper's method reached: see `RULES`.

    ``not tested yet`` where a run is missing, `ELSEWHERE` where only other methods have a value.
    """
    if claim.rule == "judged":
        return claim.verdict
    if not claim.ours:
        return ELSEWHERE
    found = [reached for reached in ours if reached is not None]
    if len(found) < len(ours) or (claim.than and than is None):
        return "not tested yet"
    if claim.rule == "same":
        return "same" if all(_is_same(r.value, claim.paper) for r in found) else "different"
    holds = all(_holds(claim, reached, than) for reached in found)
    return "reproduced" if holds else "not reproduced"


def judge_other(claim: Claim, other: Reached, than: Reached | None = None) -> str:
    """Judge another method's value by the same rule: ``reached`` or ``not reached``.

    Examples
    --------
    >>> judge_other(Claim("Fig. 4", "RMSE", "at most", 2.06), Reached(0.1, 0.1, 0.1, 1))
    'reached'
    """
    return "reached" if _holds(claim, other, than) else "not reached"


def _holds(claim: Claim, reached: Reached, than: Reached | None) -> bool:
    if claim.rule == "gates":
        return reached.met
    number, other = float(reached.value), float(than.value) if than else 0.0
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


def _reached(results: Path, artifacts: Path | None, key: str) -> Reached | None:
    """The value under a key of `claims.toml`, or None if no run has it."""
    file, _, name = key.partition(":")
    if file.endswith("/gates"):
        gate = read_gates(results / file.removesuffix("/gates")).get(name)
        return Reached(gate.value, gate.value, gate.value, 1, gate.met) if gate else None
    found = [_value(path, name) for path in _files(results, artifacts, file)]
    values = [value for value in found if value is not None]
    if not values:
        return None
    if isinstance(values[0], str):
        return Reached(values[0], values[0], values[0], len(values))
    numbers = [float(value) for value in values]
    return Reached(statistics.median(numbers), min(numbers), max(numbers), len(numbers))


def _files(results: Path, artifacts: Path | None, file: str) -> list[Path]:
    """The JSON files that a key speaks of; those of an archived run fit their hashes."""
    if not file.startswith("artifacts/"):
        return sorted(results.glob(f"{file}.json"))
    _, name, inner = file.split("/", 2)
    if artifacts is None or not (artifacts / name).is_dir():
        return []
    verify(artifacts / name)
    return sorted((artifacts / name).glob(f"{inner}.json"))


def _value(path: Path, name: str) -> Value | None:
    content: Any = read_json(path)
    for part in name.split("."):
        content = content.get(part) if isinstance(content, Mapping) else None
    if isinstance(content, list):
        return ", ".join(str(item) for item in content)
    return content  # type: ignore[no-any-return]
