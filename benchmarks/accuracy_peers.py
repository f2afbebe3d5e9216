"""Rows of the accuracy study by other packages, on the snapshots of ours.

    make accuracy-peers

fits what neither the archive nor `results/accuracy` has: PyPLM's pseudolikelihood and adabmDCA's
Boltzmann learning, each told that the law is one of pairs, run by the Python of
`build/accuracy-peers`.
`python -m dcl.chapters.accuracy` archives the rows with the others.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from dcl.chapters.accuracy import row, rows_folder
from dcl.chapters.accuracy_methods import METHODS
from dcl.chapters.accuracy_plan import Fit, plan
from dcl.lattice.snapshots import Snapshots
from dcl.learning.couplings import PairCouplings

PYTHON = Path("build/accuracy-peers/bin/python")
WORKER = Path(__file__).with_name("peer_pairs.py")
QUIET = {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
"""On arrays as small as these the threads of torch would only wait for each other."""


def fit_elsewhere(
    snapshots: Snapshots, fit: Fit, folder: Path, python: Path = PYTHON
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Couplings in J by another package, and what it says of its fit."""
    configurations = snapshots.configurations
    with TemporaryDirectory() as exchange:
        spins, couplings = Path(exchange) / "spins.npy", Path(exchange) / "couplings.npz"
        np.save(spins, configurations.reshape(len(configurations), -1))
        done = subprocess.run(
            [python, WORKER, fit.method, spins, couplings, str(fit.seed)],
            env={**os.environ, **QUIET},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        with np.load(couplings, allow_pickle=False) as found:
            matrix, field = (snapshots.temperature * found[name] for name in ("matrix", "field"))
    pairs = PairCouplings(matrix, field, constant=0.0, beyond_pairs=0.0)
    return {"pairwise": pairs}, json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="rows whose names hold this text")
    only = parser.parse_args().only
    folder = rows_folder(Path())
    for fit in plan():
        if fit.method not in METHODS and only in fit.name:
            print(json.dumps(row(fit, folder, fit_elsewhere)), flush=True)


if __name__ == "__main__":
    main()
