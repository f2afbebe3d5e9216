"""From snapshots to a report: right where the truth is known, and honest where the Hamiltonian is
wrong."""

import csv
import json
from html.parser import HTMLParser

import numba
import numpy as np
import pytest

from dcl.analysis.autocorrelation import Estimate
from dcl.analysis.inspection import inspect
from dcl.analysis.scans import Scan
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.lattice.snapshot_files import open_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.pseudolikelihood import InferredHamiltonian
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.models.energy import load_energy_model
from dcl.runs.prediction import effective_snapshots
from dcl.runs.predictive_checks import Check, check_by_resampling
from dcl.runs.study import learn
from dcl.runs.study_report import write
from dcl.sampling.equilibrium import sample_equilibrium
from lattices import all_spins, drawn_open, drawn_rectangle, ising_energy

IMPOSED = PseudolikelihoodSettings(symmetries=ALL_SYMMETRIES)


@pytest.fixture(scope="module", autouse=True)
def short_runs():
    """Fewer sweeps, and Numba on one thread."""
    threads = numba.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dcl.runs.study.SWEEPS", 2000)
        numba.set_num_threads(1)
        yield
        numba.set_num_threads(threads)


@pytest.fixture(scope="module")
def ising(tmp_path_factory):
    path = tmp_path_factory.mktemp("ising") / "spins.npz"
    save_snapshots(Snapshots(sample_equilibrium(Ising(), 8, 4.0, 5000, seed=1), 4.0), path)
    return learn(open_snapshots(path), [2.0, 3.0, 4.0], size=6, settings=IMPOSED)


def test_a_prediction_is_right_within_its_own_errors(ising):
    """Five standard errors, the couplings' included: a false alarm in 2 million each."""
    exact = exact_thermodynamics(Ising(), 6, [2.0, 3.0, 4.0])
    assert (
        np.abs(ising.prediction.energy - exact.energy) < 5 * ising.prediction.energy_error
    ).all()
    assert [check.passed for check in ising.checks] == [True, True, True]


def test_errors_of_the_couplings_are_those_of_the_exact_response(ising):
    """Of E = J e(T / J), that is E - T C for each part of J; noise of the simulation is 5%."""
    temperatures = [2.0, 3.0, 4.0]
    exact = exact_thermodynamics(Ising(), 6, temperatures)
    relative = ising.hamiltonian.errors[0] / abs(ising.hamiltonian.couplings[0])
    response = relative * np.abs(exact.energy - exact.temperatures * exact.heat_capacity)
    np.testing.assert_allclose(ising.coupling_errors["energy"], response, rtol=0.25)


def test_correlated_snapshots_have_larger_errors():
    """Every one eight times: a file of n is worth n / 8, within its own estimate of tau."""
    spins = sample_equilibrium(Ising(), 6, 4.0, 500, seed=9)
    once, often = (
        learn(Snapshots(s, 4.0), [4.0], settings=IMPOSED, sweeps=100)
        for s in (spins, np.repeat(spins, 8, axis=0))
    )
    assert often.hamiltonian.errors[0] == pytest.approx(once.hamiltonian.errors[0], rel=0.3)
    assert often.effective[0] == pytest.approx(500, rel=0.5)


