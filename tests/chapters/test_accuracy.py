"""The study of accuracy: rows that are made once, and what is archived of them."""

import shutil
import sys

import numpy as np
import pytest

from dcl.chapters import accuracy, accuracy_methods
from dcl.chapters.accuracy import row
from dcl.chapters.accuracy_plan import SYSTEMS, Fit, imposed_symmetries, plan
from dcl.chapters.accuracy_rows import archived_rows, spread
from dcl.errors import InputError
from dcl.files import read_json, write_json
from dcl.lattice.symmetries import symmetry_group
from dcl.runs.experiment import find_root


def test_rows_have_names_of_their_own():
    names = [fit.name for fit in plan()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("system", SYSTEMS)
def test_imposed_symmetries_hold(system):
    """Energies of all images of one configuration are equal."""
    hamiltonian = SYSTEMS[system]
    states = np.random.default_rng(1).integers(0, hamiltonian.n_states, (1, 64)).astype(np.int8)
    group = symmetry_group(8, hamiltonian.n_states, imposed_symmetries(system))
    images = np.concatenate([group.image(states, number) for number in range(len(group))])
    spins = 2 * images - 1 if hamiltonian.n_states == 2 else images
    energies = hamiltonian.energy(spins.reshape(-1, 8, 8))
    np.testing.assert_allclose(energies, energies[0], atol=1e-9)


@pytest.mark.parametrize(
    ("method", "number"), [("direct", "ednn_rmse"), ("pairwise", "pairwise_rmse")]
)
def test_a_row_is_measured_once(method, number, tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "PER_LEVEL", 5)
    fit = Fit("plaquette", method, 2000, 1)
    first = row(fit, tmp_path)
    assert first["snapshots"] == 2000
    assert 0 < first[number] < 60
    monkeypatch.setitem(accuracy_methods.METHODS, method, None)
    assert row(fit, tmp_path) == first


def test_pairs_are_worse_than_what_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "PER_LEVEL", 5)
    direct, pairs = (
        row(Fit("plaquette", method, 5000, 2), tmp_path)[number]
        for method, number in (("direct", "ednn_rmse"), ("pairwise", "pairwise_rmse"))
    )
    assert pairs > 5 * direct


def test_archived_rows_are_of_the_plan():
    """Five seeds each, none twice, and their medians are what the notebook draws."""
    rows = archived_rows()
    names = [
        Fit(*(r[key] for key in ("system", "method", "snapshots", "seed", "temperature"))).name
        for r in rows
    ]
    assert len(set(names)) == len(names)
    assert set(names) <= {fit.name for fit in plan()}
    direct = [
        r for r in rows if (r["system"], r["method"], r["snapshots"]) == ("ising", "direct", 1000)
    ]
    assert sorted(r["seed"] for r in direct) == [1, 2, 3, 4, 5]
    middle, low, high = spread(direct, "ednn_rmse")
    assert low <= middle <= high


def test_an_archived_row_is_measured_again(tmp_path):
    """The cheapest of them, from its seed: the same couplings, the same error on the test set."""
    fit = Fit("ising", "direct", 1000, 3)
    (archived,) = [
        r
        for r in archived_rows()
        if Fit(r["system"], r["method"], r["snapshots"], r["seed"], r["temperature"]) == fit
    ]
    again = row(fit, tmp_path)
    assert again["law"] == pytest.approx(archived["law"], rel=1e-6)
    assert again["ednn_rmse"] == pytest.approx(archived["ednn_rmse"], rel=1e-4)


def test_archived_rows_are_not_made_again(tmp_path, monkeypatch):
    """A clone has the archive and no results; what it adds does not take the place of the rest."""
    (tmp_path / "artifacts").mkdir()
    source = find_root() / "artifacts" / "accuracy"
    shutil.copytree(source, tmp_path / "artifacts" / "accuracy")
    before = archived_rows(tmp_path)
    monkeypatch.setattr(accuracy, "find_root", lambda: tmp_path)
    monkeypatch.setattr(sys, "argv", ["accuracy", "--only", "ising-direct-1000-"])
    monkeypatch.setattr(accuracy, "METHODS", {"direct": None})
    assert accuracy.main() == 0
    assert sorted(map(str, archived_rows(tmp_path))) == sorted(map(str, before))
    assert read_json(tmp_path / "artifacts" / "accuracy" / "summary.json") == read_json(
        source / "summary.json"
    )


def test_a_changed_archive_is_refused(tmp_path):
    folder = tmp_path / "artifacts" / "accuracy"
    folder.mkdir(parents=True)
    write_json(folder / "rows.json", {"rows": []})
    write_json(folder / "hashes.json", {"rows.json": "0" * 64})
    with pytest.raises(InputError, match=r"rows\.json: found"):
        archived_rows(tmp_path)
