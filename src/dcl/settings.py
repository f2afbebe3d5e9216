"""Choices about a training, the paper's and ours; Keras is not loaded here."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from dcl.errors import InputError
from dcl.lattice import UnwrapOrder

__all__ = [
    "ExtensiveSettings",
    "Schedule",
    "SequenceSettings",
    "ednn_settings",
    "sequence_settings",
]

Decay = Literal["cosine", "constant"]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train with Adam.

    Parameters
    ----------
    examples_seen : int
        Examples shown in all, repeats included; rounded up to whole batches.
    batch_size : int
    learning_rate : float
        At its peak.
    decay : {"cosine", "constant"}
        ``cosine``: warm-up over the first 5% of the steps, then a cosine down to 1% of the peak.
    clip_norm : float
        Largest norm of the whole gradient; 0 for no clipping.
    """

    examples_seen: int
    batch_size: int = 512
    learning_rate: float = 4e-3
    decay: Decay = "cosine"
    clip_norm: float = 1.0


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
    skip_seen : int
        Configurations shown to the linear skip alone, before the whole network is trained.
    configurations_seen : int
        Shown to the whole network, repeats included.
    batch_size, learning_rate, decay, clip_norm
        Of the whole network; see `Schedule`.
    """

    units: int = 64
    layers: int = 1
    skip: bool = True
    dropout: float = 0.0
    order: UnwrapOrder = "raster"
    loss: Literal["cross-entropy", "mean-squared-error"] = "cross-entropy"
    uniform_first_site: bool = False
    skip_seen: int = 3_200_000
    configurations_seen: int = 1_600_000
    batch_size: int = 512
    learning_rate: float = 1e-3
    decay: Decay = "cosine"
    clip_norm: float = 1.0

    @property
    def schedule(self) -> Schedule:
        """Of the whole network."""
        return Schedule(
            self.configurations_seen,
            self.batch_size,
            self.learning_rate,
            self.decay,
            self.clip_norm,
        )

    @property
    def skip_schedule(self) -> Schedule:
        """Of the linear skip alone: a convex problem that bears large steps."""
        return Schedule(self.skip_seen, batch_size=2048, learning_rate=1e-2)


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
    clip_norm=0.0,
)

NETWORKS = {"gru": SequenceSettings(), "gru-paper": PAPER}


def sequence_settings(network: str, n_states: int = 2, **changes: Any) -> SequenceSettings:
    """Settings of a named network, with changes.

    ``gru-paper`` is the paper's supplementary information: 378 units and batches of 8000 for two
    states, 512 units, batches of 4000 and half the learning rate for Potts.

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
        See `Schedule`.
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
    decay: Decay = "cosine"

    @property
    def schedule(self) -> Schedule:
        """The part that concerns the optimiser."""
        seen = self.passes * (self.drawn + self.uniform)
        return Schedule(seen, self.batch_size, self.learning_rate, self.decay)


EDNN = {
    "default": ExtensiveSettings(),
    "paper": ExtensiveSettings(
        scalar_input=True,
        drawn=0,
        uniform=1_920_000,
        passes=60,
        batch_size=4000,
        learning_rate=1e-3,
        decay="constant",
    ),
}


def ednn_settings(name: str = "default", **changes: Any) -> ExtensiveSettings:
    """Settings of an extensive network, with changes.

    ``paper`` is the supplementary information: 1.92e6 uniformly random configurations, 60 passes.

    Raises
    ------
    InputError
        If the name is unknown.

    Examples
    --------
    >>> ednn_settings("paper").passes
    60
    """
    if name not in EDNN:
        raise InputError(f"ednn: found {name!r}, expected one of {', '.join(EDNN)}")
    return replace(EDNN[name], **changes)
