"""The gates of the chapter at reduced size, and the wrong builds that must not pass them."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from dcl.analysis import gaussian_process
from dcl.analysis.gaussian_process import IntegratedProcess
from dcl.chapters import change_point_chains, data_fusion, region_field
from dcl.chapters.data_fusion import (
    CHALLENGE_BOUNDS,
    CHALLENGES,
    RegionField,
    challenge_truth,
    change_point_posterior,
    posteriors,
    predict,
    sample_change_points,
)
from dcl.chapters.disc_challenge import compare_ways, disc_grid, disc_truth, draw_disc, r_squared
from dcl.chapters.potts_measurements import measure_potts, potts_transition
from dcl.errors import InputError

SMOOTH = (np.array([0.5, 0.62, 0.71, 0.83, 1.0]), np.array([0.1, 0.5, 0.7, 0.6, 0.9]))
"""Values without a clear jump: every cell of the change point keeps some probability."""


def posterior(number, source, module=data_fusion):
    places, x, _ = CHALLENGES[number]
    return module.posteriors(places, places > 0.7, x, challenge_truth(x), CHALLENGE_BOUNDS)[source]


@pytest.mark.parametrize(
    ("number", "source", "mean", "sd"),
    [(1, "both", 0.70000, 0.02887), (1, "labels", 0.70000, 0.02887),
     (1, "property", 0.65040, 0.08703), (2, "both", 0.71053, 0.01519),
     (2, "property", 0.71053, 0.01519), (2, "labels", 0.65000, 0.08660)],
)  # fmt: skip
def test_posteriors_are_the_exact_ones(number, source, mean, sd):
    found = posterior(number, source)
    assert found.mean() == pytest.approx(mean, abs=1e-3)
    assert found.sd() == pytest.approx(sd, abs=1e-3)
    assert found.probability.sum() == pytest.approx(1)


def test_the_share_below_the_first_label_is_the_exact_one():
    assert posterior(1, "property").below(0.65) == pytest.approx(0.499, abs=1e-3)


def test_the_evidence_is_the_mean_of_the_likelihood_over_the_priors():
    """Four standard errors of 8000 draws: a false alarm in one of 16,000 correct programs."""
    x, y = SMOOTH
    names = ("variance", "length", "noise", "bias")
    bounds = CHALLENGE_BOUNDS | {"noise": (0.05, 0.1)}
    low, high = np.array([bounds[name] for name in names]).T
    draws = np.random.default_rng(0).uniform(low, high, (8000, 4))
    distance = x[:3, None] - x[:3]
    likelihood = [
        multivariate_normal.pdf(
            y[:3], np.full(3, b), v * np.exp(-0.5 * (distance / length) ** 2) + s * np.eye(3)
        )
        for v, length, s, b in draws
    ]
    exact = np.exp(IntegratedProcess(x[:3], y[:3], bounds).log_evidence)
    assert abs(np.mean(likelihood) - exact) < 4 * np.std(likelihood) / np.sqrt(len(draws))


def chain_distance(module=data_fusion):
    """Largest difference of the cells' probabilities between chains and the exact posterior."""
    exact = change_point_posterior(None, None, *SMOOTH, CHALLENGE_BOUNDS)
    drawn = module.sample_change_points(
        None, None, *SMOOTH, CHALLENGE_BOUNDS, sweeps=150, chains=32, seed=1
    )
    shares = np.histogram(drawn, exact.edges)[0] / drawn.size
    return np.abs(shares - exact.probability).max()


def test_the_chains_agree_with_the_exact_posterior():
    """Errors of a share are below 0.01 at 1000 independent samples; 0.05 is five of 4800 draws."""
    exact = change_point_posterior(None, None, *SMOOTH, CHALLENGE_BOUNDS)
    assert exact.probability.max() < 0.9
    assert chain_distance() < 0.05


def test_chains_agree_on_the_first_problem():
    x = CHALLENGES[1].property
    exact = posterior(1, "property")
    drawn = sample_change_points(
        None, None, x, challenge_truth(x), CHALLENGE_BOUNDS, sweeps=60, seed=2
    )
    assert drawn.mean() == pytest.approx(exact.mean(), abs=0.01)
    assert drawn.std() == pytest.approx(exact.sd(), abs=0.01)
    assert (drawn < 0.65).mean() == pytest.approx(exact.below(0.65), abs=0.04)


@pytest.mark.parametrize("number", [1, 2])
def test_the_property_outside_the_gap_is_predicted(number):
    line, x = np.linspace(0, 1, 101), CHALLENGES[number].property
    truth = challenge_truth(line)
    found = predict(line, x, challenge_truth(x), CHALLENGE_BOUNDS, posterior(number, "both"))
    low, high = CHALLENGES[number].gap
    outside = (line < low) | (line > high)
    assert r_squared(truth[outside], found.mean[outside]) >= 0.99
    assert found.sd[~outside].max() > 5 * np.median(found.sd[outside])
    assert (np.diff(found.left) <= 1e-12).all()


def test_regions_of_the_plane_gain_over_one_process():
    for seed in (0, 1):
        found = compare_ways(draw_disc(80, 30, seed=seed), 21, sweeps=60, seed=seed)
        assert found.accuracy >= 0.94
        assert found.r2[0] - found.r2[1] >= 0.05


