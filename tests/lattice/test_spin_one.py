import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.spin_one import BlumeCapel


def test_energy_is_the_sum_over_bonds_and_sites():
    spins = np.random.default_rng(1).integers(-1, 2, (5, 4, 4), np.int8)
    expected = np.zeros(5)
    for i, j in np.ndindex(4, 4):
        s, right, down = (spins[:, a % 4, b % 4].astype(float) for a, b in
                          ((i, j), (i, j + 1), (i + 1, j)))  # fmt: skip
        expected += -0.7 * s * (right + down) + 1.3 * s**2 - 0.2 * s
    assert BlumeCapel(0.7, 1.3, 0.2).energy(spins) == pytest.approx(expected)


def test_without_zeros_it_is_the_ising_model_up_to_a_constant():
    spins = np.random.default_rng(2).choice([-1, 1], (5, 4, 4)).astype(np.int8)
    assert BlumeCapel(crystal_field=0.5).energy(spins) == pytest.approx(Ising().energy(spins) + 8)


def test_mistakes_are_named():
    with pytest.raises(InputError, match=r"^J, D, h: found"):
        BlumeCapel(field=np.nan)
    with pytest.raises(InputError, match=r"^configurations: found"):
        BlumeCapel().energy(np.full((1, 4, 4), 2, np.int8))
