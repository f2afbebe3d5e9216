"""A Keras generator moves its points as the particles of its depth do."""

import numpy as np
import pytest

from dcl.chapters.gan_dynamics import random_frequencies, simulate
from dcl.chapters.gan_stability import ring
from dcl.chapters.keras_gan import build_generator, train_generator
from dcl.chapters.tangent_kernel import (
    empirical_ntk,
    ntk_ratio,
    off_diagonal_ratio,
    orthogonal_latents,
)

FREQUENCIES = random_frequencies(0.5, 64, seed=0)
START = 0.1 * np.random.default_rng(0).normal(size=(16, 2))


def paths(depth, phi):
    """Paths of a network's points and of particles."""
    options = {"rate": 5.0, "duration": 2.0, "step": 0.1}
    generator, latents = build_generator(depth, 1024, seed=0), orthogonal_latents(16, 1024, seed=0)
    run = train_generator(generator, latents, ring(8), START, FREQUENCIES, **options)
    return run.x, simulate(ring(8), START, FREQUENCIES, phi=phi, **options).x


def test_a_linear_generator_is_the_uncoupled_particles():
    network, free = paths(0, phi=0.0)
    np.testing.assert_allclose(network, free, atol=1e-3)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_deeper_generator_follows_the_particles_of_its_depth_at_first(depth):
    """Up to corrections of finite width, and not those of no coupling."""
    network, coupled = paths(depth, phi=ntk_ratio(depth))
    free = simulate(ring(8), START, FREQUENCIES, phi=0.0, rate=5.0, duration=2.0, step=0.1).x
    moved = np.abs(coupled[20] - coupled[0]).mean()
    assert np.abs(network[20] - coupled[20]).mean() < 0.2 * moved
    assert np.abs(network[20] - free[20]).mean() > 0.4 * moved


def test_the_generator_has_the_kernel_of_its_depth():
    kernel = empirical_ntk(
        build_generator(2, 512, seed=0).get_weights(), orthogonal_latents(16, 512, 0)
    )
    assert off_diagonal_ratio(kernel) == pytest.approx(ntk_ratio(2), rel=0.1)
