"""Estimates of a transition against what is exact on the same lattice."""

import numpy as np
import pytest

from dcl.chapters import finite_transitions
from dcl.chapters.finite_transitions import exact_transitions
from dcl.chapters.same_snapshots import by_geometry, by_inference, by_snake, snapshot_pool
from dcl.errors import InputError
from dcl.exact.ising import ising_thermodynamics

TEMPERATURES = np.arange(1.7, 3.41, 0.1)


@pytest.fixture(scope="module")
def exact() -> dict[str, float]:
    return exact_transitions(8)


@pytest.fixture(scope="module")
def pool() -> np.ndarray:
    return snapshot_pool(8, TEMPERATURES, 450)


def test_peaks_are_those_of_a_fine_grid(exact: dict[str, float]) -> None:
    fine = np.arange(2.2, 2.6, 0.001)
    capacity = ising_thermodynamics(8, fine).heat_capacity
    assert abs(exact["heat capacity"] - fine[capacity.argmax()]) < 0.001
    assert abs(exact["variance"] - fine[(capacity * fine**2).argmax()]) < 0.001


def test_a_contour_is_driven_to_its_rest_from_both_sides(exact: dict[str, float]) -> None:
    below, above = (
        finite_transitions._contour_force(8, exact["contour"] + step, 0.035) for step in (-0.1, 0.1)
    )
    assert below < 0 < above  # the pull is to the left of a contour that goes up, to lower T


def test_geometry_finds_the_variance_s_peak(exact: dict[str, float], pool: np.ndarray) -> None:
    """Fixed seed; 0.04 in K is the bound of the chapter."""
    even = np.unique(
        np.abs(TEMPERATURES[:, None] - 1 / np.linspace(1 / 3.4, 1 / 1.7, 9)).argmin(axis=0)
    )
    found = by_geometry(TEMPERATURES[even], pool[even])
    assert abs(1 / found.temperature - 1 / exact["variance"]) < 0.04
    assert 0 < found.error < 0.3


def test_a_snake_comes_to_rest_where_an_exact_learner_would(
    exact: dict[str, float], pool: np.ndarray
) -> None:
    """Fixed seeds; 0.08 is the bound of the chapter."""
    found = by_snake(TEMPERATURES, pool, (2.0, 2.8), seeds=(1,))
    assert abs(found.temperature - exact["contour"]) < 0.08


def test_inference_needs_one_temperature(exact: dict[str, float]) -> None:
    """Fixed seed; four errors are exceeded once in 16,000 seeds."""
    found = by_inference(snapshot_pool(8, [4.0], 2000)[0], 4.0, sweeps=1000)
    assert abs(found.temperature - exact["heat capacity"]) < 4 * found.error
    assert found.error < 0.05


@pytest.mark.parametrize("temperatures", [[2.0, 2.5], [2.0, 2.5, 2.5], [3.0, 2.5, 2.0]])
def test_temperatures_that_do_not_fit_the_pool_are_refused(temperatures: list[float]) -> None:
    pool = np.ones((3, 36, 4, 4), np.int8)
    with pytest.raises(InputError, match=r"^temperatures: found .* for a pool of 3, expected as"):
        by_geometry(temperatures, pool)
