"""The page on speed shows what its record says."""

import json
import re
from pathlib import Path

import page
import pytest

ROOT = Path(__file__).parents[1]
ASKED = [
    "ising_vs_mcising_8",
    "ising_vs_mcising_128",
    "ising_vs_peapods_32",
    "glass_vs_peapods_8",
    "ednn_vs_mcising_256",
    "learned_pairs_vs_mcising_256",
    "learned_tiles_vs_mcising_256",
    *(f"error_bars_vs_{peer}" for peer in ("mcising", "peapods", "numba_loop")),
    "ednn_vs_keras",
    "gru_vs_torch_64",
    "gru_vs_torch_378",
    *(f"two_cores_{name}" for name in ("multispin", "metropolis", "potts")),
    *(f"two_cores_{name}" for name in ("glass", "ednn", "gru")),
]
RATIO = {"": 2.5, "_lowest": 2.25, "_highest": 2.75, "_ours": 5e9, "_peer": 2e9}


@pytest.fixture
def record() -> dict:
    """A record with every row."""
    rows = {f"{key}{ending}": value for key in ASKED for ending, value in RATIO.items()}
    for size in (8, 1024):
        for cores in (1, 2):
            rows[f"multispin_flips_per_ns_{size}_{cores}"] = size + cores / 10
            rows[f"ednn_flips_per_ns_{size}_{cores}"] = 0.1 * cores
        rows[f"gru_configurations_per_second_{size}"] = 1e6 / size
    for units in (64, 378):
        rows |= {f"gru_share_of_sgemm_{units}_{side}": 0.25 for side in ("ours", "peer")}
    rows |= {"sgemm_gflops": 300.0, "multispin_operations_per_flip": 5.25}
    rows |= {"multispin_operations_per_ns": 60.0, "paper_dataset_seconds": 12.5}
    rows |= {"paper_dataset_stride": 20, "paper_dataset_bytes_per_configuration": 8.0}
    rows |= {f"paper_dataset_correlation_of_{name}": 0.01 for name in ("magnetisation", "energy")}
    rows |= {"learn_20000_seconds": 6.25, "learn_20000_processor_seconds": 5.5}
    versions = {"python": "3.11.2", "mcising": "1.1.0"}
    return {
        "date": "2026-11-21",
        "machine": "a processor, 2 cores",
        "load": 0.21,
        "versions": versions,
        "rows": rows,
    }


def test_every_ratio_has_a_row_with_both_rates_and_the_spread(record: dict) -> None:
    text = " ".join(page.benchmarks_page(record).split("\n"))
    assert text.count("| 2.5 (2.25 to 2.75) |") == len(ASKED)
    peer = "Ising, 8 x 8, against mcising"
    assert f"| {peer} | 5 flips/ns | 2 flips/ns | 2.5 (2.25 to 2.75) | 60 |" in text
    assert "12.5 s, asked 60 s" in text
    assert "25% at 378 units (torch 25%)" in text


def test_the_page_names_date_machine_load_and_versions(record: dict) -> None:
    text = page.benchmarks_page(record)
    for part in ("2026-11-21", "a processor, 2 cores", "load 0.2 ", "mcising 1.1.0"):
        assert part in text


def test_the_page_warns_when_other_processes_shared_the_cores(record: dict) -> None:
    assert "shared the cores" not in page.benchmarks_page(record)
    assert "shared the cores" in page.benchmarks_page({**record, "load": 0.6})


def test_sizes_are_in_numerical_order(record: dict) -> None:
    text = page.benchmarks_page(record)
    assert text.index("| 8 x 8 | 8.1 | 8.2 |") < text.index("| 1024 x 1024 | 1.02e+03 |")


def test_a_row_that_was_not_measured_is_left_out(record: dict) -> None:
    del record["rows"]["glass_vs_peapods_8"]
    text = page.benchmarks_page(record)
    assert "against peapods" in text
    assert "Gaussian glass, 8 x 8, against" not in text


def test_commands_have_their_seconds_beside_what_was_asked(record: dict) -> None:
    text = page.benchmarks_page(record)
    assert "| `dcl learn`, 20,000 snapshots of 8 x 8 | 6.25 | 5.5 | 8 |" in text
    assert "of 16 x 16 |" not in text
    del record["rows"]["learn_20000_seconds"]
    assert "What a user waits for" not in page.benchmarks_page(record)


def test_the_committed_page_is_that_of_the_record_with_every_row() -> None:
    record = json.loads(page.RECORD.read_text("utf-8"))
    assert set(ASKED) | {"paper_dataset_seconds"} <= set(record["rows"])
    assert all(type(value) in (int, float) for value in record["rows"].values())
    text = page.PAGE.read_text("utf-8")
    assert text == page.benchmarks_page(record), "run: python benchmarks/page.py"
    assert len(re.findall(r"\([\d.e+]+ to [\d.e+]+\) \|", text)) == len(ASKED)
