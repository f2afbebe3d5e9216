"""Symmetries that snapshots have or lack, from Hamiltonians that have or lack them."""

import numpy as np
import pytest

from dcl.lattice.clusters import cluster_functions
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.broken_symmetry import strongest_breach
from dcl.learning.pseudolikelihood import infer_hamiltonian
from dcl.sampling.equilibrium import sample_equilibrium
from lattices import all_spins, ising_energy


def breach(snapshots, temperature, n_states=2, imposed=ALL_SYMMETRIES):
    states = np.maximum(snapshots, 0)
    functions = cluster_functions(3, n_states, 2, imposed)
    inferred = infer_hamiltonian(states, temperature, n_states, functions)
    options = temperature, n_states, 2, "periodic"
    return strongest_breach(snapshots, inferred, imposed, options, len(states))


def test_bonds_of_two_strengths_are_no_square():
    """Rows of 1.0 J and columns of 0.6 J: one of them alone is off by 0.4 J, to first order."""
    rows, columns = np.full((6, 6), 1.0), np.full((6, 6), 0.6)
    snapshots = sample_equilibrium(EdwardsAnderson(rows, columns), 6, 4.0, 4000, seed=1)
    name, coupling, error = breach(snapshots, 4.0)
    expected = {"(0,0)(0,1)": -0.4, "(0,0)(1,0)": 0.4}[name]
    assert abs(coupling - expected) < 0.1
    assert abs(coupling) > 10 * error


def test_a_field_tells_up_from_down():
    """Exact snapshots of 3x3 in a field of 0.3 J, within 5 errors."""
    every = all_spins(3, 3)
    weights = np.exp(-(ising_energy(every) - 0.3 * every.sum(axis=(1, 2))) / 4.0)
    chosen = np.random.default_rng(2).choice(len(every), 4000, p=weights / weights.sum())
    name, coupling, error = breach(every[chosen], 4.0)
    assert name == "field"
    assert abs(coupling + 0.3) < 5 * error + 0.03


@pytest.mark.parametrize("seed", range(4))
def test_symmetric_data_pass(seed):
    """Four errors, of 5 and of 20 couplings: a false alarm in 3,000 and in 800."""
    _, coupling, error = breach(sample_equilibrium(Ising(), 6, 4.0, 2000, seed=seed), 4.0)
    assert abs(coupling) < 4 * error
    _, coupling, error = breach(sample_equilibrium(Potts(3), 5, 4.0, 2000, seed=seed), 4.0, 3)
    assert abs(coupling) < 4 * error


def test_one_of_two_ordered_phases_is_no_field():
    """Magnetised snapshots of a law without a field; a false alarm in 3,000."""
    spins = sample_equilibrium(Ising(), 8, 2.1, 4000, seed=5)
    up = spins[spins.mean(axis=(1, 2)) > 0.4]
    assert len(up) > 1000
    _, coupling, error = breach(up, 2.1)
    assert abs(coupling) < 4 * error


def test_snapshots_and_their_reversals_have_no_field_at_all():
    """Equal numbers of up and down, by construction: a slope of exactly zero."""
    spins = sample_equilibrium(Ising(), 6, 4.0, 400, seed=1)
    _, coupling, error = breach(np.concatenate([spins, -spins]), 4.0, imposed=("states",))
    assert abs(coupling) < 1e-9 < error


def test_translations_alone_cannot_be_broken_by_couplings_that_are_the_same_everywhere():
    assert (
        breach(sample_equilibrium(Ising(), 4, 4.0, 500, seed=1), 4.0, 2, ("translations",)) is None
    )