def test_a_study_on_disk(ising, tmp_path):
    write(ising, tmp_path / "study")
    folder = tmp_path / "study"
    assert {path.name for path in folder.iterdir()} == {
        "law.json", "model", "report.html", "scan.csv", "scan.json",
    }  # fmt: skip
    inferred = json.loads((folder / "law.json").read_text())
    (term,) = inferred["terms"]
    assert (term["name"], term["words"]) == ("(0,0)(0,1)", "nearest neighbours")
    assert term["coupling"] == ising.hamiltonian.couplings[0]
    with (folder / "scan.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    for name in ("energy", "energy_error"):
        values = [float(row[name]) for row in rows]
        np.testing.assert_array_equal(values, getattr(ising.prediction, name))
    scan = json.loads((folder / "scan.json").read_text())
    assert scan["units"]["temperatures"] == "J / k_B"
    assert scan["effective_snapshots"] == [float(row["effective_snapshots"]) for row in rows]
    card = json.loads((folder / "model" / "model.json").read_text())
    assert (card["data"]["temperature"], card["training"]["seed"]) == (4.0, 1)
    assert len(card["data"]["sha256"]) == 64
    for provenance in (inferred["provenance"], scan["provenance"]):
        assert len(provenance["data"]["sha256"]) == 64
        assert (provenance["temperature"], provenance["seed"]) == (4.0, 1)
    spins = sample_equilibrium(Ising(), 5, 2.0, 50, seed=2)
    learned = load_energy_model(folder / "model").energy(spins)
    np.testing.assert_allclose(learned, term["coupling"] * -Ising().energy(spins), rtol=1e-4)


class Page(HTMLParser):
    """What a page refers to, its alternative texts, and whether its tags match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.alt = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.links += [values[name] for name in ("src", "href", "action") if name in values]
        self.alt += [values.get("alt")] if tag == "img" else []
        self.open += [] if tag in ("img", "meta") else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_is_one_file_that_anyone_can_read(ising, tmp_path):
    write(ising, tmp_path / "study")
    text = (tmp_path / "study" / "report.html").read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert all(link.startswith("data:") for link in page.links)
    assert len(page.alt) == len(page.links) == 1
    assert "6 x 6 sites" in page.alt[0]
    for line in ("nearest neighbours", "What not to trust", "color-scheme: light dark"):
        assert line in text
    assert ising.provenance["data"]["sha256"] in text


def test_effective_snapshots_are_those_of_the_exact_distribution():
    """Kish's number is n <w>^2 / <w^2>, here from 3 x 3 states: within 5% of 200,000 snapshots."""
    every = all_spins(3, 3)
    energies = ising_energy(every)
    chance = np.exp(-energies / 4.0)
    chance /= chance.sum()
    weights = np.exp(-(1 / 3.0 - 1 / 4.0) * energies)
    expected = 200_000 * (chance @ weights) ** 2 / (chance @ weights**2)
    drawn = ising_energy(drawn_rectangle(3, 3, 4.0, 200_000))
    found = effective_snapshots(drawn, 4.0, np.array([4.0, 3.0]))
    assert found[0] == pytest.approx(200_000)
    assert found[1] == pytest.approx(expected, rel=0.05)


def test_the_report_tells_which_temperatures_are_supported(ising):
    """The observed one is, and T = 2 of 64 spins is not."""
    assert 4.0 in ising.supported
    assert 2.0 not in ising.supported


def test_a_rectangle():
    """Exact snapshots, and the exact energies of all states, within 5 standard errors."""
    spins = drawn_rectangle(3, 4, 4.0, 8000)
    found = learn(Snapshots(spins, 4.0), [2.0, 3.0, 4.0], settings=IMPOSED)
    energies = ising_energy(all_spins(3, 4))
    for number, temperature in enumerate([2.0, 3.0, 4.0]):
        weights = np.exp(-(energies - energies.min()) / temperature)
        exact = weights @ energies / weights.sum()
        error = found.prediction.energy_error[number]
        assert abs(found.prediction.energy[number] - exact) < 5 * error
    assert found.prediction.lattice_size == (3, 4)
    assert Scan.from_json(found.prediction.to_json()).lattice_size == (3, 4)
    assert all(check.passed for check in found.checks)


@pytest.fixture(scope="module")
def with_edges():
    """Exact Ising snapshots with free edges."""
    return drawn_open(9, 8, 3.0, 4000)


def test_open_boundaries(with_edges, tmp_path):
    """The bulk's Hamiltonian and curve, and a check of the inside; within 5 standard errors."""
    found = learn(
        Snapshots(with_edges, 3.0), [3.0, 4.0], size=6, boundaries="open", settings=IMPOSED
    )
    exact = exact_thermodynamics(Ising(), 6, [3.0, 4.0])
    assert (
        np.abs(found.prediction.energy - exact.energy) < 5 * found.prediction.energy_error
    ).all()
    assert [check.name for check in found.checks] == [
        "agreement of neighbours inside", "magnetisation inside", found.checks[2].name,
    ]  # fmt: skip
    assert "without the imposed symmetries (J)" in found.checks[2].name
    assert all(check.passed for check in found.checks)
    write(found, tmp_path / "study")
    assert "the prediction is for a periodic lattice" in (
        (tmp_path / "study" / "report.html").read_text("utf-8")
    )


def test_the_check_of_the_inside_finds_a_wrong_law(with_edges):
    """A coupling that is 15% too strong disagrees."""
    found = inspect(Snapshots(with_edges, 3.0), "open")
    pair = cluster_functions(3, 2, 2, ALL_SYMMETRIES)[:1]
    for coupling, passed in ((-1.0, True), (-1.15, False)):
        inferred = InferredHamiltonian(pair, np.array([coupling]), np.array([0.01]), [])
        checks = check_by_resampling(inferred, with_edges, found, 3.0, 1, seed=6)
        assert all(check.passed for check in checks) == passed


def test_potts():
    states = sample_equilibrium(Potts(3), 6, 3.0, 3000, seed=3)
    found = learn(Snapshots(states, 3.0, 3), [1.0, 2.0, 3.0], settings=IMPOSED)
    exact = exact_thermodynamics(Potts(3), 6, [1.0, 2.0, 3.0])
    assert np.abs(found.prediction.energy - exact.energy).max() / 36 < 0.05
    assert all(check.deviation < 4 for check in found.checks)


@pytest.mark.parametrize("boundaries", ["periodic", "open"])
def test_checks_of_a_file_repeated_are_those_of_the_file(boundaries):
    """Copies counted as data would make them smaller by the root of 20, and raise false alarms.

    Autocorrelation times of noise, estimated from 100 snapshots and from 2000, differ a little.
    """
    spins = sample_equilibrium(Ising(), 8, 4.0, 100, seed=3)
    once, copied = (
        learn(Snapshots(np.tile(spins, (copies, 1, 1)), 4.0), [4.0], boundaries=boundaries,
              sweeps=200).checks
        for copies in (1, 20)
    )  # fmt: skip
    errors = [[check.observed.error for check in checks] for checks in (once, copied)]
    np.testing.assert_allclose(*errors, rtol=0.01)


def test_a_law_that_is_out_of_reach_is_told():
    """Spins that are equal at a distance of three sites, and independent otherwise."""
    half = np.random.default_rng(4).choice(np.array([-1, 1], np.int8), (2000, 8, 3))
    spins = np.concatenate([half, half, half[:, :, :2]], axis=2)
    found = learn(Snapshots(spins, 4.0), [4.0], settings=IMPOSED)
    assert any("DISAGREE" in str(check) for check in found.checks)


def test_a_symmetry_that_the_states_lack_is_told():
    """Five directions of a clock are not equivalent in pairs: neighbours on the circle are close.

    Energy and magnetisation agree, as the law of two kinds of pairs has one coupling for them.
    """
    states = sample_equilibrium(Potts(5), 5, 2.5, 2000, seed=1)
    found = learn(Snapshots(states, 2.5, 5), [2.5], settings=IMPOSED, sweeps=200)
    assert [check.passed for check in found.checks] == [True, True, False]


def test_a_check_is_in_standard_errors():
    check = Check("energy", Estimate(1.0, 0.3, 0.5, 100), 2.0, 0.4)
    assert check.deviation == pytest.approx(2.0)
    assert "agree (2.0 standard errors)" in str(check)


def test_temperature_one_means_energies_in_units_of_the_snapshots_own(tmp_path):
    """Spins at 4 J / k_B said to be at 1: a coupling of -1/4, within 5 standard errors."""
    spins = sample_equilibrium(Ising(), 6, 4.0, 2000, seed=12)
    found = learn(Snapshots(spins, 1.0), [1.0], settings=IMPOSED, sweeps=100)
    assert abs(found.hamiltonian.couplings[0] + 0.25) < 5 * found.hamiltonian.errors[0]
    assert " k_B T (nearest" in found.terms[0]
    assert str(found.checks[0]).startswith("energy (k_B T)")
    write(found, tmp_path / "study")
    assert json.loads((tmp_path / "study" / "law.json").read_text())["unit"] == "k_B T"
    units = json.loads((tmp_path / "study" / "scan.json").read_text())["units"]
    assert units["temperatures"] == "temperature of the snapshots"
    text = (tmp_path / "study" / "report.html").read_text("utf-8")
    assert "coupling (k_B T)" in text
    assert "Temperatures are relative to that of the snapshots." in text
