"""Potentials and metrics against the exact ones on a 4 x 4 torus, and what must not pass.

Gates are those of the chapter at a reduced size; seeds are fixed.
"""

from itertools import product

import numpy as np
import pytest

from dcl.chapters import convex_potential, exponential_family, hessian_metric, tasep_plane
from dcl.chapters import log_partition_geometry as geometry
from dcl.chapters.field_snapshots import grid_snapshots, ising_statistics, pattern_histograms
from dcl.chapters.potential_scores import exact_posteriors, excess_loss, potential_error, score
from dcl.errors import InputError
from dcl.models.networks.posterior_cnn import build_posterior_cnn
from dcl.runs.gates import check

SIZE = 4
GRID = np.linspace(0.25, 0.6, 8), np.linspace(-0.25, 0.25, 8)
COUNT = 60


@pytest.fixture(scope="module")
def exact():
    return geometry.ising_field_log_partition(SIZE, GRID[0][:, None], GRID[1])


def drawn(count, seed):
    """Snapshots (n, L, L) and the numbers of their grid points."""
    snapshots = grid_snapshots(SIZE, GRID, count, seed=seed)
    return snapshots.reshape(-1, SIZE, SIZE), np.repeat(np.arange(64), count)


@pytest.fixture(scope="module")
def fresh():
    return drawn(40, seed=2)


def gap(posteriors, fresh, exact):
    """Mean loss above that of the exact posteriors of the same snapshots."""
    return excess_loss(posteriors, fresh[0][:, None], fresh[1], exact, GRID)[0]


def error(F, exact):
    """Root of the mean squared error of F a spin, without the affine part."""
    return potential_error(F, exact, GRID) / SIZE**2


@pytest.fixture(scope="module")
def head():
    snapshots, labels = drawn(COUNT, seed=1)
    return geometry.exponential_family_fit(pattern_histograms(snapshots, 2), labels, GRID)


def head_posteriors(head, snapshots):
    W, F = head
    return exact_posteriors(pattern_histograms(snapshots, 2) @ W, F, GRID)


def test_gate_1_the_head_loses_little_to_the_exact_posterior(head, fresh, exact):
    assert -0.005 < gap(head_posteriors(head, fresh[0]), fresh, exact) <= 0.02


def test_gate_2_the_head_finds_the_potential_and_a_flat_one_does_not(head, exact):
    assert error(head[1], exact) <= 0.010
    assert error(np.zeros((8, 8)), exact) > 0.015


def test_gate_3_the_learned_statistics_are_energy_and_magnetisation(head, fresh):
    learned = pattern_histograms(fresh[0], 2) @ head[0]
    exact = ising_statistics(fresh[0])
    for k in range(2):
        assert np.corrcoef(learned[:, k], exact[:, k])[0, 1] >= 0.995
    slope = np.polyfit(exact[:, 1], learned[:, 1], 1)[0]
    assert slope == pytest.approx(1, abs=0.1)  # the scale of f is no gauge


def test_gate_4_the_curvature_at_zero_field_peaks_where_the_exact_one_does(head, exact):
    fine = np.linspace(0.25, 0.6, 71)
    learned, true = (hessian_metric.curvature_at(F, GRID, 0.0, fine) for F in (head[1], exact))
    assert abs(fine[learned.argmax()] - fine[true.argmax()]) <= 0.06
    assert np.sqrt(((learned - true) ** 2).mean() / (true**2).mean()) <= 0.35


@pytest.mark.parametrize(
    "mistake",
    [("x.T @ (centroids - t", "-x.T @ (centroids - t"),
     ("self.counts - q.sum(axis=0)\n", "0.0 * self.counts\n")],
    ids=["uphill", "flat potential"],
)  # fmt: skip
def test_a_wrong_gradient_of_the_head_fails(mistake, wrong_build, fresh, exact):
    wrong = wrong_build(exponential_family, *mistake)
    snapshots, labels = drawn(10, seed=1)
    features = pattern_histograms(snapshots, 2)
    found = wrong.exponential_family_fit(features, labels, GRID)
    assert (
        gap(head_posteriors(found, fresh[0]), fresh, exact) > 0.02 or error(found[1], exact) > 0.01
    )


def test_features_without_the_sufficient_statistics_fail(fresh, exact):
    """The magnetisation alone: the head cannot know the energy."""
    snapshots, labels = drawn(COUNT, seed=1)
    W, F = geometry.exponential_family_fit(ising_statistics(snapshots)[:, 1:], labels, GRID)
    f = ising_statistics(fresh[0])[:, 1:] @ W
    assert gap(exact_posteriors(f, F, GRID), fresh, exact) > 0.02


