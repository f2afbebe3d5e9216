"""Other packages in the study of accuracy: what goes to them and comes back, with stand-ins."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

from dcl.chapters import accuracy
from dcl.chapters.accuracy import row
from dcl.chapters.accuracy_methods import METHODS
from dcl.chapters.accuracy_plan import Fit, plan
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.snapshots import Snapshots

ROOT = Path(__file__).parents[2]
PYPLM = """
import numpy as np
def multimodel_inf(spins, jobs, verbosity):
    assert spins.shape == (1, 50, 64) and spins.dtype == np.int8
    return np.load({truth!r})[None], None
"""
ADABMDCA = """
import types
import numpy as np
from collections import namedtuple
Alignment = namedtuple("Alignment", "names sequences")
class Tensor:
    def __init__(self, values):
        self.cpu = lambda: types.SimpleNamespace(numpy=lambda: values)
def train_model(data, alphabet, seed, no_reweighting, max_gradient_steps):
    states = np.array([[alphabet.index(letter) for letter in s] for s in data.sequences])
    up = states.mean(axis=0)
    bias = np.log(np.stack([1 - up, up], axis=-1))
    params = {"bias": Tensor(bias), "coupling_matrix": Tensor(np.zeros(2 * bias.shape))}
    return types.SimpleNamespace(
        model=types.SimpleNamespace(params=params), gradient_steps=1, stop_reason="a",
        history={"Pearson": [1.0], "Slope": [1.0]},
    )
"""


@pytest.fixture
def peers(monkeypatch):
    """The script that asks other packages; its folder is not a package."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import accuracy_peers

    return accuracy_peers


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that puts a stand-in for a package where the worker finds it."""

    def put(distribution, module, code):
        path = tmp_path / module
        path.parent.mkdir()
        path.write_text(code)
        about = tmp_path / f"{distribution}-1.5.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.5\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return put


def neighbours(size):
    """The matrix of the Ising model."""
    matrix = np.zeros((size * size,) * 2)
    sites = np.arange(size * size).reshape(size, size)
    for other in (np.roll(sites, 1, 0), np.roll(sites, 1, 1)):
        np.add.at(matrix, (sites.ravel(), other.ravel()), 1.0)
    return matrix + matrix.T


def test_couplings_come_back_in_joule(peers, install, tmp_path):
    """The truth, divided by the temperature, and a field of 0.5 J at each site, as PyPLM has it."""
    truth = tmp_path / "truth.npy"
    np.save(truth, (neighbours(8) + 0.5 * np.eye(64)) / 4.0)
    install("pseudolm", "pyplm/inference.py", PYPLM.format(truth=str(truth)))
    spins = random_configurations(50, 8, 2, seed=1)
    fit = Fit("ising", "pyplm", 50, 1)
    models, facts = peers.fit_elsewhere(Snapshots(spins, 4.0), fit, tmp_path, Path(sys.executable))
    expected = Ising().energy(spins) - 0.5 * spins.sum(axis=(1, 2))
    np.testing.assert_allclose(models["pairwise"].energy(spins), expected, atol=1e-9)
    assert (facts["package"], facts["version"]) == ("pseudolm", "1.5")


def test_up_stays_up(peers, install, tmp_path):
    """Independent spins: the field at a site is T artanh of its mean spin."""
    install("adabmDCA", "adabmDCA/__init__.py", ADABMDCA)
    spins = random_configurations(200, 4, 2, seed=2)
    fit = Fit("ising", "adabmdca", 200, 1)
    models, facts = peers.fit_elsewhere(Snapshots(spins, 3.0), fit, tmp_path, Path(sys.executable))
    expected = 3 * np.arctanh(spins.mean(axis=0)).ravel()
    np.testing.assert_allclose(models["pairwise"].field, expected, atol=1e-9)
    assert not models["pairwise"].matrix.any()
    assert facts["settings"] == {"max_gradient_steps": 300, "no_reweighting": True}


def test_two_states_as_spins(peers):
    """Any parameters of two states give the energies of their spins, up to one constant."""
    from peer_pairs import in_spins

    generator = np.random.default_rng(3)
    bias, half = generator.normal(size=(4, 2)), generator.normal(size=(4, 2, 4, 2))
    couplings = half + half.transpose(2, 3, 0, 1)
    couplings[range(4), :, range(4), :] = 0
    matrix, field = in_spins(bias, couplings)
    states = np.array(list(itertools.product((0, 1), repeat=4)))
    one_hot, spins = np.eye(2)[states], 2.0 * states - 1
    theirs = np.einsum("nia,ia->n", one_hot, bias)
    theirs += np.einsum("nia,iajb,njb->n", one_hot, couplings, one_hot) / 2
    ours = spins @ field + np.einsum("ni,ij,nj->n", spins, matrix, spins) / 2
    np.testing.assert_allclose(theirs - ours, (theirs - ours)[0], atol=1e-12)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
    assert not matrix.diagonal().any()


def test_a_row_of_a_package_that_knows_the_truth(tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "PER_LEVEL", 5)
    fit = next(fit for fit in plan() if fit.method == "pyplm")
    found = row(fit, tmp_path, lambda *_: ({"pairwise": Ising()}, {"version": "1.5"}))
    assert found["pairwise_rmse"] == 0
    assert found["version"] == "1.5"
    assert row(fit, tmp_path) == found


def test_every_row_of_the_plan_has_somebody_who_makes_it(peers):
    from peer_pairs import METHODS as ELSEWHERE

    assert {fit.method for fit in plan()} == METHODS.keys() | ELSEWHERE.keys()
