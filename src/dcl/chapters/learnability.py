"""Learnability: how well a transformer can fill in masked spins, beside the best anybody can.

A share of the spins of an Ising snapshot is masked, and an encoder is trained to guess them from
the rest (Ozonder, arXiv 2510.07401). Its loss at each temperature is compared with the loss of the
exact conditional probabilities, the Bayes floor, on the same masked snapshots. J = 1, temperatures
in J / k_B, losses in nats a masked spin.

Spins are int8 ``(n, N)`` of +1 and -1, N = L^2, row by row; masks are bool ``(n, N)``.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.special import entr

from dcl.exact.masked_spins import (
    bayes_masked_loss,
    checked_spins,
    draw_masks,
    neighbour_entropy,
)
from dcl.learning.settings import Schedule

if TYPE_CHECKING:
    import keras

__all__ = [
    "PairedLoss",
    "attention_entropy",
    "bayes_masked_loss",
    "build_masked_encoder",
    "encoder_loss",
    "fit_encoder",
    "masked_inputs",
    "neighbour_entropy",
    "neighbour_share",
    "paired_loss",
    "steepest",
]

Array = NDArray[np.float64]
BATCH = 64
"""Snapshots of a step of the optimiser."""


class PairedLoss(NamedTuple):
    """Mean loss of a model and of the exact conditionals on the same masked spins.

    ``error`` is one standard error of their difference ``gap``, from snapshots.
    """

    model: float
    bayes: float
    gap: float
    error: float


def build_masked_encoder(
    size: int,
    units: int = 32,
    layers: int = 2,
    heads: int = 4,
    positions: Literal["fourier", "relative"] = "fourier",
) -> "keras.Model":
    """Build the encoder of `dcl.models.networks.masked_encoder`; Keras is loaded only now.

    Parameters
    ----------
    size, units, layers, heads, positions
        See `dcl.models.networks.masked_encoder.build_masked_encoder`.
    """
    from dcl.models.networks import masked_encoder

    return masked_encoder.build_masked_encoder(size, units, layers, heads, positions)


def masked_inputs(spins: ArrayLike, masks: ArrayLike) -> NDArray[np.float32]:
    """Encode masked spins, shape (n, N, 2): the spin, or zero where it is masked, and the mask.

    Examples
    --------
    >>> masked_inputs([[1, -1, 1, -1]], [[True, False, False, False]])[0].tolist()
    [[0.0, 1.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]
    """
    states, hidden = checked_spins(spins), np.asarray(masks, bool)
    return np.stack([np.where(hidden, 0, states), hidden], axis=-1).astype(np.float32)


def encoder_loss(labels: Any, logits: Any) -> Any:
    """Cross-entropy of the masked spins; labels (n, N, 1) are the spin there and zero elsewhere."""
    from keras import ops

    losses = ops.softplus(-2.0 * labels * logits) * ops.abs(labels)
    return ops.sum(losses) / ops.maximum(ops.sum(ops.abs(labels)), 1.0)


def fit_encoder(
    model: "keras.Model",
    spins: ArrayLike,
    *,
    steps: int,
    fraction: float = 0.15,
    seed: int = 1,
    fresh: tuple[NDArray[np.int8], NDArray[np.bool_], Array] | None = None,
) -> dict[str, list[float]]:
    """Train an encoder in place on snapshots, each time under other masks and a random sign.

    Parameters
    ----------
    model : keras.Model
        From `build_masked_encoder`. The same model with its first weights set again trains sooner
        than a new one: it is compiled once.
    spins : array_like
        Shape (n, N), values +1 and -1.
    steps : int
        Optimiser steps of 64 snapshots, a multiple of 20; a cosine takes the learning rate down.
    fraction : float
        Probability that a spin is masked, between 0 and 0.5.
    seed : int
        Of the masks, the signs and the order.
    fresh : tuple, optional
        Other spins, their masks and the losses of `bayes_masked_loss`: the gap to them is recorded
        twenty times.

    Returns
    -------
    dict of list
        ``examples_seen``, ``loss`` and, with `fresh`, ``gap``.

    Raises
    ------
    InputError
        For other spins, and a fraction outside (0, 0.5).
    """
    from dcl.learning.training import train

    states = checked_spins(spins)
    size = int(np.sqrt(states.shape[1]))
    draw_masks(1, size, fraction, seed)  # a mistake is found before anything is trained

    def show(number: int, arrays: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
        signs = np.random.default_rng([seed, number, 1]).choice([-1, 1], (len(arrays[0]), 1))
        masks = draw_masks(len(signs), size, fraction, [seed, number, 2])
        shown = (signs * arrays[0]).astype(np.int8)
        labels = np.where(masks, shown, 0).astype(np.float32)[..., None]
        return masked_inputs(shown, masks), labels

    def measure(_: Any) -> tuple[dict[str, float], Array]:
        return ({"gap": paired_loss(model, *fresh).gap} if fresh else {}), np.zeros(0)

    schedule = Schedule(steps * BATCH, BATCH, learning_rate=0.01, weight_decay=0.0)
    return train(
        _logits_of(model), (states,), encoder_loss, schedule, seed=seed, measure=measure,
        transform=show, title="encoder",
    )  # fmt: skip


@lru_cache(maxsize=1)
def _logits_of(model: "keras.Model") -> "keras.Model":
    """Encoder without its second output, one and the same for one encoder."""
    import keras

    return keras.Model(model.inputs, model.outputs[0])


def paired_loss(model: Any, spins: ArrayLike, masks: ArrayLike, bayes: Array) -> PairedLoss:
    """Compare a model with the exact conditionals on the same masked snapshots.

    Parameters
    ----------
    model : callable
        (n, N, 2) to logits (n, N, 1) and something else.
    spins, masks : array_like
        Shape (n, N).
    bayes : numpy.ndarray
        From `bayes_masked_loss`.
    """
    states, hidden = checked_spins(spins), np.asarray(masks, bool)
    inputs = masked_inputs(states, hidden)
    parts = [
        np.asarray(model(inputs[k : k + 1000])[0])[..., 0] for k in range(0, len(inputs), 1000)
    ]
    losses = np.logaddexp(0, -2.0 * states * np.concatenate(parts))[hidden]
    rows = np.nonzero(hidden)[0]
    excess = np.bincount(rows, losses - bayes, len(states))
    gap = excess.sum() / len(rows)
    spread = np.std(excess - gap * hidden.sum(axis=1)) * np.sqrt(len(states)) / len(rows)
    return PairedLoss(float(losses.mean()), float(bayes.mean()), float(gap), float(spread))


def attention_entropy(attention: ArrayLike) -> float:
    """Entropy of the attention weights (n, heads, N, N), mean over snapshots, heads and queries.

    Examples
    --------
    >>> round(attention_entropy(np.full((1, 1, 4, 4), 0.25)), 4)  # ln 4
    1.3863
    """
    return float(entr(np.asarray(attention, np.float64)).sum(axis=-1).mean())


def neighbour_share(attention: Array) -> float:
    """Share of its attention that the middle site of a lattice (L, L) pays to its neighbours.

    Examples
    --------
    >>> neighbour_share(np.ones((4, 4)))
    0.25
    """
    middle = len(attention) // 2
    beside = [middle - 1, middle + 1]
    near = attention[beside, middle].sum() + attention[middle, beside].sum()
    return float(near / attention.sum())


def steepest(temperatures: ArrayLike, losses: ArrayLike) -> float:
    """Temperature at which a curve through the losses rises most steeply.

    Examples
    --------
    >>> temperatures = np.linspace(2, 3, 11)
    >>> abs(steepest(temperatures, np.tanh(4 * (temperatures - 2.4))) - 2.4) < 0.03
    True
    """
    curve = CubicSpline(temperatures, losses).derivative()
    fine = np.linspace(np.min(temperatures), np.max(temperatures), 2001)
    return float(fine[np.argmax(curve(fine))])