def test_exact_posteriors_have_a_perfect_score_and_shuffled_ones_do_not(fresh, exact):
    best, bundles = exact_for(fresh, exact), fresh[0][:, None]
    found = score(best, exact, bundles, fresh[1], exact, GRID)
    assert found[:3] == pytest.approx((0, 0, 0), abs=1e-9)
    assert found.peak == found.exact_peak
    assert found.misfit == pytest.approx(0, abs=1e-9)
    tilted = exact + 3 * GRID[0][:, None] - 2 * GRID[1] + 1  # another gauge
    assert score(best, tilted, bundles, fresh[1], exact, GRID) == pytest.approx(found)
    shuffled = score(best[::-1], 0 * exact, bundles, fresh[1], exact, GRID)
    assert shuffled.gap > 1
    assert shuffled.potential_error > 0.015
    assert shuffled.misfit == pytest.approx(1)


def exact_for(fresh, F):
    return exact_posteriors(ising_statistics(fresh[0]), F, GRID)


def assert_convex(F):
    """Along both axes and both diagonals."""
    for start, middle, end in (
        (F[:-2], F[1:-1], F[2:]),
        (F[:, :-2], F[:, 1:-1], F[:, 2:]),
        (F[:-2, :-2], F[1:-1, 1:-1], F[2:, 2:]),
        (F[2:, :-2], F[1:-1, 1:-1], F[:-2, 2:]),
    ):
        assert (start + end >= 2 * middle - 1e-9).all()


def test_exact_posteriors_give_the_exact_potential_which_is_convex(fresh, exact):
    F = geometry.fit_potential(exact_for(fresh, exact), GRID)
    assert error(F, exact) < 0.004
    assert hessian_metric.remove_affine(F, GRID) == pytest.approx(F, abs=1e-9)
    assert_convex(F)


def test_posteriors_of_bundles_give_a_multiple_of_the_potential(fresh, exact):
    sums = ising_statistics(fresh[0]).reshape(-1, 4, 2).sum(axis=1)
    F = geometry.fit_potential(exact_posteriors(sums, 4 * exact, GRID), GRID)
    assert error(F / 4, exact) < 0.004


def test_noise_in_the_posteriors_keeps_the_potential_convex(fresh, exact):
    noisy = exact_for(fresh, exact) * np.random.default_rng(1).uniform(
        0.5, 1.5, (len(fresh[0]), 8, 8)
    )
    F = geometry.fit_potential(noisy / noisy.sum(axis=(1, 2), keepdims=True), GRID)
    assert error(F, exact) < 0.010
    assert_convex(F)


def test_a_wrong_potential_is_noticed(wrong_build, fresh, exact):
    wrong = wrong_build(
        convex_potential, "self.potential(found.x[: len", "self.potential(0 * found.x[: len"
    )
    assert error(wrong.fit_potential(exact_for(fresh, exact), GRID), exact) > 0.010


def test_flat_posteriors_have_a_flat_potential(fresh):
    F = geometry.fit_potential(np.full((20, 8, 8), 1 / 64), GRID)
    assert np.abs(F).max() < 0.05


def trained(bundle, steps):
    import keras

    keras.utils.set_random_seed(1)
    snapshots = grid_snapshots(SIZE, GRID, COUNT, seed=1)
    model = build_posterior_cnn(SIZE, (8, 8), bundle=bundle, channels=16)
    history = geometry.fit_posterior_cnn(model, snapshots, steps=steps, batch=128, seed=1)
    assert len(history["loss"]) == 20
    return model


@pytest.mark.parametrize("bundle", [1, 4])
def test_the_network_passes_gates_1_and_2(bundle, fresh, exact):
    bundles = fresh[0].reshape(-1, bundle, SIZE, SIZE), fresh[1][::bundle]
    found = geometry.posterior_grid(trained(bundle, 400), bundles[0])
    assert found.sum(axis=(1, 2)) == pytest.approx(1)
    F = geometry.fit_potential(found, GRID) / bundle
    reached = score(found, F, *bundles, exact, GRID)
    gates = check(reached.gates("network", gap=0.05, peak=0.051))
    assert all(gate.met for gate in gates.values()), reached


def test_an_undertrained_network_fails_gates_1_and_2(fresh, exact):
    found = geometry.posterior_grid(trained(1, 20), fresh[0])
    assert gap(found, fresh, exact) > 0.05
    assert error(geometry.fit_potential(found, GRID), exact) > 0.010


