"""Power laws: exact ones are found again, noisy ones with the error that theory gives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcl.analysis.learning_curves import PowerLaw, extrapolate, power_law
from dcl.errors import InputError

SEEN = [5000.0 * k for k in range(1, 21)]


@given(st.floats(-3, 1), st.floats(-5, 5))
def test_an_exact_power_law_is_found_again(exponent, log_amplitude):
    law = PowerLaw(math.exp(log_amplitude), exponent)
    found = power_law(SEEN, law.at(SEEN))
    assert found.exponent == pytest.approx(exponent, abs=1e-9)
    assert found.at(1e9) == pytest.approx(law.at(1e9), rel=1e-6)


def test_the_configurations_needed_are_the_law_s_inverse():
    law = PowerLaw(50.0, -0.7)
    assert law.at(law.needed(1e-3)) == pytest.approx(1e-3)
    assert PowerLaw(50.0, 0.0).needed(1.0) == PowerLaw(50.0, 0.2).needed(1.0) == math.inf
    assert PowerLaw(1e9, -1e-9).needed(1e-9) == math.inf


def test_an_exact_law_is_carried_on_without_a_width():
    law = PowerLaw(300.0, -0.8)
    carried = extrapolate(SEEN, list(law.at(SEEN)), 1.536e9)
    assert carried.beyond[0] == SEEN[-1]
    assert carried.beyond[-1] == pytest.approx(1.536e9)
    for line in (carried.law.at(carried.beyond), carried.lowest, carried.highest):
        np.testing.assert_allclose(line, law.at(carried.beyond), rtol=1e-9)


def test_the_outcome_is_read_at_the_end_of_the_extrapolation():
    carried = extrapolate(SEEN, list(PowerLaw(300.0, -1.0).at(SEEN)), 1e8)
    assert carried.outcome == "extrapolated to 3e-06 (3e-06 to 3e-06)"


@pytest.mark.parametrize(("exponent", "falling"), [(-0.101, True), (-0.099, False), (0.1, False)])
def test_a_law_that_hardly_falls_in_ten_times_the_data_is_a_plateau(exponent, falling):
    kl = [seen**exponent for seen in SEEN]
    assert extrapolate(SEEN, kl, 1e9).is_falling == falling


def test_only_the_later_half_decides_the_law_and_an_earlier_bend_widens_the_band():
    """The first half is flat; the last two thirds see some of it, the last half does not."""
    kl = [1.0 if seen <= SEEN[9] else SEEN[9] / seen for seen in SEEN]
    carried = extrapolate(SEEN, kl, 1e9)
    assert carried.fitted == 10
    assert carried.law.exponent == pytest.approx(-1)
    assert [law.exponent < -0.99 for law in carried.laws] == [True, True, False]
    assert carried.highest[-1] > 2 * carried.law.at(1e9)
    assert carried.lowest[-1] < 1.001 * carried.law.at(1e9)


def test_the_band_of_one_share_is_that_of_least_squares(monkeypatch):
    """Nine tenths of a normal distribution are 3.29 standard errors wide."""
    monkeypatch.setattr("dcl.analysis.learning_curves.SHARES", (1.0, 1.0))
    points, sigma = 2000, 0.1
    x = np.linspace(8.0, 12.0, points)
    noise = np.random.default_rng(3).normal(0, sigma, points)
    carried = extrapolate(
        list(np.exp(x)), list(np.exp(3 - 0.5 * x + noise)), math.exp(20), draws=2000
    )
    width = np.log(carried.highest[-1] / carried.lowest[-1])
    error = sigma * math.sqrt(1 / points + (20 - 10) ** 2 / (points * x.var()))
    assert width == pytest.approx(3.29 * error, rel=0.1)


def test_the_same_seed_gives_the_same_band():
    kl = list(np.random.default_rng(1).uniform(0.5, 1.0, len(SEEN)))
    first, second, other = (extrapolate(SEEN, kl, 1e9, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.highest, second.highest)
    assert (first.highest != other.highest).any()


@pytest.mark.parametrize(
    ("seen", "kl"),
    [
        ([1.0], [1.0]),
        ([2.0, 2.0], [1.0, 1.0]),
        ([1.0, 2.0], [1.0, 0.0]),
        ([0.0, 2.0], [1.0, 1.0]),
        ([1.0, 2.0], [1.0, math.nan]),
        ([1.0, 2.0], [1.0, math.inf]),
        ([1.0, 2.0, 3.0], [1.0, 2.0]),
        ([[1.0, 2.0]], [[1.0, 2.0]]),
    ],
)
def test_what_is_no_curve_is_refused(seen, kl):
    with pytest.raises(InputError, match=r"^learning curve: found .*, expected .*$"):
        power_law(seen, kl)


def test_too_few_points_or_no_way_to_go_are_refused():
    with pytest.raises(
        InputError, match=r"^learning curve: found 8 points up to 40000, expected 9"
    ):
        extrapolate(SEEN[:8], [1.0] * 8, 1e9)
    with pytest.raises(InputError, match="expected 9 or more below 100000"):
        extrapolate(SEEN, [1.0] * 20, 1e5)
