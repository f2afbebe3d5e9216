"""The Ising density of states, against enumeration and identities."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact import ising_density_of_states


@pytest.mark.parametrize("size", [2, 3, 4])
def test_density_of_states_is_that_of_enumeration(size, all_states):
    spins = 1 - 2 * all_states(2, size, size)
    bonds = spins * np.roll(spins, 1, axis=1) + spins * np.roll(spins, 1, axis=2)
    levels, counts = np.unique(-bonds.sum(axis=(1, 2)), return_counts=True)
    energies, multiplicities = ising_density_of_states(size)
    assert energies.tolist() == levels.tolist()
    assert multiplicities == counts.tolist()


@pytest.mark.parametrize("size", [5, 6, 8, 9, 12, 13, 16, 24])
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


@pytest.mark.slow
def test_largest_size_is_complete():
    energies, multiplicities = ising_density_of_states(64)
    assert len(energies) == 4095
    assert sum(multiplicities) == 2**4096


@pytest.mark.parametrize("size", [1, 0, -3, 2.0, True, 65])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(InputError, match=r"^size: found"):
        ising_density_of_states(size)
