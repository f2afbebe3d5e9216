"""Gates of the phase map with a human's hints, and wrong builds that must fail them.

Seeds are fixed. P is the probability that a map with the hint scores higher, over 500 pairs or 250:
its standard error without an effect is .018 or .026.
"""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.gaussian_process.kernels import RBF
from sklearn.metrics import adjusted_rand_score

from dcl.chapters import human_input, ternary_phases
from dcl.chapters import phase_mapping as mapping
from dcl.chapters.antiferromagnet_map import antiferromagnet_data, critical_field, ordered_region
from dcl.errors import InputError

ALLOY = ternary_phases.synthetic_ternary()
TRIANGLE = [(0, 0), (1, 0), (0, 1)]


def scores(hints, module=mapping, seeds=500):
    return np.array([module.campaign(ALLOY, hints, 5, seed).scores[0] for seed in range(seeds)])


@pytest.fixture(scope="module")
def base():
    return scores([])


def win(values, base):
    test = mannwhitneyu(values, base[: len(values)], alternative="greater")
    return test.statistic / len(values) ** 2, test.pvalue


@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_clustering_finds_the_phases(noise):
    noisy = ternary_phases.synthetic_ternary(noise, seed=1)
    found = mapping.cluster_patterns(noisy.patterns, 5, seed=0)
    assert adjusted_rand_score(noisy.labels, found) >= 0.98


@pytest.mark.parametrize("phase", range(5))
def test_a_right_region_helps(phase, base):
    assert (ALLOY.labels == phase).mean() >= 0.1
    chance, p = win(scores([ternary_phases.phase_hint(ALLOY, phase)]), base)
    assert chance >= 0.55
    assert p < 0.01


def test_a_band_across_a_boundary_does_not_help(base):
    chance, p = win(scores([ternary_phases.band_hint()]), base)
    assert chance <= 0.54
    assert p > 0.01


def test_scattered_points_harm(base):
    hint = ternary_phases.scattered_hint(ALLOY, 40, seed=0)
    assert win(scores([hint], seeds=250), base)[0] <= 0.35


def test_variances_of_their_own_split_off_nearly_equal_patterns(wrong_build):
    wrong = wrong_build(mapping, 'covariance_type="tied"', 'covariance_type="diag"')
    plane = antiferromagnet_data(16, sweeps=100, seed=5)
    found = wrong.cluster_patterns(plane.patterns, 2, seed=0)
    assert adjusted_rand_score(plane.labels, found) < 0.8


WRONG = {
    "left out of the cross-covariance": (
        "sum(term(a, b) for term in inputs)",
        "sum(term(a, b) for term in inputs if a is b)",
    ),
    "left out": ("sum(term(a, b) for term in inputs)", "0"),
}


@pytest.mark.parametrize("mistake", WRONG.values(), ids=WRONG)
def test_a_wrong_build_gains_nothing(mistake, base, wrong_build):
    wrong = wrong_build(mapping, *mistake)
    corners = [(0.28, 0.0), (0.62, 0.0), (0.62, 0.2), (0.5, 0.33), (0.25, 0.33)]
    good, bad = (scores([m.region_prior(corners)], m, 250) for m in (mapping, wrong))
    assert win(good, base)[0] >= 0.55
    assert win(bad, base)[0] < 0.55


def test_a_build_that_joins_the_points_outside_of_the_region_gains_nothing(base, wrong_build):
    wrong = wrong_build(human_input, "np.asarray(inside[:", "np.asarray(~inside[:")
    hull = ALLOY.points[ALLOY.labels == 2]
    corners = [hull.min(axis=0), (hull[:, 0].max(), hull[:, 1].min()), hull[hull[:, 1].argmax()]]
    assert win(scores([wrong.region_prior(np.array(corners))], seeds=250), base)[0] < 0.55


def test_a_line_is_a_squared_exponential_of_the_side_with_a_short_length():
    points = np.random.default_rng(1).uniform(size=(20, 2))
    side = (points[:, 1] > 0.3).astype(float)
    known = np.exp(-((side[:, None] - side) ** 2) / (2 * 0.001**2))
    np.testing.assert_allclose(
        mapping.boundary_prior([(0.2, 0.3), (0.4, 0.3)])(points, points), known
    )


