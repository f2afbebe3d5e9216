"""The page of the book on speed, from the record that `make bench` leaves.

The record is a JSON object: `date`, `machine`, `load` (the one-minute load average before the run),
`versions` by package, and `rows`, the flat object of `build/bench.json`. A ratio's key has its
lowest and highest value and both sides' rates under `_lowest`, `_highest`, `_ours` and `_peer`.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dcl.errors import InputError
from dcl.files import read_json

__all__ = ["benchmarks_page"]

Rows = Mapping[str, float]


class Ratio(NamedTuple):
    """A row of the first table; rates are divided by `scale`, `asked` is the least ratio."""

    key: str
    what: str
    scale: float
    unit: str
    asked: float


_RATIOS = (
    Ratio("ising_vs_mcising_8", "Ising, 8 x 8, against mcising", 1e9, "flips/ns", 60),
    Ratio("ising_vs_mcising_128", "Ising, 128 x 128, against mcising", 1e9, "flips/ns", 60),
    Ratio("ising_vs_peapods_32", "Ising, 32 x 32, against peapods", 1e9, "flips/ns", 150),
    Ratio("glass_vs_peapods_8", "Gaussian glass, 8 x 8, against peapods", 1e9, "flips/ns", 5),
    Ratio("ednn_vs_mcising_256", "EDNN, 256 x 256, against mcising (Ising)", 1e9, "flips/ns", 1),
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
_TWO_CORES = 1.8
_DATASET_SECONDS = 60
_IDLE = 0.5


def benchmarks_page(record: Path) -> str:
    """The page `benchmarks`: ratios, cost against size, and what bounds them.

    Parameters
    ----------
    record : Path
        `benchmarks/record.json`.

    Returns
    -------
    str
        MyST Markdown.

    Raises
    ------
    InputError
        If the record is missing, is not a JSON object, or lacks a number.
    """
    found = read_json(record)
    try:
        return _page(found)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"{record}: found {error!r}, expected all that `make bench` records"
        ) from None


def _page(found: Mapping[str, Any]) -> str:
    rows: Rows = found["rows"]
    parts = [
        "# Speed",
        _introduction(found),
        "## Beside other packages",
        _ratio_table(rows),
        _PEERS,
        "## Two cores against one",
        _two_cores_table(rows),
        "## The paper's data set",
        _dataset(rows),
        "## Cost against size",
        _size_table(rows, "multispin_flips_per_ns", "Ising, multispin coding"),
        _size_table(rows, "ednn_flips_per_ns", "EDNN, 64 replicas"),
        _training_table(rows),
        "## What bounds it",
        _limits(rows),
    ]
    return "\n\n".join(parts) + "\n"


_PEERS = (
    "A flip is one proposal or heat-bath step of one spin. Rows on sampling use one thread on "
    "either side and time sweeps alone, at T = 2.269185 for Ising, 2.5 for the EDNN and its peer, "
    "1 for the glass. mcising has no replicas: one lattice, in calls of a million updates. peapods "
    "takes the fastest of Metropolis and Gibbs updates with 1, 8 or 32 replicas, without "
    "measurements. The EDNN's weights make it the Ising energy exactly, so that both sides accept "
    "alike. A training step is forward, cross-entropy, backward, clipping and Adam on 64 sites, in "
    "the same network without a linear skip, with two threads on either side and batches of 512 or "
    "2048, whichever is faster for each."
)


_SHARED = (
    "\n\n```{caution}\nOther processes shared the cores: rows with two threads, torch's and those "
    "of two cores, say little. Run `make bench` on an idle machine.\n```"
)


def _introduction(found: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"Written from the record of `make bench` on {found['date']}: {found['machine']}, load "
        f"{found['load']:.1f} before it began; {versions}. Peers ran in a process of their own, "
        "repetitions alternated; a ratio is the median, with the lowest and the highest."
        + (_SHARED if found["load"] > _IDLE else "")
    )


def _table(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ratio_table(rows: Rows) -> str:
    body = []
    for ratio in _RATIOS:
        if ratio.key in rows:
            ours, peer = (rows[f"{ratio.key}_{side}"] / ratio.scale for side in ("ours", "peer"))
            rates = (f"{ours:.3g} {ratio.unit}", f"{peer:.3g} {ratio.unit}")
            body.append((ratio.what, *rates, _spread(rows, ratio.key), f"{ratio.asked:g}"))
    return _table(("What", "Here", "Peer", "Ratio", "Asked"), body)


def _two_cores_table(rows: Rows) -> str:
    body = [
        (what, _spread(rows, f"two_cores_{name}"), f"{_TWO_CORES:g}")
        for name, what in _SAMPLERS.items()
        if f"two_cores_{name}" in rows
    ]
    return _table(("Sampler", "Ratio", "Asked"), body)


def _spread(rows: Rows, key: str) -> str:
    lowest, highest = rows[f"{key}_lowest"], rows[f"{key}_highest"]
    return f"{rows[key]:.3g} ({lowest:.3g} to {highest:.3g})"


def _dataset(rows: Rows) -> str:
    return (
        "51,200,000 configurations of 8 x 8 spins at T = 4, on two cores and packed on disk: "
        f"{rows['paper_dataset_seconds']:.3g} s, asked {_DATASET_SECONDS} s, with "
        f"{rows['paper_dataset_stride']:.0f} sweeps from one of a replica to the next, "
        f"{rows['paper_dataset_bytes_per_configuration']:.3g} bytes a configuration. Successive "
        "ones of a replica correlate by "
        f"{rows['paper_dataset_correlation_of_magnetisation']:.3f} in the magnetisation and "
        f"{rows['paper_dataset_correlation_of_energy']:.3f} in the energy."
    )


def _size_table(rows: Rows, prefix: str, title: str) -> str:
    sizes = _sizes(rows, rf"{prefix}_(\d+)_1")
    body = []
    for size in sizes:
        one, two = (rows[f"{prefix}_{size}_{cores}"] for cores in (1, 2))
        body.append((f"{size} x {size}", f"{one:.3g}", f"{two:.3g}"))
    return _table((f"{title}, flips/ns", "one core", "two cores"), body)


def _training_table(rows: Rows) -> str:
    prefix = "gru_configurations_per_second"
    body = [
        (f"{size} x {size}", f"{rows[f'{prefix}_{size}']:.3g}")
        for size in _sizes(rows, rf"{prefix}_(\d+)")
    ]
    return _table(("Training the default GRU, two cores", "configurations/s"), body)


def _sizes(rows: Rows, pattern: str) -> list[int]:
    return sorted(int(match[1]) for key in rows if (match := re.fullmatch(pattern, key)))


def _limits(rows: Rows) -> str:
    shares = ", ".join(
        f"{rows[f'gru_share_of_sgemm_{units}_ours']:.0%} at {units} units (torch "
        f"{rows[f'gru_share_of_sgemm_{units}_peer']:.0%})"
        for units in (64, 378)
    )
    return (
        "The multispin kernel makes "
        f"{rows['multispin_operations_per_flip']:.2g} operations on 64-bit words a flip, of "
        "which most are random numbers: 13 random words for 64 spins. It does "
        f"{rows['multispin_operations_per_ns']:.3g} of them a nanosecond on one core.\n\n"
        "A training step of a GRU needs 3 x 2 x N x 3 H (H + inputs) floating-point operations a "
        "configuration in its matrix products, once forward and twice backward, for N sites and H "
        f"units. Large products run at {rows['sgemm_gflops']:.3g} GFLOP/s on all cores; training "
        f"reaches {shares} of that.\n\n"
        "A sweep under the sequence model of 64 units reads the sites after each of N = 64 "
        "proposals again, N (N - 1) / 2 steps of 2 x 3 H x H operations: "
        f"{_SWEEP_FLOP / 64 / 1e6:.2g} MFLOP a proposal. At "
        f"{rows['two_cores_gru_ours'] / 1e3:.3g} proposals a millisecond its products run at "
        f"{_sweep_share(rows):.0%} of the rate of large ones; gates and outputs take the rest. "
        "What bounds it is arithmetic: nothing is read twice that a proposal leaves as it was."
    )


_SWEEP_FLOP = 64 * 63 // 2 * 2 * 3 * 64 * 64
"""Of the recurrent products of one sweep of an 8 x 8 lattice with 64 units."""


def _sweep_share(rows: Rows) -> float:
    """Share of the rate of large matrix products that sweeps under the sequence model reach."""
    return rows["two_cores_gru_ours"] / 64 * _SWEEP_FLOP / 1e9 / rows["sgemm_gflops"]
