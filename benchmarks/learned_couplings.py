"""A Hamiltonian learned at one temperature, handed to another Monte-Carlo code as plain couplings.

    make couplings

fits an extensive network to 100,000 snapshots of the 8 x 8 Ising model at T = 4, reads its pair
couplings off for a 16 x 16 lattice, and lets peapods simulate them at other temperatures, beside
the exact energies of the true Hamiltonian.
"""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from peers import PYTHON

from dcl.exact import ising_thermodynamics
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.couplings import PairCouplings, pair_couplings
from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.sampling.equilibrium import sample_equilibrium

SIZE = 16
OFFSETS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Right, down, and the two diagonals, as (rows, columns)."""
TEMPERATURES = (1.8, 2.2, 2.6, 3.0, 4.0, 6.0)


def neighbour_couplings(inferred: PairCouplings) -> np.ndarray:
    """J of each site with its neighbours at `OFFSETS`, shape (L, L, 4)."""
    sites = np.arange(SIZE**2).reshape(SIZE, SIZE)
    neighbours = [np.roll(sites, (-down, -right), (0, 1)) for down, right in OFFSETS]
    return np.stack([inferred.matrix[sites, other] for other in neighbours], axis=-1)


def energies_by_peapods(couplings: np.ndarray) -> list[float]:
    """Mean energy a site in J at each of `TEMPERATURES`; peapods leaves the minus sign out."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "law.npz"
        np.savez(file, couplings=couplings, offsets=OFFSETS, temperatures=TEMPERATURES)
        worker = Path(__file__).with_name("peer_couplings.py")
        done = subprocess.run(
            [PYTHON, "-W", "ignore", worker, file], capture_output=True, text=True, check=True
        )
    return [-energy for energy in json.loads(done.stdout)]


def main() -> None:
    """Learn, simulate, and print the table."""
    spins = sample_equilibrium(Ising(), 8, 4.0, 100_000, seed=1, stride=50)
    settings = PseudolikelihoodSettings(symmetries=ALL_SYMMETRIES)
    model, found = fit_pseudolikelihood(Snapshots(spins, 4.0, 2), settings, seed=1)
    inferred = pair_couplings(model, SIZE)
    exact = ising_thermodynamics(SIZE, np.array(TEMPERATURES)).energy / SIZE**2
    for term, coupling, error in zip(found.functions, found.couplings, found.errors, strict=True):
        print(f"{term.words}: {coupling:.4f} +- {error:.4f} J")
    print("energy a site (J)")
    print("   T   learned, by peapods   exact")
    energies = energies_by_peapods(neighbour_couplings(inferred))
    for temperature, energy, truth in zip(TEMPERATURES, energies, exact, strict=True):
        print(f"{temperature:4.1f}   {energy:19.4f}   {truth:.4f}")


if __name__ == "__main__":
    main()
