"""From snapshots to a report: right where the truth is known, and honest where the law is wrong."""

import csv
import json

import numpy as np
import pytest

from dcl.energy import load_energy_model
from dcl.exact.models import exact_thermodynamics
from dcl.hamiltonians import Ising, Potts
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.settings import DirectSettings
from dcl.snapshots import Snapshots
from dcl.statistics import Estimate
from dcl.study import Check, learn
from dcl.symmetries import ALL_SYMMETRIES

GRANTED = DirectSettings(symmetries=ALL_SYMMETRIES)


@pytest.fixture(scope="module")
def ising():
    spins = sample_equilibrium(Ising(), 8, 4.0, 5000, seed=1)
    return learn(Snapshots(spins, 4.0), [2.0, 3.0, 4.0], size=6, settings=GRANTED)


def test_a_prediction_is_near_the_exact_curve(ising):
    """The coupling's standard error is 0.5%; five of them, and of the simulation."""
    exact = exact_thermodynamics(Ising(), 6, [2.0, 3.0, 4.0])
    slope = exact.heat_capacity * exact.temperatures * 0.005
    error = np.hypot(slope, ising.prediction.energy_error)
    assert (np.abs(ising.prediction.energy - exact.energy) < 5 * error).all()
    assert [check.deviation < 4 for check in ising.checks] == [True, True]


def test_a_study_on_disk(ising, tmp_path):
    ising.save(tmp_path / "study")
    folder = tmp_path / "study"
    assert {path.name for path in folder.iterdir()} == {
        "law.json", "model", "report.html", "scan.csv", "scan.json",
    }  # fmt: skip
    report = (folder / "report.html").read_text("utf-8")
    assert all(term.replace("+-", "+-") in report for term in ising.terms)
    assert "http" not in report
    (term,) = json.loads((folder / "law.json").read_text())["terms"]
    assert term["name"] == "(0,0)(0,1)"
    with (folder / "scan.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    energies = [float(row["energy"]) for row in rows]
    np.testing.assert_array_equal(energies, ising.prediction.energy)
    spins = sample_equilibrium(Ising(), 5, 2.0, 50, seed=2)
    learned = load_energy_model(folder / "model").energy(spins)
    np.testing.assert_allclose(learned, term["coupling"] * -Ising().energy(spins), rtol=1e-4)


def test_potts():
    states = sample_equilibrium(Potts(3), 6, 3.0, 3000, seed=3)
    found = learn(Snapshots(states, 3.0, 3), [1.0, 2.0, 3.0], settings=GRANTED)
    exact = exact_thermodynamics(Potts(3), 6, [1.0, 2.0, 3.0])
    assert np.abs(found.prediction.energy - exact.energy).max() / 36 < 0.05
    assert all(check.deviation < 4 for check in found.checks)


def test_a_law_that_is_out_of_reach_is_told():
    """Spins that are equal at a distance of three sites, and independent otherwise."""
    half = np.random.default_rng(4).choice(np.array([-1, 1], np.int8), (4000, 8, 3))
    spins = np.concatenate([half, half, half[:, :, :2]], axis=2)
    found = learn(Snapshots(spins, 4.0), [4.0])
    assert any("DISAGREE" in str(check) for check in found.checks)


def test_a_check_is_in_standard_errors():
    check = Check("energy", Estimate(1.0, 0.3, 0.5, 100), 2.0, 0.4)
    assert check.deviation == pytest.approx(2.0)
    assert "agree (2.0 standard errors)" in str(check)
