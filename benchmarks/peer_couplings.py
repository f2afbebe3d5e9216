"""Run by the peers' Python: couplings from a file, simulated by peapods; prints mean energies."""

import json
import sys

import numpy as np
from peapods import Ising

with np.load(sys.argv[1], allow_pickle=False) as law:
    couplings, temperatures = law["couplings"], law["temperatures"]
    offsets = law["offsets"].tolist()
lattice = Ising(
    couplings.shape[:2], couplings, temperatures, n_replicas=8, neighbor_offsets=offsets
)
lattice.sample(50_000, pt_interval=1, sequential=True)
print(json.dumps(lattice.get_energies().tolist()))
