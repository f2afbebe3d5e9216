"""Linear students against their exact law, level spacings against Wigner's, and wrong builds.

Bounds of means are four standard errors or more: a false alarm a test below 1e-4. Seeds are fixed.
"""

import numpy as np
import pytest
from scipy.stats import expon, kstest, rayleigh

from dcl.chapters import sgd_dynamics
from dcl.errors import InputError

SETTINGS = [
    (0.1, 4, 10, 0.5), (0.4, 16, 10, 0.5), (0.3, 4, 10, 1.0),
    (0.1, 1, 10, 1.0), (0.2, 8, 4, 0.2), (0.5, 12, 10, 2.0),
]  # fmt: skip
EXACT = [3.84615e-3, 4.71698e-3, 8.57143e-2, 0.125]


def variance_error(module, setting, students=12_000):
    """Relative error of the measured variance, seen from the law of the module."""
    weights = module.run_students(*setting, students=students, seed=3)
    return (weights**2).mean() / module.stationary_variance(*setting) - 1


@pytest.mark.parametrize(("setting", "exact"), list(zip(SETTINGS, EXACT, strict=False)))
def test_the_law_has_the_values_worked_out_by_hand(setting, exact):
    assert sgd_dynamics.stationary_variance(*setting) == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("setting", SETTINGS)
def test_measured_variances_follow_the_exact_law_and_not_its_leading_order(setting):
    rate, batch, _, noise = setting
    assert abs(variance_error(sgd_dynamics, setting)) < 0.02
    leading = rate * noise**2 / (2 * batch)
    assert leading < 0.9 * sgd_dynamics.stationary_variance(*setting)


WRONG_LAWS = {
    "factor 2 of the loss": ("weights -= rate / batch", "weights -= 2 * rate / batch"),
    "fourth moments of spins": ("(inputs + 1) / batch)", "(inputs - 1) / batch)"),
    "leading order": ("(2 - 2 * rate / critical)", "2"),
    "no noise": ("noise * generator", "0 * generator"),
    "sum over the batch": ("weights -= rate / batch", "weights -= rate / batch**0.5"),
    "too short": ("BURN_IN = 20.0", "BURN_IN = 0.5"),
}


@pytest.mark.parametrize("mistake", WRONG_LAWS.values(), ids=WRONG_LAWS)
def test_a_wrong_build_misses_the_law(mistake, wrong_build):
    wrong = wrong_build(sgd_dynamics, *mistake)
    assert abs(variance_error(wrong, (0.1, 4, 10, 0.5))) > 0.02


def mean_square(share, steps, module=sgd_dynamics):
    rate = share * module.critical_rate(4, 10)
    weights = module.run_students(rate, 4, 10, 1.0, students=2000, steps=steps, seed=1)
    return (weights**2).mean()


def test_the_mean_square_stays_finite_below_the_critical_rate_and_diverges_above():
    below = sgd_dynamics.stationary_variance(0.9 * sgd_dynamics.critical_rate(4, 10), 4, 10, 1.0)
    assert 0.7 * below < mean_square(0.9, 160) < 1.5 * below
    above = [mean_square(1.1, steps) for steps in (40, 80, 160)]
    assert above[0] > 20 * below
    assert above[1] > 10 * above[0]
    assert above[2] > 10 * above[1]


def test_a_wrong_threshold_is_noticed(wrong_build):
    wrong = wrong_build(sgd_dynamics, "(inputs + 1) / batch)", "(inputs + 1) / (2 * batch))")
    assert mean_square(0.9, 160, wrong) > 100


def two_by_two(module, **changes):
    setting = {"outputs": 2, "teacher": 2.0, "students": 4000, "steps": 400, "seed": 2} | changes
    return module.level_spacings(module.run_students(0.05, 4, 2, 0.1, **setting))[:, 0]


def distances(spacings):
    """Kolmogorov-Smirnov distances of the spacings to Wigner and to the exponential."""
    scaled = spacings / spacings.mean()
    wigner = rayleigh(scale=np.sqrt(2 / np.pi))
    return kstest(scaled, wigner.cdf).statistic, kstest(scaled, expon.cdf).statistic


def test_spacings_of_two_singular_values_follow_the_wigner_surmise():
    spacings = two_by_two(sgd_dynamics)
    wigner, exponential = distances(spacings)
    assert wigner <= 0.03
    assert exponential >= 0.15
    exact = np.sqrt(np.pi * sgd_dynamics.stationary_variance(0.05, 4, 2, 0.1))
    assert spacings.mean() == pytest.approx(exact, rel=0.015)


def test_levels_that_do_not_repel_are_noticed():
    diagonal = np.random.default_rng(0).normal(size=(4000, 2))
    assert distances(np.abs(diagonal[:, 0] - diagonal[:, 1]))[0] > 0.1


