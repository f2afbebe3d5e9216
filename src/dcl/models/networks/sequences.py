"""Probabilities, draws and sweeps of a sequence network by Keras alone, without a kernel.

Every conditional needs one reading of whole sequences, so that a draw costs N readings and a sweep
N for every replica. It serves architectures that have no kernels of their own.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import softmax

from dcl.models.kernels.activations import MOST_ACCEPTED
from dcl.models.networks.likelihood import log_conditionals
from dcl.sampling.xoshiro import load, store, uniform

__all__ = ["log_probabilities", "sample_sequences", "sweep"]

BATCH = 4096


def _outputs(network: Any, sequences: NDArray[np.int8]) -> NDArray[np.float32]:
    starts = range(0, len(sequences), BATCH)
    return np.concatenate([network.predict_on_batch(sequences[k : k + BATCH]) for k in starts])


def log_probabilities(network: Any, sequences: NDArray[np.int8]) -> NDArray[np.float64]:
    """Ln P, shape (n,), of sequences of states 0..Q-1 in reading order, (n, N).

    Examples
    --------
    >>> from dcl.models.networks import build_transformer
    >>> logs = log_probabilities(build_transformer(4, units=8), np.zeros((3, 4), np.int8))
    >>> logs.shape
    (3,)
    """
    logs = log_conditionals(_outputs(network, sequences), sequences, "logits")
    return np.asarray(np.asarray(logs).sum(axis=1), np.float64)


def sample_sequences(network: Any, count: int, seed: int) -> NDArray[np.int8]:
    """Draw independent sequences from the network, site by site (ancestral sampling).

    Returns
    -------
    numpy.ndarray
        States 0..Q-1 in reading order, int8, shape (count, N).
    """
    generator = np.random.default_rng(seed)
    states = np.zeros((count, network.input_shape[1]), np.int8)
    for site in range(states.shape[1]):
        outputs = _outputs(network, states)[:, site]
        if outputs.shape[1] == 1:  # the logit of the upper of two states
            outputs = np.pad(outputs, ((0, 0), (1, 0)))
        below = softmax(outputs.astype(np.float64), axis=1).cumsum(axis=1)[:, :-1]
        states[:, site] = (generator.random((count, 1)) >= below).sum(axis=1)
    return states


def sweep(
    network: Any,
    states: NDArray[np.int8],
    exponents: NDArray[np.float64],
    generators: NDArray[np.uint64],
    sweeps: int,
) -> NDArray[np.float64]:
    """Metropolis sweeps of chains (n, N) in reading order, in place.

    Proposals are accepted with 15/16 min(1, (P' / P) ** exponent), see
    `dcl.models.kernels.activations.acceptance`.

    Returns
    -------
    numpy.ndarray
        Gains of ln P, shape (n,).
    """
    n_states = max(network.output_shape[2], 2)
    logs = log_probabilities(network, states)
    gains = np.zeros(len(states))
    for site in list(range(states.shape[1])) * sweeps:
        steps, draws = _uniforms(generators)
        trial = states.copy()
        trial[:, site] = (states[:, site] + 1 + (steps * (n_states - 1)).astype(np.int8)) % n_states
        gain = log_probabilities(network, trial) - logs - gains
        taken = draws < MOST_ACCEPTED * np.exp(np.minimum(exponents * gain, 0.0))
        states[taken, site] = trial[taken, site]
        gains[taken] += gain[taken]
    return gains


@njit(cache=True)
def _uniforms(generators):  # type: ignore[no-untyped-def]
    """Two numbers in [0, 1) from each generator, shape (2, n)."""
    numbers = np.empty((2, len(generators)))
    for c in range(len(generators)):
        words = load(generators, c)
        for k in range(2):
            numbers[k, c], words = uniform(words)
        store(generators, c, words)
    return numbers
