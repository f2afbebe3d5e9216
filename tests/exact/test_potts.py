"""The Potts model, against enumeration, the Ising model, identities and published values."""

import math

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact import (
    ising_density_of_states,
    ising_thermodynamics,
    potts_density_of_states,
    potts_thermodynamics,
)
from dcl.exact.canonical import thermodynamics_from_levels
from dcl.exact.histograms import count_states_by_level
from dcl.exact.potts import _table, _thermodynamics_site_by_site
from dcl.exact.row_symmetries import row_orbits
from dcl.lattice.hamiltonians import Potts

FIELDS = ("energy", "heat_capacity", "free_energy", "entropy")
UNEQUAL_BONDS = np.array([0, 1, 1])


def assert_equal(found, expected, **tolerances):
    for field in FIELDS:
        np.testing.assert_allclose(getattr(found, field), getattr(expected, field), **tolerances)


@pytest.mark.parametrize("form", ["clock", "standard"])
@pytest.mark.parametrize(("size", "n_states"), [(2, 3), (2, 4), (2, 6), (3, 2), (3, 3), (3, 4)])
def test_density_of_states_is_that_of_enumeration(size, n_states, form, all_states):
    energies = Potts(n_states, form).energy(all_states(n_states, size, size))
    levels, counts = np.unique(energies.round(9), return_counts=True)
    found_levels, found_counts = potts_density_of_states(size, n_states, form)
    np.testing.assert_allclose(found_levels, levels, atol=1e-8)
    assert found_counts == counts.tolist()


@pytest.mark.parametrize("coupling", [1.0, -0.7])
@pytest.mark.parametrize(("size", "n_states"), [(2, 5), (2, 7), (2, 8), (3, 5)])
def test_clocks_without_a_grid_are_those_of_enumeration(size, n_states, coupling, all_states):
    if n_states ** (size**2) > 10**6:  # one site may be held fixed: all its states are equal
        states = all_states(n_states, 1, size**2 - 1)[:, 0]
        states = np.pad(states, ((0, 0), (1, 0))).reshape(-1, size, size)
        copies = n_states
    else:
        states, copies = all_states(n_states, size, size), 1
    energies = Potts(n_states, coupling=coupling).energy(states)
    temperatures = [0.2, 1, 10]
    logs = np.full(len(energies), math.log(copies))
    expected = thermodynamics_from_levels(energies, logs, temperatures)
    found = potts_thermodynamics(size, temperatures, n_states, coupling=coupling)
    assert_equal(found, expected, rtol=1e-10)


@pytest.mark.parametrize("size", [3, 8])
def test_two_states_are_the_ising_model(size):
    assert potts_density_of_states(size, 2)[1] == ising_density_of_states(size)[1]
    temperatures = [0.5, 2, 4]
    ising = ising_thermodynamics(size, temperatures)
    clock = potts_thermodynamics(size, temperatures, n_states=2)
    standard = potts_thermodynamics(size, temperatures, n_states=2, form="standard", coupling=2)
    assert_equal(clock, ising, rtol=1e-10)
    np.testing.assert_allclose(standard.energy, ising.energy - 2 * size**2, rtol=1e-12)
    np.testing.assert_allclose(standard.heat_capacity, ising.heat_capacity, rtol=1e-9)


def test_four_state_clock_is_two_ising_models_of_half_the_coupling():
    found = potts_thermodynamics(5, [0.5, 1, 2], n_states=4)
    one = ising_thermodynamics(5, [0.5, 1, 2], coupling=0.5)
    for field in FIELDS:
        np.testing.assert_allclose(getattr(found, field), 2 * getattr(one, field), rtol=1e-9)


@pytest.mark.parametrize(("size", "n_states", "form"), [(5, 3, "clock"), (4, 6, "clock")])
def test_both_exact_methods_agree(size, n_states, form):
    temperatures = np.array([0.1, 0.5, 1, 1.5, 4])
    found = _thermodynamics_site_by_site(size, Potts(n_states, form), temperatures)
    expected = potts_thermodynamics(size, temperatures, n_states, form)
    assert_equal(found, expected, rtol=1e-10)


