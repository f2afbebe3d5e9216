"""The slider's data are exact, its snapshots in equilibrium, and its page asks for nothing else."""

import json
import re

import numpy as np
import pytest
from slider_snapshots import SIZE, TEMPERATURES, make_snapshots

from dcl.book import slider
from dcl.book.slider import CURVE_SIZE, OBSERVED, recorded_snapshots
from dcl.book.slider import temperature_page as page_of
from dcl.exact import ising_thermodynamics
from dcl.lattice.hamiltonians import Ising


def data_of(page):
    return json.loads(re.search(r'id="dcl-slider-data">(.*?)</script>', page)[1])


def test_the_committed_snapshots_have_the_exact_energies():
    """Five standard deviations each, 24 of them: a false alarm in 7e4."""
    exact = ising_thermodynamics(SIZE, TEMPERATURES)
    width = np.array(TEMPERATURES) * np.sqrt(exact.heat_capacity)
    recorded = recorded_snapshots()
    assert tuple(recorded) == TEMPERATURES
    energies = Ising().energy(np.array([*recorded.values()]))
    assert (np.abs(energies - exact.energy) < 5 * width).all()


def test_a_record_is_read_back_as_the_spins_that_were_sampled(monkeypatch):
    record = make_snapshots(size=4, temperatures=(0.1, 1000.0), sweeps=50)
    monkeypatch.setattr(slider, "_committed", lambda: record)
    cold, hot = recorded_snapshots().values()
    assert (cold == 1).all()
    assert set(hot.ravel()) == {-1, 1}
    assert make_snapshots(size=4, temperatures=(0.1, 1000.0), sweeps=50) == record


def test_curves_are_exact_and_the_observed_temperature_is_a_position(tmp_path):
    data = data_of(page_of(tmp_path))
    exact = ising_thermodynamics(CURVE_SIZE, data["at"]["t"])
    assert data["at"]["energy"] == pytest.approx(exact.energy / CURVE_SIZE**2, abs=1e-4)
    assert data["at"]["capacity"] == pytest.approx(exact.heat_capacity / CURVE_SIZE**2, abs=1e-4)
    assert OBSERVED in data["temperatures"]
    assert data["start"] in data["temperatures"]
    assert data["start"] != data["observed"]
    assert len(data["up"]) == len(data["temperatures"])
    assert data["learned"] is None


def test_learned_marks_are_those_of_the_run(tmp_path):
    path = tmp_path / "ising" / "scan_ednn_transfer" / "scan.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"temperatures": [1, 2], "energy": [-512, -256], "heat_capacity": [0, 128]}')
    page = page_of(tmp_path)
    assert data_of(page)["learned"] == {"t": [1, 2], "energy": [-2, -1], "capacity": [0, 0.5]}
    assert "marks are predictions of the extensive network" in page
    assert "marks are predictions" not in page_of(tmp_path / "elsewhere")


def test_the_page_is_small_complete_and_asks_for_nothing(tmp_path):
    page = page_of(tmp_path)
    assert len(page) < 300_000
    assert re.findall(r"@[A-Z]+@", page) == []
    assert re.findall(r'(?:src|href)=|https?://(?!www\.w3\.org/2000/svg")', page) == []
    assert page.count('<label for="dcl-temperature">') == page.count('id="dcl-temperature"') == 1
