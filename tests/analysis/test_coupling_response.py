"""Errors that couplings leave in averages: against exact derivatives of a small torus."""

import numpy as np
import pytest

from dcl.analysis.coupling_response import COLUMNS, RecordingSweeper, coupling_errors
from dcl.lattice.cluster_sums import ClusterSums
from dcl.lattice.clusters import cluster_functions
from dcl.models.kernels.coupling_sweeps import CouplingSweeper
from dcl.sampling.replica_exchange import replica_exchange
from lattices import all_spins

TEMPERATURES = np.array([2.0, 3.0, 5.0])
FUNCTIONS = cluster_functions(3, 2, 2)[1:4:2]
COUPLINGS = np.array([-1.0, -0.5])
COVARIANCE = np.array([[4.0, 1.0], [1.0, 9.0]]) * 1e-4


def exact_averages(couplings):
    """Energy, heat capacity, order and Binder cumulant of all 3 x 3 configurations."""
    spins = all_spins(3, 3)
    energies = ClusterSums(FUNCTIONS, (3, 3))(spins) @ couplings
    sizes, rows = np.abs(spins.mean(axis=(1, 2))), []
    for temperature in TEMPERATURES:
        chance = np.exp(-(energies - energies.min()) / temperature)
        chance /= chance.sum()
        mean, square = chance @ energies, chance @ energies**2
        cumulant = 1 - chance @ sizes**4 / (3 * (chance @ sizes**2) ** 2)
        rows.append((mean, (square - mean**2) / temperature**2, chance @ sizes, cumulant))
    return np.array(rows).T


def test_errors_are_those_of_exact_derivatives():
    """Covariances of 16,000 measurements know a derivative to about 2%: within 15%."""
    clusters = [
        type(f)({s: c * t for s, t in f.tables.items()}, 3)
        for f, c in zip(FUNCTIONS, COUPLINGS, strict=True)
    ]
    sums = ClusterSums(FUNCTIONS, (3, 3))
    sweeper = RecordingSweeper(CouplingSweeper(clusters, (3, 3), 2), sums, 2, 100, 2)
    replica_exchange(
        sweeper, 3, TEMPERATURES, n_states=2, chains=8, sweeps=4000, burn_in=100, seed=1,
        initial_energy=lambda spins: sums(spins) @ COUPLINGS,
    )  # fmt: skip
    found = coupling_errors(sweeper, TEMPERATURES, COUPLINGS, COVARIANCE, np.zeros(2))
    step, slopes = 1e-4, []
    for axis in np.eye(2):
        up, down = (exact_averages(COUPLINGS + sign * step * axis) for sign in (1, -1))
        slopes.append((up - down) / (2 * step))
    expected = np.sqrt(np.einsum("kot,kl,lot->ot", slopes, COVARIANCE, slopes))
    for name, errors in zip(COLUMNS, expected, strict=True):
        assert found[name] == pytest.approx(errors, rel=0.15), name


def test_no_uncertainty_is_no_error():
    sums = ClusterSums(FUNCTIONS, (3, 3))
    sweeper = RecordingSweeper(CouplingSweeper(FUNCTIONS, (3, 3), 2), sums, 2, 0, 1)
    replica_exchange(
        sweeper, 3, TEMPERATURES, n_states=2, chains=2, sweeps=20, burn_in=0, seed=1,
        initial_energy=lambda spins: sums(spins).sum(axis=1),
    )  # fmt: skip
    found = coupling_errors(sweeper, TEMPERATURES, np.ones(2), np.zeros((2, 2)), np.zeros(2))
    assert not any(errors.any() for errors in found.values())
