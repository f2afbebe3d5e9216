"""Sums of cluster functions against sums over whole tiles, on narrow tori too."""

import numpy as np
import pytest

from dcl.lattice.cluster_sums import ClusterSums
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import tile_sites
from dcl.lattice.tile_patterns import tile_codes
from lattices import all_spins


@pytest.mark.parametrize("shape", [(5, 4), (2, 2), (2, 6)])
@pytest.mark.parametrize("n_states", [2, 3])
def test_sums_over_clusters_are_sums_over_tiles(n_states, shape):
    functions = cluster_functions(3, n_states, 2)
    configurations = random_configurations(6, shape, n_states, seed=1)
    tiles = np.maximum(configurations, 0).reshape(6, -1)[:, tile_sites(shape, 1, 1)]
    codes = tile_codes(tiles, n_states)
    expected = np.stack([function.values[codes].sum(axis=1) for function in functions], axis=1)
    found = ClusterSums(functions, shape)(configurations)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 3), (2, 2), (2, 3)])
def test_means_are_those_of_all_configurations(shape):
    functions = cluster_functions(3, 2, 4)
    sums = ClusterSums(functions, shape)
    np.testing.assert_allclose(sums(all_spins(*shape)).mean(axis=0), sums.means, atol=1e-9)
