"""Step one of the method: a sequence model fitted to snapshots by maximum likelihood."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from dcl.energy import SequenceEnergy
from dcl.errors import InputError
from dcl.lattice import UnwrapOrder
from dcl.networks import build_gru
from dcl.networks.likelihood import log_conditionals, squared_error
from dcl.snapshots import Snapshots
from dcl.training import History, Schedule, train

__all__ = ["NETWORKS", "SequenceSettings", "fit_sequence", "sequence_settings"]


@dataclass(frozen=True)
class SequenceSettings:
    """Architecture and training of a sequence model.

    Parameters
    ----------
    units, layers, skip, dropout
        See `dcl.networks.build_gru`.
    order : {"raster", "snake", "spiral"}
    loss : {"cross-entropy", "mean-squared-error"}
        The second is the authors' regression on linear outputs.
    uniform_first_site : bool
        Take P(s_1) = 1 / Q.
    configurations_seen : int
        Repeats included.
    batch_size, learning_rate, decay, clip_norm
        See `dcl.training.Schedule`.
    """

    units: int = 64
    layers: int = 1
    skip: bool = True
    dropout: float = 0.0
    order: UnwrapOrder = "raster"
    loss: Literal["cross-entropy", "mean-squared-error"] = "cross-entropy"
    uniform_first_site: bool = False
    configurations_seen: int = 3_200_000
    batch_size: int = 512
    learning_rate: float = 4e-3
    decay: Literal["cosine", "constant"] = "cosine"
    clip_norm: float | None = 1.0

    @property
    def schedule(self) -> Schedule:
        """The part that concerns the optimiser."""
        return Schedule(
            self.configurations_seen,
            self.batch_size,
            self.learning_rate,
            self.decay,
            self.clip_norm,
        )


PAPER = SequenceSettings(
    units=378,
    skip=False,
    dropout=0.1,
    loss="mean-squared-error",
    uniform_first_site=True,
    configurations_seen=30 * 51_200_000,
    batch_size=8000,
    learning_rate=5e-4,
    decay="constant",
    clip_norm=None,
)
"""The paper's supplementary information for Ising and the spin glass; see `sequence_settings`."""

NETWORKS = {"gru": SequenceSettings(), "gru-paper": PAPER}


def sequence_settings(network: str, n_states: int = 2, **changes: Any) -> SequenceSettings:
    """Settings of a named network, with changes.

    ``gru-paper`` is the paper's: 378 units and batches of 8000 for two states, 512 units, batches
    of 4000 and half the learning rate for Potts.

    Raises
    ------
    InputError
        If the network is unknown.

    Examples
    --------
    >>> sequence_settings("gru-paper", n_states=3).units
    512
    """
    if network not in NETWORKS:
        raise InputError(f"network: found {network!r}, expected one of {', '.join(NETWORKS)}")
    settings = NETWORKS[network]
    if network == "gru-paper" and n_states > 2:
        settings = replace(settings, units=512, batch_size=4000, learning_rate=2.5e-4)
    return replace(settings, **changes)


def fit_sequence(
    snapshots: Snapshots,
    settings: SequenceSettings | None = None,
    *,
    seed: int = 1,
    checkpoint: Path | None = None,
    held_out: NDArray[np.int8] | None = None,
    held_out_log_probability: NDArray[np.float64] | None = None,
) -> tuple[SequenceEnergy, History]:
    """Fit a sequence model to snapshots.

    Parameters
    ----------
    snapshots : Snapshots
    settings : SequenceSettings, optional
    seed : int
        Of the weights, the order of the snapshots and the dropout.
    checkpoint : Path, optional
        See `dcl.training.train`.
    held_out : numpy.ndarray, optional
        Other configurations from the same temperature, (n, L, L); without them the last tenth of
        the snapshots (at most 8192) is kept out of training.
    held_out_log_probability : numpy.ndarray, optional
        Their exact ln P, (n,), where it is known: the KL divergence is then shown beside the loss.

    Returns
    -------
    model : SequenceEnergy
    history : dict of list
        One entry a checkpoint: ``examples_seen``, ``loss``, ``held_out_nll`` in nats a
        configuration, and ``kl`` in nats where the exact probabilities are known.
    """
    settings = settings or SequenceSettings()
    keras.utils.set_random_seed(seed)
    network = build_gru(
        snapshots.lattice_size**2, snapshots.n_states, units=settings.units,
        layers=settings.layers, skip=settings.skip, dropout=settings.dropout,
    )  # fmt: skip
    model = SequenceEnergy(
        network, snapshots.temperature, snapshots.lattice_size, snapshots.n_states,
        settings.order, "logits" if settings.loss == "cross-entropy" else "linear",
        settings.uniform_first_site,
    )  # fmt: skip
    seen = snapshots.configurations
    if held_out is None:
        kept_out = min(8192, len(seen) // 10)
        seen, held_out = seen[: len(seen) - kept_out], seen[len(seen) - kept_out :]
    sequences = model.sequences(seen)

    def measure(_: keras.Model) -> dict[str, float]:
        if not len(held_out):
            return {}
        logs = model.log_probability(held_out)
        result = {"held_out_nll": float(-logs.mean())}
        if held_out_log_probability is not None:
            result["kl"] = float(np.mean(held_out_log_probability - logs))
        return result

    history = train(
        network, (sequences, sequences[..., None]), _loss(settings), settings.schedule, seed=seed,
        checkpoint=checkpoint, measure=measure, title="sequence model",
    )  # fmt: skip
    return model, history


def _loss(settings: SequenceSettings) -> Any:
    """Mean over configurations, in nats for the cross-entropy; states have shape (n, N, 1)."""
    first = 1 if settings.uniform_first_site else 0

    def cross_entropy(states: Any, outputs: Any) -> Any:
        logs = log_conditionals(outputs, states[..., 0], "logits")[:, first:]
        return -ops.mean(ops.sum(logs, axis=1))

    def mean_squared_error(states: Any, outputs: Any) -> Any:
        return ops.mean(squared_error(outputs, states[..., 0])[:, first:])

    return cross_entropy if settings.loss == "cross-entropy" else mean_squared_error
