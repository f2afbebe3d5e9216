"""Of many fits of a Hamiltonian with two couplings, the share of level energies within their
errors."""

import numpy as np
import pytest

from dcl.chapters.calibration import stated_errors
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import MultiSpinIsing
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.pseudolikelihood import InferredHamiltonian, infer_hamiltonian
from dcl.sampling.energy_levels import EnergyLevels
from dcl.sampling.equilibrium import sample_equilibrium

TRUTH = MultiSpinIsing(1.0, diagonal=0.5)
PAIRS = [f for f in cluster_functions(3, 2, 2, ALL_SYMMETRIES) if f.words != "field"]


def by_energy(size, count):
    """Random configurations, a level of one each: any set of configurations will do."""
    spins = random_configurations(count, size, 2, seed=1)
    return EnergyLevels(TRUTH.energy(spins).astype(float), spins[:, None])


def test_the_standard_errors_are_those_of_couplings_drawn_from_their_covariance():
    levels = by_energy(4, 30)
    couplings, errors = np.array([-1.0, -0.5]), np.array([0.2, 0.1])
    correlations = np.array([[1.0, 0.6], [0.6, 1.0]])
    inferred = InferredHamiltonian(tuple(PAIRS[:2]), couplings, errors, [], correlations)
    draws = np.random.default_rng(1).multivariate_normal(
        inferred.couplings, inferred.covariance, 2000
    )
    errors = [
        stated_errors(
            InferredHamiltonian(inferred.functions, couplings, inferred.errors, []), levels, TRUTH
        )[0]
        for couplings in draws
    ]
    _, standard_errors = stated_errors(inferred, levels, TRUTH)
    # a standard deviation from 2000 draws is right within 1.6%: five of these
    assert np.std(errors, axis=0) == pytest.approx(standard_errors, rel=0.08)


def test_a_band_of_one_standard_error_holds_68_percent():
    """The share of one fit is anything from 0 to 1, so that of 30 has a standard deviation of at
    most 0.09: 0.25 is 2.8 of these at least, a false alarm in 200 seeds at most."""
    levels, inside = by_energy(8, 200), []
    for seed in range(30):
        spins = sample_equilibrium(TRUTH, 8, 4.0, 500, seed=seed, stride=50)
        inferred = infer_hamiltonian(np.maximum(spins, 0), 4.0, 2, PAIRS, 3)
        errors, standard_errors = stated_errors(inferred, levels, TRUTH)
        inside.append(np.abs(errors) < standard_errors)
    assert np.mean(inside) == pytest.approx(0.683, abs=0.25)
