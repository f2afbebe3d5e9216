"""Monte Carlo under any autoregressive network: Keras reads the whole sequence for every proposal.

Slow, but right for every network whose outputs are logits: N evaluations a sweep, or to draw, of
all chains at once. Sequences hold states 0..Q-1 in reading order, int8, shape (n, N).
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dcl.lattice import unwrap_order
from dcl.sampling.random import chain_states, load, store, uniform

if TYPE_CHECKING:
    from dcl.energy import SequenceEnergy

__all__ = ["WholeSequenceSweeper", "log_probabilities", "sample_sequences"]

BATCH = 1024
"""Sequences read at once, at most."""


def _log_conditionals(network: Any, states: NDArray[np.int8]) -> NDArray[np.float64]:
    """Ln P of every state at every site, (n, N, Q), of at most `BATCH` sequences.

    They are filled up with copies to a power of two, as Keras compiles for every new number.
    """
    size = 1 << (len(states) - 1).bit_length()
    outputs = network.predict_on_batch(np.resize(states, (size, states.shape[1])))
    logits = np.asarray(outputs, np.float64)[: len(states)]
    if logits.shape[2] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=2)
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=2, keepdims=True))


def log_probabilities(network: Any, sequences: NDArray[np.int8]) -> NDArray[np.float64]:
    """Ln P, shape (n,), of sequences (n, N)."""
    result = np.empty(len(sequences))
    for start in range(0, len(sequences), BATCH):
        states = sequences[start : start + BATCH]
        logs = _log_conditionals(network, states)
        chosen = np.take_along_axis(logs, states[..., None].astype(np.int64), axis=2)
        result[start : start + BATCH] = chosen.sum(axis=(1, 2))
    return result


@njit(cache=True)
def _uniforms(generators):  # type: ignore[no-untyped-def]
    """One number from [0, 1) of each generator."""
    numbers = np.empty(len(generators))
    for c in range(len(generators)):
        numbers[c], words = uniform(load(generators, c))
        store(generators, c, words)
    return numbers


def sample_sequences(network: Any, count: int, seed: int) -> NDArray[np.int8]:
    """Draw independent sequences from the network (ancestral sampling).

    Returns
    -------
    numpy.ndarray
        States 0..Q-1 in reading order, int8, shape (count, N).
    """
    sites = network.input_shape[1]
    sequences, generators = np.zeros((count, sites), np.int8), chain_states(seed, count)
    for start in range(0, count, BATCH):
        states = sequences[start : start + BATCH]
        for site in range(sites):
            sums = np.exp(_log_conditionals(network, states)[:, site]).cumsum(axis=1)
            draws = _uniforms(generators[start : start + BATCH])
            states[:, site] = (draws[:, None] >= sums[:, :-1]).sum(axis=1)
    return sequences


class WholeSequenceSweeper:
    """Metropolis sweeps in reading order, for `dcl.sampling.tempering.replica_exchange`.

    Parameters
    ----------
    model : SequenceEnergy
        Its network's outputs must be logits.
    """

    def __init__(self, model: "SequenceEnergy") -> None:
        self._network, self._n_states = model.network, model.n_states
        self._temperature = model.temperature
        self._order = unwrap_order(model.order, model.lattice_size)

    def sweep(
        self,
        configurations: NDArray[np.int8],
        energies: NDArray[np.float64],
        inverse_temperatures: NDArray[np.float64],
        random_states: NDArray[np.uint64],
        sweeps: int = 1,
    ) -> None:
        """Sweep every replica in place; see `dcl.sampling.tempering.Sweeper`."""
        flat = configurations.reshape(len(configurations), -1)
        states = np.maximum(flat[:, self._order], 0)
        exponents = self._temperature * inverse_temperatures
        logs = log_probabilities(self._network, states)
        energies += self._temperature * logs
        for step in range(sweeps * states.shape[1]):
            self._move(step % states.shape[1], states, logs, exponents, random_states)
        energies -= self._temperature * logs
        flat[:, self._order] = 2 * states - 1 if self._n_states == 2 else states

    def _move(
        self,
        site: int,
        states: NDArray[np.int8],
        logs: NDArray[np.float64],
        exponents: NDArray[np.float64],
        random_states: NDArray[np.uint64],
    ) -> None:
        """Propose another state at a site of every chain; accept with (P' / P) ** exponent."""
        trial = states.copy()
        shift = 1 + (_uniforms(random_states) * (self._n_states - 1)).astype(np.int8)
        trial[:, site] = (states[:, site] + shift) % self._n_states
        new_logs = log_probabilities(self._network, trial)
        chance = np.exp(np.minimum(exponents * (new_logs - logs), 0.0))
        accepted = _uniforms(random_states) < chance
        states[accepted, site] = trial[accepted, site]
        logs[accepted] = new_logs[accepted]
