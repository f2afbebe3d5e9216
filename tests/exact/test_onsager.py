import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact import (
    critical_temperature,
    energy_per_spin,
    ising_thermodynamics,
    spontaneous_magnetisation,
)
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts


def test_energy_is_kaufmans_on_a_lattice_larger_than_the_correlation_length():
    temperatures = np.array([1.0, 1.8, 2.8, 4.0, 20.0])
    finite = ising_thermodynamics(64, temperatures).energy / 64**2
    np.testing.assert_allclose(energy_per_spin(temperatures), finite, atol=1e-7)


def test_energy_at_the_transition():
    transition = critical_temperature(Ising())
    np.testing.assert_allclose(energy_per_spin(transition + 1e-9), -np.sqrt(2), atol=1e-6)


def test_magnetisation_at_low_temperature_and_its_exponent():
    u = np.exp(-4 / 0.8)  # one spin turned costs u^2, two neighbours u^3
    series = 1 - 2 * u**2 - 8 * u**3 - 34 * u**4
    assert spontaneous_magnetisation(0.8) == pytest.approx(series, abs=200 * u**5)
    transition = critical_temperature(Ising())
    near, nearer = spontaneous_magnetisation(transition * (1 - np.array([1e-6, 1e-7])))
    assert np.log10(near / nearer) == pytest.approx(1 / 8, abs=1e-4)
    assert spontaneous_magnetisation(transition * 1.000001) == 0


def test_two_states_are_the_ising_model():
    clock = critical_temperature(Potts(n_states=2, form="clock"))
    assert clock == pytest.approx(critical_temperature(Ising()))
    assert critical_temperature(Potts(n_states=2, form="standard")) == pytest.approx(clock / 2)


@pytest.mark.parametrize(
    "model", [EdwardsAnderson.gaussian(8, 69), Potts(n_states=5, form="clock")], ids=str
)
def test_no_answer_where_there_is_none(model):
    with pytest.raises(InputError, match="expected Ising or Potts"):
        critical_temperature(model)
