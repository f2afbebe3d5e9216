"""Sequence models with fresh weights."""

from typing import Any

import keras
import numpy as np

from dcl.errors import InputError
from dcl.lattice.geometry import lattice_size
from dcl.lattice.snapshots import Snapshots
from dcl.learning.settings import SequenceSettings
from dcl.models.energy import SequenceEnergy
from dcl.models.networks import build_free_units, build_gru, build_masked, build_transformer
from dcl.models.networks.delay_line import core_units

__all__ = ["untrained_model"]


def untrained_model(snapshots: Snapshots, settings: SequenceSettings, seed: int) -> SequenceEnergy:
    """Make a model with fresh weights; a network with a skip starts as the skip alone.

    For a start from a delay line it has the free units alone, which can be trained; see
    `dcl.models.networks.delay_line.gru_from_free_units`.

    Raises
    ------
    InputError
        If there are too few units for a delay line.
    """
    keras.utils.set_random_seed(seed)
    _, rows, columns = snapshots.shape
    network = _network(settings, rows * columns, snapshots.n_states)
    if settings.skip:
        output = network.get_layer("output")
        output.set_weights([np.zeros_like(weights) for weights in output.get_weights()])
    return SequenceEnergy(
        network,
        snapshots.temperature,
        lattice_size(rows, columns),
        snapshots.n_states,
        settings.order,
        "logits" if settings.loss == "cross-entropy" else "linear",
        settings.uniform_first_site,
    )


def _network(settings: SequenceSettings, n_sites: int, n_states: int) -> keras.Model:
    if settings.start == "delay-line":
        core = core_units(n_sites, n_states)
        if settings.units <= core:
            raise InputError(
                f"units: found {settings.units}, expected more than {core}, as many as a delay "
                f"line and a clock take for {n_sites} sites of {n_states} states"
            )
        return build_free_units(n_sites, n_states, units=settings.units - core)
    shape: dict[str, Any] = {"units": settings.units, "skip": settings.skip}
    if settings.architecture == "masked":
        return build_masked(n_sites, n_states, **shape)
    shape["layers"] = settings.layers
    if settings.architecture == "transformer":
        return build_transformer(n_sites, n_states, **shape)
    return build_gru(n_sites, n_states, dropout=settings.dropout, **shape)
