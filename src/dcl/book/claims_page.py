"""The page that sets every claim of the paper against this package, which a run writes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dcl.book.claims import (
    BUDGET_RULE,
    ELSEWHERE,
    RULES,
    UNTESTED,
    Claim,
    Finding,
    Reached,
    find,
    judge_other,
    load_claims,
)
from dcl.book.results import caution
from dcl.book.templates import markdown_table

__all__ = ["claims_page"]

ELSEWHERE_RULE = (
    "only another method has a value here; by the same rule it is called reached or not reached"
)


def claims_page(results_dir: Path, profile: str, artifacts: Path | None = None) -> str:
    """The page `paper_vs_package`: every claim of the paper, its number, ours, and a verdict.

    Parameters
    ----------
    results_dir : Path
        `results/<profile>`; a claim whose run is missing is shown as not tested yet.
    profile : str
    artifacts : Path, optional
        The folder of the archived runs.

    Returns
    -------
    str
        MyST Markdown, one table a section of `data/claims.toml`.
    """
    sections = {
        title: [find(claim, results_dir, artifacts) for claim in claims]
        for title, claims in load_claims().items()
    }
    verdicts = Counter(finding.verdict for group in sections.values() for finding in group)
    tally = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    definitions = {**RULES, UNTESTED: BUDGET_RULE, ELSEWHERE: ELSEWHERE_RULE}
    rules = "\n\n".join(f"{name}\n: {rule}." for name, rule in definitions.items())
    tables = "\n\n".join(
        f"## {title}\n\n{_claims_table(findings)}" for title, findings in sections.items()
    )
    return (
        "# The paper against this package\n\n"
        "What {cite:t}`sprague2021watch` say in text, figures and supplement, one row a claim, in "
        f"other words than theirs. Written by the run, profile `{profile}`: values are those of "
        "its `metrics.json` files and manifests, and for the paper's own network those of the "
        "archived runs, the same in every profile; verdicts follow from the rules below. The last "
        "table has what the abstracts of the ten {doc}`neighbours` say.\n\n"
        "*By the paper's method* is a recurrent network, trained on snapshots with no symmetries "
        "imposed, and an extensive network trained on its labels; only that can be *reproduced*. "
        "*By another method* is a masked network with all symmetries imposed, a sparse "
        "autoregression or a cluster expansion.\n\n"
        f"{caution(profile)}{verdicts.total()} claims: {tally}.\n\n{tables}\n\n"
        f"## How a verdict is found\n\n{rules}\n"
    )


def _claims_table(findings: Sequence[Finding]) -> str:
    head = ["Claim", "Paper", "By the paper's method", "Exact", "Verdict", "By another method"]
    table = markdown_table(head, map(_claims_row, findings))
    return f"```{{table}}\n:widths: 38 10 16 10 12 14\n{table}\n```"


def _claims_row(finding: Finding) -> list[str]:
    claim = finding.claim
    text = f"**{claim.where}.** {claim.claim}."
    if claim.reason:
        text += f" *{claim.reason}*"
    exact = "" if claim.exact is None else _shown(claim.exact)
    return [text, _paper(claim), _here(finding), exact, finding.verdict, _elsewhere(finding)]


def _elsewhere(finding: Finding) -> str:
    """Values of other methods, each with the name of its key's method and how it does."""
    parts = []
    for key, reached in zip(finding.claim.other, finding.other, strict=True):
        name = key.partition(":")[2].rpartition(".")[2].partition("_")[0]
        if "summary:" in key:
            name = "masked teacher"
        verdict = f": {judge_other(finding.claim, reached, finding.than)}" if reached else ""
        parts.append(f"{name} {_reached(reached)}{verdict}")
    return ", ".join(parts)


def _paper(claim: Claim) -> str:
    if claim.paper is None:
        return "no number" if claim.ours else ""
    if isinstance(claim.paper, list):
        return " to ".join(_shown(bound) for bound in claim.paper)
    return _shown(claim.paper)  # type: ignore[arg-type]


def _here(finding: Finding) -> str:
    claim = finding.claim
    values = [_reached(reached) for reached in finding.ours]
    if claim.rule == "gates":
        names = (key.partition(":")[2] for key in claim.ours)
        return "; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))
    text = ", ".join(values if len(set(values)) > 1 else values[:1])
    if claim.than and text != "not run":
        text += f"; against {_reached(finding.than)}"
    if claim.limit is not None:
        text += f" ({'factor' if claim.rule == 'factor' else 'limit'} {_shown(claim.limit)})"
    return text


def _reached(reached: Reached | None) -> str:
    if reached is None:
        return "not run"
    if reached.runs == 1 or reached.lowest == reached.highest:
        return _shown(reached.value)
    spread = f"{_shown(reached.lowest)} to {_shown(reached.highest)}"
    return f"{_shown(reached.value)} ({spread}, {reached.runs} runs)"


def _shown(value: float | str) -> str:
    """Three digits, and whole numbers below a million as they are."""
    if isinstance(value, str):
        return value
    if float(value).is_integer() and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e-")