def test_around_a_teacher_of_zero_the_mean_spacing_is_smaller_by_the_root_of_two():
    spacings = two_by_two(sgd_dynamics, teacher=0.0)
    exact = np.sqrt(np.pi * sgd_dynamics.stationary_variance(0.05, 4, 2, 0.1))
    assert spacings.mean() == pytest.approx(exact / np.sqrt(2), rel=0.035)


def test_the_surmise_is_a_density_of_the_mean_asked_for():
    spacing = np.linspace(0, 30, 30_001)
    density = sgd_dynamics.wigner_surmise(spacing, mean=3.0)
    assert np.trapezoid(density, spacing) == pytest.approx(1, abs=1e-6)
    assert np.trapezoid(spacing * density, spacing) == pytest.approx(3, abs=1e-6)


def test_singular_values_of_a_large_student_have_the_width_of_finite_size():
    weights = sgd_dynamics.run_students(
        0.05, 16, 10, 0.1, outputs=10, teacher=4.0, students=300, steps=500, seed=1
    )
    assert weights.shape == (300, 10, 10)
    width = (np.linalg.svd(weights, compute_uv=False) - 4).std()
    variance = sgd_dynamics.stationary_variance(0.05, 16, 10, 0.1)
    assert width == pytest.approx(np.sqrt(variance * 11 / 2), rel=0.02)
    assert width != pytest.approx(np.sqrt(variance * 10 / 2), rel=0.02)


def test_the_same_seed_gives_the_same_students():
    first, second, other = (
        sgd_dynamics.run_students(0.5, 4, 3, 1.0, students=2, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.54, 4, 10, 1.0), "rate: found 0.54, expected less than 0.533333: no stationary state"),
        ((0.1, 0, 10, 1.0), "batch: found 0, expected a whole number of at least 1"),
        ((0.1, 2.5, 10, 1.0), "batch: found 2.5, expected a whole number of at least 1"),
        ((0.1, np.nan, 10, 1.0), "batch: found nan, expected a whole number of at least 1"),
        ((0.1, 4, 10, np.inf), "noise: found inf, expected finite numbers"),
        ((0.1, 4, 0, 1.0), "inputs: found 0, expected a whole number of at least 1"),
        ((0.1, 4, 10, 0.0), "noise: found 0, expected a positive number"),
        ((-0.1, 4, 10, 1.0), "rate: found -0.1, expected a positive number"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, message):
    with pytest.raises(InputError) as caught:
        sgd_dynamics.stationary_variance(*arguments)
    assert str(caught.value) == message
    if "stationary" not in message:
        with pytest.raises(InputError):
            sgd_dynamics.run_students(*arguments)


BAD = [
    (lambda: sgd_dynamics.run_students(0.1, 4, 2, 0.1, outputs=0), "outputs: found 0"),
    (lambda: sgd_dynamics.run_students(0.1, 4, 2, 0.1, steps=-1), "steps: found -1"),
    (lambda: sgd_dynamics.run_students(0.1, 4, 2, 0.1, teacher=np.nan), "teacher: found nan"),
    (lambda: sgd_dynamics.level_spacings([1.0, 2.0]), r"matrices: found shape \(2,\)"),
    (lambda: sgd_dynamics.level_spacings([[1.0, np.inf], [0.0, 1.0]]), "matrices: found"),
    (lambda: sgd_dynamics.wigner_surmise(1.0, 0.0), "spacing, mean: found mean 0"),
    (lambda: sgd_dynamics.wigner_surmise(-1.0), "expected numbers of 0 or more"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_impossible_students_and_spacings_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_equal_levels_are_no_distance_apart():
    assert sgd_dynamics.level_spacings(np.eye(3)).tolist() == [0.0, 0.0]
    assert not np.signbit(sgd_dynamics.level_spacings(np.eye(3))).any()


def test_covariances_of_few_steps_are_those_of_the_recursion():
    """Isserlis' theorem gives every step exactly; a mean of 20,000 is 1% off at 4 sigma, seed 3."""
    rate, batch, inputs, noise = 0.3, 2, 4, 0.5
    exact = np.diag([4.0, 0.0, 0.0, 0.0])
    for _ in range(3):
        both = ((batch + 1) * exact + np.trace(exact) * np.eye(inputs)) / batch
        exact = (1 - 2 * rate) * exact + rate**2 * (both + noise**2 / batch * np.eye(inputs))
    weights = sgd_dynamics.run_students(
        rate, batch, inputs, noise, teacher=2.0, students=20000, steps=3, seed=3
    )[:, 0]
    found = ((weights - [2, 0, 0, 0]) ** 2).mean(axis=0)
    np.testing.assert_allclose(found, np.diag(exact), rtol=0.05)
