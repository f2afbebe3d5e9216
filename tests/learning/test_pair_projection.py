"""Pairs are found in energies without knowledge of the bonds, and what is no pair is left over."""

import numpy as np
import pytest

from dcl import MultiSpinIsing
from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson
from dcl.learning.pair_projection import projected_pairs

SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (1500, 4, 4))


def test_a_glass_is_found_bond_for_bond():
    glass = EdwardsAnderson.gaussian(4, seed=420)
    found = projected_pairs(SPINS, glass.energy(SPINS) + 3.0)
    np.testing.assert_allclose(found.matrix, glass.coupling_matrix(), atol=1e-10)
    np.testing.assert_allclose(found.field, 0, atol=1e-10)
    assert found.constant == pytest.approx(3.0)
    assert found.beyond_pairs == pytest.approx(0, abs=1e-9)


def test_what_is_no_pair_is_left_over():
    """Sixteen plaquettes of 0.5 J have the standard deviation 2 J over random spins."""
    truth = MultiSpinIsing(1.0, plaquette=0.5)
    found = projected_pairs(SPINS, truth.energy(SPINS))
    assert found.beyond_pairs == pytest.approx(2.0, rel=0.1)


def test_too_few_configurations_are_refused():
    with pytest.raises(InputError, match="found 100, expected 137 or more for 16 sites"):
        projected_pairs(SPINS[:100], np.zeros(100))
