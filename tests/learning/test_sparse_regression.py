"""A distribution in which every site depends on the first alone, so that the weights are known."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import chi2

from dcl.learning import sparse_regression as linear_autoregression
from dcl.learning.sparse_regression import PRIOR, fit_linear_autoregression

COUNT = 40_000
LEAST = 4.5
"""Passed by one of the 28 weights that are zero once in 5000 seeds."""
COUPLINGS = np.array([0.0, 0.5, -0.3, 0.2, 0.4, -0.2, 0.3, -0.4])
FIELDS = np.array([0.3, 0.1, 0.0, -0.2, 0.0, 0.4, 0.0, 0.2])


def star(fields, seed):
    generator = np.random.default_rng(seed)
    first = generator.random((COUNT, 1)) < expit(fields[0])
    logits = fields + COUPLINGS * (2.0 * first - 1)
    return np.where(np.arange(8) > 0, generator.random((COUNT, 8)) < expit(logits), first).astype(
        np.int8
    )


@pytest.mark.parametrize("symmetric", [False, True])
def test_the_inputs_that_matter_are_found(symmetric):
    fields = np.zeros(8) if symmetric else FIELDS
    weights, biases, kept = fit_linear_autoregression(star(fields, 1), LEAST, symmetric=symmetric)
    assert np.array_equal(np.argwhere(kept), [(0, site) for site in range(1, 8)])
    assert not weights[~kept].any()
    # Wilks: 2 N (L_max - L_true) is chi-square; for small errors it is their curvature
    probability = expit(fields + COUPLINGS)
    curvature = COUNT * probability * (1 - probability)
    error = weights[0] - COUPLINGS + (biases - fields)  # the logit where the first spin is +1
    assert np.sum(curvature / 2 * error**2) < chi2.isf(1e-4, 8)
    assert symmetric == (not biases.any())


def test_the_likelihood_is_at_its_maximum():
    states = star(FIELDS, 2)
    weights, biases, kept = fit_linear_autoregression(states, LEAST)
    spins = 2.0 * states - 1
    excess = states - expit(biases + spins @ weights)
    slopes = spins.T @ excess - PRIOR * weights
    errors = np.sqrt(COUNT) / 2
    assert np.abs(slopes[kept]).max() < 0.01 * errors
    upwards = excess.sum(axis=0) - PRIOR * biases
    assert np.abs(upwards[biases != 0]).max() < 0.01 * errors
    assert (biases != 0).sum() == (FIELDS != 0).sum()
    assert np.abs(slopes[np.triu(~kept, 1)]).max() > 0.2 * errors  # those that are not climbed


def test_first_sequences_that_are_all_alike_mislead_no_step(monkeypatch):
    """Their curvature knows nothing of the others; without more of them the climb has no end."""
    states = star(FIELDS, 2)
    alike = np.all(states == states[0], axis=1)
    states = np.concatenate([states[alike], states[~alike]])
    there = fit_linear_autoregression(states, LEAST)
    monkeypatch.setattr(linear_autoregression, "STEP_SEQUENCES", int(alike.sum()))
    back = fit_linear_autoregression(states, LEAST)
    assert np.array_equal(there[2], back[2])
    np.testing.assert_allclose(there[0], back[0], atol=1e-4)
    np.testing.assert_allclose(there[1], back[1], atol=1e-4)


def test_a_flip_of_all_spins_changes_nothing_where_it_is_a_symmetry():
    states = star(FIELDS, 3)
    there, _, kept = fit_linear_autoregression(states, LEAST, symmetric=True)
    back, _, kept_too = fit_linear_autoregression(1 - states, LEAST, symmetric=True)
    assert np.array_equal(kept, kept_too)
    assert back == pytest.approx(there, abs=1e-6)


def test_a_site_that_others_determine_has_finite_weights():
    first = np.random.default_rng(4).integers(0, 2, (1000, 1), np.int8)
    weights, biases, kept = fit_linear_autoregression(np.repeat(first, 3, axis=1), 3.0)
    assert kept[0, 1]
    assert np.isfinite(weights).all()
    assert np.isfinite(biases).all()
    assert 3 < weights[0, 1] < 20
