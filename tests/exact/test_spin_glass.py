"""Spin glasses, against enumeration, gauge symmetry, Kaufman and published values."""

import math

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact import ising_density_of_states, spin_glass_thermodynamics
from dcl.exact.canonical import thermodynamics_from_levels
from dcl.lattice.hamiltonians import EdwardsAnderson

FIELDS = ("energy", "heat_capacity", "free_energy", "entropy")


def assert_equal(found, expected, **tolerances):
    for field in FIELDS:
        np.testing.assert_allclose(getattr(found, field), getattr(expected, field), **tolerances)


@pytest.mark.parametrize(("size", "seed"), [(2, 0), (3, 1), (3, 2), (4, 3)])
def test_gaussian_glass_is_that_of_enumeration(size, seed, all_states):
    random = np.random.default_rng(seed)
    h, v = random.normal(size=(2, size, size))
    s = 1 - 2 * all_states(2, size, size)
    energies = -(h * s * np.roll(s, 1, axis=2) + v * s * np.roll(s, 1, axis=1)).sum(axis=(1, 2))
    temperatures = [0.1, 0.5, 1, 2, 4, 100]
    expected = thermodynamics_from_levels(energies, np.zeros(len(energies)), temperatures)
    assert_equal(spin_glass_thermodynamics(h, v, temperatures), expected, rtol=1e-11)


def test_frozen_glass_keeps_its_relative_accuracy(all_states):
    h, v = np.random.default_rng(4).normal(size=(2, 3, 3))
    energies = EdwardsAnderson(h, v).energy(1 - 2 * all_states(2, 3, 3))
    ground, gap = np.unique(energies.round(12))[:2] - energies.min()
    temperature = (gap - ground) / 60
    found = spin_glass_thermodynamics(h, v, temperature)
    # two levels, each twice: C = (gap / T)^2 exp(-gap / T), and the third level is far away
    expected = 60**2 * math.exp(-60)
    assert found.heat_capacity[0] == pytest.approx(expected, rel=1e-10)
    assert found.entropy[0] == pytest.approx(math.log(2), abs=1e-11)


def test_uniform_couplings_are_the_ising_model():
    energies, multiplicities = ising_density_of_states(8)
    temperatures = [0.1, 0.3, 1, 2, 2.3, 4, 100]
    logs = [math.log(count) for count in multiplicities]
    expected = thermodynamics_from_levels(energies, logs, temperatures)
    ones = np.ones((8, 8))
    assert_equal(spin_glass_thermodynamics(ones, ones, temperatures), expected, rtol=1e-10)


def test_gauge_transformation_changes_nothing():
    random = np.random.default_rng(5)
    h, v = random.normal(size=(2, 5, 5))
    gauge = random.choice([-1, 1], size=(5, 5))
    gauged = h * gauge * np.roll(gauge, 1, axis=1), v * gauge * np.roll(gauge, 1, axis=0)
    temperatures = [0.2, 1, 3]
    assert_equal(
        spin_glass_thermodynamics(*gauged, temperatures),
        spin_glass_thermodynamics(h, v, temperatures),
        rtol=1e-11,
    )


@pytest.mark.parametrize(
    ("seed", "expected"),
    [(69, [-91.847, -85.551, -64.100, -37.396]), (420, [-79.995, -72.165, -50.365, -28.209])],
)
def test_published_instances(seed, expected):
    glass = EdwardsAnderson.gaussian(8, seed)
    found = spin_glass_thermodynamics(glass.horizontal, glass.vertical, [0.5, 1, 2, 4])
    np.testing.assert_allclose(found.energy, expected, atol=6e-4)


def test_lattice_too_wide_is_refused():
    ones = np.ones((13, 13))
    with pytest.raises(InputError, match=r"^size: found 2\^13 states of a row, expected at most"):
        spin_glass_thermodynamics(ones, ones, 1.0)


def test_impossible_temperature_is_refused():
    with pytest.raises(InputError, match=r"^temperatures: found -1, expected positive"):
        spin_glass_thermodynamics(np.ones((4, 4)), np.ones((4, 4)), [1, -1])
