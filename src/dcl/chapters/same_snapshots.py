"""The same snapshots under four methods: where each of them sees the transition.

Snapshots of the 8 x 8 Ising model at many temperatures go to learnability, to the geometry of ln Z,
to a snake, and those at one temperature to this package's inferred Hamiltonian. Each estimates
another temperature of the finite lattice; `dcl.chapters.finite_transitions` has the exact ones.
J = 1, temperatures in J / k_B. Pools are int8 ``(temperatures, count, L, L)``, temperatures rising.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.analysis.peak import heat_capacity_peak
from dcl.chapters import learnability
from dcl.chapters.exponential_family import exponential_family_fit
from dcl.chapters.field_snapshots import pattern_histograms
from dcl.chapters.finite_transitions import WIDTHS
from dcl.chapters.hessian_metric import curvature_at
from dcl.chapters.snake_net import SnakeNet, evolve
from dcl.errors import InputError
from dcl.exact.masked_spins import bayes_masked_loss, neighbour_entropy
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.snapshots import Snapshots
from dcl.runs.study import learn
from dcl.sampling.equilibrium import sample_equilibrium

__all__ = [
    "TransitionEstimate",
    "by_geometry",
    "by_inference",
    "by_learnability",
    "by_snake",
    "snapshot_pool",
    "timed",
]

Array = NDArray[np.float64]
Spins = NDArray[np.int8]

BURN_IN = 200
"""Sweeps before the first snapshot; clusters, and single spins above T = 2.48, forget in tens."""
COPIES = 8
"""Masks of one spin each that judge an encoder on one snapshot."""
PARTS = 4
"""Disjoint parts of the snapshots from which the error of the geometry comes."""
ROWS = 9
"""Rows of the snake's plane, all at the same temperatures."""


class TransitionEstimate(NamedTuple):
    """Temperature of a transition and its standard error, J / k_B."""

    temperature: float
    error: float


def snapshot_pool(size: int, temperatures: ArrayLike, count: int, seed: int = 1) -> Spins:
    """Independent Ising snapshots at each temperature, shape (temperatures, count, L, L).

    Examples
    --------
    >>> snapshot_pool(4, [2.0, 3.0], 5).shape
    (2, 5, 4, 4)
    """
    return np.stack(
        [
            sample_equilibrium(
                Ising(), size, float(temperature), count, seed=seed + number, burn_in=BURN_IN
            )
            for number, temperature in enumerate(np.asarray(temperatures))
        ]
    )


def by_learnability(
    temperatures: ArrayLike, pool: Spins, *, steps: int, units: int = 32, layers: int = 2
) -> TransitionEstimate:
    """Steepest rise of the loss of transformers, one a temperature, on single masked spins.

    All start from the same weights. Each is trained on three quarters of its snapshots and judged
    on the last. The exact entropy plus the paired gap to the exact conditionals is its loss. The
    error is that of the gaps.

    Parameters
    ----------
    temperatures : array_like
        Four or more, rising.
    pool : numpy.ndarray
        See `snapshot_pool`.
    steps : int
        Of the optimiser, a multiple of 20; 0 keeps the weights of the start, to see that all runs.
    units, layers : int
        See `dcl.chapters.learnability.build_masked_encoder`.
    """
    grid = _checked(temperatures, pool)
    size, count = pool.shape[-1], pool.shape[1]
    seen = count * 3 // 4
    model = learnability.build_masked_encoder(
        size, units=units, layers=layers, positions="relative"
    )
    start = model.get_weights()
    exact, gaps, errors = [], [], []
    for number, temperature in enumerate(grid):
        spins = pool[number].reshape(count, -1)
        model.set_weights(start)
        if steps:
            learnability.fit_encoder(model, spins[:seen], steps=steps, seed=number)
        fresh = np.repeat(spins[seen:], COPIES, axis=0)
        masks = np.zeros(fresh.shape, bool)
        sites = np.random.default_rng(number).integers(size**2, size=len(fresh))
        masks[np.arange(len(fresh)), sites] = True
        bayes = bayes_masked_loss(fresh, masks, float(temperature))
        paired = learnability.paired_loss(model, fresh, masks, bayes)
        exact.append(neighbour_entropy(size, float(temperature)))
        gaps.append(paired.gap)
        errors.append(paired.error)
    curve = np.add(exact, gaps)
    noise = np.random.default_rng(0).normal(size=(200, len(grid))) * errors
    redrawn = [learnability.steepest(grid, curve + row) for row in noise]
    return TransitionEstimate(learnability.steepest(grid, curve), float(np.std(redrawn)))