def test_the_network_is_that_of_a_torus_and_of_a_set():
    """Shifts and another order of the bundle change nothing."""
    model = build_posterior_cnn(SIZE, (3, 5), bundle=3, channels=4)
    random = np.random.default_rng(1)
    for weights in model.trainable_variables:
        weights.assign(random.normal(scale=0.2, size=weights.shape))
    spins = random.choice([-1, 1], (2, 3, SIZE, SIZE))
    found = geometry.posterior_grid(model, spins)
    assert found.shape == (2, 3, 5)
    moved = np.roll(spins[:, ::-1], (1, 2), axis=(2, 3))
    assert geometry.posterior_grid(model, moved) == pytest.approx(found, rel=1e-4)
    assert np.abs(geometry.posterior_grid(model, -spins) - found).max() > 1e-3


def test_a_saved_network_is_the_same(tmp_path):
    import keras

    model = build_posterior_cnn(SIZE, (3, 4), channels=4)
    model.save(tmp_path / "posterior.keras")
    again = keras.models.load_model(tmp_path / "posterior.keras")
    spins = np.ones((2, SIZE, SIZE), int)
    assert geometry.posterior_grid(again, spins) == pytest.approx(
        geometry.posterior_grid(model, spins)
    )


def test_posteriors_are_bayes_rule_with_a_flat_prior(exact):
    """Against p(x | t) of all states, whose covariances are the metric too."""
    spins = np.array(list(product((-1, 1), repeat=9))).reshape(-1, 3, 3)
    statistics = ising_statistics(spins)
    log_z = geometry.ising_field_log_partition(3, GRID[0][:, None], GRID[1])
    chances = np.exp(statistics @ hessian_metric.grid_points(GRID).T - log_z.ravel())
    assert chances.sum(axis=0) == pytest.approx(1)
    posteriors = chances / chances.sum(axis=1, keepdims=True)
    found = exact_posteriors(statistics, log_z, GRID)
    assert found.reshape(len(spins), -1) == pytest.approx(posteriors)
    means = chances.T @ statistics
    covariance = np.einsum("nt,ni,nj->tij", chances, statistics, statistics)
    covariance -= means[:, :, None] * means[:, None]
    fine = np.linspace(0.25, 0.6, 40), np.linspace(-0.25, 0.25, 40)
    potential = geometry.ising_field_log_partition(3, fine[0][:, None], fine[1])
    metric = geometry.hessian(potential, fine)
    for corner in (0, -1):
        assert metric[corner, corner] == pytest.approx(covariance[corner], rel=0.05)


def test_patterns_hold_the_statistics_and_do_not_see_orientations():
    random = np.random.default_rng(1)
    spins = random.choice([-1, 1], (50, 5, 5))
    for width, number in ((2, 6), (3, 102)):
        counts = pattern_histograms(spins, width)
        assert counts.shape == (50, number)
        assert (counts.sum(axis=1) == 25).all()
        turned = pattern_histograms(np.rot90(spins, 1, (1, 2)).swapaxes(1, 2), width)
        np.testing.assert_array_equal(counts, turned)
    design = pattern_histograms(spins, 2)
    for statistic in ising_statistics(spins).T:
        left = design @ np.linalg.lstsq(design, statistic, rcond=None)[0] - statistic
        assert np.abs(left).max() < 1e-9


def test_a_hessian_is_exact_for_quadratic_potentials_on_any_grid():
    grid = np.array([0.0, 1.0, 3.0]), np.array([-1.0, 0.0, 0.5, 2.0])
    x, y = np.meshgrid(*grid, indexing="ij")
    found = geometry.hessian(1.5 * x**2 - 2 * x * y + 0.5 * y**2 + 7 * x - 4, grid)
    assert found.shape == (3, 4, 2, 2)
    assert found == pytest.approx(np.broadcast_to([[3, -2], [-2, 1]], found.shape), abs=1e-9)


def test_the_metric_of_the_ising_model_is_a_hessian_and_a_bent_one_is_not(exact):
    metric = geometry.hessian(exact, GRID)
    F, residual = hessian_metric.best_hessian(metric, GRID)
    assert residual < 1e-6
    assert error(F, exact) < 1e-9
    bent = metric * (1 + np.linspace(0, 1, 8))[:, None, None]
    assert hessian_metric.best_hessian(bent, GRID)[1] > 0.02


RATES = np.linspace(0.1, 0.7, 13)


