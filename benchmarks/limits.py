"""What the hardware would allow: the rate of matrix products, and operations per spin update."""

import time

import numpy as np
from scipy.linalg import blas

DRAWS = 13
"""Random words for a word of spins, in `dcl.sampling.multispin`."""
OPERATIONS = {"field": 18, "random word": 14, "first digit": 11, "further digit": 10, "flip": 1}
"""Logical and arithmetic ones in that file; a rotation counts as three."""


def sgemm_gflops(size: int = 2048) -> float:
    """Best of ten products of square float32 matrices, on all cores, in GFLOP/s."""
    a, b = (np.ones((size, size), np.float32, order="F") for _ in range(2))
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        blas.sgemm(1.0, a, b)
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds) / 1e9


def gru_flop(units: int, sites: int = 64, inputs: int = 1) -> int:
    """Of the products of a training step, per configuration: once forward, twice backward."""
    return 3 * 2 * sites * 3 * units * (units + inputs)


def gru_shares(rows: dict[str, float]) -> dict[str, float]:
    """What share of the rate of matrix products the training steps of both sides reach."""
    gflops = sgemm_gflops()
    shares = {"sgemm_gflops": gflops}
    for units in (64, 378):
        for side in ("ours", "peer"):
            reached = rows[f"gru_vs_torch_{units}_{side}"] * gru_flop(units) / 1e9
            shares[f"gru_share_of_sgemm_{units}_{side}"] = reached / gflops
    return shares


def multispin(rows: dict[str, float]) -> dict[str, float]:
    """Operations on 64-bit words per spin update, and how many of them one core does in a ns."""
    count = OPERATIONS["field"] + DRAWS * OPERATIONS["random word"] + OPERATIONS["flip"]
    count += OPERATIONS["first digit"] + (DRAWS - 1) * OPERATIONS["further digit"]
    return {
        "multispin_operations_per_flip": count / 64,
        "multispin_operations_per_ns": count / 64 * rows["multispin_flips_per_ns_8_1"],
    }