def test_sources_of_the_potts_model_narrow_each_other():
    cooled, heated = np.array([0.6, 0.69, 0.75, 0.8]), np.array([0.6, 0.64, 0.68, 0.71, 0.74, 0.8])
    ordered = measure_potts(cooled, 32, sweeps=600, seed=1).order > 0.5
    energy = measure_potts(heated, 32, sweeps=600, seed=101).energy
    bounds = {"change_point": (0.6, 0.8), "variance": (0.01, 1.0), "length": (0.05, 0.3),
              "noise": (1e-4, 1e-2), "bias": (-2.0, 0.0)}  # fmt: skip
    found = posteriors(cooled, ordered, heated, energy, bounds)
    assert potts_transition() == pytest.approx(0.7012316, abs=1e-7)
    assert abs(found["both"].mean() - potts_transition()) < 2 * found["both"].sd()
    assert found["both"].sd() < min(found["labels"].sd(), found["property"].sd())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("-0.5 * (chi + logs)", "-0.5 * chi"), ("np.log(weights / 2)", "np.log(weights / weights)"),
     ("2 * b * cross", "b * cross")],
)  # fmt: skip
def test_wrong_evidence_fails(wrong_build, monkeypatch, right, wrong):
    copy = wrong_build(gaussian_process, right, wrong)
    monkeypatch.setattr(data_fusion, "IntegratedProcess", copy.IntegratedProcess)
    found = posterior(1, "property")
    ends = found.below(0.65) - 0.499, found.mean() - 0.65040, found.sd() - 0.08703
    exact = change_point_posterior(None, None, *SMOOTH, CHALLENGE_BOUNDS).probability
    monkeypatch.undo()
    right_one = change_point_posterior(None, None, *SMOOTH, CHALLENGE_BOUNDS).probability
    assert max(np.abs(ends).max(), np.abs(exact - right_one).max()) > 1e-3


def test_a_posterior_without_the_likelihood_of_the_labels_fails(wrong_build):
    copy = wrong_build(
        change_point_chains, "if not allowed.any()", "allowed[:] = True\n    if False"
    )
    _, allowed = copy.consistent_cells([0.2, 0.6], [0, 1], [], (0.0, 1.0))
    assert allowed.tolist() != [False, True, False]


def test_chains_that_forget_the_width_of_a_cell_fail(wrong_build):
    copy = wrong_build(
        change_point_chains, "np.log(edges[cell + 1] - edges[cell]) + sum(both)", "sum(both)"
    )
    assert chain_distance(copy) > 0.05


def test_fields_that_ignore_the_labels_fail(wrong_build):
    copy = wrong_build(region_field, "self._labels].sum()", "self._labels].sum() * 0")
    grid = disc_grid(21)
    wrong = copy.RegionField(*draw_disc(80, 30, seed=0)).sample(grid, sweeps=60, burn_in=60)
    assert (wrong.regions.argmax(axis=1) == disc_truth(grid)[0]).mean() < 0.94


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"labels": [1, 0, 1, 0]}, "none of the change points"),
     ({"labels": [0, 0, 0, 0]}, "^labels: found 1"),
     ({"x_property": [], "y": []}, "^x_property, y: found shapes"),
     ({"y": [np.nan] * 7}, "^x_property, y: found a value"),
     ({"x_structure": [0, 1]}, "^x_structure, labels"),
     ({"x_structure": None}, "^x_structure, labels"), ({"x_property": None}, "^x_property, y"),
     ({"x_structure": [[0], [1], [2], [3]]}, "^x_structure, labels"),
     ({"labels": [np.nan, 0, 1, 1]}, "^x_structure, labels"),
     ({"bounds": {"change_point": (0, np.inf)}}, "change_point"),
     ({"bounds": {"change_point": 2}}, "change_point"),
     ({"bounds": {}}, "change_point"),
     ({"bounds": {"change_point": (0.5, 1)}}, "length")],
)  # fmt: skip
def test_mistakes_on_a_line_are_named(changes, message):
    places, x, _ = CHALLENGES[1]
    given = {"x_structure": places, "labels": places > 0.7, "x_property": x,
             "y": challenge_truth(x), "bounds": CHALLENGE_BOUNDS}  # fmt: skip
    with pytest.raises(InputError, match=message):
        change_point_posterior(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"labels": np.zeros(9, int)}, "^labels: found one"), ({"y": []}, "^x_property, y"),
     ({"x_property": np.ones((5, 3))}, "^x_property: found 3"),
     ({"labels": [np.nan] + [1.0] * 8}, "not finite"),
     ({"noise": np.nan}, "expected positive"), ({"length": np.inf}, "expected positive"),
     ({"y": np.full(5, np.inf)}, "not finite")],
)  # fmt: skip
def test_mistakes_in_the_plane_are_named(changes, message):
    given = draw_disc(9, 5, seed=3)._asdict() | changes
    with pytest.raises(InputError, match=message):
        RegionField(**given)


@pytest.mark.parametrize(
    ("x", "numbers", "message"),
    [([0.0], {}, "^x: found"), ([[0.0]], {}, "^x: found"), ([[0.0, np.nan]], {}, "^x: found"),
     ([[0.0, 0.0]], {"sweeps": 0}, "^sweeps: found 0"), ([[0.0, 0.0]], {"thin": 0}, "^thin")],
)  # fmt: skip
def test_mistakes_of_a_sample_are_named(x, numbers, message):
    with pytest.raises(InputError, match=message):
        RegionField(*draw_disc(9, 5, seed=3)).sample(x, **numbers)


def test_mistakes_of_potts_measurements_are_named():
    with pytest.raises(InputError, match=r"^temperatures, size, sweeps"):
        measure_potts([-1.0])
