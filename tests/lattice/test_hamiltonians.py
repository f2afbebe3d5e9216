"""Energies against a bond-by-bond sum in plain Python, and the definitions' numbers."""

# ruff: noqa: NPY002 - the authors drew their couplings from the legacy generator

import math

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.hamiltonians import (
    EdwardsAnderson,
    Ising,
    MultiSpinIsing,
    Potts,
    hamiltonian_from_name,
)


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


def term_by_term(configuration, nearest, diagonal, plaquette):
    """Every bond, diagonal pair and plaquette once, found as sets of sites."""
    size = len(configuration)
    terms = {}
    for i in range(size):
        for j in range(size):
            here, right = (i, j), (i, (j + 1) % size)
            down, across = ((i + 1) % size, j), ((i + 1) % size, (j + 1) % size)
            terms[frozenset({here, right})] = terms[frozenset({here, down})] = nearest
            terms[frozenset({here, across})] = terms[frozenset({right, down})] = diagonal
            terms[frozenset({here, right, down, across})] = plaquette
    assert len(terms) == 5 * size**2
    return -sum(
        coupling * math.prod(int(configuration[site]) for site in sites)
        for sites, coupling in terms.items()
    )


MULTI_SPIN = MultiSpinIsing(0.8, diagonal=-0.3, plaquette=0.7)


@pytest.mark.parametrize("size", [3, 4, 5, 8])
@pytest.mark.parametrize("couplings", [(0.8, -0.3, 0.7), (0.0, 1.0, 0.0), (0.0, 0.0, -1.5)])
def test_multi_spin_energy(size, couplings):
    spins = np.random.default_rng(5).choice(np.array([-1, 1], np.int8), (20, size, size))
    expected = [term_by_term(c, *couplings) for c in spins]
    np.testing.assert_allclose(MultiSpinIsing(*couplings).energy(spins), expected, atol=1e-12)


def test_a_multi_spin_law_of_bonds_alone_is_ising():
    spins = np.random.default_rng(6).choice(np.array([-1, 1], np.int8), (20, 5, 5))
    np.testing.assert_array_equal(MultiSpinIsing(-0.7).energy(spins), Ising(-0.7).energy(spins))


@pytest.mark.parametrize(
    "image",
    [
        lambda spins: -spins,
        lambda spins: np.roll(spins, (1, 3), axis=(1, 2)),
        lambda spins: np.rot90(spins, axes=(1, 2)),
        lambda spins: spins.swapaxes(1, 2),
    ],
    ids=["flip", "translation", "rotation", "reflection"],
)
def test_symmetries_of_a_multi_spin_law(image):
    spins = np.random.default_rng(7).choice(np.array([-1, 1], np.int8), (20, 6, 6))
    np.testing.assert_allclose(MULTI_SPIN.energy(image(spins)), MULTI_SPIN.energy(spins))


def test_a_staggered_flip_turns_the_nearest_coupling_alone():
    spins = np.random.default_rng(8).choice(np.array([-1, 1], np.int8), (20, 6, 6))
    staggered = spins * (1 - 2 * (np.indices((6, 6)).sum(axis=0) % 2)).astype(np.int8)
    turned = MultiSpinIsing(-0.8, diagonal=-0.3, plaquette=0.7)
    np.testing.assert_allclose(MULTI_SPIN.energy(staggered), turned.energy(spins))


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
        (lambda: MULTI_SPIN.energy(np.ones((1, 2, 2), np.int8)), "size: found 2, expected 3"),
        (lambda: MultiSpinIsing(1.0, math.nan), "couplings"),
        (lambda: hamiltonian_from_name("xy"), "model"),
    ],
)
def test_mistakes_are_named(mistake, message):
    with pytest.raises(InputError, match=message):
        mistake()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ising", Ising()),
        ("potts", Potts(4, "standard")),
        ("spin-glass", EdwardsAnderson.gaussian(6, 3)),
    ],
)
def test_a_name_makes_its_model(name, expected):
    options = {"size": 6, "seed": 3, "n_states": 4, "form": "standard"}
    assert hamiltonian_from_name(name, **options) == expected
