"""Couplings and weights are drawn where they belong, and unsatisfied bonds are those that cost."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from dcl.analysis.bond_figures import unsatisfied, unsatisfied_bonds
from dcl.analysis.coupling_figures import coupling_parity, weight_map
from dcl.lattice.hamiltonians import EdwardsAnderson

GLASS = EdwardsAnderson.gaussian(4, seed=69)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_bonds_and_other_pairs_are_drawn_apart():
    true = GLASS.coupling_matrix()
    learned = true + 0.1
    left, right = coupling_parity(true, {"model": learned}).axes
    marks = left.lines[1].get_xydata()
    assert len(marks) == 32
    np.testing.assert_allclose(marks[:, 1] - marks[:, 0], 0.1)
    np.testing.assert_allclose(np.sort(marks[:, 0]), np.sort(true[np.triu(true) != 0]))
    (steps,) = right.patches
    counted = steps.get_xy()[:, 1]
    assert counted[np.isfinite(counted)].max() == 16 * 15 / 2 - 32


def test_a_weight_lies_at_the_earlier_site():
    weights = np.zeros((16, 16))
    weights[13, 9] = 0.5
    matrix, lattice = (axis.images[0].get_array() for axis in weight_map(weights, 13).axes[:2])
    assert matrix[13, 9] == lattice[2, 1] == 0.5
    assert np.ma.count(matrix) == 16 * 15 / 2
    assert np.ma.count(lattice) == 13


def test_unsatisfied_bonds_carry_the_positive_part_of_the_energy():
    spins = np.random.default_rng(3).choice(np.array([-1, 1], np.int8), (4, 4))
    beside, above = unsatisfied(GLASS, spins)
    strengths = np.abs(GLASS.horizontal), np.abs(GLASS.vertical)
    costs = sum(s[b].sum() for s, b in zip(strengths, (beside, above), strict=True))
    everything = sum(s.sum() for s in strengths)
    assert GLASS.energy(spins[None])[0] == pytest.approx(2 * costs - everything)
    (axis,) = unsatisfied_bonds(GLASS, {"T = 4": spins}).axes
    assert len(axis.lines) == beside.sum() + above.sum()
