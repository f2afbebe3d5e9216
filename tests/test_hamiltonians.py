"""Energies against a bond-by-bond sum in plain Python, and the definitions' numbers."""

# ruff: noqa: NPY002 - the authors drew their couplings from the legacy generator

import math

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.hamiltonians import EdwardsAnderson, Ising, Potts, hamiltonian_from_name


def bond_by_bond(configuration, horizontal_energy, vertical_energy):
    size = len(configuration)
    total = 0.0
    for i in range(size):
        for j in range(size):
            here = int(configuration[i, j])
            total += horizontal_energy(i, j, here, int(configuration[i, j - 1]))
            total += vertical_energy(i, j, here, int(configuration[i - 1, j]))
    return total


@pytest.mark.parametrize("size", [2, 3, 8])
@pytest.mark.parametrize("coupling", [1.0, -0.7])
def test_ising_energy(size, coupling):
    spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (20, size, size))

    def bond(i, j, a, b):
        return -coupling * a * b

    expected = [bond_by_bond(c, bond, bond) for c in spins]
    np.testing.assert_allclose(Ising(coupling).energy(spins), expected, atol=1e-12)


@pytest.mark.parametrize("form", ["clock", "standard"])
@pytest.mark.parametrize("n_states", range(2, 9))
def test_potts_energy(form, n_states):
    states = np.random.default_rng(2).integers(0, n_states, (10, 4, 4)).astype(np.int8)

    def bond(i, j, a, b):
        return -math.cos(2 * math.pi * (a - b) / n_states) if form == "clock" else -float(a == b)

    expected = [bond_by_bond(c, bond, bond) for c in states]
    np.testing.assert_allclose(Potts(n_states, form).energy(states), expected, atol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 8])
def test_glass_energy(size):
    glass = EdwardsAnderson.gaussian(size, seed=3)
    spins = np.random.default_rng(3).choice(np.array([-1, 1], np.int8), (20, size, size))
    expected = [
        bond_by_bond(
            c,
            lambda i, j, a, b: -glass.horizontal[i, j] * a * b,
            lambda i, j, a, b: -glass.vertical[i, j] * a * b,
        )
        for c in spins
    ]
    np.testing.assert_allclose(glass.energy(spins), expected, atol=1e-12)


def test_gaussian_couplings_are_the_authors_stream():
    state = np.random.get_state()
    np.random.seed(69)
    horizontal, vertical = np.random.normal(0, 1, [8, 8]), np.random.normal(0, 1, [8, 8])
    np.random.set_state(state)
    glass = EdwardsAnderson.gaussian(8, seed=69)
    np.testing.assert_array_equal(glass.horizontal, horizontal)
    np.testing.assert_array_equal(glass.vertical, vertical)


def test_glass_with_equal_couplings_is_ising():
    spins = np.random.default_rng(4).choice(np.array([-1, 1], np.int8), (5, 6, 6))
    glass = EdwardsAnderson(*Ising(-2.0).couplings(6))
    np.testing.assert_allclose(glass.energy(spins), Ising(-2.0).energy(spins))


def test_plus_minus_couplings_balance():
    glass = EdwardsAnderson.plus_minus(64, seed=5)
    values = np.stack([glass.horizontal, glass.vertical])
    assert set(np.unique(values)) == {-1.0, 1.0}
    assert abs(values.mean()) < 5 / math.sqrt(values.size)  # fails by chance once in 2e6 seeds


def test_equality_is_by_value():
    assert EdwardsAnderson.gaussian(4, 1) == EdwardsAnderson.gaussian(4, 1)
    assert EdwardsAnderson.gaussian(4, 1) != EdwardsAnderson.gaussian(4, 2)
    assert hash(EdwardsAnderson.gaussian(4, 1)) == hash(EdwardsAnderson.gaussian(4, 1))
    assert Ising() == Ising(1.0)
    assert Ising() != Ising(-1.0)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: Ising().energy(np.ones((8, 8), np.int8)), "shape"),
        (lambda: Ising().energy(np.ones((1, 8, 4), np.int8)), "shape"),
        (lambda: Ising().energy(np.ones((1, 8, 8))), "type"),
        (lambda: Ising().energy(np.zeros((1, 8, 8), np.int8)), "spins"),
        (lambda: Potts(3).energy(np.full((1, 4, 4), 3, np.int8)), "states 0 to 2"),
        (lambda: Potts(9), "n_states"),
        (lambda: Potts(3, "other"), "form"),
        (lambda: EdwardsAnderson(np.ones((3, 4)), np.ones((3, 4))), "couplings"),
        (lambda: EdwardsAnderson(np.ones((3, 3)), np.full((3, 3), np.nan)), "couplings"),
        (lambda: EdwardsAnderson.gaussian(4, 1).energy(np.ones((1, 8, 8), np.int8)), "size"),
        (lambda: hamiltonian_from_name("xy"), "model"),
    ],
)
def test_mistakes_are_named(mistake, message):
    with pytest.raises(InputError, match=message):
        mistake()


@pytest.mark.parametrize("name", ["ising", "potts", "spin-glass"])
def test_names_round_trip(name):
    assert hamiltonian_from_name(name).describe()["name"] == name
