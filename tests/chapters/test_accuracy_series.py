"""Series of the accuracy study: each has rows, and errors stand in the order of their data sets."""

import numpy as np
import pytest

from dcl.chapters.accuracy_plan import plan
from dcl.chapters.accuracy_rows import archived_rows
from dcl.chapters.accuracy_series import DRAWN, SERIES, by_seed, curve, medians

ROW = {"method": "pyplm", "system": "ising", "temperature": 4.0, "seconds": 1.0}


@pytest.mark.parametrize("label", SERIES)
def test_every_series_is_planned_and_archived(label):
    assert SERIES[label].key in {fit.method for fit in plan()}
    assert any(curve(archived_rows(), label, system) for system in ("ising", "spin_glass"))


def test_the_series_that_are_drawn_have_an_ising_curve():
    assert all(medians(archived_rows(), label) for label in DRAWN)


def test_other_temperatures_and_systems_are_left_out():
    rows = [
        {**ROW, "snapshots": 1000, "seed": 1, "pairwise_rmse": 2.0},
        {**ROW, "snapshots": 1000, "seed": 2, "pairwise_rmse": 9.0, "temperature": 8.0},
        {**ROW, "snapshots": 1000, "seed": 3, "pairwise_rmse": 9.0, "system": "spin_glass"},
    ]
    assert medians(rows, "PyPLM") == {1000: 2.0}


def test_errors_by_seed_are_in_the_order_of_the_seeds():
    rows = [
        {**ROW, "snapshots": 10, "seed": seed, "pairwise_rmse": float(seed)} for seed in (3, 1, 2)
    ]
    np.testing.assert_array_equal(by_seed(rows, "PyPLM", 10), [1.0, 2.0, 3.0])
