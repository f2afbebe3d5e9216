"""The page of the book on speed, from the record that `make bench` leaves: book/benchmarks.md.

    python benchmarks/page.py

writes it anew, from `page.md` beside this file, where `@WORDS@` stand for numbers. The record is a
JSON object: `date`, `machine`, `load` (the one-minute load average before the run), `versions` by
package, and `rows`, the flat object of `build/bench.json`. A ratio's key has its lowest and highest
value and both sides' rates under `_lowest`, `_highest`, `_ours` and `_peer`.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dcl.book.templates import markdown_table

ROOT = Path(__file__).parent.parent
RECORD, PAGE = ROOT / "benchmarks" / "record.json", ROOT / "book" / "benchmarks.md"
Rows = Mapping[str, float]


class Ratio(NamedTuple):
    """A row of the first table; rates are divided by `scale`, `asked` is the least ratio."""

    key: str
    what: str
    scale: float
    unit: str
    asked: float | None = None


_RATIOS = (
    Ratio("ising_vs_mcising_8", "Ising, 8 x 8, against mcising", 1e9, "flips/ns", 60),
    Ratio("ising_vs_mcising_128", "Ising, 128 x 128, against mcising", 1e9, "flips/ns", 60),
    Ratio("ising_vs_peapods_32", "Ising, 32 x 32, against peapods", 1e9, "flips/ns", 150),
    Ratio("glass_vs_peapods_8", "Gaussian glass, 8 x 8, against peapods", 1e9, "flips/ns", 5),
    Ratio("ednn_vs_mcising_256", "EDNN, 256 x 256, against mcising (Ising)", 1e9, "flips/ns", 1),
    Ratio("learned_pairs_vs_mcising_256", "Learned pairs, 256 x 256, mcising", 1e9, "flips/ns", 20),
    Ratio("learned_tiles_vs_mcising_256", "3 x 3 table, 256 x 256, mcising", 1e9, "flips/ns", 2),
    Ratio("error_bars_vs_mcising", "Error bar of 0.001 J, 32 x 32, against mcising", 1, "/s"),
    Ratio("error_bars_vs_peapods", "the same against peapods", 1, "/s"),
    Ratio("error_bars_vs_numba_loop", "the same against a plain Numba loop", 1, "/s"),
    Ratio("ednn_vs_keras", "EDNN, table against a Keras call a proposal", 1e6, "flips/µs", 1000),
    Ratio("gru_vs_torch_64", "GRU training, 64 units, against torch", 1, "configurations/s", 1.3),
    Ratio("gru_vs_torch_378", "GRU training, 378 units, against torch", 1, "configurations/s", 1.3),
)
_SAMPLERS = {
    "multispin": "Ising, multispin coding, 32 x 32",
    "metropolis": "Ising, Metropolis, 8 x 8",
    "potts": "Potts, heat bath, 8 x 8",
    "glass": "Gaussian glass, heat bath, 8 x 8",
    "ednn": "EDNN, 256 x 256",
    "gru": "GRU, 8 x 8",
}
_COMMANDS = {
    "learn_20000": ("`dcl learn`, 20,000 snapshots of 8 x 8", 8),
    "learn_20000_empty_cache": ("the same, kernels not yet compiled", 20),
    "learn_20000_beside": ("the same beside a busy process", 20),
    "learn_100000_of_16": ("`dcl learn`, 100,000 snapshots of 16 x 16", 60),
    "sample_20000_empty_cache": (
        "`dcl sample ising`, 20,000 of 8 x 8, kernels not yet compiled",
        8,
    ),
}
_TWO_CORES = 1.8
_IDLE = 0.5


def benchmarks_page(record: Mapping[str, Any]) -> str:
    """Write the page: ratios, cost against size, and what bounds them."""
    rows: Rows = record["rows"]
    tables = {
        "RATIOS": _ratio_table(rows),
        "TWO_CORES": _two_cores_table(rows),
        "MULTISPIN": _size_table(rows, "multispin_flips_per_ns", "Ising, multispin coding"),
        "EDNN": _size_table(rows, "ednn_flips_per_ns", "EDNN, 64 replicas"),
        "TRAINING": _training_table(rows),
        "COMMANDS": _commands_section(rows),
    }
    text = Path(__file__).with_name("page.md").read_text("utf-8")
    for word, value in {**_words(record), **_numbers(rows), **tables}.items():
        text = text.replace(f"@{word}@", value)
    return text


_SHARED = (
    "\n\n```{caution}\nOther processes shared the cores: rows with two threads, torch's and those "
    "of two cores, say little. Run `make bench` on an idle machine.\n```"
)


def _words(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        "DATE": found["date"],
        "MACHINE": found["machine"],
        "LOAD": f"{found['load']:.1f}",
        "VERSIONS": ", ".join(f"{name} {version}" for name, version in found["versions"].items()),
        "SHARED": _SHARED if found["load"] > _IDLE else "",
    }


def _numbers(rows: Rows) -> dict[str, str]:
    """Round the numbers that the text quotes."""
    sweeps = rows["two_cores_gru_ours"]
    shares = (
        f"{rows[f'gru_share_of_sgemm_{units}_ours']:.0%} at {units} units (torch "
        f"{rows[f'gru_share_of_sgemm_{units}_peer']:.0%})"
        for units in (64, 378)
    )
    return {
        "SECONDS": f"{rows['paper_dataset_seconds']:.3g}",
        "STRIDE": f"{rows['paper_dataset_stride']:.0f}",
        "BYTES": f"{rows['paper_dataset_bytes_per_configuration']:.3g}",
        "MAGNETISATION": f"{rows['paper_dataset_correlation_of_magnetisation']:.3f}",
        "ENERGY": f"{rows['paper_dataset_correlation_of_energy']:.3f}",
        "OPERATIONS": f"{rows['multispin_operations_per_flip']:.2g}",
        "RATE": f"{rows['multispin_operations_per_ns']:.3g}",
        "GFLOPS": f"{rows['sgemm_gflops']:.3g}",
        "SHARES": ", ".join(shares),
        "SWEEP": f"{_SWEEP_FLOP / 64 / 1e6:.2g}",
        "PROPOSALS": f"{sweeps / 1e3:.3g}",
        "SWEEP_SHARE": f"{sweeps / 64 * _SWEEP_FLOP / 1e9 / rows['sgemm_gflops']:.0%}",
    }


def _ratio_table(rows: Rows) -> str:
    body = []
    for ratio in _RATIOS:
        if ratio.key in rows:
            ours, peer = (rows[f"{ratio.key}_{side}"] / ratio.scale for side in ("ours", "peer"))
            rates = (f"{ours:.3g} {ratio.unit}", f"{peer:.3g} {ratio.unit}")
            asked = "" if ratio.asked is None else f"{ratio.asked:g}"
            body.append((ratio.what, *rates, _spread(rows, ratio.key), asked))
    return markdown_table(("What", "Here", "Peer", "Ratio", "Asked"), body)


def _two_cores_table(rows: Rows) -> str:
    body = [
        (what, _spread(rows, f"two_cores_{name}"), f"{_TWO_CORES:g}")
        for name, what in _SAMPLERS.items()
        if f"two_cores_{name}" in rows
    ]
    return markdown_table(("Sampler", "Ratio", "Asked"), body)


def _commands_section(rows: Rows) -> str:
    """Seconds of whole commands, or nothing where the record has none."""
    body = [
        (
            what,
            f"{rows[f'{key}_seconds']:.3g}",
            f"{rows[f'{key}_processor_seconds']:.3g}",
            f"{most}",
        )
        for key, (what, most) in _COMMANDS.items()
        if f"{key}_seconds" in rows
    ]
    table = markdown_table(("Command", "Seconds", "Processor seconds", "Asked, seconds"), body)
    words = "Whole commands, with imports and, where it says so, compiling."
    return f"## What a user waits for\n\n{words}\n\n{table}" if body else ""


def _spread(rows: Rows, key: str) -> str:
    lowest, highest = rows[f"{key}_lowest"], rows[f"{key}_highest"]
    return f"{rows[key]:.3g} ({lowest:.3g} to {highest:.3g})"


def _size_table(rows: Rows, prefix: str, title: str) -> str:
    sizes = _sizes(rows, rf"{prefix}_(\d+)_1")
    body = []
    for size in sizes:
        one, two = (rows[f"{prefix}_{size}_{cores}"] for cores in (1, 2))
        body.append((f"{size} x {size}", f"{one:.3g}", f"{two:.3g}"))
    return markdown_table((f"{title}, flips/ns", "one core", "two cores"), body)


def _training_table(rows: Rows) -> str:
    prefix = "gru_configurations_per_second"
    body = [
        (f"{size} x {size}", f"{rows[f'{prefix}_{size}']:.3g}")
        for size in _sizes(rows, rf"{prefix}_(\d+)")
    ]
    return markdown_table(("Training the default GRU, two cores", "configurations/s"), body)


def _sizes(rows: Rows, pattern: str) -> list[int]:
    return sorted(int(match[1]) for key in rows if (match := re.fullmatch(pattern, key)))


_SWEEP_FLOP = 64 * 63 // 2 * 2 * 3 * 64 * 64
"""Of the recurrent products of one sweep of an 8 x 8 lattice with 64 units."""


if __name__ == "__main__":
    PAGE.write_text(benchmarks_page(json.loads(RECORD.read_text("utf-8"))), "utf-8")
