"""Sums over small tori by transfer matrices, against the enumeration of all states."""

from itertools import product

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.row_matrices import row_energies, row_states, torus_sums


def enumerated(values, size, coupling, onsite, temperature):
    """ln Z of the size x size torus; onsite is a function of the spins."""
    states = np.array(list(product(values, repeat=size**2))).reshape(-1, size, size)
    bonds = states * (np.roll(states, 1, axis=1) + np.roll(states, 1, axis=2))
    energies = (onsite(states) - coupling * bonds).sum(axis=(1, 2))
    return np.logaddexp.reduce(-energies / temperature)


@pytest.mark.parametrize(
    ("values", "size", "coupling"),
    [((-1, 1), 2, 1.0), ((-1, 1), 4, -0.7), ((-1, 0, 1), 2, 1.0), ((-1, 0, 1), 3, 0.6)],
)
def test_the_partition_function_is_the_sum_over_all_states(values, size, coupling):
    def onsite(states):
        return 0.8 * states**2 - 0.3 * states

    rows = row_states(values, size)
    energies = row_energies(rows, onsite(rows).sum(axis=1), coupling)
    log_z, weights, rest = torus_sums(energies, 1.3, size)
    assert log_z == pytest.approx(enumerated(values, size, coupling, onsite, 1.3), abs=1e-10)
    triples = weights[:, :, None] * weights[None] * rest.T[:, None, :]
    assert triples.sum() == pytest.approx(1, abs=1e-12)


def test_cold_sums_do_not_overflow():
    rows = row_states((-1, 1), 4)
    log_z, _, _ = torus_sums(row_energies(rows, np.zeros(16)), 0.01, 4)
    assert log_z == pytest.approx(32 / 0.01 + np.log(2), abs=1e-9)


@pytest.mark.parametrize(
    ("size", "temperature", "field"),
    [(1, 1.0, "L"), (12, 1.0, "L"), (3, 0.0, "T"), (3, np.inf, "T")],
)
def test_mistakes_are_named(size, temperature, field):
    with pytest.raises(InputError, match=f"^{field}: found"):
        torus_sums(row_energies(row_states((-1, 1), size), np.zeros(2**size)), temperature, 3)
