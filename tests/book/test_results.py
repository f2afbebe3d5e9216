"""The table of numbers holds what the metrics say, beside what the paper says."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

from dcl.book.claims import BUDGET_RULE, RULES, UNTESTED, load_claims
from dcl.book.claims_page import claims_page
from dcl.book.results import Row, results_page, results_table, to_markdown
from dcl.files import file_hash

PAPER = tomllib.loads(files("dcl.book").joinpath("data", "paper_numbers.toml").read_text("utf-8"))


def write_metrics(folder: Path, **metrics: float) -> None:
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_rows_follow_the_file_of_quantities_and_name_the_source(tmp_path: Path) -> None:
    write_metrics(tmp_path / "potts", rnn_rmse=0.4)
    write_metrics(tmp_path / "robustness", rnn_rmse_snake=0.6)
    write_metrics(tmp_path / "ising", unknown=3.0, ednn_rmse=0.2, rnn_rmse=0.5)
    names = PAPER["quantities"]
    assert results_table(tmp_path) == [
        Row("ising", names["rnn_rmse"], 0.5, 2.06, "paper, Fig. 4"),
        Row("ising", names["ednn_rmse"], 0.2, 1.47, "paper, Fig. 4"),
        Row("ising", "unknown", 3.0, None, ""),
        Row("potts", names["rnn_rmse"], 0.4, None, ""),
        Row("robustness", f"{names['rnn_rmse']}: snake", 0.6, None, ""),
    ]


def test_a_number_that_the_paper_does_not_give_is_said_to_be_missing() -> None:
    assert "| 0.5 | not given |" in to_markdown([Row("potts", "RMSE", 0.5, None, "")])


def test_every_number_of_the_paper_has_a_source_and_a_named_quantity() -> None:
    for experiment in PAPER.keys() - {"quantities"}:
        for key, entry in PAPER[experiment].items():
            assert key in PAPER["quantities"]
            assert entry["source"].startswith(("paper, ", "notebook, "))


def test_the_page_of_results_says_so_when_nothing_was_run(tmp_path: Path) -> None:
    assert "No experiment of this profile" in results_page(tmp_path, "quick")


def test_every_claim_has_a_row_with_as_many_cells_as_the_head(tmp_path: Path) -> None:
    page = claims_page(tmp_path, "quick")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    heads = [row for row in rows if row.startswith(("| Claim", "| ---"))]
    claims = [claim for section in load_claims().values() for claim in section]
    assert len(rows) - len(heads) == len(claims)
    assert {row.count("|") for row in rows} == {7}
    assert f"{len(claims)} claims: " in page


def test_a_claim_s_row_shows_both_numbers_and_the_verdict(tmp_path: Path) -> None:
    numbers = {"rnn_rmse": 0.5, "paper_rnn_rmse": 2.0, "ednn_rmse": 1.5, "paper_ednn_rmse": 1.2}
    write_metrics(tmp_path / "ising", **numbers, masked_rmse=0.1, couplings_rmse=3.0)
    page = claims_page(tmp_path, "quick")
    assert "| 2.06 | 0.5, 2 | 0 | reproduced | masked 0.1: reached |" in page
    assert "| 1.47 | 1.5 | 0 | not reproduced | couplings 3: not reached |" in page
    assert "| 1.47 | 1.2 | 0 | reproduced |  |" in page
    assert "(J). | 1.47 < 2.06 | 1.5; against 0.5 | 0 | not reproduced |  |" in page


def test_no_other_method_is_ever_called_reproduced(tmp_path: Path) -> None:
    """Only keys of recurrent networks and of the networks that they taught stand in that column."""
    for claim in (claim for section in load_claims().values() for claim in section):
        names = [key.partition(":")[2] for key in claim.ours if "/metrics:" in key]
        judged = [n for n in names if n.endswith(("_rmse", "_nats", "_16x16", "_per_spin"))]
        assert all(name.startswith(("rnn_", "ednn_", "paper_")) for name in judged)
        others = [key.partition(":")[2].rpartition(".")[2] for key in claim.other]
        kinds = ("masked_", "sparse_", "couplings_")
        assert all(name.startswith(kinds) or "masked" in claim.other[0] for name in others)
    page = claims_page(tmp_path, "quick")
    assert not any("reproduced" in row.split("|")[6] for row in page.splitlines()
                   if row.startswith("| **"))  # fmt: skip


def test_the_page_defines_every_rule_and_shows_archived_runs(tmp_path: Path) -> None:
    folder = tmp_path / "artifacts" / "ising-gru_paper"
    folder.parent.mkdir()
    write_metrics(folder, rnn_rmse=12.3, configurations_seen=8e5)
    hashes = {"metrics.json": file_hash(folder / "metrics.json")}
    (folder / "hashes.json").write_text(json.dumps(hashes))
    page = claims_page(tmp_path / "results", "quick", folder.parent)
    for name, rule in {**RULES, UNTESTED: BUDGET_RULE}.items():
        assert f"\n{name}\n: {rule}." in page
    assert f"| 2.06 | 12.3 | 0 | {UNTESTED} |" in page
    assert f"| {UNTESTED} |" not in claims_page(tmp_path / "results", "quick")


def test_numbers_of_the_smoke_profile_carry_a_warning(tmp_path: Path) -> None:
    for page in (results_page, claims_page):
        assert "mean nothing" in page(tmp_path, "smoke")
        assert "mean nothing" not in page(tmp_path, "quick")