@pytest.mark.parametrize("total", [0.5, 0.6, 0.8])
def test_gate_5_the_determinant_of_the_exact_metric_peaks_at_equal_rates(total):
    alphas = np.linspace(0.1, total - 0.1, 61)
    metrics = np.array([geometry.tasep_fisher(10, a, total - a) for a in alphas])
    assert alphas[np.linalg.det(metrics).argmax()] == pytest.approx(total / 2)
    if total > 0.5:
        trace = metrics.trace(axis1=1, axis2=2)
        assert abs(alphas[trace.argmax()] - total / 2) > 0.05


def test_gate_5_the_learned_determinant_peaks_there_too():
    grid = RATES, RATES
    states = tasep_plane.tasep_snapshots(10, grid, 60, seed=1).reshape(-1, 10)
    labels = np.repeat(np.arange(169), 60)
    features = tasep_plane.occupation_pairs(states)
    _, F = geometry.exponential_family_fit(features, labels, grid)
    determinant = np.linalg.det(geometry.hessian(F, grid))
    for total in (0.5, 0.6, 0.8):
        offsets, line = tasep_plane.along_diagonal(determinant, grid, total)
        assert abs(offsets[line.argmax()]) <= 0.05


def test_the_metric_of_the_tasep_is_no_hessian_in_the_rates():
    def metric(alpha, beta):
        return geometry.tasep_fisher(10, alpha, beta)

    assert tasep_plane.integrability(metric, 0.31, 0.3) == pytest.approx((70, 274), abs=0.5)
    axis = np.linspace(0.2, 0.6, 11)
    exact = tasep_plane.tasep_metric(6, (axis, axis))
    F, residual = hessian_metric.best_hessian(exact, (axis, axis))
    assert 0.05 < residual < 1
    assert np.linalg.norm(geometry.hessian(F, (axis, axis)) - exact) == pytest.approx(
        residual * np.linalg.norm(exact)
    )


def test_labels_may_be_numbers_places_or_parameters():
    numbers = np.array([0, 13, 63])
    places = np.stack(np.unravel_index(numbers, (8, 8)), axis=1)
    for labels in (numbers, places, hessian_metric.grid_points(GRID)[numbers]):
        np.testing.assert_array_equal(exponential_family.label_numbers(labels, GRID), numbers)


FEATURES = np.ones((2, 3))


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: geometry.exponential_family_fit(FEATURES, [0, 64], GRID), "labels"),
        (lambda: geometry.exponential_family_fit(FEATURES, [0, -1], GRID), "labels"),
        (lambda: geometry.exponential_family_fit(FEATURES, [[0, 8], [0, 0]], GRID), "labels"),
        (lambda: geometry.exponential_family_fit(FEATURES, [[0.7, 0.25]] * 2, GRID), "labels"),
        (lambda: geometry.exponential_family_fit(FEATURES, [[0.26, 0.25]] * 2, GRID), "labels"),
        (lambda: geometry.exponential_family_fit(FEATURES, [0.3, 0.3], GRID), "labels"),
        (lambda: geometry.exponential_family_fit(FEATURES, [0], GRID), "features"),
        (lambda: geometry.exponential_family_fit(np.nan * FEATURES, [0, 1], GRID), "features"),
        (lambda: geometry.hessian(np.ones((2, 8)), (GRID[0][:2], GRID[1])), "grid"),
        (lambda: geometry.fit_potential(np.ones((1, 8, 2)) / 16, (GRID[0], GRID[1][:2])), "grid"),
        (lambda: geometry.hessian(np.ones((8, 8)), (GRID[0][::-1], GRID[1])), "grid"),
        (lambda: geometry.hessian(np.ones((8, 8)), (GRID[0],)), "grid"),
        (lambda: geometry.exponential_family_fit(FEATURES[:, :0], [0, 1], GRID), "features"),
        (lambda: geometry.hessian(np.ones((8, 8)), None), "grid"),
        (lambda: geometry.hessian(np.ones((8, 8)), (GRID[0], [1, [2]])), "grid"),
        (lambda: geometry.hessian(np.ones((8, 7)), GRID), "F"),
        (lambda: geometry.fit_potential(np.ones((2, 8, 8)), GRID), "posteriors"),
        (lambda: geometry.fit_potential(np.ones((8, 8)) / 64, GRID), "posteriors"),
        (lambda: geometry.posterior_grid(None, np.zeros((2, 4, 4))), "snapshots"),
        (lambda: geometry.posterior_grid(None, np.ones((4, 4))), "snapshots"),
        (lambda: build_posterior_cnn(4, (3, 3), bundle=0), "bundle"),
    ],
)
def test_mistakes_are_named(call, field):
    with pytest.raises(InputError, match=f"^{field}: found"):
        call()
