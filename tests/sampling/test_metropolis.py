import math

import numba
import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.sampling.metropolis import sample_metropolis
from small_lattices import CASES, FALSE_ALARM, p_value


@pytest.mark.parametrize("case", CASES)
def test_every_state_has_its_boltzmann_probability(case):
    hamiltonian, size, temperature = CASES[case]
    snapshots = sample_metropolis(
        hamiltonian, size, temperature, 100_000, seed=1, chains=1000, burn_in=50, stride=20
    )
    assert p_value(hamiltonian, snapshots, temperature) > FALSE_ALARM


def test_every_chain_is_burnt_in():
    options = {"seed": 1, "chains": 100_000, "stride": 1}
    ready = sample_metropolis(Ising(), 3, 2.5, 100_000, burn_in=50, **options)
    raw = sample_metropolis(Ising(), 3, 2.5, 100_000, burn_in=0, **options)
    assert p_value(Ising(), ready, 2.5) > FALSE_ALARM > p_value(Ising(), raw, 2.5)


def test_a_wrong_temperature_is_noticed():
    snapshots = sample_metropolis(Ising(), 3, 2.6, 100_000, seed=1, burn_in=50, stride=20)
    assert p_value(Ising(), snapshots, 2.5) < FALSE_ALARM


def test_infinite_temperature():
    snapshots = sample_metropolis(Ising(), 3, math.inf, 200_000, seed=2)
    assert p_value(Ising(), snapshots, math.inf) > FALSE_ALARM


@pytest.mark.parametrize("hamiltonian", [Ising(), EdwardsAnderson.gaussian(5, 1), Potts(5)])
def test_same_seed_same_snapshots_for_any_number_of_threads(hamiltonian):
    threads = numba.get_num_threads()
    one = sample_metropolis(hamiltonian, 5, 3.0, 1001, seed=7, burn_in=10, chains=64)
    numba.set_num_threads(1)
    two = sample_metropolis(hamiltonian, 5, 3.0, 1001, seed=7, burn_in=10, chains=64, progress=True)
    numba.set_num_threads(threads)
    np.testing.assert_array_equal(one, two)
    other = sample_metropolis(hamiltonian, 5, 3.0, 1001, seed=8, burn_in=10, chains=64)
    assert (one != other).any()


@pytest.mark.parametrize("count", [1, 255, 256, 1000])
def test_any_count(count):
    snapshots = sample_metropolis(Ising(), 6, 4.0, count, seed=1, burn_in=1, stride=1)
    assert snapshots.shape == (count, 6, 6)
    assert snapshots.dtype == np.int8
    assert snapshots.flags.c_contiguous
    assert (abs(snapshots) == 1).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", 0.0),
        ("temperature", math.nan),
        ("size", 1),
        ("count", 0),
        ("stride", -1),
        ("chains", 0),
        ("burn_in", -1),
        ("seed", -1),
    ],
)
def test_mistakes_are_named(field, value):
    good = {"hamiltonian": Ising(), "size": 4, "temperature": 2.0, "count": 1, "seed": 1}
    with pytest.raises(InputError, match=field):
        sample_metropolis(**{**good, field: value})


def test_stride_zero_stores_a_chain_after_every_single_proposal() -> None:
    snapshots = sample_metropolis(Ising(), 4, 4.0, 1000, seed=1, chains=1, burn_in=10, stride=0)
    changed = (snapshots[1:] != snapshots[:-1]).sum(axis=(1, 2))
    assert set(changed) == {0, 1}
