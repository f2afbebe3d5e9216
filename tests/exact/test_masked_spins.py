"""Exact losses of masked spins, against the enumeration of all states and against each other."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.masked_spins import bayes_masked_loss, draw_masks, neighbour_entropy
from dcl.lattice.hamiltonians import Ising
from dcl.sampling.equilibrium import sample_equilibrium


def all_lattices(size):
    states = np.indices((2,) * size**2).reshape(size**2, -1).T
    return (2 * states - 1).astype(np.int8)


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [(2.0, 0.135826), (2.269185, 0.232240), (2.5, 0.326407), (2.7, 0.393252)],
)
def test_the_entropy_of_a_spin_between_its_neighbours(temperature, expected):
    """Numbers of the specification, computed there by other code."""
    assert neighbour_entropy(8, temperature) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_entropy_is_that_of_the_enumerated_torus(size):
    every = all_lattices(size)
    logs = -Ising().energy(every.reshape(-1, size, size)) / 2.1
    p = np.exp(logs - logs.max())
    mask = np.zeros(every.shape, bool)
    mask[:, 0] = True
    losses = bayes_masked_loss(every, mask, 2.1)
    assert neighbour_entropy(size, 2.1) == pytest.approx(p @ losses / p.sum(), abs=1e-12)


@pytest.mark.parametrize("size", [2, 3])
def test_the_loss_is_the_conditional_probability_of_the_enumerated_torus(size):
    every, random = all_lattices(size), np.random.default_rng(1)
    p = np.exp(-Ising().energy(every.reshape(-1, size, size)) / 1.7)
    for _ in range(5):
        spins, mask = every[random.integers(len(every))], random.random(size**2) < 0.6
        agree = (every == spins)[:, ~mask].all(axis=1)
        expected = [-np.log(p[agree & (every[:, k] == spins[k])].sum() / p[agree].sum())
                    for k in np.flatnonzero(mask)]  # fmt: skip
        assert bayes_masked_loss(spins[None], mask[None], 1.7) == pytest.approx(expected)


@pytest.mark.parametrize("temperature", [2.0, 2.269185, 2.7])
def test_one_mask_a_snapshot_averages_to_the_entropy(temperature):
    """Three standard errors: a false alarm in one of 370 correct programs a case."""
    spins = sample_equilibrium(Ising(), 8, temperature, 20_000, seed=1).reshape(-1, 64)
    mask = np.zeros(spins.shape, bool)
    mask[np.arange(len(mask)), np.random.default_rng(0).integers(64, size=len(mask))] = True
    losses = bayes_masked_loss(spins, mask, temperature)
    error = losses.std() / np.sqrt(len(losses))
    assert abs(losses.mean() - neighbour_entropy(8, temperature)) < 3 * error


@pytest.mark.parametrize("temperature", [0.003, 0.02, 0.3, 2.0])
def test_losses_of_cold_snapshots_are_finite(temperature):
    spins = np.where(np.arange(16) == 5, -1, 1)[None]  # one spin against its four neighbours
    alone, pair = np.arange(16) == 5, np.isin(np.arange(16), (5, 6))
    weights = -np.array([[5, 1], [1, -7]]) / temperature  # rows: site 5 down, up; columns: site 6
    marginal = np.logaddexp.reduce(weights, axis=None) - np.logaddexp.reduce(weights[0])
    assert bayes_masked_loss(spins, alone[None], temperature) == pytest.approx(
        np.logaddexp(0, 8 / temperature)
    )
    assert bayes_masked_loss(spins, pair[None], temperature)[0] == pytest.approx(marginal)


def test_masks_with_large_clusters_are_drawn_again():
    masks = draw_masks(300, 6, 0.45, seed=1)
    bayes_masked_loss(np.ones(masks.shape, np.int8), masks, 2.0)  # would refuse a larger cluster
    assert masks.shape == (300, 36)
    assert (masks == draw_masks(300, 6, 0.45, seed=1)).all()
    assert abs(draw_masks(2000, 8, 0.15, seed=2).mean() - 0.15) < 0.005


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: draw_masks(1, 8, 0.5, 1), "mask fraction"),
        (lambda: draw_masks(1, 8, 0.0, 1), "mask fraction"),
        (lambda: bayes_masked_loss(np.zeros((1, 16)), np.ones((1, 16)), 2.0), "spins"),
        (lambda: bayes_masked_loss(np.ones((1, 15)), np.ones((1, 15)), 2.0), "spins"),
        (lambda: bayes_masked_loss(np.ones((1, 16)), np.ones((2, 16)), 2.0), "masks"),
        (lambda: bayes_masked_loss(np.ones((1, 16)), np.ones((1, 16)), 2.0), "masks"),
        (lambda: bayes_masked_loss(np.ones((1, 16)), np.zeros((1, 16)), 0.0), "T"),
        (lambda: bayes_masked_loss(np.ones((1, 1)), np.ones((1, 1)), 2.0), "spins"),
        (lambda: neighbour_entropy(4.5, 2.0), "L"),
        (lambda: neighbour_entropy(11, 2.0), "L"),
        (lambda: neighbour_entropy(8, -1.0), "T"),
    ],
)
def test_mistakes_are_named(call, field):
    with pytest.raises(InputError, match=f"^{field}: found"):
        call()
