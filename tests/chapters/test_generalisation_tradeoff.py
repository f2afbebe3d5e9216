"""The gates of the chapter at reduced size, and the wrong builds that must not pass them."""

import numpy as np
import pytest

from dcl.chapters import generalisation_tradeoff as tradeoff
from dcl.chapters.generalisation_tradeoff import (
    generalisation,
    ising_distribution,
    model_error,
    sample_errors,
    tasep_distribution,
)
from dcl.errors import InputError
from dcl.learning.boltzmann_machine import (
    all_states,
    divergence,
    entropy,
    fit_by_contrastive_divergence,
    rbm_log_probability,
)

TASEP = tasep_distribution(5, 1.0, 1.0)
ISING = ising_distribution(2, 2.27)


def unexplained(p):
    """Sum of the entropies of single sites less that of the whole: ME without hidden units."""
    up = p @ (all_states(len(p).bit_length() - 1) + 1) / 2
    return sum(entropy(np.array([x, 1 - x])) for x in up) - entropy(p)


def off_without_units(p):
    return abs(model_error(p, 0) - unexplained(p))


def in_errors(samples):
    """Distance of M DE from L / 2 in standard errors."""
    found = generalisation(TASEP, 0, samples, seeds=200)
    return abs(samples * found.de - 2.5) / (samples * found.errors)


@pytest.mark.parametrize("p", [TASEP, ISING, tasep_distribution(8, 0.3, 0.3)])
def test_without_hidden_units_the_model_error_is_what_sites_leave_unexplained(p):
    assert off_without_units(p) < 1e-9


@pytest.mark.parametrize("p", [TASEP, ISING])
def test_the_model_error_does_not_rise_with_hidden_units(p):
    errors = [model_error(p, hidden) for hidden in (0, 1, 2, 4, 8)]
    assert (np.diff(errors) < 1e-9).all()
    assert errors[-1] < 1e-3


def test_the_data_error_without_hidden_units_is_half_a_parameter_a_snapshot():
    """Four standard errors: a false alarm in one of 16,000 correct programs a case."""
    assert in_errors(1024) < 4
    assert in_errors(8192) < 4


def test_the_best_size_does_not_fall_with_the_snapshots():
    sizes = (0, 1, 2, 4)
    ge = [
        [sample_errors(TASEP, n, m, 5, max_iterations=200).mean() for n in sizes]
        for m in (64, 512, 4096)
    ]
    assert (np.diff(np.argmin(ge, axis=1)) >= 0).all()
    assert np.argmin(ge[0]) == 0
    assert ge[0][-1] > 10 * ge[0][0]


def test_a_penalty_bounds_the_error_of_few_data():
    free, held = (sample_errors(TASEP, 4, 64, 5, l2=l2).mean() for l2 in (0.0, 0.01))
    assert held < free / 2


def test_the_divergence_the_wrong_way_round_fails(monkeypatch):
    def reversed_divergence(p, log_q):
        return divergence(np.exp(log_q), np.log(p))

    monkeypatch.setattr(tradeoff, "divergence", reversed_divergence)
    assert off_without_units(TASEP) > 1e-9


def test_contrastive_divergence_called_exact_fails(monkeypatch):
    def by_cd(states, p, hidden, *, max_iterations, seed=1):
        p = np.asarray(p) / np.sum(p)
        chosen = np.random.default_rng(seed).choice(len(p), 4096, p=p)
        return fit_by_contrastive_divergence(states[chosen], hidden, updates=500, seed=seed)

    monkeypatch.setattr(tradeoff, "fit_rbm", by_cd)
    assert off_without_units(TASEP) > 1e-9
    assert model_error(TASEP, 8) > 1e-3


@pytest.mark.parametrize(("steps", "persistent"), [(1, False), (5, False), (1, True)])
def test_contrastive_divergence_learns(steps, persistent):
    data = all_states(5)[np.random.default_rng(0).choice(32, 2000, p=TASEP)]
    theta = fit_by_contrastive_divergence(data, 4, steps=steps, persistent=persistent, updates=1000)
    assert divergence(TASEP, rbm_log_probability(theta, all_states(5))) < unexplained(TASEP) / 2


def test_a_number_of_seeds_may_be_one_of_numpy():
    assert generalisation(TASEP, 0, 64, np.int64(2)) == generalisation(list(TASEP), 0, 64, [0, 1])


@pytest.mark.parametrize(
    ("arguments", "field"),
    [((TASEP, 0, 0, 3), "M"), ((TASEP, 0, 8, 0), "seeds"), ((TASEP, 0, 2.5, 3), "M"),
     ((TASEP[1:], 0, 8, 3), "p"),
     ((2 * TASEP, 0, 8, 3), "p"), ((TASEP, -1, 8, 3), "hidden")],
)  # fmt: skip
def test_mistakes_are_named(arguments, field):
    with pytest.raises(InputError, match=f"^{field}.*: found"):
        generalisation(*arguments)


def test_the_functions_of_the_specification_are_here():
    for name in ("tasep_current", "tasep_partition", "rbm_log_probability", "fit_rbm"):
        assert callable(getattr(tradeoff, name))
