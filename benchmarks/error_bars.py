"""The cost of an error bar: the mean energy of the Ising model, 32 x 32 at T = 2.3, one thread.

A rate is the number of error bars of 1e-3 J per spin that a sampler earns a second, in equilibrium
and with its measurements; the error is that of independent batches, so that autocorrelation counts.
"""

import math
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray
from peers import Peers
from samplers import Work, on_threads
from timing import BATCHES, compare, error_bars

from dcl.lattice.hamiltonians import Ising
from dcl.sampling.multispin import Replicas
from dcl.sampling.walk import Walk

SIZE, TEMPERATURE = 32, 2.3
BURN_IN = 5000
"""Sweeps before the first measurement."""
STRIDE, MEASUREMENTS = 200, 10
"""Sweeps between measurements of all replicas, and measurements of a batch."""


def against_peers(peers: Peers) -> dict[str, float]:
    """Error bars a second: multispin coding beside mcising, peapods and a plain Numba loop."""
    ours = on_threads(multispin(), 1)
    loop = on_threads(numba_loop(), 1)
    arguments = {"size": SIZE, "temperature": TEMPERATURE}
    rows = compare("error_bars_vs_numba_loop", ours, loop)
    for peer in ("mcising", "peapods"):
        task = partial(peers.rate, f"{peer}_energies", **arguments)
        rows |= compare(f"error_bars_vs_{peer}", ours, task)
    return rows


def multispin() -> Work:
    """2048 replicas, each of which is a batch."""
    replicas = Replicas(Ising(), SIZE, TEMPERATURE, Walk(seed=1), at_least=1)
    replicas.sweep(BURN_IN)
    spins = np.empty((replicas.count, SIZE * SIZE), np.int8)

    def work() -> float:
        total = np.zeros(replicas.count)
        for _ in range(MEASUREMENTS):
            replicas.sweep(STRIDE)
            replicas.unpack(spins)
            total += Ising().energy(spins.reshape(-1, SIZE, SIZE))
        return error_bars((total / (MEASUREMENTS * SIZE**2)).tolist())

    return work


def numba_loop() -> Work:
    """One chain, as it is written in lectures."""
    spins = np.ones((SIZE, SIZE), np.int8)
    _sweeps(spins, TEMPERATURE, BURN_IN)
    return lambda: error_bars([_sweeps(spins, TEMPERATURE, 2000) for _ in range(BATCHES)])


@njit
def _sweeps(spins: NDArray[np.int8], temperature: float, sweeps: int) -> float:
    """Mean energy per spin over Metropolis sweeps, measured after each."""
    size = len(spins)
    total = 0.0
    for _ in range(sweeps):
        for i in range(size):
            for j in range(size):
                field = (
                    spins[i - 1, j] + spins[(i + 1) % size, j]
                    + spins[i, j - 1] + spins[i, (j + 1) % size]
                )  # fmt: skip
                cost = 2 * spins[i, j] * field
                if cost <= 0 or np.random.random() < math.exp(-cost / temperature):  # noqa: NPY002
                    spins[i, j] = -spins[i, j]
        for i in range(size):
            for j in range(size):
                total -= spins[i, j] * (spins[i - 1, j] + spins[i, j - 1])
    return total / (sweeps * size * size)
