"""Kaufman's formula, against the density of states, published values and limits."""

import math

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact import ising_density_of_states, ising_thermodynamics
from dcl.exact.canonical import thermodynamics_from_levels

CRITICAL = 2 / math.log(1 + math.sqrt(2))
TEMPERATURES = [0.1, 0.5, 1, 2, CRITICAL, CRITICAL + 1e-9, 2.3, 4, 10, 1000]
FIELDS = ("energy", "heat_capacity", "free_energy", "entropy")


def logs(multiplicities):
    return [math.log(count) for count in multiplicities]


@pytest.mark.parametrize("size", [2, 3, 4, 7, 8])
def test_kaufman_agrees_with_the_density_of_states(size):
    energies, multiplicities = ising_density_of_states(size)
    expected = thermodynamics_from_levels(energies, logs(multiplicities), TEMPERATURES)
    found = ising_thermodynamics(size, TEMPERATURES)
    for field in FIELDS:
        np.testing.assert_allclose(
            getattr(found, field), getattr(expected, field), rtol=1e-12, atol=2e-14 * size**2
        )


@pytest.mark.parametrize(
    ("size", "beta", "free_energy", "energy", "entropy"),
    [
        (8, 0.125, -5.671828, -0.2566496, 0.676897),
        (8, 0.25, -3.036539, -0.5584911, 0.619512),
        (8, 0.4407, -2.132369, -1.491667, 0.282357),
        (16, 0.4407, -2.115306, -1.453167, 0.291805),
        (24, 0.4407, -2.112153, -1.440249, 0.296108),
    ],
)
def test_published_values_per_spin(size, beta, free_energy, energy, entropy):
    found = ising_thermodynamics(size, [1 / beta])
    per_spin = [found.free_energy[0], found.energy[0], found.entropy[0]]
    np.testing.assert_allclose(
        np.array(per_spin) / size**2, [free_energy, energy, entropy], atol=7e-7
    )


def test_large_lattice_stays_finite_and_meets_its_limits():
    sites = 1024**2
    found = ising_thermodynamics(1024, [1e-3, 0.1, CRITICAL, 1000])
    assert all(np.isfinite(getattr(found, field)).all() for field in FIELDS)
    np.testing.assert_allclose(found.entropy[:2], math.log(2), atol=1e-15 * sites)
    # Ferdinand and Fisher (1969): theta functions of nome exp(-pi) give the 1 / L correction
    n = np.arange(-5, 6)
    theta = [
        np.exp(-math.pi * (n + 0.5) ** 2).sum(),
        np.exp(-math.pi * n**2).sum(),
        ((-1.0) ** n * np.exp(-math.pi * n**2)).sum(),
    ]
    amplitude = 2 * np.prod(theta) / np.sum(theta)
    assert found.energy[2] / sites == pytest.approx(-math.sqrt(2) - amplitude / 1024, abs=1e-9)
    # ln Z = N (ln 2 + K^2 + O(K^4)) when hot
    np.testing.assert_allclose(found.energy[3] / sites, -2e-3, rtol=1e-5)
    np.testing.assert_allclose(found.heat_capacity[3] / sites, 2e-6, rtol=1e-5)


@pytest.mark.parametrize("size", [2, 4, 5, 6, 7, 8])
def test_cold_lattices_have_heat_capacities_right_in_all_digits(size):
    temperatures = np.concatenate([np.linspace(0.012, 0.15, 20), np.linspace(0.16, 0.9, 30)])
    energies, multiplicities = ising_density_of_states(size)
    expected = thermodynamics_from_levels(energies, logs(multiplicities), temperatures)
    found = ising_thermodynamics(size, temperatures)
    assert (expected.heat_capacity > 0).all()
    np.testing.assert_allclose(found.heat_capacity, expected.heat_capacity, rtol=1e-6)
    np.testing.assert_allclose(found.entropy, expected.entropy, rtol=1e-10)


def test_the_series_goes_over_into_the_closed_form():
    # a relative step of the temperature of 1e-12 moves the heat capacity by 2e-11 at most
    below, above = ising_thermodynamics(64, [0.4 - 4e-13, 0.4]).heat_capacity
    assert below == pytest.approx(above, rel=1e-6)


def test_heat_capacity_is_the_slope_of_the_energy():
    for temperature in (0.8, CRITICAL, 3.0):
        step = 1e-4 * temperature
        low, _, high = ising_thermodynamics(
            11, [temperature - step, temperature, temperature + step]
        ).energy
        slope = (high - low) / (2 * step)
        heat_capacity = ising_thermodynamics(11, temperature).heat_capacity[0]
        assert slope == pytest.approx(heat_capacity, rel=1e-6)


def test_coupling_sets_the_unit():
    one, two = ising_thermodynamics(6, [1.0, 2.0]), ising_thermodynamics(6, [2.0, 4.0], coupling=2)
    np.testing.assert_allclose(two.energy, 2 * one.energy, rtol=1e-14)
    np.testing.assert_allclose(two.heat_capacity, one.heat_capacity, rtol=1e-14)


@pytest.mark.parametrize(
    "temperatures", [0, -1, [], [1, math.inf], [math.nan], [[1.0]], "hot", [1, None]]
)
def test_impossible_temperatures_are_refused(temperatures):
    with pytest.raises(InputError, match=r"^temperatures: found"):
        ising_thermodynamics(4, temperatures)


@pytest.mark.parametrize("coupling", [0, math.inf, math.nan])
def test_impossible_couplings_are_refused(coupling):
    with pytest.raises(InputError, match=r"^coupling: found"):
        ising_thermodynamics(4, 1.0, coupling=coupling)
