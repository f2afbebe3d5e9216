"""The paper's data set: 5.12e7 configurations of 8 x 8 spins at T = 4, packed on disk."""

import time
from pathlib import Path

import numba
import numpy as np

from dcl.lattice.hamiltonians import Ising
from dcl.lattice.packed import save_packed
from dcl.sampling.multispin import sample_multispin, sample_multispin_packed

COUNT, SIZE, TEMPERATURE, STRIDE = 51_200_000, 8, 4.0, 20


def paper_dataset() -> dict[str, float]:
    """Seconds on two cores, bytes a configuration, and what is left of correlations in time."""
    numba.set_num_threads(2)
    where = {"hamiltonian": Ising(), "size": SIZE, "temperature": TEMPERATURE, "seed": 1}
    sample_multispin(**where, count=1)  # compiles
    path = Path("build/paper_dataset.npz")
    start = time.perf_counter()
    parts = sample_multispin_packed(**where, count=COUNT, stride=STRIDE)
    save_packed(parts, path, count=COUNT, lattice_size=SIZE, temperature=TEMPERATURE)
    seconds = time.perf_counter() - start
    size = path.stat().st_size
    path.unlink()
    return {
        "paper_dataset_seconds": seconds,
        "paper_dataset_bytes_per_configuration": size / COUNT,
        "paper_dataset_stride": STRIDE,
        **correlations(),
    }


def correlations() -> dict[str, float]:
    """Of successive snapshots of a replica, with a standard error of 0.002."""
    replicas = 16384
    snapshots = sample_multispin(Ising(), SIZE, TEMPERATURE, 16 * replicas, seed=2, stride=STRIDE)
    values = {"energy": Ising().energy(snapshots), "magnetisation": snapshots.sum(axis=(1, 2))}
    found = {}
    for name, series in values.items():
        series = series.reshape(16, replicas)
        found[f"paper_dataset_correlation_of_{name}"] = float(
            np.corrcoef(series[:-1].ravel(), series[1:].ravel())[0, 1]
        )
    return found
