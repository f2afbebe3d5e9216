"""Choices about a training, the paper's and ours; Keras is not loaded here."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from dcl.errors import InputError
from dcl.lattice.geometry import UnwrapOrder
from dcl.lattice.symmetries import Symmetry, check_symmetries
from dcl.learning.ranges import Context, Count, CountOrZero, Rate, Share, SmallNumber

__all__ = [
    "NETWORKS",
    "Architecture",
    "ExtensiveSettings",
    "PseudolikelihoodSettings",
    "Schedule",
    "SequenceSettings",
    "ednn_settings",
    "sequence_settings",
]

Architecture = Literal["gru", "masked", "transformer"]
Decay = Literal["cosine", "constant"]


@dataclass(frozen=True)
class Schedule:
    """Schedule of a training with Adam: its length and its learning rate.

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
    weight_decay : float
        Rate at which weights shrink, in units of the learning rate (AdamW); biases do not.
    """

    examples_seen: CountOrZero
    batch_size: Count = 512
    learning_rate: Rate = 4e-3
    decay: Decay = "cosine"
    clip_norm: SmallNumber = 1.0
    weight_decay: SmallNumber = 0.0


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
            self.configurations_seen,
            self.batch_size,
            self.learning_rate,
            self.decay,
            self.clip_norm,
            self.weight_decay,
        )

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
    units=378,
    skip=False,
    dropout=0.1,
    loss="mean-squared-error",
    uniform_first_site=True,
    early_stopping=False,
    configurations_seen=30 * 51_200_000,
    batch_size=8000,
    learning_rate=5e-4,
    decay="constant",
    clip_norm=0.0,
)

DELAY_LINE = SequenceSettings(
    units=378,
    skip=False,
    start="delay-line",
    configurations_seen=800_000,
    batch_size=128,
    learning_rate=1e-2,
)

NETWORKS = {
    "gru": SequenceSettings(learning_rate=4e-3),
    "gru-paper": PAPER,
    "gru-delay-line": DELAY_LINE,
    "gru-sparse": SequenceSettings(skip_significance=3.0, learning_rate=3e-4, must_improve=True),
    "masked": SequenceSettings(
        architecture="masked",
        units=16,
        configurations_seen=10_000_000,
        batch_size=1024,
        learning_rate=4e-3,
    ),
    "transformer": SequenceSettings(architecture="transformer", units=32),
}


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
        If the network is unknown, or a change does not fit its architecture.

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


@dataclass(frozen=True)
class ExtensiveSettings:
    """Architecture and training of an extensive network.

    Parameters
    ----------
    focus, context, hidden, scalar_input
        See `dcl.models.networks.build_ednn`.
    drawn : int
        Configurations drawn from the sequence model, to be labelled by it.
    uniform : int
        Configurations drawn uniformly (infinite temperature), to be labelled by it.
    patterned : int
        Configurations of all energies, see `dcl.learning.labelling.patterned_configurations`, to be
        labelled by it.
    symmetries : tuple of str
        That the user imposes; see `dcl.lattice.symmetries`. Labels are then means over images.
    images : int
        Random images of each configuration to label, under the imposed symmetries and the
        translations by multiples of the focus; 1 labels the configuration itself.
    passes : int
        Over all labelled configurations.
    batch_size, learning_rate, decay
        See `Schedule`.
    """

    focus: Count = 2
    context: Context = 1
    hidden: tuple[Count, ...] = (32, 64)
    scalar_input: bool = False
    drawn: CountOrZero = 100_000
    uniform: CountOrZero = 0
    patterned: CountOrZero = 200_000
    symmetries: tuple[Symmetry, ...] = ()
    images: Count = 2
    passes: Count = 30
    batch_size: Count = 512
    learning_rate: Rate = 4e-3
    decay: Decay = "cosine"

    @property
    def count(self) -> int:
        """Configurations to label."""
        return self.drawn + self.uniform + self.patterned

    @property
    def schedule(self) -> Schedule:
        """The part that concerns the optimiser."""
        return Schedule(self.passes * self.count, self.batch_size, self.learning_rate, self.decay)


@dataclass(frozen=True)
class TermSettings:
    """Limits of a cluster expansion of few terms; see `dcl.learning.cluster_expansion`.

    Parameters
    ----------
    context : int
        c: a tile is 1 + 2c sites wide, and so is the reach of the Hamiltonian. The focus is one
        site.
    most_sites : int
        That a term may couple.
    drawn : int
        Configurations drawn from the sequence model, to be labelled by it.
    symmetries : tuple of str
        That the user imposes; see `dcl.lattice.symmetries`. Labels are then means over images, and
        the terms have these symmetries too.
    images : int
        Random images of each configuration to label, where symmetries are imposed.
    """

    context: Context = 1
    most_sites: Count = 4
    drawn: CountOrZero = 200_000
    symmetries: tuple[Symmetry, ...] = ()
    images: Count = 16

    @property
    def focus(self) -> int:
        """f: a tile for every site, so that any lattice will do."""
        return 1


EDNN: dict[str, ExtensiveSettings | TermSettings] = {
    "default": ExtensiveSettings(),
    "terms": TermSettings(),
    "paper": ExtensiveSettings(
        scalar_input=True,
        drawn=0,
        uniform=1_920_000,
        patterned=0,
        images=1,
        passes=60,
        batch_size=4000,
        learning_rate=1e-3,
        decay="constant",
    ),
}


def ednn_settings(name: str = "default", **changes: Any) -> ExtensiveSettings | TermSettings:
    """Settings of an extensive network, with changes.

    ``paper`` is the supplementary information: 1.92e6 uniformly random configurations, 60 passes.
    ``terms`` is not trained: see `dcl.learning.cluster_expansion`.

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


@dataclass(frozen=True)
class PseudolikelihoodSettings:
    """Limits of a pseudolikelihood fit; see `dcl.learning.pseudolikelihood_fit`.

    Parameters
    ----------
    context : int
        c: a tile is 1 + 2c sites wide, and so is the reach of the Hamiltonian.
    most_sites : int, optional
        That a term of the Hamiltonian may couple; 4 of up to three states and 2 of more by default.
    symmetries : tuple of str
        That the user imposes besides translations; see `dcl.lattice.symmetries`.
    """

    context: Context = 1
    most_sites: Count | None = None
    symmetries: tuple[Symmetry, ...] = ()
