"""The table of numbers holds what the metrics say, beside what the paper says."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

from dcl.report import Row, results_table, to_markdown

PAPER = tomllib.loads(files("dcl").joinpath("data", "paper_numbers.toml").read_text("utf-8"))


def write_metrics(folder: Path, **metrics: float) -> None:
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_rows_follow_the_file_of_quantities_and_name_the_source(tmp_path: Path) -> None:
    write_metrics(tmp_path / "potts", rnn_rmse=0.4)
    write_metrics(tmp_path / "ising", unknown=3.0, ednn_rmse=0.2, rnn_rmse=0.5)
    names = PAPER["quantities"]
    assert results_table(tmp_path) == [
        Row("ising", names["rnn_rmse"], 0.5, 2.06, "paper, Fig. 4"),
        Row("ising", names["ednn_rmse"], 0.2, 1.47, "paper, Fig. 4"),
        Row("ising", "unknown", 3.0, None, ""),
        Row("potts", names["rnn_rmse"], 0.4, None, ""),
    ]


def test_a_number_that_the_paper_does_not_give_is_said_to_be_missing() -> None:
    assert "| 0.5 | not given |" in to_markdown([Row("potts", "RMSE", 0.5, None, "")])


def test_every_number_of_the_paper_has_a_source_and_a_named_quantity() -> None:
    for experiment in PAPER.keys() - {"quantities"}:
        for key, entry in PAPER[experiment].items():
            assert key in PAPER["quantities"]
            assert entry["source"].startswith(("paper, ", "notebook, "))
