"""The pairwise baseline: right for pairs, and for pairs only."""

from itertools import combinations, product

import numpy as np
import pytest

from dcl.analysis.metrics import level_rmse
from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing
from dcl.lattice.snapshots import Snapshots
from dcl.learning.pairwise import PairwiseEnergy, fit_every_pair, fit_pairwise, local_fields
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.multicanonical import sample_levels


@pytest.mark.parametrize("size", [3, 4, 5])
def test_energies_are_those_of_pairs(size):
    """All couplings are one: every pair counts once."""
    spins = random_configurations(6, size, 2, seed=1)
    count = len(local_fields(spins))
    total = spins.reshape(6, -1).sum(axis=1, dtype=float)
    expected = -(total**2 - size**2) / 2
    np.testing.assert_allclose(PairwiseEnergy(np.ones(count), size).energy(spins), expected)


def test_couplings_of_an_ising_model():
    """33 couplings within 5 standard errors, 0.0012 for 50,000 snapshots; false alarm 2e-5."""
    spins = sample_equilibrium(Ising(), 8, 4.0, 50_000, seed=2)
    couplings = fit_pairwise(Snapshots(spins, 4.0)).couplings
    nearest = np.zeros(len(couplings))
    steps = [(i, j) for i in range(8) for j in range(8)]
    halves = [(i, j) for i, j in steps if (0, 0) < (i, j) <= ((-i) % 8, (-j) % 8)]
    nearest[[halves.index((0, 1)), halves.index((1, 0))]] = 1
    assert np.abs(couplings - nearest).max() < 0.03


def test_a_plaquette_law_is_out_of_reach():
    inferred = MultiSpinIsing(1.0, plaquette=0.5)
    spins = sample_equilibrium(inferred, 6, 4.0, 20_000, seed=3)
    others = sample_levels(inferred, 6, 10, seed=4).configurations.reshape(-1, 6, 6)
    learned = fit_pairwise(Snapshots(spins, 4.0)).energy(others)
    assert level_rmse(learned, inferred.energy(others)) > 2


def test_every_bond_of_a_glass():
    """No error over 5 standard ones, which are T / sqrt(n) and a little; false alarm 1e-4."""
    glass = EdwardsAnderson.gaussian(4, seed=3)
    spins = sample_equilibrium(glass, 4, 4.0, 100_000, seed=5)
    found = fit_every_pair(Snapshots(spins, 4.0))
    every = np.array(list(product((-1, 1), repeat=16)), np.int8).reshape(-1, 4, 4)
    true = glass.energy(every)
    for i, j in combinations(range(16), 2):
        both = (every.reshape(-1, 16)[:, i] * every.reshape(-1, 16)[:, j]).astype(float)
        assert abs(found.matrix[i, j] + true @ both / len(every)) < 5 * 1.3 * 4 / 100_000**0.5
    assert np.abs(found.field).max() < 5 * 1.3 * 4 / 100_000**0.5
    assert not found.matrix.diagonal().any()


def test_few_snapshots_hold_couplings_near_zero():
    """Independent spins: less is found in 300 of them than the errors of unrestrained couplings."""
    spins = random_configurations(300, 4, 2, seed=6)
    found = fit_every_pair(Snapshots(spins, 1.0)).matrix
    pairs = found[np.triu_indices(16, 1)]
    assert pairs.std() < 0.8 / 300**0.5


@pytest.mark.parametrize("fit", [fit_pairwise, fit_every_pair])
def test_colours_are_refused(fit):
    with pytest.raises(InputError, match="pairwise: found 3 states, expected spins"):
        fit(Snapshots(random_configurations(3, 4, 3, seed=1), 2.0, 3))


def test_nine_snapshots_leave_none_to_choose_by():
    with pytest.raises(InputError, match="pairwise: found 9 snapshots, expected 10 or more"):
        fit_every_pair(Snapshots(random_configurations(9, 4, 2, seed=1), 2.0))
