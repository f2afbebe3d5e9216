import numpy as np
import pytest
from numba import njit

from dcl.sampling.proposals import propose, random_start, site_table
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
    before = random_start(hamiltonian, size, 1, seed=1)
    for _ in range(50):
        site, value, change, remainder = propose_once(before.ravel(), table, states)
        after = before.copy()
        after.ravel()[site] = value
        assert value != before.ravel()[site]
        assert 0 <= remainder < 1
        difference = hamiltonian.energy(after) - hamiltonian.energy(before)
        np.testing.assert_allclose(change, difference, atol=1e-12)
        before = after
