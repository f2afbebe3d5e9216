"""The tanh student under stochastic gradient descent: learning, frozen or divergent.

Its hidden units are the soft spins of Park, Lucini and Aarts (arXiv:2509.01349), the variance of
its first weights is the disorder, the learning rate over the batch size the temperature.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.arguments import whole_number

__all__ = ["PhaseMap", "phase_map"]

Array = NDArray[np.float64]

INPUTS, HIDDEN, BATCH, STEPS, RECORDS, TEST = 10, 20, 4, 2500, 25, 1000
"""Inputs, hidden units, batch size, steps, records of the weights, test set."""
DIVERGED = 1e6
"""A loss in units of the target's variance from which on a training counts as divergent."""


@dataclass(frozen=True)
class PhaseMap:
    """Outcomes of training over a grid of temperatures, initial widths and seeds.

    Parameters
    ----------
    loss : numpy.ndarray
        Test loss over the variance of the target, shape (temperatures, sigmas, seeds); infinite
        where it is above 1e6 or not a number: training diverged.
    movement : numpy.ndarray
        Frobenius norm of W - W_0 over that of W_0, first layer, of the same shape; infinite
        there too.
    singular_values : numpy.ndarray
        Of the first layer at equal steps in time, shape (25, temperatures, sigmas, seeds, 10); not
        a number once a weight is not.
    """

    loss: Array
    movement: Array
    singular_values: Array


def phase_map(
    sigmas: Sequence[float], temperatures: Sequence[float], seeds: Sequence[int]
) -> PhaseMap:
    """Train tanh students over a grid of initial widths and temperatures.

    The student v . tanh(W x) has 10 inputs and 20 hidden units and is shown 2500 fresh batches of
    4 examples of a teacher of the same form, without noise. Weights of the student start with the
    variances sigma^2 / 10 and sigma^2 / 20, those of the teacher with sigma = 1.

    Parameters
    ----------
    sigmas : sequence of float
        Initial widths sigma_w, the strength of the disorder.
    temperatures : sequence of float
        T = eta / B.
    seeds : sequence of int
        One teacher, one start and one stream of examples each, the same all over the grid.

    Raises
    ------
    InputError
        If a width or a temperature is not positive and finite, a list is empty or no
        list, or a seed is no whole number.

    Examples
    --------
    >>> bool(phase_map([0.3], [0.06], [1]).loss[0, 0, 0] < 0.08)
    True
    """
    widths, rates = np.asarray(sigmas, float), BATCH * np.asarray(temperatures, float)
    for name, values in (("sigmas", widths), ("temperatures", rates / BATCH)):
        if values.ndim != 1 or not values.size:
            raise InputError(f"{name}: found shape {values.shape}, expected one number or more")
        wrong = values[~((values > 0) & (values < np.inf))]
        if wrong.size:
            raise InputError(f"{name}: found {wrong[0]:g}, expected positive numbers")
    if not np.size(seeds) or np.ndim(seeds) != 1:
        raise InputError(f"seeds: found {seeds}, expected one seed or more")
    for seed in seeds:
        whole_number("seeds", seed, 0)
    with np.errstate(over="ignore", invalid="ignore"):
        runs = [_tanh_students(widths, rates[:, None], seed) for seed in seeds]
    loss, movement, levels = (np.stack(values, axis=2) for values in zip(*runs, strict=True))
    return PhaseMap(loss, movement, np.moveaxis(levels, 3, 0))


def _tanh_students(widths: Array, rates: Array, seed: int) -> tuple[Array, Array, Array]:
    """Loss, movement and singular values (..., 25, 10) of the students (temperatures, sigmas)."""
    generator = np.random.default_rng(seed)
    (teacher, readout), (first, second) = (
        (
            generator.standard_normal((HIDDEN, INPUTS)) / math.sqrt(INPUTS),
            generator.standard_normal(HIDDEN) / math.sqrt(HIDDEN),
        )
        for _ in range(2)
    )
    test = generator.standard_normal((TEST, INPUTS))
    shape = np.broadcast_shapes(widths.shape, rates.shape)
    start = np.broadcast_to(widths[:, None, None] * first, (*shape, HIDDEN, INPUTS))
    inner, outer = start.copy(), np.broadcast_to(widths[:, None] * second, (*shape, HIDDEN)).copy()
    step = (rates / BATCH)[..., None, None]
    levels = []
    for number in range(STEPS):
        if number % (STEPS // RECORDS) == 0:
            levels.append(_singular_values(inner))
        examples = generator.standard_normal((BATCH, INPUTS))
        hidden = np.tanh(examples @ inner.swapaxes(-1, -2))
        errors = np.tanh(examples @ teacher.T) @ readout - (hidden @ outer[..., None])[..., 0]
        back = errors[..., None] * outer[..., None, :] * (1 - hidden**2)
        outer += step[..., 0] * (errors[..., None, :] @ hidden)[..., 0, :]
        inner += step * back.swapaxes(-1, -2) @ examples
    wanted = np.tanh(test @ teacher.T) @ readout
    found = (np.tanh(test @ inner.swapaxes(-1, -2)) @ outer[..., None])[..., 0]
    loss = ((found - wanted) ** 2).mean(axis=-1) / wanted.var()
    movement = np.linalg.norm(inner - start, axis=(-2, -1)) / np.linalg.norm(start, axis=(-2, -1))
    diverged = ~(loss < DIVERGED)
    loss, movement = (np.where(diverged, np.inf, values) for values in (loss, movement))
    return loss, movement, np.stack(levels, axis=2)


def _singular_values(matrices: Array) -> Array:
    levels = np.full((*matrices.shape[:-2], min(matrices.shape[-2:])), np.nan)
    finite = np.isfinite(matrices).all(axis=(-2, -1))
    levels[finite] = np.linalg.svd(matrices[finite], compute_uv=False)
    return levels
