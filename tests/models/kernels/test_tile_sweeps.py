"""Chains under random extensive networks against enumeration; see small_lattices.py."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import tile_sites
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.lattice.tile_patterns import tile_codes, touched_tiles
from dcl.sampling.xoshiro import chain_states
from small_lattices import (
    FALSE_ALARM,
    all_configurations,
    boltzmann,
    chi_square_p_value,
    index_of,
)

pytestmark = pytest.mark.usefixtures("one_thread")

CASES = {  # size of the lattice, scale of the weights, network; the 2 x 2 are narrower than a tile
    "paper": (2, 0.3, {"focus": 2, "context": 1}),
    "one site of focus": (3, 0.4, {"focus": 1, "context": 1}),
    "uneven cover": (3, 0.3, {"focus": 3, "context": 1, "hidden": (4,)}),
    "colours": (2, 0.4, {"focus": 1, "context": 1, "n_states": 3}),
    "scalar": (2, 0.2, {"focus": 2, "context": 0, "n_states": 4, "scalar_input": True}),
}


@pytest.fixture(scope="module", params=CASES)
def case(request, extensive_energy):
    """(model, size)."""
    size, scale, network = CASES[request.param]
    return extensive_energy(seed=1, scale=scale, **network), size


@pytest.fixture(params=["table", "dense"])
def path(request, monkeypatch):
    """Forces one way to evaluate tiles."""
    monkeypatch.setattr(
        "dcl.models.extensive_energy.MAX_TABLE", 0 if request.param == "dense" else 2**25
    )


def alphabet(model):
    """Tells small_lattices.py the values of the spins."""
    return Ising() if model.n_states == 2 else Potts(model.n_states)


def swept(model, size, temperature, count, sweeps, seed=1):
    """Configurations after some sweeps from random ones, and the energies carried along."""
    configurations = random_configurations(count, size, model.n_states, seed)
    energies = model.energy(configurations)
    sweeper, random_states = model.sweeper(size), chain_states(seed, count)
    for _ in range(sweeps):
        sweeper.sweep(configurations, energies, np.full(count, 1 / temperature), random_states)
    return configurations, energies


def p_value(model, configurations, energies, temperature):
    counts = np.bincount(index_of(alphabet(model), configurations), minlength=len(energies))
    return chi_square_p_value(counts, boltzmann(energies, temperature))


@pytest.mark.usefixtures("path")
def test_every_state_has_its_boltzmann_probability(case):
    # the last line shows that the test can fail
    model, size = case
    energies = model.energy(all_configurations(alphabet(model), size))
    temperature = energies.std()
    configurations, _ = swept(model, size, temperature, 6000, sweeps=30)
    assert p_value(model, configurations, energies, temperature) > FALSE_ALARM
    assert p_value(model, configurations, energies, 1.3 * temperature) < FALSE_ALARM


@pytest.mark.usefixtures("path")
def test_energies_belong_to_the_configurations(case):
    model, size = case
    for copies in (1, 2):
        configurations, energies = swept(model, copies * size, 1.0, 100, sweeps=200)
        np.testing.assert_allclose(energies, model.energy(configurations), atol=2e-3)


@pytest.mark.usefixtures("path")
def test_same_random_numbers_same_chains_for_any_number_of_threads(case):
    threads = numba.get_num_threads()
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    one = swept(*case, 1.5, 50, sweeps=5)
    numba.set_num_threads(1)
    two = swept(*case, 1.5, 50, sweeps=5)
    numba.set_num_threads(threads)
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


def test_table_and_network_make_the_same_chains(case, monkeypatch):
    # up to rounding: 5,000 decisions or fewer, each with a chance of about 1e-6 to differ
    one = swept(*case, 1.5, 50, sweeps=10)
    monkeypatch.setattr("dcl.models.extensive_energy.MAX_TABLE", 0)
    two = swept(*case, 1.5, 50, sweeps=10)
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_allclose(one[1], two[1], atol=1e-3)


def test_a_temperature_for_every_chain(extensive_energy):
    model = extensive_energy(seed=1)
    spins = random_configurations(1, 8, 2, seed=1).repeat(2000, axis=0)
    energies, betas = model.energy(spins), np.repeat([0.1, 1.0], 1000)
    sweeper, random_states = model.sweeper(8), chain_states(1, 2000)
    for _ in range(20):
        sweeper.sweep(spins, energies, betas, random_states)
    assert energies[1000:].mean() < energies[:1000].mean() - 1


def test_a_size_that_the_focus_does_not_divide_is_refused(extensive_energy):
    with pytest.raises(InputError, match="lattice size: found 5, expected a multiple"):
        extensive_energy().sweeper(5)


@given(st.integers(2, 5), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_codes_number_the_patterns(n_states, sites, seed):
    tiles = np.random.default_rng(seed).integers(0, n_states, (3, 2, sites), dtype=np.int8)
    codes = tile_codes(tiles, n_states)
    digits = codes[..., None] // n_states ** np.arange(sites) % n_states
    np.testing.assert_array_equal(digits, tiles)


@given(
    shape=st.sampled_from([(2, 2, 1), (4, 2, 1), (6, 2, 1), (3, 3, 1), (6, 3, 1), (2, 1, 1),
                           (5, 1, 1), (4, 2, 0), (2, 2, 0), (3, 1, 2)]),
    n_states=st.integers(2, 4), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_flip_changes_the_codes_of_the_touched_tiles_alone(shape, n_states, seed):
    sites = tile_sites(*shape)
    generator = np.random.default_rng(seed)
    states = generator.integers(0, n_states, shape[0] ** 2)
    site, new = generator.integers(shape[0] ** 2), generator.integers(n_states)
    tiles, increments = touched_tiles(sites, n_states)
    codes = tile_codes(states[sites], n_states)
    np.add.at(codes, tiles[site], (new - states[site]) * increments[site])
    states[site] = new
    np.testing.assert_array_equal(codes, tile_codes(states[sites], n_states))
    holders = np.flatnonzero((sites == site).any(axis=1))
    np.testing.assert_array_equal(np.sort(tiles[site][increments[site] > 0]), holders)
