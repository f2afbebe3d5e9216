"""Laws with diagonals and plaquettes, against enumeration, Kaufman and their own symmetries."""

import numpy as np
import pytest

from dcl.exact import ising_thermodynamics, multi_spin_thermodynamics
from dcl.exact.canonical import thermodynamics_from_levels
from dcl.lattice.hamiltonians import MultiSpinIsing

FIELDS = ("energy", "heat_capacity", "free_energy", "entropy")


def assert_equal(found, expected, **tolerances):
    for field in FIELDS:
        np.testing.assert_allclose(getattr(found, field), getattr(expected, field), **tolerances)


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("couplings", [(1.0, 0.5, 0.5), (0.8, -0.3, 0.7), (-1.0, -0.6, -0.2)])
def test_the_transfer_matrix_is_enumeration(size, couplings, all_states):
    energies = MultiSpinIsing(*couplings).energy(1 - 2 * all_states(2, size, size))
    temperatures = [0.3, 1, 2, 4, 100]
    expected = thermodynamics_from_levels(energies, np.zeros(len(energies)), temperatures)
    found = multi_spin_thermodynamics(size, temperatures, *couplings)
    assert_equal(found, expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("size", [3, 5, 8])
def test_bonds_alone_are_the_ising_model(size):
    temperatures = [0.5, 1, 2.3, 4, 100]
    found = multi_spin_thermodynamics(size, temperatures, -0.7)
    assert_equal(found, ising_thermodynamics(size, temperatures, -0.7), rtol=1e-9)


def test_a_staggered_flip_turns_the_nearest_coupling_alone():
    temperatures = [0.5, 1, 2, 4]
    assert_equal(
        multi_spin_thermodynamics(6, temperatures, 1.0, -0.4, 0.3),
        multi_spin_thermodynamics(6, temperatures, -1.0, -0.4, 0.3),
        rtol=1e-9,
    )


def test_a_law_of_plaquettes_alone_in_closed_form():
    # With t = tanh(K / T), Z = (2 cosh(K / T))^N times the sum of t^|S| over the sets S of
    # plaquettes that hold every site an even number of times: those where plaquette (i, j) is in S
    # if just one of row i and column j is chosen, which counts every set twice.
    size, coupling, temperature = 5, 0.9, 1.7
    t = np.tanh(coupling / temperature)
    every = np.indices((2,) * 2 * size).reshape(2 * size, -1)
    chosen = every[:size, None] ^ every[None, size:]
    sets = (t ** chosen.sum(axis=(0, 1))).sum() / 2
    log_partition = size**2 * np.log(2 * np.cosh(coupling / temperature)) + np.log(sets)
    found = multi_spin_thermodynamics(size, [temperature], nearest=0.0, plaquette=coupling)
    np.testing.assert_allclose(found.free_energy, -temperature * log_partition, rtol=1e-12)
