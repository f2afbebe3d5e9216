"""The page that sums up the replication, under the headings that replication journals use.

The text is `data/replication.md`; numbers come from `results/<profile>` and the archived runs.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from dcl.book.claims import UNTESTED, Finding, find, load_claims
from dcl.book.replication_tables import (
    SYSTEMS,
    accuracy_table,
    data_table,
    machines_table,
    models_table,
    results_table,
)
from dcl.book.results import caution, reached_numbers
from dcl.book.templates import filled
from dcl.learning.settings import sequence_settings
from dcl.runs.archive import Archive, load_archive, load_rows
from dcl.runs.stages import open_run

__all__ = ["replication_page"]

PAPER = ("gru", "ednn", "paper_gru", "paper_ednn")
"""Models of the paper's method."""
OTHERS = ("masked", "sparse", "couplings")


def replication_page(root: Path, profile: str) -> str:
    """The page `replication`.

    Parameters
    ----------
    root : Path
        The repository; reads `results/<profile>`, `experiments/` and `artifacts/`.
    profile : str

    Returns
    -------
    str
        MyST Markdown.
    """
    runs = {title: open_run(name, profile, root=root) for name, title in SYSTEMS.items()}
    metrics = {title: reached_numbers(run.folder) for title, run in runs.items()}
    archives = {
        title: load_archive(f"{name}-gru_paper", root)
        for name, title in SYSTEMS.items()
        if (root / "artifacts" / f"{name}-gru_paper").is_dir()
    }
    delay_line, networks, fits = (
        load_rows(name, root) for name in ("paper", "networks", "accuracy")
    )
    studies = {
        "The paper's GRU from a delay line": delay_line,
        "Default networks of other seeds": networks,
        "Accuracy study": fits,
    }
    findings = _findings(root, profile)
    verdicts = Counter(finding.verdict for finding in findings)
    words = {
        "PROFILE": profile,
        "CAUTION": caution(profile),
        "CLAIMS": verdicts.total(),
        "TALLY": ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()),
        "DATA": data_table(runs),
        "MODELS": models_table(runs),
        "MACHINES": machines_table(runs, archives, studies),
        "RESULTS": results_table(runs, metrics, PAPER, [*delay_line, *networks]),
        "BEYOND": results_table(runs, metrics, OTHERS),
        "ROWS": accuracy_table(fits),
        "BUDGET": _budget(archives),
        "MISSED": _missed(findings),
    }
    return filled("replication.md", words)


def _findings(root: Path, profile: str) -> list[Finding]:
    return [
        find(claim, root / "results" / profile, root / "artifacts")
        for claims in load_claims().values()
        for claim in claims
        if claim.rule != "gates"  # of neighbours
    ]


def _budget(archives: Mapping[str, Archive]) -> str:
    """The shares of the paper's training that the archived runs saw, in words."""
    whole = sequence_settings("gru-paper").configurations_seen
    shares = [
        f"{title} {archive.metrics['configurations_seen'] / whole:.1g}"
        for title, archive in archives.items()
    ]
    return ", ".join(shares) or "none is archived"


def _missed(findings: Sequence[Finding]) -> str:
    """The claims whose number was not reached, one an item."""
    missed = [found for found in findings if found.verdict in ("not reproduced", UNTESTED)]
    items = [f"- *{m.claim.where}.* {m.claim.claim}: {m.verdict}." for m in missed]
    if not items:
        return "No number that was tested in this run failed its rule."
    return "\n".join(["Claims that this run did not reproduce, or could not test:\n", *items])
