"""Regimes of the tanh student, each at the corner of the map where it is sure, and wrong builds."""

import numpy as np
import pytest

from dcl.chapters import tanh_students
from dcl.chapters.sgd_dynamics import phase_map
from dcl.errors import InputError

SIGMAS, TEMPERATURES, SEEDS = (0.3, 3.0, 10.0), (0.003, 0.06, 0.2), (1, 2)


@pytest.fixture(scope="module")
def regimes():
    return phase_map(SIGMAS, TEMPERATURES, SEEDS)


def in_place(regimes):
    """Whether the student learns, is frozen and diverges where it should."""
    return (
        bool((regimes.loss[:2, 0] <= 0.08).all()),
        bool((regimes.loss[0, 2] >= 0.2).all() and (regimes.movement[0, 2] <= 0.15).all()),
        bool(np.isinf(regimes.loss[2, 1:]).all()),
    )


def test_the_three_regimes_are_in_their_corners(regimes):
    assert regimes.loss.shape == regimes.movement.shape == (3, 3, 2)
    assert in_place(regimes) == (True, True, True)


WRONG = {
    "first layer decays": ("* (1 - hidden**2)", "* -0.1 * hidden"),
    "uphill": ("- (hidden @ outer", "+ (hidden @ outer"),
    "rate of another batch": ("step = (rates / BATCH)", "step = 0.02 * (rates / BATCH)"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG.values(), ids=WRONG)
def test_a_wrong_build_is_noticed(mistake, wrong_build):
    wrong = wrong_build(tanh_students, *mistake)
    assert in_place(wrong.phase_map(SIGMAS, TEMPERATURES, SEEDS)) != (True, True, True)


def test_singular_values_start_with_the_weights_and_stay_when_frozen(regimes):
    values = regimes.singular_values
    assert values.shape == (25, 3, 3, 2, 10)
    np.testing.assert_allclose(values[0, :, 1] / values[0, :, 0], 10.0)
    np.testing.assert_allclose(values[-1, 0, 2], values[0, 0, 2], rtol=0.1)
    assert np.isnan(values[-1, 2, 2]).all()
    assert (values[-1, 1, 0, :, 0] > 1.5 * values[0, 1, 0, :, 0]).all()


def test_the_same_seed_gives_the_same_student_all_over_the_grid(regimes):
    alone = phase_map(SIGMAS[:1], TEMPERATURES[1:2], SEEDS[:1])
    np.testing.assert_allclose(alone.loss[0, 0, 0], regimes.loss[1, 0, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        (([0.3, 0.0], [0.1]), "sigmas: found 0, expected positive numbers"),
        (([0.3], [-1.0]), "temperatures: found -1, expected positive numbers"),
        (([0.3], [np.inf]), "temperatures: found inf, expected positive numbers"),
        (([], [0.1]), "sigmas: found shape"),
        ((0.3, [0.1]), "sigmas: found shape"),
    ],
)
def test_bad_input_is_refused_in_one_line(grid, message):
    with pytest.raises(InputError, match=message):
        phase_map(*grid, seeds=[1])
