"""A deterministic stream of batches, cut into segments."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from dcl.learning.settings import Schedule

__all__ = ["SEGMENTS", "Batches", "Transform", "segment_steps"]

SEGMENTS = 20
"""Parts of a training; a checkpoint is written after each."""

Array = NDArray[Any]
Transform = Callable[[int, tuple[Array, ...]], tuple[Array, ...]]


def segment_steps(schedule: Schedule) -> int:
    """Count the optimiser steps from one checkpoint to the next."""
    return math.ceil(schedule.examples_seen / (schedule.batch_size * SEGMENTS))


class Batches(keras.utils.PyDataset):
    """Batch k of a stream of shuffled passes over the examples; depends on (seed, k) alone.

    Keras sees one segment at a time; the checkpoint callback says which, as Keras is not consistent
    about when it calls `on_epoch_end`.
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
        return segment_steps(self._schedule)

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
