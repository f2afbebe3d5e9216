"""Gates of the closed loop at reduced size, posteriors against exact ones, and wrong builds.

Seeds are fixed. Bounds of means are four standard errors or more: a false alarm a test below 1e-4.
"""

import numpy as np
import pytest

from dcl.chapters import alloy_loop, calphad, closed_loop, hull_labels, magnet_loop
from dcl.chapters.closed_loop import run_campaign
from dcl.errors import InputError

EUTECTIC = np.array(calphad.eutectic(calphad.TRUTH))[[0, 3]]
SEEDS = range(5)


def errors(theory, acquisition, **truth):
    """Errors of the eutectic after 66 experiments, (seeds, 2), in at.% and K."""
    return alloy_loop.eutectic_errors(theory, acquisition, SEEDS, **truth)[:, -1]


@pytest.fixture(scope="module")
def loop():
    return errors(alloy_loop.AlloyTheory(150), "entropy")


def test_the_loop_finds_the_eutectic(loop):
    assert (np.median(loop, axis=0) <= (1, 1.5)).all()
    assert (loop <= 2).all(axis=1).mean() >= 0.8


def test_the_loop_beats_labels_without_theory_in_temperature(loop):
    labels = errors(alloy_loop.alloy_label_map(), "entropy")
    assert np.median(loop[:, 1]) <= 0.6 * np.median(labels[:, 1])


def test_the_choice_of_experiments_matters(loop):
    random = errors(alloy_loop.AlloyTheory(150), "random")
    assert np.median(loop[:, 0]) <= 0.6 * np.median(random[:, 0])


def test_a_truth_of_another_form_is_found_too():
    found = errors(alloy_loop.AlloyTheory(150), "entropy", excess_entropy=-4.0)
    assert (np.median(found, axis=0) <= (2, 2.5)).all()


def test_a_theory_without_the_common_tangent_fails_on_every_seed(wrong_build, monkeypatch):
    observed = alloy_loop.diffraction()(alloy_loop.POINTS, np.random.default_rng(0))
    names = dict(zip(map(tuple, alloy_loop.POINTS), observed, strict=True))
    theory, means = alloy_loop.AlloyTheory(150), []
    with monkeypatch.context() as patch:
        wrong = wrong_build(hull_labels, "while count > 1:", "while False:")
        patch.setattr(calphad, "label_diagrams", wrong.label_diagrams)
        patch.setattr(alloy_loop, "eutectic", lambda _: (0, 0, 0, 0))
        for seed in range(4):
            run_campaign(lambda p, _: [names[tuple(at)] for at in p], theory, "entropy", 66, seed)
            means.append(theory.particles.mean(axis=0))
    found = np.array([calphad.eutectic(mean) for mean in means])[:, [0, 3]]
    assert not (np.abs(found - EUTECTIC) * [100, 1] <= 2).all(axis=1).any()


FIRST = np.random.default_rng(1).choice(396, 12, replace=False)


def deviations(module):
    """Mean of the particles after two batches of six labels, less that of the posterior, in sd.

    The posterior is 20,000 draws of the prior, weighted by the likelihood.
    """
    names = alloy_loop.diffraction()(alloy_loop.POINTS[FIRST], np.random.default_rng(3))
    theory = module.AlloyTheory(1000)
    theory.start(np.random.default_rng(2))
    for part in (slice(6), slice(6, 12)):
        theory.learn(FIRST[part], names[part])
    draws = np.random.default_rng(4).normal(*alloy_loop.PRIOR.T, (20_000, 3))
    labels = calphad.phase_labels(draws, alloy_loop.COMPOSITIONS, alloy_loop.TEMPERATURES)
    numbers = [calphad.LABELS.index(name) for name in names]
    right = labels.reshape(len(draws), -1)[:, FIRST] == numbers
    weights = np.where(right, 0.95, 0.01).prod(axis=1)
    weights /= weights.sum()
    assert 1 / (weights**2).sum() > 1000
    mean = weights @ draws
    return (theory.particles.mean(axis=0) - mean) / np.sqrt(weights @ (draws - mean) ** 2)


def test_particles_have_the_mean_of_the_posterior():
    assert np.abs(deviations(alloy_loop)).max() < 0.2


def test_a_sampler_that_takes_every_step_misses_the_posterior(wrong_build):
    wrong = wrong_build(alloy_loop, "np.exp(np.minimum(gain, 0))", "1")
    assert np.abs(deviations(wrong)).max() > 0.2


class Die:
    """Theory that prefers candidates in the order 3, 1, 4, and learns nothing."""

    points = np.arange(5.0)[:, None]

    def start(self, generator):
        self.learned = []

    def learn(self, chosen, observations):
        self.learned.append((chosen.tolist(), observations))

    def probabilities(self):
        first = np.array([0.0, 0.2, 0.0, 0.4, 0.1])
        return np.stack([first, 1 - first], axis=1)

    def estimate(self):
        return np.array([float(len(self.learned))])


