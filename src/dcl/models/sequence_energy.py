"""The energy of a sequence model: -T ln P of the network's probability, total, in J."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import check_configurations, check_temperature
from dcl.lattice.geometry import (
    Boundaries,
    LatticeSize,
    UnwrapOrder,
    lattice_shape,
    lattice_size,
    unwrap_order,
)
from dcl.models.card import Origin, save_model
from dcl.models.kernels.sequence_sweeper import SequenceSweeper
from dcl.models.kernels.site_likelihood import OutputKind
from dcl.models.sequence_functions import SequenceFunctions, sequence_functions

if TYPE_CHECKING:
    import keras

__all__ = ["SequenceEnergy", "to_sequences"]


@dataclass(frozen=True)
class SequenceEnergy:
    """The energy -T ln P of a sequence model (Eqs. 2 and 3 of the paper).

    Parameters
    ----------
    network : keras.Model
        From states (n, N) in reading order to outputs (n, N, width), as `build_gru`,
        `build_masked` and `build_transformer` make it.
    temperature : float
        At which the snapshots were observed, J / k_B.
    lattice_size : int or tuple of int
        Linear size L, or rows and columns.
    n_states : int
    order : {"raster", "snake", "spiral"}
    output : {"logits", "linear"}
        See `dcl.models.networks.likelihood.log_conditionals`; ``linear`` for a GRU only.
    uniform_first_site : bool
        Take P(s_1) = 1 / Q, as the authors did, instead of the network's first output; for a GRU
        only.
    boundaries : {"periodic", "open"}
        Of the lattice; the energy of an open one has edges, and no tiles.
    origin : mapping
        Data, training and metrics, as in the card; see `dcl.models.card`.

    Raises
    ------
    InputError
        If the temperature, the order, the kind of output, the boundaries or the network's shape
        does not fit.
    """

    network: "keras.Model"
    temperature: float
    lattice_size: LatticeSize
    n_states: int = 2
    order: UnwrapOrder = "raster"
    output: OutputKind = "logits"
    uniform_first_site: bool = False
    boundaries: Boundaries = "periodic"
    origin: Origin = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_temperature(self.temperature, "temperature")
        size = lattice_size(*lattice_shape(self.lattice_size))  # 8 for the pair 8, 8 of a card
        object.__setattr__(self, "lattice_size", size)
        sites = len(unwrap_order(self.order, size))
        if self.output not in get_args(OutputKind):
            raise InputError(f"output: found {self.output!r}, expected logits or linear")
        width = 1 if self.n_states == 2 else self.n_states
        if self.network.output_shape != (None, sites, width):
            raise InputError(
                f"network: found outputs of shape {self.network.output_shape}, "
                f"expected {(None, sites, width)}"
            )
        if self.boundaries not in get_args(Boundaries):
            raise InputError(f"boundaries: found {self.boundaries!r}, expected periodic or open")
        authors = self.output == "linear" or self.uniform_first_site
        if authors and self.network.name != "gru":
            raise InputError(
                f"output: found {self.output}, uniform first site {self.uniform_first_site}, "
                f"expected logits, False for the network {self.network.name!r}"
            )

    def sequences(self, configurations: NDArray[np.int8]) -> NDArray[np.int8]:
        """States 0..Q-1 in reading order, shape (n, N), of configurations (n, L1, L2).

        Raises
        ------
        InputError
            If the lattice is not of the size that the model was trained on.
        """
        configurations = check_configurations(configurations, "configurations", self.n_states)
        size = lattice_size(*configurations.shape[1:])
        if size != self.lattice_size:
            raise InputError(
                f"lattice size: found {size}, expected {self.lattice_size}, "
                "the only size that this sequence model knows"
            )
        return to_sequences(configurations, self.order)

    def functions(self) -> SequenceFunctions:
        """Collect the functions of sequences, with the network's present weights."""
        return sequence_functions(
            self.network,
            normalised=self.output == "logits",
            uniform_first_site=self.uniform_first_site,
        )

    def sweeper(self) -> SequenceSweeper:
        """Make a Metropolis sweeper for `dcl.sampling.replica_exchange.replica_exchange`."""
        order = unwrap_order(self.order, self.lattice_size)
        return SequenceSweeper(self.temperature, order, self.n_states, self.functions().sweep)

    def log_probability(self, configurations: NDArray[np.int8]) -> NDArray[np.float64]:
        """Ln P of each configuration, shape (n,): the sum of its conditionals (Eq. 3)."""
        return self.functions().log_probabilities(self.sequences(configurations))

    def energy(self, configurations: NDArray[np.int8]) -> NDArray[np.float64]:
        """-T ln P, shape (n,), in J."""
        return -self.temperature * self.log_probability(configurations)

    def sample(self, count: int, seed: int) -> NDArray[np.int8]:
        """Draw independent configurations from the network, site by site.

        Returns
        -------
        numpy.ndarray
            int8, shape (count, L1, L2), distributed as the network's P.
        """
        sequences = self.functions().sample(count, seed)
        configurations = np.empty_like(sequences)
        configurations[:, unwrap_order(self.order, self.lattice_size)] = sequences
        if self.n_states == 2:
            configurations = 2 * configurations - 1
        return configurations.reshape(count, *lattice_shape(self.lattice_size))

    def save(self, path: Path) -> None:
        """Write the model as a folder, which appears by rename.

        What it was learned from goes into its card.
        """
        names = ["temperature", "lattice_size", "n_states", "order", "output", "uniform_first_site"]
        names += ["boundaries"] if self.boundaries == "open" else []
        fields = {name: getattr(self, name) for name in names}
        save_model(self.network, {"kind": "sequence", **fields}, self.origin, path)


def to_sequences(configurations: NDArray[np.int8], order: UnwrapOrder) -> NDArray[np.int8]:
    """States 0..Q-1 in reading order: shape (n, L1, L2) to (n, L1 * L2).

    Examples
    --------
    >>> to_sequences(np.array([[[-1, 1], [-1, 1]]], np.int8), "snake").tolist()
    [[0, 1, 1, 0]]
    """
    count, rows, columns = configurations.shape
    states = np.maximum(configurations, 0).reshape(count, -1)
    return states[:, unwrap_order(order, (rows, columns))]
