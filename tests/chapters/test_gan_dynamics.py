"""Particles against exact kernels, spectra and damping rates, their collapse, and wrong builds.

All seeds are fixed; means of random networks are bounded at four standard errors or more.
"""

import numpy as np
import pytest

from dcl.chapters import gan_dynamics, gan_experiments, gan_stability, tangent_kernel
from dcl.chapters.gan_stability import ring
from dcl.errors import InputError

RATIOS = {1: 1 / (2 * np.pi), 2: 0.228570, 3: 0.265097}


@pytest.mark.parametrize("depth", RATIOS)
def test_the_universal_kernel_has_its_exact_values(depth):
    assert gan_dynamics.ntk_ratio(depth) == pytest.approx(RATIOS[depth], abs=1e-6)


@pytest.mark.parametrize("depth", RATIOS)
def test_wide_networks_have_the_universal_kernel(depth):
    ratios = gan_experiments.kernel_ratios(depth, 512, seeds=range(10))
    assert np.mean(ratios) == pytest.approx(RATIOS[depth], rel=0.025)


def test_the_kernel_at_an_angle_is_that_of_networks():
    latents = tangent_kernel.orthogonal_latents(2, 256, seed=0)
    latents[1] = 0.6 * latents[0] + 0.8 * latents[1]
    ratios = [
        tangent_kernel.off_diagonal_ratio(
            tangent_kernel.empirical_ntk(tangent_kernel.he_weights(2, 512, 256, seed), latents)
        )
        for seed in range(10)
    ]
    assert np.mean(ratios) == pytest.approx(gan_dynamics.ntk_ratio(2, 0.6), rel=0.04)
    assert gan_dynamics.ntk_ratio(2, 1.0) == pytest.approx(1)


def test_the_empirical_kernel_is_that_of_finite_differences():
    weights = tangent_kernel.he_weights(1, 3, 2, seed=1)
    inputs = np.array([[1.0, 0.5], [-0.3, 1.2]])

    def outputs(flat):
        first, second = flat[:6].reshape(2, 3), flat[6:].reshape(3, 1)
        return (np.maximum(inputs @ first, 0) @ second)[:, 0]

    flat = np.concatenate([layer.ravel() for layer in weights])
    steps = 1e-6 * np.eye(len(flat))
    gradients = np.array([(outputs(flat + s) - outputs(flat - s)) / 2e-6 for s in steps])
    scale = np.array([2 / 2] * 6 + [2 / 3] * 3)[:, None]
    expected = (gradients * scale).T @ gradients
    np.testing.assert_allclose(tangent_kernel.empirical_ntk(weights, inputs), expected, rtol=1e-6)


WRONG_KERNELS = {
    "last layer alone": ("kernel * degree_0 + degree_1", "degree_1"),
    "no derivative": ("kernel * degree_0 + degree_1", "kernel + degree_1"),
    "other diagonal": ("kernel / (depth + 1)", "kernel / (depth + 2)"),
    "angle of the input": ("covariance, kernel =", "_, kernel ="),
}


@pytest.mark.parametrize("mistake", WRONG_KERNELS.values(), ids=WRONG_KERNELS)
def test_a_wrong_kernel_misses_the_exact_values(mistake, wrong_build):
    wrong = wrong_build(tangent_kernel, *mistake)
    found = [wrong.ntk_ratio(depth) for depth in (1, 2, 3)]
    assert np.abs(np.divide(found, list(RATIOS.values())) - 1).max() > 0.025


def test_the_dirac_gan_settles_first_at_its_critical_damping():
    scan = gan_experiments.dirac_scan(np.arange(1.5, 2.6, 0.1))
    assert max(scan, key=scan.get) == pytest.approx(2.0, rel=0.05)
    assert scan[1.5] == pytest.approx(gan_dynamics.dirac_rate(1.5), rel=0.01)


@pytest.mark.parametrize("share", [0.25, 0.5, 2.0, 4.0])
def test_simulated_rates_are_those_of_the_slowest_mode(share):
    found, exact = gan_experiments.slowest_rates(0.3, [share])[share]
    assert found == pytest.approx(exact, rel=0.03)


