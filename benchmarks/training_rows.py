"""Rows about training recurrent networks: against torch.nn.GRU, and cost by size. Two threads."""

from collections.abc import Callable
from functools import partial

import keras
import numba
import numpy as np
import tensorflow as tf
from keras import ops
from peers import Peers
from samplers import Work
from timing import compare, rate

from dcl.models.kernels.gru_gradient import GruGradient
from dcl.models.networks import build_gru

THREADS = 2
BATCHES = {64: (512,), 378: (512, 2048)}
"""Batches tried at each number of units; either side is measured at its faster one."""


def training_step(sites: int, batch: int, units: int = 64, skip: bool = True) -> Work:
    """Configurations of training steps: loss, gradient, clipping, Adam, as `train` does them."""
    numba.set_num_threads(THREADS)
    network = build_gru(sites, units=units, skip=skip)
    gradient = GruGradient(network)
    optimizer = keras.optimizers.Adam(1e-3, global_clipnorm=1.0)
    optimizer.build(network.trainable_variables)
    move = tf.function(lambda slopes: optimizer.apply(slopes, network.trainable_variables))
    states = np.random.default_rng(1).integers(0, 2, (batch, sites), dtype=np.int8)
    steps = iter(range(10**9))

    def step() -> float:
        _, slopes = gradient(next(steps), states)
        move([ops.convert_to_tensor(slope) for slope in slopes])
        return float(batch)

    step()
    return step


def against_torch(peers: Peers) -> dict[str, float]:
    """Configurations a second of 64 sites, in the same plain network."""
    rows: dict[str, float] = {}
    for units, batches in BATCHES.items():
        ours: list[Callable[[], float]] = [
            partial(rate, training_step(64, batch, units, skip=False)) for batch in batches
        ]
        theirs: list[Callable[[], float]] = [
            partial(peers.rate, "gru", units=units, batch=batch, sites=64, threads=THREADS)
            for batch in batches
        ]
        rows |= compare(f"gru_vs_torch_{units}", _fastest(ours), _fastest(theirs), repetitions=5)
    return rows


def _fastest(candidates: list[Callable[[], float]]) -> Callable[[], float]:
    return max(candidates, key=lambda candidate: max(candidate() for _ in range(2)))


def by_size() -> dict[str, float]:
    """Configurations a second of the default network, for L x L sites."""
    return {
        f"gru_configurations_per_second_{size}": max(
            rate(step) for step in [training_step(size**2, 512)] * 3
        )
        for size in (4, 8, 16, 32)
    }
