"""What sweeps and draws cost under the learned energies: ratios from one run, alternating.

Run with `python benchmarks/learned_sweeps.py`; prints JSON. Each ratio is the median over
repetitions, with the lowest and highest; the networks have random weights, which cost the same.

gru_sweep_vs_reading_per_proposal
    One sweep under a GRU, against reading the whole sequence once for every proposal
    with the same kernels. At most 0.5 is expected: only the sites after a proposal are read.
keras_proposals_vs_table
    Proposals a second by `TileSweeper` at L = 16, against one call of the Keras network a proposal.
"""

import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from dcl.lattice.configurations import random_configurations
from dcl.models.energy import ExtensiveEnergy, SequenceEnergy
from dcl.models.networks import build_ednn, build_gru
from dcl.sampling.xoshiro import chain_states

REPETITIONS = 5
CHAINS = 128


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def ratio(first: Callable[[], object], second: Callable[[], object]) -> dict[str, float]:
    first(), second()
    ratios = [seconds(first) / seconds(second) for _ in range(REPETITIONS)]
    return {
        "median": statistics.median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
    }


def replicas(size: int, model: SequenceEnergy | ExtensiveEnergy) -> tuple[np.ndarray, ...]:
    configurations = random_configurations(CHAINS, size, 2, seed=1)
    energies = model.energy(configurations)
    return configurations, energies, np.full(CHAINS, 0.4), chain_states(1, CHAINS)


def gru_sweep() -> dict[str, float]:
    model = SequenceEnergy(build_gru(64), temperature=4.0, lattice_size=8)
    sweeper = model.sweeper()
    chains = replicas(8, model)

    def read_for_every_proposal() -> None:
        for _ in range(64):
            model.log_probability(chains[0])

    return ratio(lambda: sweeper.sweep(*chains), read_for_every_proposal)


def table_proposals() -> dict[str, float]:
    model = ExtensiveEnergy(build_ednn())
    sweeper = model.sweeper(16)
    chains = replicas(16, model)
    pair = model.tiles(random_configurations(2, 16, 2, seed=2))

    def one_sweep() -> None:
        sweeper.sweep(*chains)

    def one_proposal() -> None:
        model.network.predict_on_batch(pair)

    per_proposal = ratio(one_proposal, one_sweep)
    return {name: value * CHAINS * 256 for name, value in per_proposal.items()}


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "gru_sweep_vs_reading_per_proposal": gru_sweep(),
                "keras_proposals_vs_table": table_proposals(),
            },
            indent=2,
        )
    )