def test_the_particles_settle_first_near_the_best_damping():
    times = gan_experiments.settling_scan(0.3, [0.8, 0.88, 0.96, 1.04, 1.12])
    assert min(times, key=times.get) == pytest.approx(1.0, rel=0.06)


@pytest.mark.parametrize("phi", [0.1, 0.5, 0.9])
def test_on_a_ring_the_best_damping_falls_as_the_root_of_one_minus_phi(phi):
    still, coupled = (
        gan_stability.best_damping(gan_dynamics.matched_modes(ring(8), 0.5, p, 5.0))
        for p in (0.0, phi)
    )
    assert coupled / still == pytest.approx(np.sqrt(1 - phi), rel=1e-6)


def test_many_features_have_the_modes_of_the_gaussian_kernel():
    frequencies = gan_dynamics.random_frequencies(0.5, 40_000, seed=0)
    found = gan_stability.feature_gram(ring(8), frequencies)
    np.testing.assert_allclose(
        gan_dynamics.matched_modes(ring(8), found, 0.2, 5.0),
        gan_dynamics.matched_modes(ring(8), 0.5, 0.2, 5.0), rtol=0.1, atol=0.05,
    )  # fmt: skip


def first_rate(module, share=2.0):
    """Relative error of the simulated rate of the slowest mode under another `simulate`."""
    points, frequencies = ring(8), gan_dynamics.random_frequencies(0.5, 512, seed=1)
    gram = gan_stability.feature_gram(points, frequencies)
    stiffness = gan_dynamics.matched_modes(points, gram, 0.3, 5.0)[0]
    damping = share * gan_stability.best_damping(stiffness)
    exact = gan_stability.mode_rate(damping, stiffness)
    start = points + 1e-5 * gan_stability.slowest_mode(points, gram, 0.3)
    run = module.simulate(
        points, start, frequencies, phi=0.3, rate=5.0, damping=damping, duration=8 / exact,
        step=0.02, normalise=False,
    )  # fmt: skip
    apart = np.linalg.norm(run.x - points, axis=(1, 2))
    return abs(gan_stability.decay_rate(run.times, apart) / exact - 1)


WRONG_DYNAMICS = {
    "kernel's diagonal": ("(1 - phi) * gradient + phi", "gradient + phi"),
    "twice the features": (".imag @ waves.T", ".imag @ waves.T * 2"),
    "no damping": ("(1 + step * damping)", "1"),
}


@pytest.mark.parametrize("mistake", WRONG_DYNAMICS.values(), ids=WRONG_DYNAMICS)
def test_wrong_dynamics_miss_the_rate(mistake, wrong_build):
    assert first_rate(gan_dynamics) < 0.03
    assert not first_rate(wrong_build(gan_dynamics, *mistake)) < 0.03


@pytest.fixture(scope="module")
def collapses():
    """Means over three seeds at phi = 0, .03, .2, .4, .8 for the rough and the smooth kernel."""
    phis = [0.0, 0.03, 0.2, 0.4, 0.8]
    return [gan_experiments.collapse(phis, width, 5.0, range(3)).mean(axis=0) for width in (0.5, 1)]


def test_modes_collapse_as_the_coupling_grows(collapses):
    for entropies in collapses:
        assert (entropies[:2] >= 0.95).all()
        assert (entropies[3:] <= 0.5).all()


def test_the_smoother_discriminator_collapses_later(collapses):
    assert collapses[1][2] > collapses[0][2] + 0.1


def test_a_build_without_coupling_fails_the_gate_of_collapse(wrong_build):
    wrong = wrong_build(gan_dynamics, "+ phi * gradient.sum(axis=0)", "+ 0 * phi")
    start = 0.1 * np.random.default_rng(0).normal(size=(32, 2))
    frequencies = gan_dynamics.random_frequencies(0.5, 256, 0)
    run = wrong.simulate(ring(8), start, frequencies, phi=0.4, rate=5.0, normalise=False)
    assert gan_dynamics.mode_entropy(run.x[-1], ring(8)) > 0.5