def test_a_campaign_measures_each_point_once_inside_the_region_of_interest():
    inside = human_input.region_of_interest([(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5)])
    found = mapping.campaign(ALLOY, [inside], 9, seed=1)
    assert len(set(found.measured.tolist())) == 9
    assert inside.memberships(ALLOY.points[found.measured]).all()
    again = mapping.campaign(ALLOY, [inside], 9, seed=1)
    np.testing.assert_array_equal(found.measured, again.measured)


def test_the_antiferromagnet_orders_below_the_reference_line():
    heat = np.array([2.26919, 2.17908, 1.88453, 1.26747])
    np.testing.assert_allclose(critical_field(heat), [0, 1, 2, 3], atol=0.02)
    plane = antiferromagnet_data(16, sweeps=100, seed=5)
    found = mapping.cluster_patterns(plane.patterns, 2, seed=0)
    assert adjusted_rand_score(plane.labels, found) >= 0.8
    inside = mapping.region_prior(ordered_region()).memberships(plane.points)[:, 0]
    assert (inside == plane.labels)[(plane.points > 0).all(axis=1)].mean() > 0.98


def two_names():
    return mapping.LaplaceClassifier(RBF()).fit([[0], [1]], ["low", "high"])


def test_classes_have_any_names_and_alike_neighbours_the_same_chance():
    assert two_names().predict([[-1.0], [2.0]]).tolist() == ["low", "high"]
    np.testing.assert_allclose(two_names().predict_proba([[0.5]]), 0.5, atol=1e-12)


def test_patterns_of_one_phase_are_alike():
    assert mapping.cluster_patterns(np.eye(2), 1, seed=0).tolist() == [0, 0]


def test_hints_may_come_one_by_one_and_points_as_lists():
    hints = [ternary_phases.phase_hint(ALLOY, 0), mapping.boundary_prior([(0.2, 0.3), (0.4, 0.3)])]
    lists = mapping.PhaseData(*(array.tolist() for array in ALLOY))
    found = [
        mapping.campaign(data, given, 7, seed=2)
        for data, given in ((ALLOY, hints), (lists, iter(hints)))
    ]
    np.testing.assert_array_equal(found[0].measured, found[1].measured)
    np.testing.assert_array_equal(found[0].scores, found[1].scores)


BAD = [
    (lambda: mapping.cluster_patterns(np.ones((1, 3)), 2, 0), "two or more"),
    (lambda: mapping.cluster_patterns(np.zeros((3, 3)), 2, 0), "zeros"),
    (lambda: mapping.region_prior([]), "corners"),
    (lambda: mapping.region_prior([(0, 0), (1, 1)]), "corners"),
    (lambda: mapping.region_prior([(0, 0), (1, 1), (2, 2)]), "area"),
    (lambda: mapping.region_prior([(0, 0), (2, 2), (2, 0), (0, 1)]), "cross"),
    (lambda: mapping.region_prior(TRIANGLE, -1.0), "weight"),
    (lambda: mapping.boundary_prior([(1, 1), (1, 1)]), "different"),
    (lambda: mapping.campaign(ALLOY, [], 1, 0), "budget"),
    (lambda: mapping.campaign(ALLOY, [], 277, 0), "budget"),
    (lambda: mapping.campaign(ALLOY, [], 5.5, 0), "budget"),
    (lambda: mapping.campaign(ALLOY._replace(labels=[0, 1]), [], 5, 0), "dataset: found shapes"),
    (lambda: mapping.cluster_patterns(np.eye(3), 1.5, 0), "k: found 1.5"),
    (lambda: mapping.LaplaceClassifier(RBF()).fit([[0], [1]], [0, np.nan]), "labels: found"),
    (lambda: two_names().predict([[0.0, 1.0]]), "x: found shape"),
    (lambda: two_names().predict_proba([[np.nan]]), r"x: found \[\[nan"),
    (lambda: ternary_phases.ternary_plane([[0.5, 0.5, 0.5]]), "sum"),
    (lambda: ternary_phases.ternary_plane([[1.5, -0.5, 0]]), "0 or more"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_ends_with_one_line(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