@pytest.mark.parametrize("size", [4, 5, 6, 8])
def test_three_state_counts_obey_identities(size):
    counts = _table(size, UNEQUAL_BONDS) or count_states_by_level(size, UNEQUAL_BONDS)
    assert len(counts) == 2 * size**2 + 1
    # over all states any three bonds of a torus with L > 3 are independent, unequal with
    # probability 2/3, so the first moments are those of a binomial distribution
    bonds = 2 * size**2
    for power in range(4):
        binomial = sum(math.comb(bonds, k) * 2**k * k**power for k in range(bonds + 1))
        total = sum(count * k**power for k, count in enumerate(counts))
        assert total * 3**bonds == binomial * 3 ** (size**2)


def test_lowest_excitations_of_eight_by_eight_are_those_counted_by_hand():
    energies, multiplicities = potts_density_of_states(8)
    found = dict(zip(((energies + 128) / 1.5).tolist(), multiplicities, strict=True))
    one_site = 3 * 64 * 2
    two_neighbours = 3 * 128 * 2  # and as many with two different colours
    apart = 3 * (math.comb(64, 2) - 128) * 4
    clusters = 3 * (2 * 64 + 4 * 64 + 64) * 2  # straight and bent threes, and squares of four
    assert {k: n for k, n in found.items() if k <= 8} == {
        0: 3,
        4: one_site,
        6: two_neighbours,
        7: two_neighbours,
        8: apart + clusters,
    }


def test_published_energies():
    assert potts_thermodynamics(8, 4.0).energy[0] == pytest.approx(-17.5382, abs=6e-5)
    # the reference value -93.5436 at T = 1.5 is a central difference of ln Z in 1 / T with step
    # 0.001; the exact value is -93.5441
    temperatures = 1 / (1 / 1.5 + np.array([-0.001, 0, 0.001]))
    found = potts_thermodynamics(8, temperatures)
    log_partition = -found.free_energy / temperatures
    difference = -(log_partition[2] - log_partition[0]) / 0.002
    assert difference == pytest.approx(-93.5436, abs=6e-5)
    assert found.energy[1] == pytest.approx(-93.5441, abs=6e-5)


def test_standard_form_is_the_clock_form_shifted():
    clock = potts_thermodynamics(8, [1.0, 2.0])
    standard = potts_thermodynamics(8, [1.0, 2.0], form="standard", coupling=1.5)
    np.testing.assert_allclose(standard.energy, clock.energy - 64, rtol=1e-12)
    np.testing.assert_allclose(standard.entropy, clock.entropy, rtol=1e-11)


def test_orbits_cover_every_row_once():
    first_rows, weights = row_orbits(4, 5)
    assert weights.sum() == 5**4
    assert first_rows[0] == 0
    assert weights[0] == 5


@pytest.mark.slow
def test_archived_table_is_what_the_code_computes():
    assert _table(8, UNEQUAL_BONDS) == count_states_by_level(8, UNEQUAL_BONDS)


@pytest.mark.parametrize(("size", "n_states"), [(11, 2), (9, 3), (8, 4), (7, 5), (1, 3)])
def test_impossible_sizes_are_refused(size, n_states):
    with pytest.raises(InputError, match=r"^size: found \d+, expected"):
        potts_density_of_states(size, n_states, "standard")


def test_other_mistakes_are_refused():
    with pytest.raises(InputError, match="expected 2, 3, 4 or 6 for a density of states"):
        potts_density_of_states(3, 5)
    with pytest.raises(InputError, match=r"^size: found 5\^6 states of a row, expected"):
        potts_thermodynamics(6, 1.0, n_states=5)
    with pytest.raises(InputError, match=r"^coupling: found nan"):
        potts_thermodynamics(3, 1.0, coupling=math.nan)
    with pytest.raises(InputError, match=r"^temperatures: found 0"):
        potts_thermodynamics(3, 0.0)
