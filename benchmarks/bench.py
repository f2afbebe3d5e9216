"""Side by side with the peers, cost against size, and the limits of the hardware: `make bench`.

Writes `build/bench.json`, a flat object, and a copy with machine, versions and date to
`benchmarks/record.json`, and the book's page of it, `book/benchmarks.md`. Peers run in a process of
their own; repetitions alternate, each row is the median ratio with its range. Takes some twelve
minutes, and 6 GiB of memory for the largest lattice.
"""

import datetime
import json
import sys
from pathlib import Path
from typing import Any

import commands
import dataset
import error_bars
import limits
import machine
import numba
import page
import sampling_rows
import training_rows
from peers import Peers

from dcl.files import write_json

IDLE = 0.5
"""Load average of a machine with nothing else to do."""


def measure() -> tuple[dict[str, float], dict[str, str]]:
    if numba.config.NUMBA_NUM_THREADS < 2:
        sys.exit("bench: found one core, expected two or more")
    rows: dict[str, float] = {}
    with Peers() as peers:
        sections = [
            lambda: sampling_rows.against_peers(peers),
            lambda: error_bars.against_peers(peers),
            lambda: training_rows.against_torch(peers),
            peers.cores,
            sampling_rows.against_keras,
            sampling_rows.on_two_cores,
            sampling_rows.by_size,
            training_rows.by_size,
            dataset.paper_dataset,
            commands.waiting,
            lambda: limits.gru_shares(rows),
            lambda: limits.multispin(rows),
        ]
        for section in sections:
            found = section()
            print(json.dumps(found, indent=2), file=sys.stderr, flush=True)
            rows |= found
            write_json(Path("build/bench.json"), rows)
        versions = {**machine.versions(), **peers.versions()}
    return rows, versions


def main() -> None:
    load = machine.load()
    if load > IDLE:
        print(f"bench: found a load of {load:.1f}, rows with two threads suffer", file=sys.stderr)
    rows, versions = measure()
    record: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine.description(),
        "load": load,
        "versions": versions,
        "rows": rows,
    }
    write_json(page.RECORD, record)
    page.PAGE.write_text(page.benchmarks_page(record), "utf-8")


if __name__ == "__main__":
    main()
