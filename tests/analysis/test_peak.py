"""The peak of a curve on a coarse grid against the exact one, and the error against the scatter."""

import numpy as np
import pytest

from dcl.analysis.peak import heat_capacity_peak
from dcl.errors import InputError
from dcl.exact import ising_thermodynamics, potts_thermodynamics

GRID = np.arange(0.5, 4.95, 0.1)
FINE = np.linspace(1.0, 3.0, 4001)
CURVES = {
    "ising 8": lambda temperatures: ising_thermodynamics(8, temperatures).heat_capacity,
    "ising 16": lambda temperatures: ising_thermodynamics(16, temperatures).heat_capacity,
    "potts 8": lambda temperatures: potts_thermodynamics(8, temperatures).heat_capacity,
}


@pytest.mark.parametrize("name", CURVES)
def test_the_peak_of_an_exact_curve_is_found_on_a_grid_of_tenths(name: str) -> None:
    peak, error = heat_capacity_peak(GRID, CURVES[name](GRID), 0.0)
    assert abs(peak - FINE[CURVES[name](FINE).argmax()]) < 0.006
    assert error < 1e-12


def test_the_error_is_the_scatter_of_the_peak() -> None:
    """The scatter of 200 curves is known to 5%: 20% off is four standard deviations."""
    exact = CURVES["potts 8"](GRID)
    noise = np.random.default_rng(1).normal(size=(200, len(GRID)))
    found = [heat_capacity_peak(GRID, exact * (1 + 0.02 * row), 0.02 * exact) for row in noise]
    peaks, errors = np.array(found).T
    assert abs(errors.mean() / peaks.std() - 1) < 0.2


def test_too_short_or_vanishing_curves_are_refused() -> None:
    with pytest.raises(InputError, match="temperatures: found 6, expected 7"):
        heat_capacity_peak(GRID[:6], np.ones(6), 0.1)
    with pytest.raises(InputError, match="heat_capacity: found 0, expected positive"):
        heat_capacity_peak(GRID, np.zeros(len(GRID)), 0.1)
