"""Choices about an extensive network, and about a Hamiltonian of few terms."""

from dataclasses import dataclass, replace
from typing import Any

from dcl.errors import InputError
from dcl.lattice.symmetries import Symmetry
from dcl.learning.ranges import Context, Count, CountOrZero, Rate
from dcl.learning.schedule import Decay, Schedule

__all__ = [
    "EDNN",
    "CouplingsSettings",
    "ExtensiveSettings",
    "PseudolikelihoodSettings",
    "ednn_settings",
]


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

    Raises
    ------
    InputError
        If there is nothing to label.
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

    def __post_init__(self) -> None:
        if self.count == 0:
            raise InputError("drawn + uniform + patterned: found 0, expected 1 or more")

    @property
    def count(self) -> int:
        """Configurations to label."""
        return self.drawn + self.uniform + self.patterned

    @property
    def schedule(self) -> Schedule:
        """The part that concerns the optimiser."""
        return Schedule(self.passes * self.count, self.batch_size, self.learning_rate, self.decay)


@dataclass(frozen=True)
class CouplingsSettings:
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

    Raises
    ------
    InputError
        If fewer than 2 are drawn.
    """

    context: Context = 1
    most_sites: Count = 4
    drawn: CountOrZero = 200_000
    symmetries: tuple[Symmetry, ...] = ()
    images: Count = 16

    def __post_init__(self) -> None:
        if self.drawn < 2:
            raise InputError(f"drawn: found {self.drawn}, expected 2 or more")

    @property
    def focus(self) -> int:
        """f: a tile for every site, so that any lattice will do."""
        return 1


EDNN: dict[str, ExtensiveSettings | CouplingsSettings] = {
    "default": ExtensiveSettings(),
    "terms": CouplingsSettings(),
    "paper": ExtensiveSettings(
        scalar_input=True, drawn=0, uniform=1_920_000, patterned=0, images=1, passes=60,
        batch_size=4000, learning_rate=1e-3, decay="constant",
    ),
}  # fmt: skip


def ednn_settings(name: str = "default", **changes: Any) -> ExtensiveSettings | CouplingsSettings:
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