def by_geometry(temperatures: ArrayLike, pool: Spins) -> TransitionEstimate:
    """Peak of the second derivative of a learned ln Z by K = J / T.

    An exponential family in pattern histograms is fitted to snapshots and their K. A second
    parameter, on which nothing depends, stands for the field. The peak is that of the parabola
    through the largest derivative on the grid and its neighbours. The error comes from four parts
    of the snapshots.

    Parameters
    ----------
    temperatures : array_like
        Rising; values of K should be about equally far apart.
    pool : numpy.ndarray
        See `snapshot_pool`.
    """
    couplings = 1 / _checked(temperatures, pool)[::-1]
    grid = couplings, np.arange(3.0)
    inner = couplings[1:-1]

    def peak(part: Spins) -> float:
        count = part.shape[1] // 3 * 3
        features = pattern_histograms(part[::-1, :count].reshape(-1, *part.shape[2:]), width=2)
        labels = np.indices((len(couplings), count)).reshape(2, -1).T
        potential = exponential_family_fit(features, labels % (len(couplings), 3), grid)[1]
        mean = np.broadcast_to(potential.mean(axis=1, keepdims=True), potential.shape)
        curvature = curvature_at(mean, grid, 1.0, inner)
        middle = int(np.clip(curvature.argmax(), 1, len(inner) - 2))
        near = slice(middle - 1, middle + 2)
        second, first, _ = np.polyfit(inner[near], curvature[near], 2)
        return float(-2 * second / first)

    parts = [peak(part) for part in np.array_split(pool, PARTS, axis=1)]
    return TransitionEstimate(peak(pool), float(np.std(parts, ddof=1) / np.sqrt(PARTS)))


def by_snake(
    temperatures: ArrayLike, pool: Spins, starts: ArrayLike, *, seeds: ArrayLike, **options: Any
) -> TransitionEstimate:
    """Mean place of a contour across a plane of temperature and a second, empty parameter.

    Parameters
    ----------
    temperatures : array_like
        Rising, in equal steps.
    pool : numpy.ndarray
        See `snapshot_pool`; its snapshots are dealt to the rows of the plane.
    starts : array_like
        Temperatures at which contours start; the balloon force leads them to the middle of these.
    seeds : array_like
        Of the learners. The error is the spread over starts and seeds.
    **options
        See `dcl.chapters.snake_net.evolve`.
    """
    grid = _checked(temperatures, pool)
    share = pool.shape[1] // ROWS
    plane = pool[:, : ROWS * share].reshape(len(grid), ROWS, share, *pool.shape[2:])
    rows = np.arange(ROWS) * (grid[1] - grid[0])
    nodes, middle = np.linspace(rows[0], rows[-1], ROWS), np.mean(np.asarray(starts, float))
    ends = []
    for start in np.asarray(starts, float):
        net = SnakeNet([np.stack([np.full(ROWS, start), nodes], axis=1)])
        push = 0.06 * np.sign(start - middle)  # to the left of a contour that goes up
        for seed in np.asarray(seeds):
            end = evolve(
                net, plane, (grid, rows), balloon=push, widths=WIDTHS, seed=int(seed), **options
            )[-1, 0]
            ends.append(end[:, 0].mean())
    return TransitionEstimate(float(np.mean(ends)), float(np.std(ends, ddof=1)))


def by_inference(snapshots: Spins, temperature: float, sweeps: int) -> TransitionEstimate:
    """Peak of the heat capacity that `dcl learn` predicts from snapshots at one temperature.

    Parameters
    ----------
    snapshots : numpy.ndarray
        Shape (n, L, L).
    temperature : float
        At which they were taken.
    sweeps : int
        Of the Monte Carlo under the inferred Hamiltonian.
    """
    study = learn(Snapshots(snapshots, temperature), np.arange(2.0, 2.75, 0.1), sweeps=sweeps)
    found = study.prediction
    return TransitionEstimate(
        *heat_capacity_peak(found.temperatures, found.heat_capacity, found.heat_capacity_error)
    )


def timed(estimate: Callable[[], TransitionEstimate]) -> tuple[TransitionEstimate, float]:
    """An estimate, and the seconds of processor time that it took.

    Examples
    --------
    >>> timed(lambda: TransitionEstimate(2.3, 0.1))[0]
    TransitionEstimate(temperature=2.3, error=0.1)
    """
    start = time.process_time()
    return estimate(), time.process_time() - start


def _checked(temperatures: ArrayLike, pool: Spins) -> Array:
    """Return the temperatures as an array.

    Raises
    ------
    InputError
        If they do not rise, or the pool has another number of them.
    """
    grid = np.asarray(temperatures, np.float64)
    if grid.shape != (len(pool),) or not (np.diff(grid) > 0).all():
        raise InputError(
            f"temperatures: found shape {grid.shape} for a pool of {len(pool)}, expected as many, "
            "rising"
        )
    return grid
