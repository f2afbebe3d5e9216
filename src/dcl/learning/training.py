"""Fitting networks: a deterministic stream of batches, a schedule, checkpoints, progress.

A training is a fixed number of optimiser steps, cut into segments. At the end of a segment the
weights, the optimiser and the history are written to one checkpoint file, and a training that
was killed goes on from there with the batches that it would have seen: the end is the same.

Early stopping does not end a training before its time: it goes back to the weights of an earlier
checkpoint, if held-out examples say so.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.learning.batches import SEGMENTS, Batches, Transform, segment_steps
from dcl.learning.checkpoint import CheckpointCallback, History, Measure, fingerprint
from dcl.learning.settings import Schedule

__all__ = ["Gradient", "History", "Measure", "Transform", "last", "train"]

WARM_UP = 0.05
"""Share of the steps over which the learning rate rises from zero."""

Array = NDArray[Any]
Gradient = Callable[..., tuple[float, list[Array]]]
_prepared: WeakKeyDictionary[keras.Model, tuple[Any, list[Array]]] = WeakKeyDictionary()
"""Networks that are compiled, with their kind of training and their optimiser's variables at the
start."""


def _optimizer(schedule: Schedule) -> keras.optimizers.Optimizer:
    rate: Any = schedule.learning_rate
    if schedule.decay == "cosine":
        steps = segment_steps(schedule) * SEGMENTS
        warm_up = max(1, round(WARM_UP * steps))
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps - warm_up, alpha=0.01, warmup_target=rate, warmup_steps=warm_up
        )
    optimizer = keras.optimizers.Adam(
        rate,
        weight_decay=schedule.weight_decay or None,
        global_clipnorm=schedule.clip_norm or None,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer


def _prepare(network: keras.Model, loss: Callable[[Any, Any], Any], schedule: Schedule) -> None:
    """Compile a network for a training, or start anew if it was compiled for one of the same kind.

    Compiling takes as long as hundreds of steps of a small network.
    """
    kind = loss, schedule, tuple(map(id, network.trainable_variables))
    known, start = _prepared.get(network, (None, []))
    if known == kind:
        for variable, value in zip(network.optimizer.variables, start, strict=True):
            variable.assign(value)
        return
    optimizer = _optimizer(schedule)
    optimizer.build(network.trainable_variables)
    network.compile(optimizer=optimizer, loss=loss, jit_compile=True)
    _prepared[network] = kind, [ops.convert_to_numpy(v) for v in optimizer.variables]


def train(
    network: keras.Model,
    arrays: tuple[Array, ...],
    loss: Callable[[Any, Any], Any],
    schedule: Schedule,
    *,
    seed: int,
    settings: object = None,
    checkpoint: Path | None = None,
    measure: Measure | None = None,
    early_stopping: bool = False,
    transform: Transform | None = None,
    gradient: Gradient | None = None,
    title: str = "training",
) -> History:
    """Train a network in place.

    Parameters
    ----------
    network : keras.Model
    arrays : tuple of numpy.ndarray
        Inputs, labels and optionally weights, with equal first axes.
    loss : callable
        (labels, outputs) to one loss an example, or to their mean.
    schedule : Schedule
    seed : int
        Of the order of the examples.
    settings : object, optional
        What else the end depends on, the loss and the transform; its `repr` marks the checkpoint.
    checkpoint : Path, optional
        A file that is written after every segment; if it is there and belongs to this very
        training, the training goes on from it.
    measure : callable, optional
        Network to named numbers, for the progress bar and the history, after every segment, and
        to the log-likelihoods of held-out examples, shape (n,), which may be none.
    early_stopping : bool
        End with the weights of the checkpoint under which held-out examples are most likely, the
        start among them, if that is by two standard errors more than under those of the end.
    transform : callable, optional
        (number of the batch, its arrays) to the arrays that are shown instead, and that alone: a
        training that goes on sees the same ones.
    gradient : callable, optional
        (number of the batch, its arrays) to the mean loss and its derivatives by the trainable
        variables, instead of automatic differentiation of `loss`, such as
        `dcl.models.kernels.gru_gradient.GruGradient`.
    title : str
        Label of the progress bar.

    Returns
    -------
    dict of list
        ``examples_seen``, ``loss`` and the numbers of `measure`, one entry a segment; all of them,
        whichever weights are kept.

    Raises
    ------
    TrainingDivergedError
        If the loss is no longer finite. The network then has the last checkpoint's weights.
    """
    _prepare(network, loss, schedule)
    mark = fingerprint([*network.get_weights(), *arrays], (schedule, seed, settings))
    callback = CheckpointCallback(network, checkpoint, mark, measure, early_stopping)
    done, history = callback.restore()
    batches = Batches(arrays, schedule, seed, transform)
    steps = segment_steps(schedule)
    with tqdm(
        total=steps * SEGMENTS, initial=steps * done, desc=title, unit="step",
        file=sys.stderr, dynamic_ncols=True,
    ) as bar:  # fmt: skip
        callback.start(bar, history, batches)
        if gradient is not None:
            _descend(network, gradient, batches, callback, done)
        elif done < SEGMENTS:
            network.fit(
                batches, epochs=SEGMENTS, initial_epoch=done, shuffle=False, verbose=0,
                callbacks=[callback],
            )  # fmt: skip
    callback.settle()
    return history


def last(history: History) -> dict[str, float]:
    """The numbers at the end of a training.

    Examples
    --------
    >>> last({"loss": [0.7, 0.5]})
    {'loss': 0.5}
    """
    return {name: values[-1] for name, values in history.items()}


def _descend(
    network: keras.Model,
    gradient: Gradient,
    batches: Batches,
    callback: CheckpointCallback,
    done: int,
) -> None:
    """Do what `keras.Model.fit` does, with gradients from elsewhere."""
    variables = network.trainable_variables
    move = _compiled(lambda gradients: network.optimizer.apply(gradients, variables))
    for segment in range(done, SEGMENTS):
        callback.on_epoch_begin(segment)
        losses = []
        for k in range(len(batches)):
            loss, gradients = gradient(segment * len(batches) + k, *batches[k])
            move([ops.convert_to_tensor(part) for part in gradients])
            losses.append(loss)
            callback.on_train_batch_end(k)
        callback.on_epoch_end(segment, {"loss": float(np.mean(losses))})


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a graph where the backend has graphs with changing variables."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow

    compiled: Callable[..., Any] = tensorflow.function(function)
    return compiled
