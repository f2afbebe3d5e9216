"""Symmetry groups: they leave energies as they are, and hold what they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import lattice_shape, unwrap_order
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.lattice.symmetries import ALL_SYMMETRIES, check_symmetries, symmetry_group
from lattices import ising_energy

SUBSETS = [tuple(s for k, s in enumerate(ALL_SYMMETRIES) if n >> k & 1) for n in range(8)]


def all_images(hamiltonian, size, imposed):
    spins = random_configurations(3, size, hamiltonian.n_states, seed=1)
    states = np.maximum(spins, 0).reshape(3, -1)
    group = symmetry_group(size, hamiltonian.n_states, imposed)
    images = np.concatenate([group.image(states, number) for number in range(len(group))])
    images = images.reshape(-1, size, size)
    return spins, (2 * images - 1 if hamiltonian.n_states == 2 else images)


@pytest.mark.parametrize("imposed", SUBSETS)
@pytest.mark.parametrize("hamiltonian", [Ising(), Potts(3), Potts(4, "standard")])
def test_uniform_systems_have_all_symmetries(hamiltonian, imposed):
    spins, images = all_images(hamiltonian, 4, imposed)
    energies = hamiltonian.energy(images).reshape(-1, 3)
    np.testing.assert_allclose(energies - hamiltonian.energy(spins), 0, atol=1e-9)


def test_a_glass_has_the_global_flip_and_no_translation():
    glass = EdwardsAnderson.gaussian(4, seed=1)
    spins, images = all_images(glass, 4, ("states",))
    np.testing.assert_allclose(glass.energy(images).reshape(-1, 3), [glass.energy(spins)] * 2)
    spins, images = all_images(glass, 4, ("translations",))
    assert np.ptp(glass.energy(images).reshape(-1, 3), axis=0).min() > 1


@pytest.mark.parametrize(
    ("imposed", "expected"),
    [((), 1), (("translations",), 25), (("point-group",), 8), (("states",), 6),
     (ALL_SYMMETRIES, 25 * 8 * 6)],
)  # fmt: skip
def test_number_of_symmetries(imposed, expected):
    assert len(symmetry_group(5, 3, imposed)) == expected


@pytest.mark.parametrize(
    ("imposed", "expected"),
    [((), 1), (("translations",), 20), (("point-group",), 4), (("states",), 6),
     (ALL_SYMMETRIES, 20 * 4 * 6)],
)  # fmt: skip
def test_number_of_symmetries_of_a_rectangle(imposed, expected):
    assert len(symmetry_group((4, 5), 3, imposed)) == expected
    assert len(symmetry_group((5, 4), 3, imposed)) == expected


@pytest.mark.parametrize("imposed", SUBSETS)
def test_images_of_a_rectangle_have_its_energy(imposed):
    spins = random_configurations(3, (3, 5), 2, seed=1)
    group = symmetry_group((3, 5), 2, imposed)
    states = np.maximum(spins, 0).reshape(3, -1)
    for number in range(len(group)):
        image = 2 * group.image(states, number).reshape(spins.shape) - 1
        np.testing.assert_array_equal(ising_energy(image), ising_energy(spins))


@pytest.mark.parametrize("size", [5, (5, 3)])
def test_images_are_another_for_every_symmetry(size):
    """A configuration without any symmetry of its own has as many images as there are."""
    sites = np.prod(lattice_shape(size))
    states = np.random.default_rng(1).integers(0, 3, (1, sites)).astype(np.int8)
    group = symmetry_group(size, 3, ALL_SYMMETRIES)
    images = np.concatenate([group.image(states, number) for number in range(len(group))])
    assert len(np.unique(images, axis=0)) == len(group)


@given(
    st.sampled_from(["raster", "snake", "spiral"]),
    st.sampled_from([4, (2, 8)]),
    st.integers(0, 63),
    st.integers(0, 2**32),
)
def test_sequences_have_the_images_of_their_configurations(order, size, number, seed):
    states = np.random.default_rng(seed).integers(0, 2, (2, 16)).astype(np.int8)
    sites = unwrap_order(order, size)
    group = symmetry_group(size, 2, ("translations", "point-group"))
    number %= len(group)
    there = group.in_order(sites).image(states[:, sites], number)
    np.testing.assert_array_equal(there, group.image(states, number)[:, sites])


def test_random_images_visit_every_symmetry_alike():
    """Chi-square of 8 images; false alarm 1e-6, fixed seed."""
    states = np.tile(np.random.default_rng(3).integers(0, 2, (1, 25)).astype(np.int8), (8000, 1))
    group = symmetry_group(5, 2, ("point-group",))
    images = group.random_images(states, np.random.default_rng(4))
    _, counts = np.unique(images, axis=0, return_counts=True)
    assert len(counts) == 8
    assert ((counts - 1000) ** 2 / 1000).sum() < 41


@pytest.mark.parametrize("imposed", [("flip",), ("states", "states")])
def test_other_symmetries_are_refused(imposed):
    with pytest.raises(InputError, match=r"symmetries: found .* expected some of translations"):
        check_symmetries(imposed)


def test_too_many_states_are_not_permuted():
    with pytest.raises(InputError, match="found states with n_states 9, expected 8 at most"):
        symmetry_group(4, 9, ("states",))
    assert len(symmetry_group(4, 21, ("translations",))) == 16
