"""Ising lattices of any shape, field and boundaries, and their density of states."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact import ising_density_of_states, ising_thermodynamics
from dcl.exact.canonical import thermodynamics_from_levels

TEMPERATURES = [0.05, 0.3, 1.0, 2.0, 2.3, 4.0, 100.0]
FIELDS = ("energy", "heat_capacity", "free_energy", "entropy")


def enumerated(states, coupling, field, boundaries):
    spins = 1.0 - 2 * states
    energies = -field * spins.sum(axis=(1, 2))
    for axis in (1, 2):
        products = spins * np.roll(spins, 1, axis=axis)
        if boundaries == "open":
            products = np.delete(products, 0, axis=axis)
        energies -= coupling * products.sum(axis=(1, 2))
    levels, counts = np.unique(energies.round(9), return_counts=True)
    return thermodynamics_from_levels(levels, np.log(counts), TEMPERATURES)


@pytest.mark.parametrize("boundaries", ["periodic", "open"])
@pytest.mark.parametrize("field", [0.0, 0.3, -2.0])
@pytest.mark.parametrize("coupling", [1.0, -1.5])
@pytest.mark.parametrize("size", [2, 3, (4, 4), (2, 5), (4, 3), (2, 7)])
def test_every_lattice_is_that_of_enumeration(size, coupling, field, boundaries, all_states):
    shape = (size, size) if isinstance(size, int) else size
    expected = enumerated(all_states(2, *shape), coupling, field, boundaries)
    found = ising_thermodynamics(size, TEMPERATURES, coupling, field, boundaries)
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=1e-8, atol=1e-12
        )
    # however cold: no zero, no negative value where the exact one is representable
    np.testing.assert_allclose(found.heat_capacity, expected.heat_capacity, rtol=1e-6)


@pytest.mark.parametrize("shape", [(6, 9), (8, 7), (10, 6)])
def test_rectangles_in_closed_form_are_those_summed_site_by_site(shape):
    # a field far below any temperature: the transfer matrix sums what Kaufman has in closed form
    closed = ising_thermodynamics(shape, TEMPERATURES)
    turned = ising_thermodynamics(shape[::-1], TEMPERATURES)
    summed = ising_thermodynamics(shape, TEMPERATURES, field=1e-30)
    for name in FIELDS:
        for other in (turned, summed):
            np.testing.assert_allclose(
                getattr(closed, name), getattr(other, name), rtol=1e-8, atol=1e-12
            )


def test_an_open_strip_in_closed_form():
    # a ladder of two rows: powers of its 4 x 4 transfer matrix from rung to rung
    K, columns = 0.7, 9
    bond = np.exp(K * np.outer([1, -1], [1, -1]))
    rung = np.exp(K * np.array([1, -1, -1, 1]))
    transfer = np.kron(bond, bond) * rung
    partition = rung @ np.linalg.matrix_power(transfer, columns - 1).sum(axis=1)
    found = ising_thermodynamics((2, columns), [1 / K], boundaries="open")
    assert found.free_energy[0] == pytest.approx(-np.log(partition) / K, rel=1e-12)


@pytest.mark.parametrize("size", [5, 6, 7, 8])
def test_density_of_states_identities(size):
    energies, multiplicities = ising_density_of_states(size)
    sites = size**2
    moments = [
        sum(c * int(e) ** k for c, e in zip(multiplicities, energies, strict=True))
        for k in range(4)
    ]
    # over all states <E^0, E, E^2, E^3> = 1, 0, 2N, 0: the torus has no triangle once L > 3
    assert moments == [2**sites, 0, 2 * sites * 2**sites, 0]
    assert multiplicities[:3] == [2, 2 * sites, 4 * sites]
    assert (multiplicities == multiplicities[::-1]) == (size % 2 == 0)


def test_eight_by_eight_has_63_levels():
    energies, multiplicities = ising_density_of_states(8)
    assert sorted(set(range(-128, 129, 4)) - set(energies)) == [-124, 124]
    assert sum(multiplicities) == 2**64


@pytest.mark.parametrize("size", [1, 0, -3, 2.0, True, 11])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(InputError, match=r"^size: found"):
        ising_density_of_states(size)


@pytest.mark.parametrize(
    ("size", "changes"),
    [
        ((1, 4), {}),
        (13, {"coupling": -1.0}),
        ((40, 13), {"field": 0.1}),
        (17, {"boundaries": "open"}),
    ],
)
def test_a_lattice_without_an_exact_answer_is_refused(size, changes):
    with pytest.raises(InputError, match=r"^size: found .*, expected"):
        ising_thermodynamics(size, [2.0], **changes)


@pytest.mark.parametrize("field", [np.inf, np.nan])
def test_impossible_fields_are_refused(field):
    with pytest.raises(InputError, match=r"^field: found"):
        ising_thermodynamics(4, 1.0, field=field)
