import math

import numba
import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.sampling.replica_exchange import HamiltonianSweeper, order_parameter, replica_exchange
from small_lattices import (
    CASES,
    FALSE_ALARM,
    all_configurations,
    boltzmann,
    chi_square_p_value,
    p_value,
)


def run(hamiltonian, size, temperatures, **options):
    defaults = {"chains": 8, "sweeps": 20, "burn_in": 5, "seed": 1}
    return replica_exchange(
        HamiltonianSweeper(hamiltonian, size),
        size,
        temperatures,
        n_states=hamiltonian.n_states,
        initial_energy=hamiltonian.energy,
        **{**defaults, **options},
    )


@pytest.mark.parametrize("case", sorted(CASES.keys() - {"blume-capel"}))  # it starts from 0 ... Q-1
def test_every_state_has_its_boltzmann_probability(case):
    hamiltonian, size, temperature = CASES[case]
    temperatures = [0.6 * temperature, temperature, math.inf]
    series = run(hamiltonian, size, temperatures, chains=20_000, sweeps=1, burn_in=50)
    for level, configurations in zip(temperatures, series.configurations, strict=True):
        assert p_value(hamiltonian, configurations, level) > FALSE_ALARM


def test_time_series_of_energy_and_magnetisation():
    # false alarm once in 10,000 seeds for each of the four histograms
    hamiltonian, temperatures = Ising(), np.array([1.5, 3.0])
    series = run(hamiltonian, 3, temperatures, chains=500, sweeps=1000, burn_in=100, stride=50)
    assert series.energy.shape == series.magnetisation.shape == (2, 500, 20)
    every = all_configurations(hamiltonian, 3)
    columns = {"energy": hamiltonian.energy(every), "magnetisation": every.mean(axis=(1, 2))}
    for k, temperature in enumerate(temperatures):
        probabilities = boltzmann(hamiltonian.energy(every), temperature)
        for name, values in columns.items():
            levels, index = np.unique(values.round(9), return_inverse=True)
            seen = getattr(series, name)[k].round(9).ravel()
            counts = np.bincount(np.searchsorted(levels, seen), minlength=len(levels))
            exact = np.bincount(index, weights=probabilities)
            assert chi_square_p_value(counts, exact) > FALSE_ALARM


@pytest.mark.parametrize("hamiltonian", [Ising(-1.0), EdwardsAnderson.gaussian(5, 2), Potts(4)])
def test_energies_belong_to_the_configurations(hamiltonian):
    series = run(hamiltonian, 5, [0.5, 1.0, 2.0, 4.0], sweeps=200)
    last = series.configurations.reshape(-1, 5, 5)
    np.testing.assert_allclose(series.energy[:, :, -1].ravel(), hamiltonian.energy(last), atol=1e-9)
    order = order_parameter(last, hamiltonian.n_states)
    np.testing.assert_allclose(series.magnetisation[:, :, -1].ravel(), order)
    assert ((series.exchange_rates > 0) & (series.exchange_rates <= 1)).all()


def test_same_seed_same_samples_for_any_number_of_threads():
    threads = numba.get_num_threads()
    one = run(Ising(), 4, [1.0, 2.0, 4.0])
    numba.set_num_threads(1)
    two = run(Ising(), 4, [1.0, 2.0, 4.0], progress=True)
    numba.set_num_threads(threads)
    np.testing.assert_array_equal(one.energy, two.energy)
    assert (one.energy != run(Ising(), 4, [1.0, 2.0, 4.0], seed=2).energy).any()


def test_order_parameter():
    spins = np.ones((1, 4, 4), np.int8)
    spins[0, 0] = -1
    np.testing.assert_allclose(order_parameter(spins, 2), [0.5])
    np.testing.assert_allclose(order_parameter(-spins, 2), [-0.5])
    states = np.repeat(np.arange(4, dtype=np.int8), 4).reshape(1, 4, 4)
    np.testing.assert_allclose(order_parameter(states, 4), [0.0])
    np.testing.assert_allclose(order_parameter(states // 2, 4), [1 / 3])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperatures", []),
        ("temperatures", [1.0, -1.0]),
        ("temperatures", [1.0, 3.0, 2.0]),
        ("chains", 0),
        ("sweeps", 0),
        ("burn_in", -1),
        ("stride", 0),
    ],
)
def test_mistakes_are_named(field, value):
    with pytest.raises(InputError, match=field):
        run(Ising(), 4, **{"temperatures": [1.0, 2.0], field: value})


def test_two_state_potts_is_refused():
    with pytest.raises(InputError, match="Ising"):
        HamiltonianSweeper(Potts(2), 4)
