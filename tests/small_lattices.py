"""The one statistical test applied to every sampler: counts of all states of a small lattice.

``p_value`` compares how often every configuration of a 2 x 2 or 3 x 3 lattice was seen with its
exact Boltzmann probability. A correct sampler fails ``p_value(...) > FALSE_ALARM`` for one seed in
10,000 a case; the seeds are fixed, so that a pass stays a pass.
"""

import numpy as np
from scipy.stats import chi2

from dcl.lattice.geometry import lattice_shape
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.lattice.spin_one import BlumeCapel
from lattices import plus_minus_glass

FALSE_ALARM = 1e-4

CASES = {
    "ising": (Ising(), 3, 2.5),
    "antiferromagnet": (Ising(-1.0), 3, 1.5),
    "ising-double-bonds": (Ising(), 2, 3.0),
    "gaussian-glass": (EdwardsAnderson.gaussian(3, seed=69), 3, 1.5),
    "plus-minus-glass": (plus_minus_glass(3, seed=1), 3, 2.0),
    "multi-spin": (MultiSpinIsing(0.8, diagonal=-0.3, plaquette=0.7), 3, 4.0),
    "clock": (Potts(3, "clock"), 3, 2.0),
    "standard": (Potts(3, "standard"), 3, 1.5),
    "four-state-clock": (Potts(4, "clock"), 2, 2.0),
    "blume-capel": (BlumeCapel(1.0, crystal_field=0.7, field=0.3), 3, 1.5),
    "eight-state-standard": (Potts(8, "standard", coupling=-1.0), 2, 1.0),
}


def all_configurations(hamiltonian, size):
    """Every configuration, in the order of ``index_of``."""
    rows, columns = lattice_shape(size)
    states = np.indices((hamiltonian.n_states,) * (rows * columns)).reshape(rows * columns, -1).T
    states = states.reshape(-1, rows, columns).astype(np.int8)
    return (states << shift(hamiltonian)) + lowest(hamiltonian)


def lowest(hamiltonian):
    return np.int8(0 if isinstance(hamiltonian, Potts) else -1)


def shift(hamiltonian):
    """1 for spins -1 and +1, whose values are two apart."""
    return np.int8(not isinstance(hamiltonian, Potts | BlumeCapel))


def index_of(hamiltonian, configurations):
    """Position of each configuration in ``all_configurations``."""
    digits = configurations.reshape(len(configurations), -1).astype(np.int64)
    digits = (digits - lowest(hamiltonian)) >> shift(hamiltonian)
    return digits @ hamiltonian.n_states ** np.arange(digits.shape[1])[::-1]


def boltzmann(energies, temperature):
    weights = np.exp((energies.min() - energies) / temperature)
    return weights / weights.sum()


def chi_square_p_value(counts, probabilities):
    """Upper tail of Pearson's chi-square; the rarest classes are pooled to at least 10 expected."""
    expected = counts.sum() * probabilities
    order = np.argsort(expected, kind="stable")
    groups = np.floor(np.cumsum(expected[order]) / 10.0)
    starts = np.flatnonzero(np.diff(groups, prepend=-1.0))
    if len(starts) > 2:  # the last group may be small: join it to the one before
        starts = starts[:-1]
    observed = np.add.reduceat(counts[order], starts)
    expected = np.add.reduceat(expected[order], starts)
    return chi2.sf(((observed - expected) ** 2 / expected).sum(), max(len(observed) - 1, 1))


def p_value(hamiltonian, configurations, temperature):
    """Chi-square p-value of independent samples against the exact distribution."""
    every = all_configurations(hamiltonian, configurations.shape[1])
    counts = np.bincount(index_of(hamiltonian, configurations), minlength=len(every))
    return chi_square_p_value(counts, boltzmann(hamiltonian.energy(every), temperature))


def z_scores(energies, exact, temperature):
    """Deviations of the mean and of the variance of independent energies from the exact ones."""
    weights = boltzmann(exact, temperature)
    mean = weights @ exact
    square, fourth = weights @ (exact - mean) ** 2, weights @ (exact - mean) ** 4
    deviations = (energies - mean) ** 2
    return np.array([
        (energies.mean() - mean) / np.sqrt(square / len(energies)),
        (deviations.mean() - square) / np.sqrt((fourth - square**2) / len(energies)),
    ])  # fmt: skip
