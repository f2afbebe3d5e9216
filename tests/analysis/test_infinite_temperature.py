"""Mean energies over all states against enumeration, on lattices wider and narrower than a tile."""

import numpy as np
import pytest

from dcl.analysis.infinite_temperature import infinite_temperature_energy
from dcl.errors import InputError
from dcl.lattice.hamiltonians import Ising, Potts
from small_lattices import all_configurations


def enumerated(model, size):
    every = all_configurations(Ising() if model.n_states == 2 else Potts(model.n_states), size)
    return model.energy(every)


EXTENSIVE = {
    "paper 2x2": (2, {"focus": 2, "context": 1}),
    "paper 2x4": ((2, 4), {"focus": 2, "context": 1}),
    "paper 4x4": (4, {"focus": 2, "context": 1}),
    "pairs 2x2": (2, {"focus": 1, "context": 1}),
    "pairs 2x3": ((2, 3), {"focus": 1, "context": 1}),
    "colours 2x2": (2, {"focus": 1, "context": 1, "n_states": 3}),
}


@pytest.mark.parametrize("case", EXTENSIVE)
@pytest.mark.parametrize("tabulable", [True, False])
def test_extensive_networks_exactly(case, tabulable, extensive_energy, monkeypatch):
    size, network = EXTENSIVE[case]
    model = extensive_energy(seed=1, scale=0.4, **network)
    exact = enumerated(model, size)
    if not tabulable:
        monkeypatch.setattr("dcl.models.extensive_energy.MAX_TABLE", 0)
    found = infinite_temperature_energy(model, size)
    assert found.mean == pytest.approx(exact.mean(), abs=1e-5 * exact.std())
    assert found.error == 0


@pytest.mark.parametrize(
    "case", [{"size": 3}, {"size": (2, 3)}, {"size": 2, "n_states": 3}], ids=str
)
def test_sequence_models_of_small_lattices_exactly(case, sequence_energy):
    model = sequence_energy(seed=1, **case)
    exact = enumerated(model, case["size"])
    found = infinite_temperature_energy(model, case["size"])
    assert found.mean == pytest.approx(exact.mean(), abs=1e-5 * exact.std())
    assert found.error == 0


def test_elsewhere_the_mean_has_an_error(sequence_energy, monkeypatch):
    # within 5 standard errors: a false alarm once in 10^6 seeds
    monkeypatch.setattr("dcl.analysis.infinite_temperature.MOST_ENUMERATED", 0)
    model = sequence_energy(3, seed=1)
    exact = enumerated(model, 3)
    found = infinite_temperature_energy(model, 3, seed=2)
    assert found.error == pytest.approx(exact.std() / np.sqrt(20_000), rel=0.05)
    assert 0 < abs(found.mean - exact.mean()) < 5 * found.error


def test_the_mean_is_extensive(extensive_energy):
    model = extensive_energy(2, 1, seed=3)
    one, four = (infinite_temperature_energy(model, size).mean for size in (4, 8))
    assert four == pytest.approx(4 * one, rel=1e-6)


def test_a_size_that_the_focus_does_not_divide_is_refused(extensive_energy):
    with pytest.raises(InputError, match="lattice size: found 5, expected a multiple"):
        infinite_temperature_energy(extensive_energy(), 5)