def square(points, generator):
    return (points[:, 0] ** 2).tolist()


def test_the_loop_measures_the_most_uncertain_first_and_each_point_once():
    theory = Die()
    done = run_campaign(square, theory, "entropy", 5, seed=0, batch=2)
    assert done.chosen[:3].tolist() == [3, 1, 4]
    assert sorted(done.chosen.tolist()) == [0, 1, 2, 3, 4]
    assert theory.learned[0] == ([3, 1], [9, 1])
    assert done.observations == [observed for _, observed in theory.learned]
    assert done.estimates.tolist() == [[1], [2], [3]]


def test_random_experiments_follow_the_seed_and_no_preference():
    runs = [run_campaign(square, Die(), "random", 1, seed).chosen[0] for seed in range(200)]
    counts = np.bincount(runs, minlength=5)
    assert (np.abs(counts - 40) < 4 * np.sqrt(200 * 0.2 * 0.8)).all()
    assert runs == [run_campaign(square, Die(), "random", 1, seed).chosen[0] for seed in range(200)]


def test_a_map_of_labels_knows_one_label_too():
    theory = alloy_loop.alloy_label_map()
    theory.start(np.random.default_rng(0))
    theory.learn(np.arange(3), ["L", "L", "L"])
    np.testing.assert_allclose(theory.probabilities()[:, 0], 1)


def test_wrong_labels_are_as_frequent_as_said_and_spread_evenly():
    points = np.tile(alloy_loop.POINTS[[0]], (4000, 1))
    names = alloy_loop.diffraction(error=0.3)(points, np.random.default_rng(0))
    counts = np.array([(names == label).sum() for label in calphad.LABELS])
    truth = int(calphad.phase_labels([calphad.TRUTH], points[0, :1], points[0, 1:])[0, 0, 0])
    assert abs(counts[truth] - 2800) < 4 * np.sqrt(4000 * 0.3 * 0.7)
    assert (np.abs(np.delete(counts, truth) - 240) < 4.5 * np.sqrt(240)).all()


def test_the_strip_has_onsagers_temperature_and_is_near_the_reference_in_a_field():
    assert magnet_loop.strip_line([1, 1], [0])[0] == pytest.approx(
        2 / np.log(1 + np.sqrt(2)), abs=0.005
    )
    fields = magnet_loop.FIELDS
    reference = magnet_loop.reference_line(fields)
    np.testing.assert_allclose(
        magnet_loop.reference_line(range(4)), [2.26919, 2.17908, 1.88453, 1.26747], atol=1e-5
    )
    np.testing.assert_allclose(magnet_loop.strip_line([1, 1], fields), reference, atol=0.03)
    twice = magnet_loop.strip_line([[1, 1], [2, 2]], fields)
    np.testing.assert_allclose(twice[1], 2 * twice[0])


def test_couplings_of_snapshots_are_those_of_the_magnet_within_their_errors():
    deviations = []
    for seed in range(10):
        theory, generator = magnet_loop.HamiltonianTheory(), np.random.default_rng(seed)
        theory.start(generator)
        chosen = generator.choice(299, 3, replace=False)
        theory.learn(chosen, magnet_loop.take_snapshots(theory.points[chosen], generator))
        deviations.append((theory.mean - 1) / np.sqrt(np.diag(theory.covariance)))
    assert np.abs(deviations).max() < 5


def test_snapshots_with_their_hamiltonian_give_the_line_and_random_labels_do_not():
    labels = magnet_loop.name_order, magnet_loop.magnet_label_map()
    theory = magnet_loop.take_snapshots, magnet_loop.HamiltonianTheory()
    assert magnet_loop.line_errors(*theory, "entropy", range(4))[:, -1].max() <= 0.087
    assert np.median(magnet_loop.line_errors(*labels, "random", range(4))[:, -1]) >= 0.13


BAD = [
    (lambda: run_campaign(square, Die(), "best", 5, 0), "acquisition: found 'best'"),
    (lambda: run_campaign(square, Die(), "random", 6, 0), "budget: found 6, expected 1 to 5"),
    (lambda: run_campaign(square, Die(), "random", 0, 0), "budget: found 0, expected a whole"),
    (lambda: run_campaign(square, Die(), "random", 2.5, 0), "budget: found 2.5"),
    (lambda: run_campaign(square, Die(), "random", 5, 0, batch=0), "batch: found 0"),
    (lambda: closed_loop.label_numbers(["L", "hcp"], calphad.LABELS), "label: found 'hcp'"),
    (
        lambda: run_campaign(lambda p, _: ["Pb"] * 6, alloy_loop.AlloyTheory(5), "random", 6, 0),
        "label: found 'Pb', expected one of L, Sn",
    ),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_ends_with_one_line(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
