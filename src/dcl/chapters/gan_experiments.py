"""Measurements of the chapter on GANs: kernels of networks, rates of settling, collapse of a cloud.

Data are eight points on the unit circle. Every measurement has an exact counterpart in
`dcl.chapters.tangent_kernel` or `dcl.chapters.gan_stability`, but for the collapse.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from dcl.chapters.gan_dynamics import Trajectory, mode_entropy, random_frequencies, simulate
from dcl.chapters.gan_stability import (
    best_damping,
    decay_rate,
    feature_gram,
    matched_modes,
    mode_rate,
    ring,
    slowest_mode,
)
from dcl.chapters.tangent_kernel import (
    empirical_ntk,
    he_weights,
    off_diagonal_ratio,
    orthogonal_latents,
)

__all__ = [
    "collapse",
    "dirac_scan",
    "kernel_ratios",
    "particles",
    "settling_scan",
    "slowest_rates",
    "trained_entropies",
]

Array = NDArray[np.float64]

DATA = ring(8)
PARTICLES, SPREAD, FEATURES, WIDTH = 32, 0.1, 256, 256
"""Particles, spread of their start, features of the discriminator, width of Keras generators."""
PUSH, SETTLED = 1e-5, 1e-4
"""First distance from the data, and the share of it that counts as settled."""


def kernel_ratios(depth: int, width: int, seeds: Iterable[int]) -> list[float]:
    """Ratio phi of single ReLU networks on 32 orthogonal inputs of dimension width / 2.

    Examples
    --------
    >>> len(kernel_ratios(1, 64, seeds=[0, 1]))
    2
    """
    return [
        off_diagonal_ratio(
            empirical_ntk(
                he_weights(depth, width, width // 2, seed),
                orthogonal_latents(PARTICLES, width // 2, seed),
            )
        )
        for seed in seeds
    ]


def dirac_scan(dampings: Iterable[float]) -> dict[float, float]:
    """Decay rate of the Dirac-GAN, eta_G = eta_D = 1, fitted to its path at each damping.

    Examples
    --------
    >>> round(dirac_scan([1.0])[1.0], 3)
    0.5
    """
    times = np.linspace(0.0, 59.95, 1200)
    rates = {}
    for damping in dampings:
        step = expm(0.05 * np.array([[0, 1], [-1, -damping]]))
        path = [np.array([1.0, 0.0])]
        for _ in times[1:]:
            path.append(step @ path[-1])
        rates[damping] = decay_rate(times, np.abs(path)[:, 0])
    return rates


def slowest_rates(phi: float, shares: Iterable[float]) -> dict[float, tuple[float, float]]:
    """Simulated and exact rate of the slowest mode, in units of sqrt(mu), at shares of lambda*.

    Examples
    --------
    >>> simulated, exact = slowest_rates(0.3, [2.0])[2.0]
    >>> bool(abs(simulated / exact - 1) < 0.03)
    True
    """
    stiffness = _matched_ring(phi)[1]
    critical, unit = best_damping(stiffness), float(np.sqrt(stiffness))
    rates = {}
    for share in shares:
        exact = float(mode_rate(share * critical, stiffness))
        found = decay_rate(*_distances(phi, share * critical, 12 / exact))
        rates[share] = found / unit, exact / unit
    return rates


def settling_scan(phi: float, shares: Iterable[float]) -> dict[float, float]:
    """Time until the slowest mode stays below 1e-4 of its start, at shares of lambda*.

    Examples
    --------
    >>> times = settling_scan(0.3, [0.96, 1.2])
    >>> times[0.96] < times[1.2]
    True
    """
    critical = best_damping(_matched_ring(phi)[1])
    settled = {}
    for share in shares:
        times, apart = _distances(phi, share * critical, 35 / critical)
        settled[share] = float(times[np.flatnonzero(apart > SETTLED)[-1]])
    return settled


def _matched_ring(phi: float) -> tuple[Array, float, Array]:
    """Frequencies of a discriminator, and the smallest mu and its mode around the ring."""
    frequencies = random_frequencies(0.5, 4 * FEATURES, seed=1)
    gram = feature_gram(DATA, frequencies)
    stiffness = float(matched_modes(DATA, gram, phi, rate=5.0)[0])
    return frequencies, stiffness, slowest_mode(DATA, gram, phi)


def _distances(phi: float, damping: float, duration: float) -> tuple[Array, Array]:
    """Times, and distances from the data in units of a push along the slowest mode."""
    frequencies, _, mode = _matched_ring(phi)
    run = simulate(
        DATA, DATA + PUSH * mode, frequencies, phi=phi, rate=5.0, damping=damping,
        duration=duration, step=0.02, normalise=False,
    )  # fmt: skip
    return run.times, np.linalg.norm(run.x - DATA, axis=(1, 2)) / PUSH


def particles(phi: float, bandwidth: float, rate: float, seed: int) -> Trajectory:
    """Let a small cloud of 32 particles run for the ring until t = 30.

    Examples
    --------
    >>> particles(0.1, bandwidth=0.5, rate=5.0, seed=0).x.shape
    (1001, 32, 2)
    """
    frequencies = random_frequencies(bandwidth, FEATURES, seed)
    return simulate(DATA, _cloud(seed), frequencies, phi=phi, rate=rate)


def collapse(phis: Sequence[float], bandwidth: float, rate: float, seeds: Iterable[int]) -> Array:
    """Mode entropy at t = 30, shape (seeds, phis).

    Examples
    --------
    >>> bool(collapse([0.0], bandwidth=0.5, rate=5.0, seeds=[0])[0, 0] > 0.95)
    True
    """
    return np.array(
        [[mode_entropy(particles(p, bandwidth, rate, seed).x[-1], DATA) for p in phis]
         for seed in seeds]
    )  # fmt: skip


def trained_entropies(depth: int, seeds: Iterable[int], step: float) -> list[float]:
    """Mode entropy of Keras generators trained against the discriminator of `particles`.

    Parameters
    ----------
    depth : int
        Hidden layers, which set phi; see `dcl.chapters.tangent_kernel.ntk_ratio`.
    seeds : iterable of int
    step : float
        Time a gradient step, until t = 30.
    """
    from dcl.chapters.keras_gan import build_generator, train_generator

    ends = []
    for seed in seeds:
        path = train_generator(
            build_generator(depth, WIDTH, seed), orthogonal_latents(PARTICLES, WIDTH, seed), DATA,
            _cloud(seed), random_frequencies(0.5, FEATURES, seed), rate=5.0, step=step,
        )  # fmt: skip
        ends.append(float(mode_entropy(path.x[-1], DATA)))
    return ends


def _cloud(seed: int) -> Array:
    return SPREAD * np.random.default_rng(seed).normal(size=(PARTICLES, 2))
