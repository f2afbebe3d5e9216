"""Couplings as a model: energies, sweeps and files, without a network."""

import json
import re

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.cluster_sums import ClusterSums
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import tile_sites
from dcl.lattice.tile_patterns import tile_codes
from dcl.models.card import read_card
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.kernels.coupling_sweeps import CouplingSweeper
from dcl.sampling.replica_exchange import replica_exchange
from lattices import all_spins


def some_couplings(n_states, most_sites=3):
    functions = cluster_functions(3, n_states, most_sites)[:12]
    couplings = np.random.default_rng(1).standard_normal(len(functions)) / 4
    return CouplingsEnergy(functions, couplings, n_states)


@pytest.mark.parametrize("shape", [(4, 5), (2, 3)])
@pytest.mark.parametrize("n_states", [2, 3])
def test_energies_are_sums_of_the_table_over_tiles(n_states, shape):
    model = some_couplings(n_states)
    configurations = random_configurations(20, shape, n_states, seed=2)
    tiles = np.maximum(configurations, 0).reshape(20, -1)[:, tile_sites(shape, 1, 1)]
    expected = model.table[tile_codes(tiles, n_states)].sum(axis=1, dtype=float)
    np.testing.assert_allclose(model.energy(configurations), expected, atol=1e-4)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 3)])
@pytest.mark.parametrize("temperature", [1.0, 3.0, 1e6])
def test_heat_bath_sweeps_have_the_exact_mean_energy(shape, temperature):
    """Of 64 chains, within 5 standard errors of their means: a false alarm in 100,000 each."""
    model = some_couplings(2)
    energies = model.energy(all_spins(*shape))
    weights = np.exp(-(energies - energies.min()) / temperature)
    series = replica_exchange(
        CouplingSweeper(model.clusters, shape, 2), shape, [temperature], n_states=2, chains=64,
        sweeps=500, burn_in=50, seed=4, initial_energy=model.energy,
    )  # fmt: skip
    means = series.energy[0].mean(axis=1)
    error = means.std() / np.sqrt(len(means) - 1)
    assert abs(means.mean() - weights @ energies / weights.sum()) < 5 * error
    np.testing.assert_allclose(
        series.energy[0, :, -1], model.energy(series.configurations[0]), atol=1e-9
    )


def test_the_mean_energy_of_random_states_is_exact():
    model = some_couplings(2)
    for shape in [(2, 2), (3, 3)]:
        assert model.mean_energy(shape) == pytest.approx(model.energy(all_spins(*shape)).mean())


def test_ten_states_are_swept_without_a_table():
    functions = cluster_functions(3, 10, 2, ("point-group", "states"))[:1]
    model = CouplingsEnergy(functions, np.array([-1.0]), 10)
    assert not model.tabulable
    assert isinstance(model.sweeper(4), CouplingSweeper)
    with pytest.raises(InputError, match="n_states: found 10, with 1000000000 patterns"):
        _ = model.table


def test_a_saved_model_is_the_same(tmp_path):
    model = some_couplings(3)
    model.save(tmp_path / "model")
    fields, origin = read_card(tmp_path / "model")
    assert fields.pop("kind") == "couplings"
    loaded = CouplingsEnergy.load(tmp_path / "model", fields, origin)
    configurations = random_configurations(20, 5, 3, seed=2)
    np.testing.assert_array_equal(loaded.energy(configurations), model.energy(configurations))
    assert [f.name for f in loaded.functions] == [f.name for f in model.functions]


def test_changed_couplings_are_refused(tmp_path):
    some_couplings(2).save(tmp_path / "model")
    path = tmp_path / "model" / "couplings.json"
    content = json.loads(path.read_text())
    content["terms"][0]["coupling"] = 7.0
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="found SHA-256"):
        read_card(tmp_path / "model")


@pytest.mark.parametrize("coupling", ["NaN", "Infinity", "1e999"])
def test_couplings_that_are_no_finite_numbers_are_refused(tmp_path, coupling):
    """Such a file is forged: none is written, and its hash in the card does not help."""
    some_couplings(2).save(tmp_path / "model")
    fields, origin = read_card(tmp_path / "model")
    path = tmp_path / "model" / "couplings.json"
    path.write_text(re.sub(r'("coupling": )[^,]*', rf"\g<1>{coupling}", path.read_text(), count=1))
    with pytest.raises(InputError, match=r"couplings.json: found a coupling of (nan|inf)"):
        CouplingsEnergy.load(tmp_path / "model", fields, origin)


@pytest.mark.parametrize("width", [2, -1, np.inf])
def test_tiles_that_have_no_middle_are_refused(tmp_path, width):
    some_couplings(2).save(tmp_path / "model")
    fields, origin = read_card(tmp_path / "model")
    with pytest.raises(InputError, match=r"couplings.json: found .*, expected terms"):
        CouplingsEnergy.load(tmp_path / "model", {**fields, "width": width}, origin)


def test_sums_at_some_corners_are_those_of_an_open_window():
    functions = cluster_functions(2, 2, 2)
    spins = random_configurations(5, 4, 2, seed=3)
    corners = np.arange(16).reshape(4, 4)[:3, :3].ravel()
    found = ClusterSums(functions, (4, 4), corners)(spins)
    pair = (spins[:, :3, :3] * spins[:, :3, 1:]).sum(axis=(1, 2))
    np.testing.assert_allclose(found[:, 1], pair)
