"""The multiple-histogram method against exact thermodynamics.

False alarms: each test compares at most 4 x 12 numbers with 6 errors from a jackknife over 16
chains (Student's t with 15 degrees of freedom: 2.4e-5 beyond 6), so about 1e-3 a test; seeds fixed.
"""

import numpy as np
import pytest

from dcl.analysis.multiple_histogram import multiple_histogram
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.sampling.replica_exchange import HamiltonianSweeper, TimeSeries, replica_exchange

TEMPERATURES = np.arange(1.0, 3.4, 0.2)


def sample(hamiltonian: Ising | Potts | EdwardsAnderson, sweeps: int = 400) -> TimeSeries:
    return replica_exchange(
        HamiltonianSweeper(hamiltonian, 4),
        4,
        TEMPERATURES,
        n_states=hamiltonian.n_states,
        initial_energy=hamiltonian.energy,
        chains=16,
        sweeps=sweeps,
        burn_in=100,
        seed=3,
    )


@pytest.mark.parametrize("hamiltonian", [Ising(), Potts(), EdwardsAnderson.gaussian(4, 5)], ids=str)
def test_averages_are_exact_within_their_errors(
    hamiltonian: Ising | Potts | EdwardsAnderson,
) -> None:
    series = sample(hamiltonian)
    found, errors = multiple_histogram(
        series.temperatures, series.energy, series.magnetisation, np.full(len(TEMPERATURES), 3.0)
    )
    exact = exact_thermodynamics(hamiltonian, 4, TEMPERATURES)
    assert (np.abs(found.energy - exact.energy) < 6 * errors.energy).all()
    assert (np.abs(found.heat_capacity - exact.heat_capacity) < 6 * errors.heat_capacity).all()


def test_temperatures_help_each_other() -> None:
    series = sample(Ising())
    _, together = multiple_histogram(
        series.temperatures, series.energy, series.magnetisation, np.full(len(TEMPERATURES), 3.0)
    )
    middle = slice(5, 6)
    _, alone = multiple_histogram(
        series.temperatures[middle],
        series.energy[middle],
        series.magnetisation[middle],
        np.full(1, 3.0),
    )
    assert together.energy[5] < alone.energy[0]


def test_moments_of_the_magnetisation_agree_with_the_chains_own() -> None:
    series = sample(Ising(), sweeps=2000)
    found, errors = multiple_histogram(
        series.temperatures, series.energy, series.magnetisation, np.full(len(TEMPERATURES), 3.0)
    )
    own = np.abs(series.magnetisation).mean(axis=2)
    spread = own.std(axis=1) / np.sqrt(own.shape[1] - 1)
    assert (np.abs(found.magnetisation - own.mean(axis=1)) < 6 * (spread + errors[2])).all()
