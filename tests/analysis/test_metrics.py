"""Distances to the exact energies, on numbers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dcl.analysis.metrics import coupling_errors, level_rmse, level_spread, max_error_per_spin

ENERGIES = arrays(np.float64, (4, 3), elements=st.integers(-99, 99))


def test_the_rmse_of_known_differences():
    true = np.array([[-4.0, -4.0], [4.0, 4.0]])
    differences = np.array([[3.0, -1.0], [0.0, -2.0]])  # mean 0, mean square 14 / 4
    assert level_rmse(true + differences, true) == pytest.approx(np.sqrt(3.5))


def test_every_level_has_the_same_weight():
    true = np.zeros((8, 2))
    learned = true.copy()
    learned[0] = 8.0  # an eighth is 7 above the mean, seven eighths are 1 below
    assert level_rmse(learned, true) == pytest.approx(np.sqrt((49 + 7) / 8))


def test_errors_of_couplings_count_a_pair_once_and_bonds_apart():
    true, learned = np.zeros((2, 4, 4))
    true[0, 1] = true[1, 0] = -2.0
    true[2, 3] = true[3, 2] = 1.0
    learned[0, 1] = learned[1, 0] = -5.0  # 3 off; the other bond is 1 off
    learned[0, 3] = learned[3, 0] = 4.0  # one of the four pairs that are no bonds
    assert coupling_errors(learned, true) == pytest.approx((np.sqrt(5), 2))


@given(ENERGIES, st.integers(-999, 999))
def test_a_constant_does_not_matter(true, constant):
    assert level_rmse(true + constant, true) == pytest.approx(0, abs=1e-9)


@given(ENERGIES, ENERGIES)
def test_the_rmse_is_a_distance(first, second):
    forth, back = level_rmse(first, second), level_rmse(second, first)
    assert forth == pytest.approx(back)
    assert forth**2 == pytest.approx(np.square(first - second - (first - second).mean()).mean())


def test_the_spread_is_within_levels():
    true = np.array([[-4.0, -4.0], [4.0, 4.0]])
    shift = np.array([[100.0], [-7.0]])  # of a whole level: it does not count
    differences = np.array([[3.0, -3.0], [1.0, -1.0]])
    assert level_spread(true + shift + differences, true) == pytest.approx(np.sqrt(5.0))


@given(ENERGIES, ENERGIES)
def test_the_rmse_is_the_spread_within_levels_and_between_them(learned, true):
    between = (learned - true).mean(axis=1).std()
    parts = np.hypot(level_spread(learned, true), between)
    assert level_rmse(learned, true) == pytest.approx(parts)


def test_the_largest_error_of_a_curve_is_that_of_either_sign():
    exact = np.array([-128.0, -100.0, -35.0])
    below, above = np.array([[0.5, -6.4, 3.2], [0.5, 6.4, 3.2]])
    assert max_error_per_spin(exact + below, exact, size=8) == pytest.approx(0.1)
    assert max_error_per_spin(exact + above, exact, size=16) == pytest.approx(0.025)


def test_a_constant_matters_to_a_curve():
    exact = np.array([-128.0, -35.0])
    assert max_error_per_spin(exact + 64.0, exact, size=8) == pytest.approx(1.0)
