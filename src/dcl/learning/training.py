"""Fitting networks: a deterministic stream of batches, a schedule, checkpoints, progress.

A training is a fixed number of optimiser steps, cut into segments. At the end of a segment the
weights, the optimiser and the history are written to one checkpoint file, and a training that
was killed goes on from there with the batches that it would have seen: the end is the same.

Early stopping does not end a training before its time: it goes back to the weights of an earlier
checkpoint, if held-out examples say so.
"""

import hashlib
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.analysis.autocorrelation import is_gain
from dcl.errors import TrainingDivergedError
from dcl.files import new_file
from dcl.learning.settings import Schedule

__all__ = ["Gradient", "History", "Measure", "Transform", "last", "train"]

SEGMENTS = 20
WARM_UP = 0.05
"""Share of the steps over which the learning rate rises from zero."""

Array = NDArray[Any]
History = dict[str, list[float]]
Measure = Callable[[keras.Model], tuple[dict[str, float], Array]]
Gradient = Callable[..., tuple[float, list[Array]]]
Transform = Callable[[int, tuple[Array, ...]], tuple[Array, ...]]


def _segment(schedule: Schedule) -> int:
    """Optimiser steps from one checkpoint to the next."""
    return math.ceil(schedule.examples_seen / (schedule.batch_size * SEGMENTS))


def _optimizer(schedule: Schedule) -> keras.optimizers.Optimizer:
    rate: Any = schedule.learning_rate
    if schedule.decay == "cosine":
        steps = _segment(schedule) * SEGMENTS
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


class _Batches(keras.utils.PyDataset):
    """Batch k of a stream of shuffled passes over the examples; depends on (seed, k) alone.

    Keras sees one segment at a time; the keeper says which, as Keras is not consistent about when
    it calls `on_epoch_end`.
    """

    def __init__(
        self,
        arrays: tuple[Array, ...],
        schedule: Schedule,
        seed: int,
        transform: Transform | None = None,
    ) -> None:
        super().__init__()
        self._arrays, self._seed, self._schedule = arrays, seed, schedule
        self._transform = transform
        self._passes: dict[int, Array] = {}
        self.segment = 0

    def __len__(self) -> int:
        return _segment(self._schedule)

    def seen(self, segments: int) -> float:
        """Examples in the first segments."""
        return float(segments * len(self) * self._schedule.batch_size)

    def _pass(self, number: int) -> Array:
        if number not in self._passes:
            self._passes = {k: v for k, v in self._passes.items() if k == number - 1}
            generator = np.random.default_rng([self._seed, number])
            self._passes[number] = generator.permutation(len(self._arrays[0]))
        return self._passes[number]

    def __getitem__(self, index: int) -> tuple[Array, ...]:
        size = self._schedule.batch_size
        number = self.segment * len(self) + index
        rows = self._rows(number * size, size)
        batch = tuple(array[rows] for array in self._arrays)
        return self._transform(number, batch) if self._transform else batch

    def _rows(self, place: int, size: int) -> Array:
        """Numbers of so many examples of the stream, from one place of it on."""
        count = len(self._arrays[0])
        chosen: list[Array] = []
        while size:
            number, offset = divmod(place, count)
            chosen.append(self._pass(number)[offset : offset + size])
            place += len(chosen[-1])
            size -= len(chosen[-1])
        return np.concatenate(chosen)


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
        (number of the batch, its arrays) to the mean loss and its slopes by the trainable
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
    optimizer = _optimizer(schedule)
    optimizer.build(network.trainable_variables)
    network.compile(optimizer=optimizer, loss=loss, jit_compile=True)
    fingerprint = _fingerprint([*network.get_weights(), *arrays], (schedule, seed, settings))
    keeper = _Keeper(network, checkpoint, fingerprint, measure, early_stopping)
    done, history = keeper.restore()
    batches = _Batches(arrays, schedule, seed, transform)
    with tqdm(
        total=_segment(schedule) * SEGMENTS, initial=_segment(schedule) * done, desc=title,
        unit="step", file=sys.stderr, dynamic_ncols=True,
    ) as bar:  # fmt: skip
        keeper.start(bar, history, batches)
        if gradient is not None:
            _descend(network, gradient, batches, keeper, done)
        elif done < SEGMENTS:
            network.fit(
                batches, epochs=SEGMENTS, initial_epoch=done, shuffle=False, verbose=0,
                callbacks=[keeper],
            )  # fmt: skip
    keeper.settle()
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
    network: keras.Model, gradient: Gradient, batches: _Batches, keeper: "_Keeper", done: int
) -> None:
    """What `keras.Model.fit` does, with gradients from elsewhere."""
    variables = network.trainable_variables
    move = _compiled(lambda slopes: network.optimizer.apply(slopes, variables))
    for segment in range(done, SEGMENTS):
        keeper.on_epoch_begin(segment)
        losses = []
        for k in range(len(batches)):
            loss, slopes = gradient(segment * len(batches) + k, *batches[k])
            move([ops.convert_to_tensor(slope) for slope in slopes])
            losses.append(loss)
            keeper.on_train_batch_end(k)
        keeper.on_epoch_end(segment, {"loss": float(np.mean(losses))})


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a graph where the backend has graphs with changing variables."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow

    compiled: Callable[..., Any] = tensorflow.function(function)
    return compiled


