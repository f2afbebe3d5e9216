"""Means of snapshots in a field against derivatives of the exact partition function.

Bounds are five standard errors of independent snapshots: a false alarm of all tests below 1e-4.
"""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.ising_field import ising_field_log_partition
from dcl.sampling import ising_in_field

PARAMETERS = [(0.3, 0.2), (0.44, 0.0), (0.6, -0.02), (0.6, 0.0), (-0.2, 0.1)]
COUNT = 4000


def statistics(spins):
    spins = spins.astype(int)
    near = np.roll(spins, 1, axis=1) + np.roll(spins, 1, axis=2)
    return np.array([(spins * near).sum(axis=(1, 2)), spins.sum(axis=(1, 2))])


def deviations(module, K, B, size=4):
    """Means of alignment and magnetisation from the exact ones, in standard errors."""
    drawn = module.sample_ising_in_field(size, np.full(COUNT, K), np.full(COUNT, B), seed=1)
    found, step = statistics(drawn), 1e-5
    exact = [
        (ising_field_log_partition(size, K + i * step, B + (1 - i) * step)
         - ising_field_log_partition(size, K - i * step, B - (1 - i) * step)) / (2 * step)
        for i in (1, 0)
    ]  # fmt: skip
    return np.abs(found.mean(axis=1) - exact) / (found.std(axis=1) / np.sqrt(COUNT))


@pytest.mark.parametrize(("K", "B"), PARAMETERS)
def test_means_are_exact(K, B):
    assert (deviations(ising_in_field, K, B) < 5).all()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("if number * (1 + ", "if number + 1 + 0 * ("),
     ("if number * (1 + np.exp(2 * fields[chain] * total)) < 1",
      "if number < np.exp(-2 * fields[chain] * total)"),
     ("np.exp(2 * fields[chain] * total)", "np.exp(1 * fields[chain] * total)"),
     ("-2 * (fields[:, None]", "-2 * (0 * fields[:, None]")],
    ids=["no flips", "flips by Metropolis return in two", "half of the field", "no field"],
)  # fmt: skip
def test_a_wrong_build_misses_them(right, wrong, wrong_build):
    wrong = wrong_build(ising_in_field, right, wrong)
    found = [deviations(wrong, K, B, size=6) for K, B in ((0.3, 0.2), (0.6, -0.02), (0.6, 0.0))]
    assert np.max(found) > 5


def test_every_chain_has_its_own_parameters_and_the_seed_counts():
    K, B = np.repeat([0.0, 0.0], 500), np.repeat([2.0, -2.0], 500)
    drawn = ising_in_field.sample_ising_in_field(5, K, B, seed=3)
    assert drawn.shape == (1000, 5, 5)
    assert drawn[:500].mean() > 0.9
    assert drawn[500:].mean() < -0.9
    again = ising_in_field.sample_ising_in_field(5, K, B, seed=3)
    np.testing.assert_array_equal(drawn, again)
    assert (ising_in_field.sample_ising_in_field(5, 0 * K, 0 * B, seed=4) != drawn).any()


@pytest.mark.parametrize(
    ("size", "K", "B", "options"),
    [(1, [0.1], [0.1], {}), (4, [0.1], [0.1, 0.2], {}), (4, [], [], {}), (4, 0.1, 0.1, {}),
     (4, [np.inf], [0.1], {}), (4, [0.1], [0.1], {"sweeps": 0})],
)  # fmt: skip
def test_mistakes_are_named(size, K, B, options):
    with pytest.raises(InputError, match="found"):
        ising_in_field.sample_ising_in_field(size, K, B, seed=1, **options)
