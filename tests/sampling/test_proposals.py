import numpy as np
import pytest
from numba import njit

from dcl.lattice.hamiltonians import Ising
from dcl.sampling.proposals import propose
from dcl.sampling.site_tables import site_table, start_configurations
from dcl.sampling.xoshiro import chain_states, load, store
from small_lattices import CASES


@njit
def propose_once(configuration, table, states):
    site, value, old, new, remainder, words = propose(configuration, table, load(states, 0))
    store(states, 0, words)
    return site, value, new - old, remainder


@pytest.mark.parametrize("case", CASES)
def test_proposed_energy_change_is_the_difference_of_energies(case):
    hamiltonian, size, _ = CASES[case]
    table = site_table(hamiltonian, size)
    states = chain_states(1, 1)
    before = start_configurations(hamiltonian, size, 1, seed=1)
    for _ in range(50):
        site, value, change, remainder = propose_once(before.ravel(), table, states)
        after = before.copy()
        after.ravel()[site] = value
        assert 0 <= remainder < 1
        difference = hamiltonian.energy(after) - hamiltonian.energy(before)
        np.testing.assert_allclose(change, difference, atol=1e-12)
        before = after


def test_one_proposal_in_sixteen_is_the_site_s_own_state():
    spins = np.ones(9, np.int8)
    table, states = site_table(Ising(), 3), chain_states(2, 1)
    found = [propose_once(spins, table, states) for _ in range(16_000)]
    own = np.array([value == 1 for _, value, _, _ in found])
    remainders = np.array([remainder for *_, remainder in found])
    # 1000 expected, standard deviation 31; means of uniform numbers: 5 standard errors
    assert abs(own.sum() - 1000) < 5 * 31
    assert abs(remainders[own].mean() - 0.5) < 5 / np.sqrt(12 * own.sum())
    assert abs(remainders[~own].mean() - 0.5) < 5 / np.sqrt(12 * (~own).sum())
