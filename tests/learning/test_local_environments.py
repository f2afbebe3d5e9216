"""Losses and derivatives of environments against energies of whole lattices and differences."""

import numpy as np
import pytest

from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import tile_sites
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.lattice.tile_patterns import tile_codes
from dcl.learning.environment_counts import EnvironmentCounts
from dcl.learning.local_environments import Environments
from dcl.learning.score_tests import scores_of

TEMPERATURE = 1.7


def some_states(shape, n_states, count=4):
    return np.maximum(random_configurations(count, shape, n_states, seed=1), 0)


def energies(states, functions, couplings, n_states):
    """Sums over all tiles of a torus, from the tables of whole tiles."""
    sites = tile_sites(states.shape[1:], 1, 1)
    codes = tile_codes(states.reshape(len(states), -1)[:, sites], n_states)
    table = sum(c * f.values for c, f in zip(couplings, functions, strict=True))
    return table[codes].sum(axis=1)


@pytest.mark.parametrize("shape", [(5, 5), (3, 4), (2, 2), (2, 6)])
@pytest.mark.parametrize("n_states", [2, 3])
def test_loss_is_minus_the_log_of_every_conditional(n_states, shape):
    """Against energies of whole configurations with one site changed, narrow tori too."""
    functions = cluster_functions(3, n_states, 3, ALL_SYMMETRIES)[:5]
    couplings = np.random.default_rng(2).standard_normal(len(functions))
    states, expected = some_states(shape, n_states), 0.0
    for row, column in np.ndindex(*shape):
        changed = np.repeat(states[None], n_states, axis=0)
        changed[:, :, row, column] = np.arange(n_states)[:, None]
        costs = [energies(c, functions, couplings, n_states) for c in changed]
        weights = np.exp(-np.array(costs) / TEMPERATURE)
        own = weights[states[:, row, column], range(len(states))]
        expected = expected - np.log(own / weights.sum(axis=0))
    around = Environments(shape, functions, TEMPERATURE, n_states, 2)
    losses, _ = around.by_snapshot(states, couplings)
    np.testing.assert_allclose(losses, expected, rtol=1e-9)


@pytest.mark.parametrize("dense", [0, 2**20])
@pytest.mark.parametrize("n_states", [2, 3])
def test_derivatives_are_those_of_the_loss(n_states, dense, monkeypatch):
    monkeypatch.setattr("dcl.learning.local_environments.DENSE", dense)
    for module in ("local_environments", "environment_counts"):
        monkeypatch.setattr(f"dcl.learning.{module}.BLOCK", 64)
    functions = cluster_functions(3, n_states, 3, ALL_SYMMETRIES)[:4]
    couplings, step = np.random.default_rng(3).standard_normal(len(functions)) / 2, 1e-5
    states, active = some_states((5, 5), n_states), list(range(len(functions)))
    around = Environments((5, 5), functions, TEMPERATURE, n_states, 2)
    _, scores = around.by_snapshot(states, couplings)
    gradient, curvature = EnvironmentCounts.of(around, [states[:3], states[3:]]).gradient(couplings)
    np.testing.assert_allclose(gradient, scores.mean(axis=0), atol=1e-12)
    changes = around.changes(around.codes(states).ravel())
    by_all, information = scores_of(around, changes, couplings, active, len(states))
    np.testing.assert_allclose(by_all, scores, atol=1e-12)
    np.testing.assert_allclose(information[:, 1:], curvature, atol=1e-12)
    np.testing.assert_allclose(information[:, 0], curvature.diagonal(), atol=1e-12)
    for k in active:
        moved = [couplings + sign * step * np.eye(len(active))[k] for sign in (1, -1)]
        up, down = (around.by_snapshot(states, c) for c in moved)
        np.testing.assert_allclose((up[0] - down[0]) / (2 * step), scores[:, k], atol=1e-6)
        by_difference = (up[1] - down[1]).mean(axis=0) / (2 * step)
        np.testing.assert_allclose(by_difference, curvature[k], atol=1e-6)
