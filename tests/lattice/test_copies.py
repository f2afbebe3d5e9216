"""Copies and images of snapshots are found, and coincidences are none."""

import numpy as np
import pytest

from dcl.lattice.configurations import random_configurations
from dcl.lattice.copies import group_copies
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.sampling.equilibrium import sample_equilibrium


def images(states, n_states, times, seed):
    """Random translations, rotations, reflections and renamings of each snapshot, shuffled."""
    generator = np.random.default_rng(seed)
    made = []
    for state in np.repeat(states, times, axis=0):
        moved = np.roll(state, generator.integers(0, state.shape[0], 2), (0, 1))
        turned = np.rot90(moved, generator.integers(4))
        if generator.random() < 0.5:
            turned = turned.T
        made.append(generator.permutation(n_states).astype(np.int8)[turned])
    order = generator.permutation(len(made))
    return np.array(made)[order], np.repeat(np.arange(len(states)), times)[order]


@pytest.mark.parametrize(("hamiltonian", "temperature"), [(Ising(), 4.0), (Potts(3), 2.0)])
def test_images_are_copies(hamiltonian, temperature):
    """Two of 300 hot snapshots of 8 x 8 are images by chance in fewer than one seed of 10^6."""
    n_states = hamiltonian.n_states
    spins = sample_equilibrium(hamiltonian, 8, temperature, 300, seed=1)
    states, origin = images(np.maximum(spins, 0), n_states, 5, seed=2)
    groups, originals = group_copies(states, n_states)
    assert originals == 300
    same = groups[:, None] == groups
    np.testing.assert_array_equal(same, origin[:, None] == origin)


def test_images_of_a_part_are_copies():
    states = np.maximum(random_configurations(3000, 8, 2, seed=3), 0)
    more, _ = images(states[:1500], 2, 1, seed=4)
    assert group_copies(np.concatenate([states, more]), 2)[1] == 3000


@pytest.mark.parametrize(
    ("size", "temperature"), [(8, 2.0), (6, 2.0), (6, 2.3), (5, 2.3), (4, 4.0), (3, 2.0)]
)
def test_what_repeats_by_chance_is_no_copy(size, temperature):
    """More than a sixth of these snapshots have a twin or, on 6 x 6 sites or more, an image."""
    spins = sample_equilibrium(Ising(), size, temperature, 4000, seed=5)
    groups, originals = group_copies(spins, 2)
    assert originals == 4000
    assert len(np.unique(groups)) == 4000


@pytest.mark.parametrize("temperature", [1.2, 1.5])
def test_ordered_snapshots_are_no_copies_of_each_other(temperature):
    spins = sample_equilibrium(Ising(), 8, temperature, 2000, seed=6)
    assert (abs(spins.sum(axis=(1, 2))) == 64).mean() > 0.3
    assert group_copies(spins, 2)[1] == 2000


def test_snapshots_that_are_all_the_same_are_one():
    assert group_copies(np.ones((50, 4, 4), np.int8), 2)[1] == 1
