"""Checkpoints of a training: one file with weights, optimiser and history, written by rename.

Keras' `BackupAndRestore` keeps weights and epoch. It does not know to which training its files
belong, nor the history, nor the weights under which held-out examples were most likely.
"""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from dcl.analysis.autocorrelation import is_gain
from dcl.errors import TrainingDivergedError
from dcl.files import new_file
from dcl.learning.batches import SEGMENTS, Batches

__all__ = ["CheckpointCallback", "History", "Measure", "fingerprint"]

Array = NDArray[Any]
History = dict[str, list[float]]
Measure = Callable[[keras.Model], tuple[dict[str, float], Array]]


class CheckpointCallback(keras.callbacks.Callback):
    """Write the checkpoint, the history and the progress bar at the end of each segment."""

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

    def start(self, bar: Any, history: History, batches: Batches) -> None:
        """Take note of progress bar, history and batches, and of the weights at the start."""
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
        """Turn the batches to this segment."""
        self._batches.segment = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the progress bar."""
        self._bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Measure, and write the checkpoint.

        Raises
        ------
        TrainingDivergedError
            If the loss is no longer finite; the weights of the segment before are put back.
        """
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


def fingerprint(arrays: list[Array], settings: object) -> str:
    """Hash all that the end of a training depends on."""
    digest = hashlib.sha256(repr(settings).encode())
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
