"""Probability of a site's state from the network's outputs, and its losses with their gradients.

Outputs of a site have width 1 for two states, the logit of the upper one, otherwise Q. The authors'
linear outputs are not normalised; see `dcl.models.networks.likelihood`.
"""

from typing import Literal

import numpy as np
from numba import njit

__all__ = [
    "SMALLEST_PROBABILITY",
    "OutputKind",
    "cross_entropy_gradient",
    "draw_state",
    "log_probability",
    "squared_error_gradient",
]

OutputKind = Literal["logits", "linear"]
"""``logits`` are normalised by a sigmoid or softmax; ``linear`` is the authors' regression."""

SMALLEST_PROBABILITY = 1e-7
"""Of linear outputs, which can be any number."""

_ONE, _TWO = np.float32(1.0), np.float32(2.0)


@njit(cache=True)
def log_probability(outputs, state, normalised):  # type: ignore[no-untyped-def]
    """Ln P of a state from a site's outputs (B,)."""
    if not normalised:
        return _log_linear(outputs, state)
    if outputs.size == 1:
        margin = outputs[0] if state else -outputs[0]
        return min(margin, np.float32(0.0)) - np.log1p(np.exp(-abs(margin)))
    top = outputs[0]
    for b in range(1, outputs.size):
        top = max(top, outputs[b])
    total = np.float32(0.0)
    for b in range(outputs.size):
        total += np.exp(outputs[b] - top)
    return outputs[state] - top - np.log(total)


@njit(cache=True)
def _log_linear(outputs, state):  # type: ignore[no-untyped-def]
    """The authors' ln |output + s| / 2 of a spin s, or ln |output| of a colour's output."""
    probability = abs(outputs[min(state, outputs.size - 1)])
    if outputs.size == 1:
        probability = abs(outputs[0] + _TWO * np.float32(state) - _ONE) / _TWO
    return np.log(max(probability, np.float32(SMALLEST_PROBABILITY)))


@njit(cache=True)
def draw_state(outputs, n_states, normalised, draw):  # type: ignore[no-untyped-def]
    """State that a number in [0, 1) falls on, with the states' probabilities side by side."""
    total = 0.0
    for state in range(n_states):
        total += np.exp(log_probability(outputs, state, normalised))
    draw *= total
    for state in range(n_states - 1):
        draw -= np.exp(log_probability(outputs, state, normalised))
        if draw < 0:
            return state
    return n_states - 1


@njit(cache=True)
def cross_entropy_gradient(outputs, state):  # type: ignore[no-untyped-def]
    """-ln P of a state; its derivatives by the outputs (B,) take their place."""
    loss = -log_probability(outputs, state, True)
    if outputs.size == 1:
        wrong = -np.expm1(-loss)
        outputs[0] = -wrong if state else wrong
        return loss
    for b in range(outputs.size):
        if b != state:
            outputs[b] = np.exp(outputs[b] - outputs[state] - loss)
    outputs[state] = np.expm1(-loss)
    return loss


@njit(cache=True)
def squared_error_gradient(outputs, state):  # type: ignore[no-untyped-def]
    """The authors' squared distance to the label; its derivatives take the outputs' place.

    The label is the spin +1 / -1 or the one-hot colour.
    """
    loss = np.float32(0.0)
    for b in range(outputs.size):
        if outputs.size == 1:
            label = _TWO * np.float32(state) - _ONE
        else:
            label = _ONE if b == state else np.float32(0.0)
        distance = outputs[b] - label
        loss += distance * distance
        outputs[b] = _TWO * distance
    return loss
