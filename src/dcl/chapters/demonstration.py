"""A file of snapshots to practise on: stored as others might, the Hamiltonian not told."""

from pathlib import Path

import numpy as np

from dcl.analysis.thermodynamics import sample_series
from dcl.files import new_file
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.models.couplings_energy import CouplingsEnergy

__all__ = ["demonstration_file"]

ROWS, COLUMNS, TEMPERATURE = 12, 8, 3.0
NEAREST, PLAQUETTE = -1.0, -0.5


def demonstration_file(folder: Path, count: int, seed: int = 1) -> Path:
    """Write spins with pairs and plaquettes, 12 x 8 sites at T = 3, as numbers 0 and 1.

    Parameters
    ----------
    folder : Path
        Where ``snapshots.npz`` is to appear.
    count : int
        Snapshots, independent of each other.
    seed : int

    Returns
    -------
    Path
        Of the file.
    """
    functions = cluster_functions(3, 2, 4, ALL_SYMMETRIES)
    chosen = {"(0,0)(0,1)": NEAREST, "(0,0)(0,1)(1,0)(1,1)": PLAQUETTE}
    terms = tuple(function for function in functions if function.name in chosen)
    couplings = np.array([chosen[function.name] for function in terms])
    model = CouplingsEnergy(terms, couplings)
    series = sample_series(
        model, (ROWS, COLUMNS), [TEMPERATURE], chains=count, sweeps=1, burn_in=200, seed=seed
    )
    path = Path(folder) / "snapshots.npz"
    states = (series.configurations[0] + 1) // 2
    with new_file(path) as draft:
        np.savez(draft, configurations=states.astype(np.uint8), temperature=TEMPERATURE)
    return path
