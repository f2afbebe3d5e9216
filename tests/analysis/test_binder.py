"""Binder cumulants against enumeration, crossings against curves whose crossing is known."""

import numpy as np
import pytest

from dcl.analysis.binder import BinderCurve, binder_curve, crossings
from dcl.errors import InputError
from dcl.lattice.hamiltonians import Ising

TEMPERATURES = np.linspace(2.0, 3.0, 6)


def exact_cumulant(size, temperatures):
    numbers = np.arange(2 ** (size * size))
    spins = 2 * ((numbers[:, None] >> np.arange(size * size)) & 1) - 1
    configurations = spins.reshape(-1, size, size).astype(np.int8)
    energies, moments = Ising().energy(configurations), configurations.mean(axis=(1, 2))
    result = []
    for temperature in temperatures:
        weights = np.exp(-(energies - energies.min()) / temperature)
        second, fourth = (np.average(moments**k, weights=weights) for k in (2, 4))
        result.append(1 - fourth / (3 * second**2))
    return np.array(result)


def test_the_cumulant_is_the_enumerated_one():
    """Six temperatures, five standard errors, one seed: a false alarm in about 1e5 seeds."""
    curve = binder_curve(Ising(), 4, TEMPERATURES, seed=3, sweeps=20_000)
    exact = exact_cumulant(4, TEMPERATURES)
    assert (np.abs(curve.cumulant - exact) < 5 * curve.error).all()
    assert curve.error.max() < 0.01


def line(size, crossing, noise=0.0, chains=8, seed=1):
    values = -size * (TEMPERATURES - crossing) + 0.5
    generator = np.random.default_rng([seed, size])
    shifts = generator.normal(0, noise, (chains, 1))
    without = values + (shifts.sum() - shifts) / (chains - 1)
    return BinderCurve(size, TEMPERATURES, values + shifts.mean(), without)


def test_curves_cross_where_they_should_whatever_their_order():
    found = crossings([line(16, 2.4), line(8, 2.4), line(32, 2.4)])
    assert [c.sizes for c in found] == [(8, 16), (16, 32)]
    np.testing.assert_allclose([c.temperature for c in found], 2.4)
    np.testing.assert_allclose([c.error for c in found], 0, atol=1e-9)


def test_the_error_is_the_spread_over_repetitions():
    """200 repetitions of 8 chains: the ratio is within 20% of 1 except once in 1e3 seeds."""
    repeated = [crossings([line(8, 2.4, 0.1, seed=k), line(16, 2.4, 0.1, seed=k)])[0]
                for k in range(200)]  # fmt: skip
    spread = np.std([c.temperature for c in repeated])
    typical = np.sqrt(np.mean([c.error**2 for c in repeated]))
    assert typical / spread == pytest.approx(1, abs=0.2)


def test_noise_far_below_the_transition_is_no_crossing():
    small, large = line(8, 2.7), line(16, 2.7)
    dipped = large.cumulant.copy()
    dipped[0] = small.cumulant[0] + 0.01  # the curves touch at the lowest temperatures
    dipped[1] = small.cumulant[1] - 0.01
    noisy = BinderCurve(16, TEMPERATURES, dipped, np.tile(dipped, (8, 1)))
    found = crossings([small, noisy])
    assert len(found) == 1
    assert found[0].temperature == pytest.approx(2.7)


def test_curves_that_do_not_cross_are_left_out():
    apart = BinderCurve(16, TEMPERATURES, line(8, 2.4).cumulant + 1, line(8, 2.4).left_out + 1)
    assert crossings([line(8, 2.4), apart]) == []


def test_round_trip():
    curve = line(8, 2.4, 0.1)
    again = BinderCurve.from_json(curve.to_json())
    for name in ("size", "temperatures", "cumulant", "left_out"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curve, name))


def test_bad_input():
    with pytest.raises(InputError, match="chains: found 1"):
        binder_curve(Ising(), 4, TEMPERATURES, seed=1, chains=1)
    with pytest.raises(InputError, match="no exchange"):
        binder_curve(Ising(), 16, [0.5, 50.0], seed=1, sweeps=20, burn_in=200)
    other = BinderCurve(16, TEMPERATURES + 0.1, TEMPERATURES, np.zeros((2, 6)))
    with pytest.raises(InputError, match="expected the same for every size"):
        crossings([line(8, 2.4), other])
