"""Choices about a training, the paper's and ours; Keras is not loaded here."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from dcl.errors import InputError
from dcl.lattice.geometry import UnwrapOrder
from dcl.lattice.symmetries import Symmetry, check_symmetries
from dcl.learning.extensive_settings import (
    CouplingsSettings,
    ExtensiveSettings,
    PseudolikelihoodSettings,
    ednn_settings,
)
from dcl.learning.ranges import Count, CountOrZero, Rate, Share, SmallNumber
from dcl.learning.schedule import Decay, Schedule

__all__ = [
    "NETWORKS",
    "Architecture",
    "CouplingsSettings",
    "ExtensiveSettings",
    "PseudolikelihoodSettings",
    "Schedule",
    "SequenceSettings",
    "ednn_settings",
    "sequence_settings",
]

Architecture = Literal["gru", "masked", "transformer"]


@dataclass(frozen=True)
class SequenceSettings:
    """Architecture and training of a sequence model.

    Parameters
    ----------
    units, layers, skip, dropout
        See `dcl.models.networks.build_gru`, `build_masked` and `build_transformer`.
    architecture : {"gru", "masked", "transformer"}
    order : {"raster", "snake", "spiral"}
    symmetries : tuple of {"translations", "point-group", "states"}
        Imposed on the network: every configuration is shown under a random one of them.
    loss : {"cross-entropy", "mean-squared-error"}
        The second is the authors' regression on linear outputs, for a GRU only.
    uniform_first_site : bool
        Take P(s_1) = 1 / Q, for a GRU only.
    start : {"standard", "delay-line"}
        A GRU without skip may start with a memory of all earlier sites and of the site's number,
        which is kept; the other units are trained, and do not feed each other. See
        `dcl.models.networks.delay_line`.
    skip_seen : int
        Configurations shown to the linear skip alone, before the whole network is trained.
    skip_significance : float
        If not 0, the skip is fitted to its maximum instead, and keeps those inputs alone whose
        weights are so many standard errors from zero; see `dcl.learning.sparse_regression`. For
        spins, without spatial symmetries.
    configurations_seen : int
        Shown to the whole network, repeats included; 0 leaves it at the linear skip.
    early_stopping : bool
        Keep the weights of an earlier checkpoint, in either stage, if held-out snapshots are more
        likely under them, by two standard errors or more, than under those of the end.
    must_improve : bool
        Go back to the skip alone if held-out snapshots are not more likely under the whole network,
        by two standard errors or more.
    batch_size, learning_rate, decay, clip_norm, weight_decay
        Of the whole network; see `Schedule`.

    Raises
    ------
    InputError
        If the architecture has no such setting, a symmetry is unknown or named twice, or
        `skip_significance` is set without a skip and cross-entropy, or with spatial symmetries, or
        `must_improve` without a skip.
    """

    units: Count = 64
    layers: Count = 1
    skip: bool = True
    dropout: Share = 0.0
    architecture: Architecture = "gru"
    order: UnwrapOrder = "raster"
    symmetries: tuple[Symmetry, ...] = ()
    loss: Literal["cross-entropy", "mean-squared-error"] = "cross-entropy"
    uniform_first_site: bool = False
    start: Literal["standard", "delay-line"] = "standard"
    skip_seen: CountOrZero = 3_200_000
    skip_significance: SmallNumber = 0.0
    configurations_seen: CountOrZero = 1_600_000
    early_stopping: bool = True
    must_improve: bool = False
    batch_size: Count = 512
    learning_rate: Rate = 1e-3
    decay: Decay = "cosine"
    clip_norm: SmallNumber = 1.0
    weight_decay: SmallNumber = 0.0

    def __post_init__(self) -> None:
        check_symmetries(self.symmetries)
        self._check_choices(_WITHOUT[self.architecture], f"architecture {self.architecture!r}")
        if self.start == "delay-line":
            self._check_choices(("architecture", *_WITHOUT["masked"][:-1]), "start 'delay-line'")
            if self.skip:
                raise InputError("skip: found True, expected False for the start 'delay-line'")
        if self.must_improve and not self.skip:
            raise InputError("must_improve: found True with skip = False, expected False with it")
        if self.skip_significance:
            self._check_significance()

    def _check_choices(self, names: tuple[str, ...], reason: str) -> None:
        """Raise an InputError unless these settings have their defaults."""
        for name in names:
            default = type(self).__dataclass_fields__[name].default
            if getattr(self, name) != default:
                raise InputError(
                    f"{name}: found {getattr(self, name)!r}, expected {default!r}, the only choice "
                    f"for the {reason}"
                )

    def _check_significance(self) -> None:
        needed = {"skip": self.skip, "loss": self.loss == "cross-entropy"}
        unfit = [name for name, fits in needed.items() if not fits]
        if set(self.symmetries) - {"states"}:
            unfit.append("symmetries")
        if unfit:
            raise InputError(
                f"skip_significance: found {self.skip_significance:g} with {unfit[0]} = "
                f"{getattr(self, unfit[0])!r}, expected 0 with it"
            )

    @property
    def schedule(self) -> Schedule:
        """Schedule of the whole network."""
        return Schedule(
            self.configurations_seen, self.batch_size, self.learning_rate, self.decay,
            self.clip_norm, self.weight_decay,
        )  # fmt: skip

    @property
    def skip_schedule(self) -> Schedule:
        """Settings for the linear skip alone, a convex problem that bears large steps."""
        return Schedule(self.skip_seen, batch_size=2048, learning_rate=1e-2)


_WITHOUT: dict[Architecture, tuple[str, ...]] = {
    "gru": (),
    "masked": ("layers", "dropout", "loss", "uniform_first_site", "start"),
    "transformer": ("dropout", "loss", "uniform_first_site", "start"),
}
"""Settings that have no meaning for an architecture."""

PAPER = SequenceSettings(
    units=378, skip=False, dropout=0.1, loss="mean-squared-error", uniform_first_site=True,
    early_stopping=False, configurations_seen=30 * 51_200_000, batch_size=8000, learning_rate=5e-4,
    decay="constant", clip_norm=0.0,
)  # fmt: skip

NETWORKS = {
    "gru": SequenceSettings(learning_rate=4e-3),
    "gru-paper": PAPER,
    "gru-delay-line": SequenceSettings(
        units=378, skip=False, start="delay-line", configurations_seen=800_000, batch_size=128,
        learning_rate=1e-2,
    ),
    "gru-sparse": SequenceSettings(skip_significance=3.0, learning_rate=3e-4, must_improve=True),
    "masked": SequenceSettings(
        architecture="masked", units=16, configurations_seen=10_000_000, batch_size=1024,
        learning_rate=4e-3,
    ),
    "transformer": SequenceSettings(architecture="transformer", units=32),
}  # fmt: skip


def sequence_settings(network: str, n_states: int = 2, **changes: Any) -> SequenceSettings:
    """Settings of a named network, with changes.

    ``gru-paper`` is the paper's supplementary information: 378 units and batches of 8000 for two
    states, 512 units, batches of 4000 and half the learning rate for Potts. ``gru-delay-line`` is
    a GRU of as many units that starts with a memory, see `dcl.models.networks.delay_line`; it is
    trained on cross-entropy, in small batches. ``gru-sparse`` has a
    linear skip of significant inputs, and goes back to it if the network does not make held-out
    snapshots more likely; for spins.

    Raises
    ------
    InputError
        If the network is unknown, or a change does not fit its architecture; the line names the
        known ones, or the setting and the only choice for it.

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
    if network == "gru-delay-line" and n_states > 2:
        settings = replace(settings, units=512)
    try:
        return replace(settings, **changes)
    except InputError as error:
        raise InputError(f"network {network}: {error}") from None
