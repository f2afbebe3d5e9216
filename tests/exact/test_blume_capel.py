"""Tori against enumeration, strips against the critical temperatures of the literature."""

from itertools import product

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.blume_capel import blume_capel_torus, strip_critical_temperature
from dcl.lattice.spin_one import BlumeCapel


@pytest.mark.parametrize(("size", "temperature", "parameters"),
                         [(2, 0.6, (1.0, 1.9, 0.1)), (3, 0.9, (1.0, 1.3, 0.2)),
                          (3, 2.0, (-1.0, 0.5, 0.3))])  # fmt: skip
def test_the_torus_is_that_of_the_enumeration(size, temperature, parameters):
    coupling, crystal_field, field = parameters
    spins = np.array(list(product((-1, 0, 1), repeat=size**2)), np.int8).reshape(-1, size, size)
    energies = BlumeCapel(*parameters).energy(spins)
    log_z = np.logaddexp.reduce(-energies / temperature)
    p = np.exp(-energies / temperature - log_z)
    means = energies, (spins**2).sum(axis=(1, 2)), spins.sum(axis=(1, 2))
    expected = [log_z, *(p @ mean for mean in means)]
    found = blume_capel_torus(size, temperature, crystal_field, field, coupling)
    assert np.array(found) * size**2 == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("crystal_field", "expected"), [(0.0, 1.69378), (0.5, 1.5671), (1.0, 1.3979), (1.5, 1.1495)]
)
def test_strips_converge_to_the_critical_temperature(crystal_field, expected):
    off = [abs(strip_critical_temperature(crystal_field, width) - expected) for width in (3, 4, 5)]
    assert off[2] < 0.004
    assert off[2] < off[1] < off[0]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: blume_capel_torus(6, 1.0, 0.0), "L"),
        (lambda: blume_capel_torus(4, 0.0, 0.0), "T"),
        (lambda: blume_capel_torus(3, 1.0, np.nan), "D"),
        (lambda: blume_capel_torus(3, 1.0, 0.0, np.inf), "h"),
        (lambda: blume_capel_torus(2.5, 1.0, 0.0), "L"),
        (lambda: strip_critical_temperature(-np.inf), "D"),
        (lambda: strip_critical_temperature(1.95), "D"),
        (lambda: strip_critical_temperature(0.0, 8), "width"),
    ],
)
def test_mistakes_are_named(call, field):
    with pytest.raises(InputError, match=f"^{field}: found"):
        call()
