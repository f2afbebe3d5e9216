"""Rows about sampling: against the peers one core each, two cores against one, cost by size."""

import statistics
from collections.abc import Callable
from functools import partial

import samplers
from peers import Peers
from samplers import CRITICAL, Work, on_threads
from timing import compare, rate

from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Potts

BIT_SIZES = tuple(2**k for k in range(3, 13))
EDNN_SIZES = (16, 64, 256, 1024)


def against_peers(peers: Peers) -> dict[str, float]:
    """Spin updates a second, one thread each."""

    def row(key: str, ours: Work, task: str, **arguments: object) -> dict[str, float]:
        return compare(key, on_threads(ours, 1), partial(peers.rate, task, **arguments))

    small, large, largest = ({"size": size, "temperature": CRITICAL} for size in (8, 128, 256))
    ferro = {"couplings": "ferro", "temperature": CRITICAL}
    glass = {"couplings": "gaussian", "temperature": 1.0}
    our_glass = samplers.heat_bath(samplers.glass(8), 8, 1.0)
    return {
        **row("ising_vs_mcising_8", samplers.multispin(8), "mcising", **small),
        **row("ising_vs_mcising_128", samplers.multispin(128), "mcising", **large),
        **row("ising_vs_peapods_32", samplers.multispin(32), "peapods", size=32, **ferro),
        **row("glass_vs_peapods_8", our_glass, "peapods", size=8, **glass),
        **row("ednn_vs_mcising_256", samplers.ednn(256), "mcising", size=256, temperature=2.5),
        **row("learned_pairs_vs_mcising_256", samplers.learned_pairs(256), "mcising", **largest),
        **row("learned_tiles_vs_mcising_256", samplers.learned_tiles(256), "mcising", **largest),
    }


def against_keras() -> dict[str, float]:
    """Proposals under the table at 16 x 16, against one call of the network for each."""
    model = samplers.ising_network()
    pair = model.tiles(random_configurations(2, 16, 2, seed=2))  # before a proposal and after

    def one_proposal() -> float:
        model.network.predict_on_batch(pair)
        return 1.0

    ours = on_threads(samplers.ednn(16), 1)
    return compare("ednn_vs_keras", ours, lambda: rate(one_proposal))


def on_two_cores() -> dict[str, float]:
    """Two threads against one."""
    works: dict[str, Callable[[], Work]] = {
        "multispin": lambda: samplers.multispin(32),
        "metropolis": lambda: samplers.metropolis(8, 4.0),
        "potts": lambda: samplers.heat_bath(Potts(3), 8, 4.0),
        "glass": lambda: samplers.heat_bath(samplers.glass(8), 8, 1.0),
        "ednn": lambda: samplers.ednn(256),
        "gru": lambda: samplers.gru(8),
    }
    rows: dict[str, float] = {}
    for name, make in works.items():
        two, one = (on_threads(make(), threads) for threads in (2, 1))
        rows |= compare(f"two_cores_{name}", two, one)
    return rows


def by_size() -> dict[str, float]:
    """Spin updates a nanosecond, on one core and on two."""
    rows: dict[str, float] = {}
    for size in BIT_SIZES:
        rows |= _by_cores(f"multispin_flips_per_ns_{size}", samplers.multispin(size))
    for size in EDNN_SIZES:
        rows |= _by_cores(f"ednn_flips_per_ns_{size}", samplers.ednn(size))
    return rows


def _by_cores(key: str, work: Work) -> dict[str, float]:
    measured = {1: on_threads(work, 1), 2: on_threads(work, 2)}
    pairs = [{cores: found() for cores, found in measured.items()} for _ in range(3)]
    return {
        f"{key}_{cores}": statistics.median(pair[cores] for pair in pairs) / 1e9
        for cores in measured
    }
