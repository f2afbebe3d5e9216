"""Predictions elsewhere: exact where the coupling is, and shares that are one at home."""

import numpy as np
import pytest

from dcl.chapters.observation_temperature import curve_errors, effective_shares
from dcl.exact import ising_thermodynamics

ROW = {"method": "direct", "system": "ising", "temperature": 4.0, "snapshots": 100_000}


def rows(*couplings):
    return [{**ROW, "law": {"(0,0)(0,1)": -J}} for J in couplings]


def test_the_true_coupling_has_no_error():
    assert curve_errors(rows(1.0), 4.0, [1.5, 4.0]) == pytest.approx([0, 0], abs=1e-12)


def test_the_median_fit_is_reported_and_other_fits_are_left_out():
    others = [{**row, "temperature": 6.0} for row in rows(3.0)]
    found = curve_errors(rows(1.0, 1.1, 1.3) + others, 4.0, [2.0])
    strong, true = ising_thermodynamics(8, [2.0 / 1.1]), ising_thermodynamics(8, [2.0])
    assert found == pytest.approx(np.abs(1.1 * strong.energy - true.energy) / 64)


def test_all_snapshots_are_left_at_the_temperature_of_observation():
    at_home, away = effective_shares(4.0, [4.0, 1.5], 300)
    assert at_home == pytest.approx(1)
    assert away < 0.05
