"""The summary of the replication holds what runs wrote, under the headings that journals use."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from dcl.book.replication import replication_page
from dcl.book.replication_tables import accuracy_table, estimate, machines_table
from dcl.runs.archive import archive_rows, load_rows
from dcl.runs.stages import open_run

ROOT = Path(__file__).parents[2]
HEADINGS = (
    "Scope",
    "Methodology",
    "Results by the paper's method",
    "Results beyond the paper",
    "What was easy",
    "What was difficult",
    "What could not be replicated",
)


@pytest.fixture
def root(tmp_path):
    """A repository with experiments and nothing that was run or archived."""
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    return tmp_path


def write_metrics(root, experiment, **metrics):
    folder = root / "results" / "quick" / experiment
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_the_headings_are_those_of_replication_journals_and_no_place_is_left_open(root):
    page = replication_page(root, "quick")
    assert tuple(re.findall(r"^## (.*)$", page, re.MULTILINE)) == HEADINGS
    assert not re.search(r"@[A-Z_]+@", page)


def test_without_a_run_there_is_no_result(root):
    page = replication_page(root, "quick")
    results = page[page.index(f"## {HEADINGS[2]}") : page.index(f"## {HEADINGS[4]}")]
    assert results.count("This profile has not been run yet.") == 3
    assert "|" not in results


def test_a_number_of_this_run_stands_with_its_seed_beside_the_paper_s(root):
    write_metrics(root, "ising", rnn_rmse=0.5678, masked_rmse=0.1234)
    page = replication_page(root, "quick")
    seed = open_run("ising", "quick", root=root).experiment.models["gru"].seed
    (line,) = [line for line in page.splitlines() if "0.568" in line]
    assert f"| 2.06 | 0.568 (seed {seed}) |" in line
    assert page.index("0.123 (seed") > page.index(f"## {HEADINGS[3]}") > page.index("0.568")


def test_archived_seeds_are_a_mean_with_its_standard_error(root):
    (root / "artifacts").symlink_to(ROOT / "artifacts")
    rows = load_rows("paper", ROOT)
    values = [row["paper_rnn_rmse"] for row in rows if row["system"] == "ising"]
    mean, error = np.mean(values), np.std(values, ddof=1) / len(values) ** 0.5
    expected = f"{mean:.3g} ± {error:.1g} ({len(values)} seeds)"
    assert expected in replication_page(root, "quick")


def test_networks_of_other_seeds_are_archived_seeds_too(root):
    (root / "artifacts").mkdir()
    rows = [{"system": "potts", "seed": seed, "rnn_rmse": 0.1 * seed} for seed in (1, 2, 3)]
    archive_rows("networks", rows, root)
    page = replication_page(root, "quick")
    assert "| 0.2 ± 0.06 (3 seeds) |" in page
    assert "Default networks of other seeds, 3 fits" in page


def test_a_critical_temperature_has_the_errors_of_simulation_and_networks(root):
    numbers = {"": 2.27, "_standard_error": 0.001, "_error": 0.0008}
    numbers |= {"_mean": 2.272, "_mean_standard_error": 0.004}
    write_metrics(root, "ising", **{f"critical_temperature{end}": n for end, n in numbers.items()})
    assert "| 2.2700 ± 0.0010 | 2.2720 ± 0.0040 |" in replication_page(root, "quick")


def test_an_estimate_of_one_seed_has_no_error_bar():
    assert estimate({7: 0.25}) == "0.25 (seed 7)"
    assert estimate({}) == ""


def test_fits_of_the_accuracy_study_are_grouped_by_snapshots():
    row = {"method": "direct", "system": "potts", "temperature": 4.0, "snapshots": 1000}
    table = accuracy_table([{**row, "seed": s, "ednn_rmse": 0.1 * s} for s in (1, 2, 3)])
    assert "| Pseudolikelihood fit, Potts: RMSE (J) | 0.2 ± 0.06 (3 seeds) |  |  |  |" in table


def test_the_machine_of_a_stage_is_shown_and_its_absence_said(root):
    machine = {"processor": "A processor", "cores": 4, "memory_gib": 8}
    run = open_run("ising", "smoke", root=root)
    entry = {"files": {}, "wall_seconds": 90, "finished": "now", "versions": {"keras": "3"}}
    for name, more in (("snapshots", {"machine": machine}), ("levels", {})):
        (run.folder / name).mkdir(parents=True)
        (run.folder / name / "manifest.json").write_text(json.dumps(entry | more))
    line = machines_table({"Ising": run}, {}, {}).splitlines()[-1]
    words = "A processor, 4 cores, 8 GiB; not recorded"
    assert line == f"| Ising, this run | 3.0 | {words} | keras 3 |"


def test_claims_that_were_not_reproduced_are_named(root):
    write_metrics(root, "ising", rnn_rmse=3.0, paper_rnn_rmse=3.0)
    missed = replication_page(root, "quick").partition(f"## {HEADINGS[6]}")[2]
    assert "- *Fig. 4.* RMSE of the sequence model over all levels, Ising (J): not" in missed
