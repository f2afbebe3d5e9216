"""The peers, in a process and an environment of their own: one JSON request a line, one answer.

A request names a task below and its arguments. The task is set up once, and warmed up; every
request is answered with `rate`, units of work a second, and `cores`, processor seconds a second.
"""

import functools
import json
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from mcising import IsingSimulation
from peapods import Ising
from timing import BATCHES, error_bars, rate

Work = Callable[[], float]


def mcising(size: int, temperature: float) -> Work:
    """Spin updates of one ferromagnet, in calls of some 2^20: it has no replicas."""
    lattice = IsingSimulation(size, 1.0, 0.0, 0.0, 0.0, 1)
    sweeps = max(1, 2**20 // size**2)
    return lambda: lattice.sweep(sweeps, temperature=temperature)[1]


def peapods(size: int, couplings: str, temperature: float) -> Work:
    """Spin updates without measurements, in the fastest of its single-spin modes."""
    works = [
        _peapods(size, couplings, temperature, mode, replicas)
        for mode in ("metropolis", "gibbs")
        for replicas in (1, 8, 32)
    ]
    return max(works, key=lambda work: max(rate(work, 0.1) for _ in range(3)))


def _peapods(size: int, couplings: str, temperature: float, mode: str, replicas: int) -> Work:
    np.random.seed(1)  # noqa: NPY002 (peapods draws its couplings from NumPy's global generator)
    lattice = Ising(
        (size, size), couplings, temperatures=np.array([temperature]), n_replicas=replicas
    )
    sweeps = max(1, 2**20 // (size**2 * replicas))

    def work() -> float:
        with np.errstate(invalid="ignore"):  # it divides by its number of measurements, which is 0
            lattice.sample(sweeps, sweep_mode=mode, warmup_ratio=1.0, sequential=True)
        return sweeps * size**2 * replicas

    return work


def mcising_energies(size: int, temperature: float) -> Work:
    """Error bars of the mean energy per spin, which it is asked for every eight sweeps."""
    lattice = IsingSimulation(size, 1.0, 0.0, 0.0, 0.0, 1)
    lattice.sweep(5000, temperature=temperature)

    def batch() -> float:
        total = 0.0
        for _ in range(250):
            lattice.sweep(8, temperature=temperature)
            total += lattice.energy()
        return total / 250

    return lambda: error_bars([batch() for _ in range(BATCHES)])


def peapods_energies(size: int, temperature: float) -> Work:
    """Error bars of the mean energy per spin, which it measures after every sweep."""
    lattice = Ising((size, size), "ferro", temperatures=np.array([temperature]), n_replicas=1)
    lattice.sample(5000, sweep_mode="metropolis", warmup_ratio=0.0, sequential=True)

    def batch() -> float:
        found = lattice.sample(2000, sweep_mode="metropolis", warmup_ratio=0.0, sequential=True)
        return float(found["energies"][0])

    return lambda: error_bars([batch() for _ in range(BATCHES)])


class Gru(torch.nn.Module):
    """The network of `dcl.models.networks.build_gru` for two states, without a linear skip."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.gru = torch.nn.GRU(1, units, batch_first=True)
        self.output = torch.nn.Linear(units, 1)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        earlier = torch.nn.functional.pad(2 * states[:, :-1] - 1, (1, 0))
        return self.output(self.gru(earlier[..., None])[0])[..., 0]


def gru(units: int, batch: int, sites: int, threads: int) -> Work:
    """Configurations of training steps: loss, gradient, clipping, Adam."""
    torch.set_num_threads(threads)
    network = Gru(units)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    states = torch.randint(0, 2, (batch, sites)).float()
    entropy = functools.partial(
        torch.nn.functional.binary_cross_entropy_with_logits, reduction="none"
    )

    def step() -> float:
        loss = entropy(network(states), states).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        return batch

    return step


TASKS = {
    "mcising": mcising, "mcising_energies": mcising_energies, "peapods": peapods,
    "peapods_energies": peapods_energies, "gru": gru,
}  # fmt: skip


@functools.cache
def ready(task: str, arguments: str) -> Work:
    work = TASKS[task](**json.loads(arguments))
    work()
    return work


def answer(request: dict[str, object]) -> dict[str, float]:
    work = ready(str(request["task"]), json.dumps(request["arguments"]))
    wall, processor = time.perf_counter(), time.process_time()
    found = rate(work)
    cores = (time.process_time() - processor) / (time.perf_counter() - wall)
    return {"rate": found, "cores": cores}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
