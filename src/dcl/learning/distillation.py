"""Step two of the method: an extensive network taught by the sequence model's energies alone."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from dcl.errors import InputError
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.geometry import lattice_shape, tile_sites
from dcl.learning.cluster_expansion import fit_cluster_expansion
from dcl.learning.labelling import label, unlabelled_configurations
from dcl.learning.settings import CouplingsSettings, ExtensiveSettings
from dcl.learning.training import History, last, train
from dcl.models.card import Origin
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.energy import ExtensiveEnergy, SequenceEnergy
from dcl.models.networks import build_ednn

__all__ = ["distill"]


def distill(
    teacher: SequenceEnergy,
    settings: ExtensiveSettings | CouplingsSettings | None = None,
    *,
    seed: int = 1,
    checkpoint: Path | None = None,
) -> tuple[ExtensiveEnergy | CouplingsEnergy, History]:
    """Teach an extensive model the energies of a sequence model.

    Parameters
    ----------
    teacher : SequenceEnergy
        Gives the only labels.
    settings : ExtensiveSettings or CouplingsSettings, optional
        A network to train, as in the paper, or a Hamiltonian of the terms that the teacher's
        snapshots tell from nothing (`dcl.learning.cluster_expansion`).
    seed : int
        Of the weights, the configurations and their order.
    checkpoint : Path, optional
        See `dcl.learning.training.train`.

    Returns
    -------
    model : ExtensiveEnergy or CouplingsEnergy
        A network, or the couplings of the terms.
    history : dict of list
        ``examples_seen`` and ``loss``, one entry a checkpoint: the squared distance to the
        teacher's energies over their variance.

    Raises
    ------
    InputError
        If the focus does not divide the teacher's lattice or this has open boundaries, or an
        imposed symmetry is unknown; for a Hamiltonian of terms, also if the
        lattice is smaller than a tile, or the teacher's card does not say how many snapshots it has
        learned from.
    """
    settings = settings or ExtensiveSettings()
    if teacher.boundaries == "open":
        raise InputError(
            "boundaries: found open, expected periodic, as an extensive network has no edges"
        )
    if isinstance(settings, CouplingsSettings):
        return _terms(teacher, settings, seed)
    tile_sites(teacher.lattice_size, settings.focus, settings.context)
    configurations = unlabelled_configurations(teacher, settings, seed)
    labels = label(teacher, configurations, settings, seed)
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
        settings=settings, checkpoint=checkpoint, title="extensive network",
    )  # fmt: skip
    _rescale(network, spread, mean / tiles.shape[1])
    return replace(model, origin=_origin(teacher, settings, seed, last(history))), history


def _terms(
    teacher: SequenceEnergy, settings: CouplingsSettings, seed: int
) -> tuple[CouplingsEnergy, History]:
    """Find the significant terms of a teacher's energies."""
    width, size = 1 + 2 * settings.context, teacher.lattice_size
    if min(lattice_shape(size)) < width:
        raise InputError(f"lattice size: found {size}, expected {width} or more, a tile's width")
    if "data" not in teacher.origin:
        raise InputError(
            "model: found no number of snapshots in its card, expected that of a fitted model"
        )
    configurations = teacher.sample(settings.drawn, seed)
    labels = label(teacher, configurations, settings, seed)
    inferred = fit_cluster_expansion(
        np.maximum(configurations, 0),
        labels,
        cluster_functions(width, teacher.n_states, settings.most_sites, settings.symmetries),
        width,
        teacher.temperature,
        teacher.origin["data"]["shape"][0],
    )
    model = CouplingsEnergy(inferred.functions, inferred.couplings, teacher.n_states, width)
    left = float(np.var(labels - model.energy(configurations)) / (np.var(labels) or 1.0))
    metrics = {"loss": left, "law": inferred.described()}
    history = {"examples_seen": [float(settings.drawn)], "loss": [left]}
    return replace(model, origin=_origin(teacher, settings, seed, metrics)), history


def _origin(
    teacher: SequenceEnergy,
    settings: ExtensiveSettings | CouplingsSettings,
    seed: int,
    metrics: Mapping[str, Any],
) -> Origin:
    training = {**asdict(settings), "seed": seed}
    return {**teacher.origin, "training": training, "metrics": metrics}


def _squared_error(labels: Any, energies: Any) -> Any:
    return ops.mean(ops.square(labels - energies))


def _rescale(network: keras.Model, scale: float, shift: float) -> None:
    """Fold the units of the labels into the last layer."""
    layer = network.get_layer("contribution")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel * scale, bias * scale + shift])
