"""Cluster functions: complete, independent, and as symmetric as was asked for."""

import math
from itertools import product

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import tile_sites
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.lattice.symmetries import ALL_SYMMETRIES, symmetry_group
from dcl.lattice.tile_patterns import tile_codes

FUNCTION_CASES = [
    (3, 2, 9, ()),
    (3, 2, 9, ALL_SYMMETRIES),
    (3, 3, 3, ALL_SYMMETRIES),
    (2, 3, 4, ()),
]


def lattice_sums(functions, states, n_states):
    width = math.isqrt(round(math.log(len(functions[0].values), n_states)))
    lattice = np.arange(states.shape[1] ** 2).reshape(states.shape[1:])
    windows = np.stack(
        [np.roll(lattice, (-i, -j), (0, 1)).ravel() for i in range(width) for j in range(width)], 1
    )
    codes = tile_codes(states.reshape(len(states), -1)[:, windows], n_states)
    return np.stack([function.values[codes].sum(1) for function in functions], 1)


@pytest.mark.parametrize("case", FUNCTION_CASES)
def test_sums_over_a_lattice_are_independent(case):
    n_states = case[1]
    functions = cluster_functions(*case)
    states = random_configurations(4 * len(functions), 7, n_states, seed=1)
    sums = lattice_sums(functions, np.maximum(states, 0), n_states)
    assert np.linalg.matrix_rank(sums) == len(functions)


def test_every_local_energy_of_spins_is_a_sum_of_them():
    """Random energies of 3 x 3 patterns; the constant is what the functions lack."""
    functions = cluster_functions(3, 2, 9)
    states = np.maximum(random_configurations(2000, 6, 2, seed=2), 0)
    table = np.random.default_rng(3).standard_normal(512)
    energies = table[tile_codes(states.reshape(2000, -1)[:, tile_sites(6, 1, 1)], 2)].sum(1)
    inputs = np.column_stack([lattice_sums(functions, states, 2), np.ones(2000)])
    solution = np.linalg.lstsq(inputs, energies, rcond=None)[0]
    np.testing.assert_allclose(inputs @ solution, energies, atol=1e-8)


@pytest.mark.parametrize("n_states", [2, 3])
def test_imposed_symmetries_leave_the_sums_as_they_are(n_states):
    functions = cluster_functions(3, n_states, 3, ALL_SYMMETRIES)
    states = np.maximum(random_configurations(2, 5, n_states, seed=4), 0)
    group = symmetry_group(5, n_states, ALL_SYMMETRIES)
    expected = lattice_sums(functions, states, n_states)
    for number in range(0, len(group), 7):
        images = group.image(states.reshape(2, -1), number).reshape(states.shape)
        np.testing.assert_allclose(lattice_sums(functions, images, n_states), expected, atol=1e-9)


def test_functions_average_to_zero_and_are_orthogonal_at_infinite_temperature():
    values = np.array([f.values for f in cluster_functions(2, 3, 4)])
    products = values @ values.T / values.shape[1]
    np.testing.assert_allclose(values.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(products, np.diag(np.diag(products)), atol=1e-9)


@pytest.mark.parametrize(("n_states", "imposed"), [(2, ()), (2, ("states",)), (3, ("states",))])
def test_number_of_functions(n_states, imposed):
    """Clusters in the corner, times functions of each: (Q - 1)^k, or those that renaming leaves."""
    found = cluster_functions(2, n_states, 2, imposed)
    clusters = {1: 1, 2: 4}  # one site; two: in a row, a column and both diagonals
    each = {(2, ()): {1: 1, 2: 1}, (2, ("states",)): {1: 0, 2: 1}, (3, ("states",)): {1: 0, 2: 1}}
    expected = sum(clusters[k] * each[n_states, imposed][k] for k in clusters)
    assert len(found) == expected


@pytest.mark.parametrize("hamiltonian", [Ising(), Potts(3)])
def test_the_first_symmetric_function_is_the_nearest_neighbour_energy(hamiltonian):
    first = cluster_functions(3, hamiltonian.n_states, 2, ALL_SYMMETRIES)[0]
    configurations = random_configurations(50, 5, hamiltonian.n_states, seed=5)
    sums = lattice_sums([first], np.maximum(configurations, 0), hamiltonian.n_states)[:, 0]
    energies = hamiltonian.energy(configurations)
    assert abs(np.corrcoef(sums, energies)[0, 1]) == pytest.approx(1)
    assert first.sites == ((0, 0), (0, 1))


@pytest.mark.parametrize("imposed", [(), ("point-group",)], ids=["free", "point-group"])
def test_the_first_function_of_a_cluster_does_not_distinguish_states(imposed):
    """Two values, for equal states and for others, whatever symmetries are imposed."""
    found = cluster_functions(3, 5, 2, imposed)
    pair = next(function for function in found if len(function.sites) == 2)
    for table in pair.tables.values():
        np.testing.assert_allclose(table, table[0, 1] + np.eye(5) * (table[0, 0] - table[0, 1]))


def test_a_cluster_counts_once():
    """Products of spins, not multiples of them, however many symmetries map a cluster to itself."""
    for function in cluster_functions(3, 2, 4, ALL_SYMMETRIES):
        for sites, table in function.tables.items():
            signs = [
                np.prod([2 * s - 1 for s in states])
                for states in product((0, 1), repeat=len(sites))
            ]
            np.testing.assert_allclose(table.ravel(), signs)


@pytest.mark.parametrize(("n_states", "found"), [(4, "9264 functions"), (8, "249956 functions")])
def test_more_than_memory_holds_is_refused(n_states, found):
    with pytest.raises(InputError, match=f"n_states: found {n_states}, with {found}"):
        cluster_functions(3, n_states, 4)


def test_pairs_of_21_states():
    """All (Q - 1)^2 functions of 12 pairs and Q - 1 of a site, and one a pair that renaming leaves.

    The last is the Potts energy: two values, for equal states and for others, that average to zero.
    """
    assert len(cluster_functions(3, 21, 2)) == 20 + 12 * 20**2
    renamed = cluster_functions(3, 21, 2, ("states",))
    assert len(renamed) == 12
    (table,) = renamed[0].tables.values()
    assert table.mean() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(table, table[0, 1] + np.eye(21) * (table[0, 0] - table[0, 1]))


@pytest.mark.parametrize("n_states", [4, 5, 6])
def test_the_first_functions_of_a_pair_make_any_energy_of_the_angle_between(n_states):
    """Angles 0 to 180 degrees differ by Q // 2 steps at most; less the constant."""
    pair = [f for f in cluster_functions(2, n_states, 2) if f.sites == ((0, 0), (0, 1))]
    tables = np.array([function.tables[function.sites].ravel() for function in pair])
    states = np.arange(n_states)
    energies = -np.cos(2 * np.pi * np.subtract.outer(states, states) / n_states).ravel()
    first = tables[: n_states // 2]
    coefficients = np.linalg.lstsq(first.T, energies, rcond=None)[0]
    np.testing.assert_allclose(coefficients @ first, energies, atol=1e-12)