def test_mode_entropy_is_that_of_the_shares():
    at = ring(8)[[0, 0, 0, 1]]
    expected = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25)) / np.log(8)
    assert gan_dynamics.mode_entropy(at, ring(8)) == pytest.approx(expected)
    assert gan_dynamics.mode_entropy(np.stack([at, at]), ring(8)).shape == (2,)


def test_the_same_seed_gives_the_same_run():
    first, second = (gan_experiments.particles(0.1, 0.5, 5.0, seed=3).x for _ in range(2))
    np.testing.assert_array_equal(first, second)


FREQUENCIES = gan_dynamics.random_frequencies(0.5, 8, seed=0)


@pytest.mark.parametrize(
    ("points", "changes", "message"),
    [
        (8, {"phi": 1.0}, "phi: found 1, expected a ratio of at least 0 and below 1"),
        (8, {"phi": -0.1}, "phi: found -0.1, expected a ratio of at least 0 and below 1"),
        (8, {"damping": -1.0}, "damping: found -1, expected 0 or more"),
        (8, {"rate": np.inf}, "rate: found inf, expected finite numbers"),
        (1, {}, "data: found shape (1, 2), expected finite (n, 2), n of 2 or more"),
    ],
)
def test_bad_input_is_refused_in_one_line(points, changes, message):
    with pytest.raises(InputError) as caught:
        gan_dynamics.simulate(
            ring(points), ring(4), FREQUENCIES, **{"phi": 0.1, "rate": 1.0, **changes}
        )
    assert str(caught.value) == message
    if "damping" not in changes:
        with pytest.raises(InputError):
            gan_dynamics.matched_modes(ring(points), 0.5, **{"phi": 0.1, "rate": 1.0, **changes})


BAD = [
    (lambda: gan_dynamics.ntk_ratio(-1), "depth: found -1"),
    (lambda: gan_dynamics.ntk_ratio(1.5), "depth: found 1.5, expected a whole number, 0 or more"),
    (lambda: gan_dynamics.ntk_ratio(1, 1.5), "cosine: found 1.5"),
    (lambda: gan_dynamics.ntk_ratio(1, [0, 1]), "cosine: found shape"),
    (lambda: gan_dynamics.empirical_ntk([], np.eye(2)), "inputs, weights: found shapes"),
    (lambda: gan_dynamics.empirical_ntk([np.ones((3, 1))], np.eye(2)), "expected finite ones that"),
    (lambda: gan_dynamics.matched_modes(ring(4), 0, 0.1, 1.0), "kernel: found 0"),
    (lambda: gan_dynamics.matched_modes(ring(4), np.eye(3), 0.1, 1.0), r"kernel: found \(3, 3\)"),
    (lambda: gan_dynamics.mode_entropy([[0.0, np.nan]], ring(3)), "x: found"),
    (lambda: gan_dynamics.mode_entropy([[0.0, 1.0]], [[0.0, 1.0]]), "modes: found shape"),
    (lambda: gan_dynamics.random_frequencies(0.0, 8, 1), "bandwidth: found 0"),
    (lambda: gan_dynamics.dirac_rate(np.nan), "damping: found nan"),
    (lambda: gan_dynamics.dirac_rate(1.0, -1.0), "generator_rate: found -1"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_impossible_numbers_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_lists_are_arrays():
    start, options = 0.1 * ring(3), {"phi": 0, "rate": 5, "duration": 1}
    runs = (
        gan_dynamics.simulate(*arrays, **options).x
        for arrays in (
            (ring(4), start, FREQUENCIES),
            map(np.ndarray.tolist, (ring(4), start, FREQUENCIES)),
        )
    )
    np.testing.assert_array_equal(*runs)
    exact = np.sort(np.ravel([np.full(2, (1 + p) / 2) for p in (0.3, -0.3)]))  # two far points
    found = gan_dynamics.matched_modes([[0, 0], [100, 0]], 1, 0.3, 1)
    np.testing.assert_allclose(found, exact, atol=1e-12)
