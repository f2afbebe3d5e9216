"""Exact probabilities and gradients of restricted Boltzmann machines, against plain sums."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.learning.boltzmann_machine import all_states, divergence, fit_rbm, rbm_log_probability

LENGTH, HIDDEN = 4, 2
THETA = np.random.default_rng(1).normal(size=LENGTH + HIDDEN + LENGTH * HIDDEN)


def by_summation():
    """Probabilities from the joint weights of visible and hidden spins."""
    visible, fields, couplings = np.split(THETA, [LENGTH, LENGTH + HIDDEN])
    states, units = all_states(LENGTH), all_states(HIDDEN)
    energy = states @ couplings.reshape(LENGTH, HIDDEN) @ units.T + units @ fields
    weights = np.exp(energy + (states @ visible)[:, None]).sum(axis=1)
    return weights / weights.sum()


def test_probabilities_are_those_of_the_sum_over_hidden_spins():
    log_q = rbm_log_probability(THETA, all_states(LENGTH))
    assert np.exp(log_q) == pytest.approx(by_summation(), rel=1e-12)
    assert rbm_log_probability(THETA, all_states(LENGTH)[3:5]) == pytest.approx(log_q[3:5])


def test_a_machine_is_found_again_from_its_own_distribution():
    """A wrong gradient would not arrive."""
    p, states = by_summation(), all_states(LENGTH)
    theta = fit_rbm(states, p, HIDDEN, max_iterations=2000)
    assert divergence(p, rbm_log_probability(theta, states)) < 1e-6


def test_snapshots_with_equal_weights_are_as_good_as_counts():
    states = all_states(LENGTH)
    data = states[np.random.default_rng(2).choice(16, 100, p=by_summation())]
    counts = [(data == state).all(axis=1).sum() for state in states]
    fits = fit_rbm(data, np.ones(100), 1, l2=0.1), fit_rbm(states, counts, 1, l2=0.1)
    one, two = (rbm_log_probability(theta, states) for theta in fits)
    assert one == pytest.approx(two, abs=1e-4)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: all_states(15), "L"),
        (lambda: rbm_log_probability(THETA, [[0, 1, 1, 1]]), "states"),
        (lambda: rbm_log_probability(THETA[:-1], all_states(LENGTH)), "theta"),
        (lambda: fit_rbm(all_states(2), [1, 1, 1], 1), "p"),
        (lambda: fit_rbm(all_states(2), [1, 1, 1, -1], 1), "p"),
        (lambda: fit_rbm(all_states(2), [1, 1, 1, 1], -1), "hidden"),
    ],
)
def test_mistakes_are_named(call, field):
    with pytest.raises(InputError, match=f"^{field}.*: (found|expected)"):
        call()
