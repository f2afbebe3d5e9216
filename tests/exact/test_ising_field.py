"""The partition function in a field against the sum over all states."""

from itertools import product

import numpy as np
import pytest
from scipy.special import logsumexp

from dcl.errors import InputError
from dcl.exact.ising_field import ising_field_log_partition

PARAMETERS = [(0.25, 0.25), (0.6, -0.1), (-0.3, 0.2), (0.44, 0.0)]


@pytest.mark.parametrize(("K", "B"), PARAMETERS)
@pytest.mark.parametrize("size", [2, 3, 4])
def test_it_is_the_sum_over_all_states(size, K, B):
    spins = np.array(list(product((-1, 1), repeat=size**2))).reshape(-1, size, size)
    near = np.roll(spins, 1, axis=1) + np.roll(spins, 1, axis=2)
    exponents = K * (spins * near).sum(axis=(1, 2)) + B * spins.sum(axis=(1, 2))
    found = ising_field_log_partition(size, K, B)
    assert found == pytest.approx(logsumexp(exponents), abs=1e-9)


def test_free_spins_in_a_field():
    fields = np.linspace(-1, 1, 5)
    found = ising_field_log_partition(8, 0.0, fields)
    assert found == pytest.approx(64 * np.log(2 * np.cosh(fields)), abs=1e-9)


def test_parameters_broadcast_and_the_sign_of_the_field_does_not_matter():
    found = ising_field_log_partition(3, np.array([[0.1], [0.5]]), [-0.2, 0.0, 0.2])
    assert found.shape == (2, 3)
    assert found[:, 0] == pytest.approx(found[:, 2], abs=1e-10)
    assert (found[:, 0] > found[:, 1]).all()


@pytest.mark.parametrize(
    "arguments",
    [(1, 0.3, 0.0), (12, 0.3, 0.0), (2.5, 0.3, 0.0), (4, np.nan, 0.0), (4, [1, 2], [1, 2, 3])],
)
def test_mistakes_are_named(arguments):
    with pytest.raises(InputError, match="found"):
        ising_field_log_partition(*arguments)
