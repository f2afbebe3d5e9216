"""Snapshots behind the book's slider, sampled anew in a minute or two.

    python book/drawings/slider_snapshots.py

writes src/dcl/book/data/slider_snapshots.json.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dcl.files import write_json
from dcl.lattice.hamiltonians import Ising
from dcl.sampling.replica_exchange import HamiltonianSweeper, replica_exchange

RECORD = Path(__file__).parents[2] / "src" / "dcl" / "book" / "data" / "slider_snapshots.json"
SIZE = 64
"""A lattice as small as the observed one shows little."""
TEMPERATURES = (
    1.0, 1.25, 1.5, 1.75, 1.9, 2.0, 2.1, 2.15, 2.2, 2.25, 2.3, 2.35, 2.4, 2.5, 2.6, 2.75, 3.0, 3.25,
    3.5, 3.75, 4.0, 4.25, 4.5, 4.75,
)  # fmt: skip
SWEEPS = 4000
SEED = 1


def make_snapshots(
    size: int = SIZE, temperatures: Sequence[float] = TEMPERATURES, sweeps: int = SWEEPS
) -> dict[str, Any]:
    """One Ising configuration at each temperature, by replica exchange from an ordered start.

    Parameters
    ----------
    size : int
        Linear size L.
    temperatures : sequence of float
        Ascending, J / k_B.
    sweeps : int
        Before the configurations are taken.

    Returns
    -------
    dict
        ``size``, ``seed``, ``sweeps``, ``temperatures`` and ``up``: for each temperature the
        lattice row by row, one bit a spin, 1 is up, highest bit first, in base 64.
    """
    truth = Ising()
    series = replica_exchange(
        HamiltonianSweeper(truth, size), size, temperatures, n_states=2,
        initial_energy=truth.energy, chains=1, sweeps=sweeps, burn_in=0, seed=SEED, start="ordered",
        progress=True,
    )  # fmt: skip
    bits = np.packbits(series.configurations[:, 0].reshape(len(temperatures), -1) > 0, axis=1)
    return {
        "size": size,
        "seed": SEED,
        "sweeps": sweeps,
        "temperatures": list(temperatures),
        "up": [base64.b64encode(row.tobytes()).decode() for row in bits],
    }


if __name__ == "__main__":
    write_json(RECORD, make_snapshots())
