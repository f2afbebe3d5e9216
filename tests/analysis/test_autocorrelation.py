"""Chains x_t = a x_{t-1} + noise are known: unit variance, mean 0, tau = (1 + a) / (1 - a) / 2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from dcl.analysis.autocorrelation import LENGTH_IN_TAU, Estimate, estimate_mean


def autoregressive(a, shape, seed):
    """Stationary chains, shape (chains, n)."""
    noise = np.random.default_rng(seed).normal(size=shape) * np.sqrt(1 - a**2)
    noise[..., 0] /= np.sqrt(1 - a**2)
    return lfilter([1], [1, -a], noise)


@pytest.mark.parametrize("a", [0.0, 0.5, 0.9, 0.98])
def test_autocorrelation_time(a):
    # 4 standard deviations (Madras and Sokal's 2 (2 W + 1) / n with W = 5 tau) and the part of the
    # sum beyond the window: false alarm once in 16,000 seeds for each a
    chains = autoregressive(a, (8, 20_000), seed=1)
    tau = (1 + a) / (1 - a) / 2
    spread = np.sqrt(2 * (10 * tau + 1) / chains.size)
    beyond = a ** (5 * tau) if a else 0.0
    estimate = estimate_mean(chains)
    assert abs(estimate.autocorrelation_time / tau - 1) < 4 * spread + beyond
    error = np.sqrt(2 * tau / chains.size)
    assert abs(estimate.error / error - 1) < 4 * spread + beyond
    assert estimate.mean == chains.mean()
    assert estimate.length == 20_000
    assert estimate.long_enough


def test_chains_that_swing_are_not_thought_better_than_independent():
    assert estimate_mean(autoregressive(-0.5, (4, 5000), seed=1)).autocorrelation_time == 0.5


@pytest.mark.parametrize(("a", "chains"), [(0.0, 1), (0.8, 1), (0.8, 16)])
def test_error_bars_cover_the_truth_as_often_as_they_should(a, chains):
    # binomial band of 4 standard deviations: false alarm below 2e-4 for the three cases
    seeds = 1000
    estimates = [
        estimate_mean(autoregressive(a, (chains, 8000 // chains), s)) for s in range(seeds)
    ]
    distance = np.array([abs(e.mean) / e.error for e in estimates])
    for width, share in ((1, 0.6827), (2, 0.9545)):
        band = 4 * np.sqrt(share * (1 - share) / seeds)
        assert abs((distance < width).mean() - share) < band


@given(st.floats(-1e6, 1e6), st.integers(1, 4), st.integers(1, 50))
def test_a_constant_chain_has_no_error(value, chains, length):
    estimate = estimate_mean(np.full((chains, length), value))
    assert estimate.mean == pytest.approx(value)
    assert estimate.error == 0.0
    assert estimate.autocorrelation_time == 0.5


def test_chains_that_disagree_have_a_large_error():
    # two chains stuck apart: nothing is known better than their distance tells
    stuck = np.repeat([[0.0], [1.0]], 1000, axis=1)
    assert estimate_mean(stuck).error > 0.3
    assert not estimate_mean(stuck).long_enough


def test_a_short_chain_warns():
    chain = autoregressive(0.98, (1, 1000), seed=1)
    estimate = estimate_mean(chain)
    assert not estimate.long_enough
    assert "chain too short" in str(estimate)
    assert "short" not in str(Estimate(0.0, 1.0, 1.0, LENGTH_IN_TAU))
    assert "short" in str(Estimate(0.0, 1.0, 1.0, LENGTH_IN_TAU - 1))


@given(st.floats(0.01, 100), st.floats(-100, 100))
def test_a_change_of_units_changes_nothing_else(scale, shift):
    chain = autoregressive(0.5, (3, 500), seed=2)
    one, two = estimate_mean(chain), estimate_mean(scale * chain + shift)
    assert two.mean == pytest.approx(scale * one.mean + shift)
    assert two.error == pytest.approx(scale * one.error)
    assert two.autocorrelation_time == pytest.approx(one.autocorrelation_time)


def test_one_chain_need_not_be_a_table():
    chain = autoregressive(0.5, (1, 500), seed=3)
    assert estimate_mean(chain[0]) == estimate_mean(chain)