class _Keeper(keras.callbacks.Callback):
    """Writes the checkpoint, the history and the progress bar at the end of each segment."""

    def __init__(
        self,
        network: keras.Model,
        path: Path | None,
        fingerprint: str,
        measure: Measure | None,
        early_stopping: bool,
    ) -> None:
        super().__init__()
        self._network, self._path, self._fingerprint = network, path, fingerprint
        self._measure: Measure = measure or (lambda _: ({}, np.zeros(0)))
        self._early_stopping = early_stopping
        self._kept: list[Array] = []
        self._likelihoods = self._best_likelihoods = np.zeros(0)
        self._best: list[Array] = []

    def start(self, bar: Any, history: History, batches: _Batches) -> None:
        self._bar, self._history, self._batches = bar, history, batches
        self._kept = self._values()
        if self._early_stopping and not history:
            self._judge(self._measure(self._network)[1])

    def _judge(self, likelihoods: Array) -> None:
        """Remember the weights under which held-out examples have been most likely so far."""
        self._likelihoods = likelihoods
        if not self._best or likelihoods.sum() > self._best_likelihoods.sum():
            self._best, self._best_likelihoods = self._network.get_weights(), likelihoods

    def settle(self) -> None:
        """Go back to the best weights, if they are better than the last ones beyond chance."""
        if self._early_stopping and is_gain(self._best_likelihoods - self._likelihoods):
            self._network.set_weights(self._best)

    def _variables(self) -> list[Any]:
        return [*self._network.variables, *self._network.optimizer.variables]

    def _values(self) -> list[Array]:
        return [np.asarray(variable) for variable in self._variables()]

    def _assign(self, values: list[Array]) -> None:
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)

    def restore(self) -> tuple[int, History]:
        """Segments done and their history, with the weights of the checkpoint if it fits."""
        if self._path is None or not self._path.exists():
            return 0, {}
        try:
            with np.load(self._path, allow_pickle=False) as archive:
                record = json.loads(str(archive["record"]))
                values = [archive[f"variable_{k}"] for k in range(len(self._variables()))]
                if self._early_stopping:
                    best = [archive[f"best_{k}"] for k in range(len(self._network.weights))]
                    judged = archive["likelihoods"], archive["best_likelihoods"]
        except Exception:  # a damaged checkpoint is not worth more than none
            return 0, {}
        if record["fingerprint"] != self._fingerprint:
            return 0, {}
        self._assign(values)
        if self._early_stopping:
            self._best, (self._likelihoods, self._best_likelihoods) = best, judged
        return record["segments"], record["history"]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches.segment = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            self._assign(self._kept)
            raise TrainingDivergedError(
                f"training: found a loss of {loss} in segment {epoch + 1} of {SEGMENTS}, expected "
                f"a finite one; the weights of the segment before are kept{self._place(epoch)}, "
                "try a smaller learning rate"
            )
        row = {"examples_seen": self._batches.seen(epoch + 1), "loss": loss}
        numbers, likelihoods = self._measure(self._network)
        row.update(numbers)
        if self._early_stopping:
            self._judge(likelihoods)
        for name, value in row.items():
            self._history.setdefault(name, []).append(value)
        self._bar.set_postfix({k: f"{v:.4g}" for k, v in row.items() if k != "examples_seen"})
        self._kept = self._values()
        if self._path is not None:
            self._write(epoch + 1)

    def _place(self, segments: int) -> str:
        return f" in {self._path}" if self._path and segments else ""

    def _write(self, segments: int) -> None:
        record = {
            "fingerprint": self._fingerprint,
            "segments": segments,
            "history": self._history,
        }
        arrays: dict[str, Any] = {f"variable_{k}": v for k, v in enumerate(self._kept)}
        if self._early_stopping:
            arrays |= {f"best_{k}": v for k, v in enumerate(self._best)}
            arrays |= {"likelihoods": self._likelihoods, "best_likelihoods": self._best_likelihoods}
        assert self._path is not None
        with new_file(self._path) as draft, draft.open("wb") as stream:
            np.savez(stream, record=np.array(json.dumps(record)), **arrays)


def _fingerprint(arrays: list[Array], settings: object) -> str:
    """A hash of all that the end of a training depends on."""
    digest = hashlib.sha256(repr(settings).encode())
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
