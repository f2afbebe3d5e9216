"""Step two of the method: an extensive network taught by the sequence model's energies alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from dcl.energy import ExtensiveEnergy, SequenceEnergy
from dcl.errors import InputError
from dcl.lattice import tile_sites
from dcl.networks import build_ednn
from dcl.snapshots import random_configurations
from dcl.training import History, Schedule, train

__all__ = ["EDNN_SETTINGS", "ExtensiveSettings", "distill"]


@dataclass(frozen=True)
class ExtensiveSettings:
    """Architecture and training of an extensive network.

    Parameters
    ----------
    focus, context, hidden, scalar_input
        See `dcl.networks.build_ednn`.
    drawn : int
        Configurations drawn from the sequence model, to be labelled by it.
    uniform : int
        Configurations drawn uniformly (infinite temperature), to be labelled by it.
    passes : int
        Over all labelled configurations.
    batch_size, learning_rate, decay
        See `dcl.training.Schedule`.
    """

    focus: int = 2
    context: int = 1
    hidden: tuple[int, ...] = (32, 64)
    scalar_input: bool = False
    drawn: int = 200_000
    uniform: int = 100_000
    passes: int = 40
    batch_size: int = 512
    learning_rate: float = 4e-3
    decay: Literal["cosine", "constant"] = "cosine"

    @property
    def schedule(self) -> Schedule:
        """The part that concerns the optimiser."""
        seen = self.passes * (self.drawn + self.uniform)
        return Schedule(seen, self.batch_size, self.learning_rate, self.decay)


EDNN_SETTINGS = {
    "default": ExtensiveSettings(),
    "paper": ExtensiveSettings(
        scalar_input=True, drawn=0, uniform=1_920_000, passes=60, batch_size=4000,
        learning_rate=1e-3, decay="constant",
    ),
}  # fmt: skip
"""``paper``: the supplementary information, with random configurations as the only inputs."""


def distill(
    teacher: SequenceEnergy,
    settings: ExtensiveSettings | None = None,
    *,
    seed: int = 1,
    checkpoint: Path | None = None,
) -> tuple[ExtensiveEnergy, History]:
    """Teach an extensive network the energies of a sequence model.

    Parameters
    ----------
    teacher : SequenceEnergy
        Gives the only labels.
    settings : ExtensiveSettings, optional
    seed : int
        Of the weights, the configurations and their order.
    checkpoint : Path, optional
        See `dcl.training.train`.

    Returns
    -------
    model : ExtensiveEnergy
    history : dict of list
        ``examples_seen`` and ``loss``, one entry a checkpoint: the squared distance to the
        teacher's energies over their variance.

    Raises
    ------
    InputError
        If the focus does not divide the teacher's lattice, or there is nothing to label.
    """
    settings = settings or ExtensiveSettings()
    tile_sites(teacher.lattice_size, settings.focus, settings.context)
    if settings.drawn + settings.uniform < 1:
        raise InputError("drawn + uniform: found 0, expected at least one configuration to label")
    configurations = _inputs(teacher, settings, seed)
    labels = teacher.energy(configurations)
    mean, spread = float(labels.mean()), float(labels.std()) or 1.0
    keras.utils.set_random_seed(seed)
    network = build_ednn(
        teacher.n_states, focus=settings.focus, context=settings.context, hidden=settings.hidden,
        scalar_input=settings.scalar_input,
    )  # fmt: skip
    model = ExtensiveEnergy(network, settings.focus, settings.context, teacher.n_states)
    tiles = model.tiles(configurations)
    scaled = ((labels - mean) / spread).astype(np.float32)
    history = train(
        network, (tiles, scaled), _squared_error, settings.schedule, seed=seed,
        checkpoint=checkpoint, title="extensive network",
    )  # fmt: skip
    _rescale(network, spread, mean / tiles.shape[1])
    return model, history


def _inputs(teacher: SequenceEnergy, settings: ExtensiveSettings, seed: int) -> NDArray[np.int8]:
    parts = []
    if settings.drawn:
        parts.append(teacher.sample(settings.drawn, seed))
    if settings.uniform:
        parts.append(
            random_configurations(settings.uniform, teacher.lattice_size, teacher.n_states, seed)
        )
    return np.concatenate(parts)


def _squared_error(labels: Any, energies: Any) -> Any:
    return ops.mean(ops.square(labels - energies))


def _rescale(network: keras.Model, scale: float, shift: float) -> None:
    """Fold the units of the labels into the last layer."""
    layer = network.get_layer("contribution")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel * scale, bias * scale + shift])
