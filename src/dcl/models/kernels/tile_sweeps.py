"""Monte Carlo under an extensive network: a flip changes the few tiles that hold its site.

Where a tile has few enough patterns its energies are tabulated once and looked up, see
`dcl.models.kernels.table_sweeps`. Otherwise the dense layers are evaluated on the tiles that the
proposal touches.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dcl.lattice.tile_patterns import touched_tiles
from dcl.models.kernels.activations import acceptance
from dcl.models.kernels.table_sweeps import split_word
from dcl.sampling.replica_exchange import Replicas, Sweeper
from dcl.sampling.threads import over_threads
from dcl.sampling.xoshiro import load, next_word, store

__all__ = ["DenseTileSweeper", "DenseWeights", "dense_weights", "tile_table"]

UPDATES = 1000
"""Table look-ups that take as long as evaluating a network on the tiles of one site."""


class DenseWeights(NamedTuple):
    """An extensive network's weights as arrays.

    ``first`` (w * w, Q, units) is what state a at tile site m adds to the first layer, float32;
    ``kernels`` are those of the later layers, ``biases`` those of all layers.
    """

    first: NDArray[np.float32]
    kernels: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]


def tile_table(network: DenseWeights) -> NDArray[np.float32]:
    """Energy of every pattern of a tile, float32, shape (Q ** (w * w),).

    The first layer is a sum over sites: it is done once for every pattern of either half of the
    tile, which leaves one addition a unit for every pattern of the whole.
    """
    first, kernels, biases = network
    half = len(first) // 2
    upper = _first_layer(first[len(first) - half :])
    lower = _first_layer(first[: len(first) - half]) + biases[0]
    table = np.empty((len(upper), len(lower)), np.float32)
    with threadpool_limits(1, "blas"):
        for row, inputs in zip(table, upper, strict=True):
            values = lower + inputs
            for kernel, bias in zip(kernels, biases[1:], strict=True):
                values = np.maximum(values, 0, out=values) @ kernel
                values += bias
            row[:] = values[:, 0]
    return table.ravel()


def _first_layer(first: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums over sites for all patterns, shape (Q ** sites, units), of weights by site and state."""
    sums = np.zeros((1, first.shape[2]), np.float32)
    for by_state in first:
        sums = (by_state[:, None] + sums).reshape(-1, first.shape[2])
    return sums


@njit(cache=True, fastmath=True)
def _tile_energy(states, sites, first, kernels, biases, work):  # type: ignore[no-untyped-def]
    """The network's value for one tile; `work` (2, widest layer) is overwritten."""
    for o in range(first.shape[2]):
        work[0, o] = biases[0][o]
    for m in range(sites.size):
        for o in range(first.shape[2]):
            work[0, o] += first[m, states[sites[m]], o]
    source = 0
    for layer in range(len(kernels)):
        kernel = kernels[layer]
        inputs, outputs = kernel.shape
        for o in range(outputs):
            work[1 - source, o] = biases[layer + 1][o]
        for i in range(inputs):
            if work[source, i] > 0:
                for o in range(outputs):
                    work[1 - source, o] += work[source, i] * kernel[i, o]
        source = 1 - source
    return work[source, 0]


@njit(cache=True, nogil=True)
def _sweep_dense(  # type: ignore[no-untyped-def]
    begin, end, states, energies, betas, generators, tiles, sites, network, n_states
):
    """One sweep over all sites in order, every chain."""
    first, kernels, biases = network
    each = tiles.shape[1]
    widest = max([bias.size for bias in biases])
    for c in range(begin, end):
        words = load(generators, c)
        work = np.empty((2, widest), np.float32)
        trial = np.empty(each, np.float32)
        values = np.empty(len(sites), np.float32)
        for tile in range(len(sites)):
            values[tile] = _tile_energy(states[c], sites[tile], first, kernels, biases, work)
        for site in range(states.shape[1]):
            old = states[c, site]
            word, words = next_word(words)
            draw, states[c, site] = split_word(word, old, n_states)
            change = 0.0
            for k in range(each):
                tile = tiles[site, k]
                trial[k] = _tile_energy(states[c], sites[tile], first, kernels, biases, work)
                change += trial[k] - values[tile]
            if draw < acceptance(np.float32(betas[c] * change)):
                energies[c] += change
                for k in range(each):
                    values[tiles[site, k]] = trial[k]
            else:
                states[c, site] = old
        store(generators, c, words)


class DenseTileSweeper(Sweeper):
    """Metropolis sweeps that evaluate the network on the tiles of every proposal.

    Parameters
    ----------
    network : DenseWeights
    sites : numpy.ndarray
        Sites of every tile, shape (tiles, w * w), see `dcl.lattice.geometry.tile_sites`.
    n_states : int
    """

    def __init__(self, network: DenseWeights, sites: NDArray[np.int64], n_states: int) -> None:
        self._sites, self._n_states, self._network = sites, n_states, network
        self._tiles, _ = touched_tiles(sites, n_states)

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        flat, (_, energies, betas, random_states) = replicas.flat, replicas
        states = np.maximum(flat, 0)
        for _ in range(sweeps):
            over_threads(
                _sweep_dense, len(states), UPDATES * states.size, states, energies, betas,
                random_states, self._tiles, self._sites, self._network, self._n_states,
            )  # fmt: skip
        flat[:] = 2 * states - 1 if self._n_states == 2 else states


def dense_weights(network: Any, n_states: int) -> DenseWeights:
    """Collect the weights of a network made by `dcl.models.networks.build_ednn`."""
    layers = [layer.get_weights() for layer in network.layers if layer.get_weights()]
    kernels = [np.asarray(weights[0]) for weights in layers]
    biases = tuple(np.asarray(weights[1]) for weights in layers)
    patterns = np.arange(n_states, dtype=np.int8)[:, None]
    encoded = np.asarray(network.get_layer("encode")(patterns)).reshape(n_states, -1)
    by_site = kernels[0].reshape(network.input_shape[-1], -1, kernels[0].shape[1])
    first = np.einsum("ae,meu->mau", encoded, by_site).astype(np.float32)
    return DenseWeights(first, tuple(kernels[1:]), biases)
