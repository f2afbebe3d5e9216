"""The dispatcher gives what the function of each model gives."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact import (
    ising_thermodynamics,
    multi_spin_thermodynamics,
    potts_thermodynamics,
    spin_glass_thermodynamics,
)
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts

TEMPERATURES = [0.5, 2.0, 4.0]
GLASS = EdwardsAnderson.gaussian(4, seed=69)
FIELDS = ("temperatures", "energy", "heat_capacity", "free_energy", "entropy")
CASES = {
    "ising": (Ising(), ising_thermodynamics(4, TEMPERATURES)),
    "antiferromagnet": (Ising(-2.0), ising_thermodynamics(4, TEMPERATURES, -2.0)),
    "clock": (Potts(3), potts_thermodynamics(4, TEMPERATURES, 3)),
    "standard": (Potts(4, "standard"), potts_thermodynamics(4, TEMPERATURES, 4, "standard")),
    "coupling": (Potts(3, "clock", 2.0), potts_thermodynamics(4, TEMPERATURES, coupling=2.0)),
    "multi-spin": (
        MultiSpinIsing(0.8, -0.3, 0.7),
        multi_spin_thermodynamics(4, TEMPERATURES, 0.8, -0.3, 0.7),
    ),
    "glass": (GLASS, spin_glass_thermodynamics(GLASS.horizontal, GLASS.vertical, TEMPERATURES)),
}


@pytest.mark.parametrize(("hamiltonian", "expected"), CASES.values(), ids=CASES.keys())
def test_each_model_is_solved_by_its_own_function(hamiltonian, expected):
    found = exact_thermodynamics(hamiltonian, 4, TEMPERATURES)
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(found, field), getattr(expected, field))


@pytest.mark.parametrize(("hamiltonian", "_"), CASES.values(), ids=CASES.keys())
def test_at_high_temperature_the_entropy_is_that_of_all_states(hamiltonian, _):
    found = exact_thermodynamics(hamiltonian, 4, [1e5])
    assert found.entropy[0] == pytest.approx(16 * np.log(hamiltonian.n_states), rel=1e-8)


@pytest.mark.parametrize(
    ("hamiltonian", "size"),
    [
        (Ising(), 1),
        (Potts(3), 9),
        (Potts(8), 5),
        (GLASS, 8),
        (MultiSpinIsing(), 2),
        (MultiSpinIsing(), 11),
    ],
)
def test_a_size_without_an_exact_answer_is_refused(hamiltonian, size):
    with pytest.raises(InputError, match=f"size: found {size}, expected"):
        exact_thermodynamics(hamiltonian, size, TEMPERATURES)
