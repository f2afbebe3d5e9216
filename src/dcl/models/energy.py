"""Learned energies: a sequence model's -T ln P, and an extensive network's sum over tiles.

Both satisfy the `EnergyModel` protocol. Energies are total, in J, with an arbitrary constant.
A model on disk is a folder with the network (``network.keras``) and a card (``model.json``, see
`dcl.models.card`); the hashes of both are checked when it is loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, get_args

import keras
import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.files import new_folder
from dcl.lattice.configurations import check_configurations, check_temperature
from dcl.lattice.geometry import (
    Boundaries,
    LatticeSize,
    UnwrapOrder,
    lattice_shape,
    lattice_size,
    tile_sites,
    unwrap_order,
)
from dcl.lattice.tile_patterns import tile_codes
from dcl.models.card import NETWORK, Origin, check_network, read_card, write_card
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.kernels.sequence_models import Kernels, kernels
from dcl.models.kernels.sequence_sweeper import SequenceSweeper
from dcl.models.kernels.table_sweeps import TableSweeper
from dcl.models.kernels.tile_sweeps import DenseTileSweeper, dense_weights, tile_table
from dcl.models.networks.likelihood import OutputKind

__all__ = ["EnergyModel", "ExtensiveEnergy", "SequenceEnergy", "load_energy_model"]

MAX_TABLE = 3**16
QUICK_TABLE = 2**16
"""Patterns that are listed in less time than it takes to send one batch through Keras."""


class EnergyModel(Protocol):
    """Anything that gives an energy to configurations."""

    n_states: int
    lattice_size: LatticeSize | None
    """Linear size, or rows and columns, or None where any size will do."""

    def energy(self, configurations: NDArray[np.int8]) -> NDArray[np.float64]:
        """Total energies in J, shape (n,), of configurations (n, L1, L2)."""

    def save(self, path: Path) -> None:
        """Write the model as a folder; what it was learned from goes into its card."""


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

    network: keras.Model
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

    def kernels(self) -> Kernels:
        """Collect compiled functions of sequences, with the network's present weights."""
        if self.network.name != "gru":
            return kernels(self.network, self.n_states)
        normalised, uniform = self.output == "logits", self.uniform_first_site
        return kernels(
            self.network, self.n_states, normalised=normalised, uniform_first_site=uniform
        )

    def sweeper(self) -> SequenceSweeper:
        """Make a Metropolis sweeper for `dcl.sampling.replica_exchange.replica_exchange`."""
        found, order = self.kernels(), unwrap_order(self.order, self.lattice_size)
        return SequenceSweeper(
            self.temperature, order, self.n_states, found.weights, found.sweep, found.multiple
        )

    def log_probability(self, configurations: NDArray[np.int8]) -> NDArray[np.float64]:
        """Ln P of each configuration, shape (n,): the sum of its conditionals (Eq. 3)."""
        return self.kernels().log_probabilities(self.sequences(configurations))

    def energy(self, configurations: NDArray[np.int8]) -> NDArray[np.float64]:
        """-T ln P, shape (n,), in J."""
        return -self.temperature * self.log_probability(configurations)

    def energy_difference(
        self, initial: NDArray[np.int8], final: NDArray[np.int8]
    ) -> NDArray[np.float64]:
        """E(final) - E(initial) = T ln(P(initial) / P(final)), shape (n,), in J (Eq. 2)."""
        return self.energy(final) - self.energy(initial)

    def sample(self, count: int, seed: int) -> NDArray[np.int8]:
        """Draw independent configurations from the network, site by site.

        Returns
        -------
        numpy.ndarray
            int8, shape (count, L1, L2), distributed as the network's P.
        """
        sequences = self.kernels().sample(count, seed)
        configurations = np.empty_like(sequences)
        configurations[:, unwrap_order(self.order, self.lattice_size)] = sequences
        if self.n_states == 2:
            configurations = 2 * configurations - 1
        return configurations.reshape(count, *lattice_shape(self.lattice_size))

    def save(self, path: Path) -> None:
        """Write the model as a folder, which appears by rename.

        What it was learned from goes into its card.
        """
        card = {
            "kind": "sequence",
            "temperature": self.temperature,
            "lattice_size": self.lattice_size,
            "n_states": self.n_states,
            "order": self.order,
            "output": self.output,
            "uniform_first_site": self.uniform_first_site,
        }
        if self.boundaries == "open":
            card["boundaries"] = self.boundaries
        _save(self, card, path)


@dataclass(frozen=True)
class ExtensiveEnergy:
    """The energy of an extensive network: a sum over tiles, so for any lattice that f divides.

    Parameters
    ----------
    network : keras.Model
        From tiles (n, tiles, w * w) to energies (n,), as `build_ednn` makes it.
    focus, context : int
    n_states : int
    origin : mapping
        Data, training and metrics, as in the card; see `dcl.models.card`.

    Raises
    ------
    InputError
        If the network is made for tiles of another size.
    """

    network: keras.Model
    focus: int = 2
    context: int = 1
    n_states: int = 2
    origin: Origin = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        sites = (self.focus + 2 * self.context) ** 2
        if self.network.input_shape != (None, None, sites):
            raise InputError(
                f"network: found inputs of shape {self.network.input_shape}, "
                f"expected {(None, None, sites)}"
            )

    lattice_size = None

    def tiles(self, configurations: NDArray[np.int8]) -> NDArray[np.int8]:
        """States of the tiles, shape (n, tiles, w * w).

        Raises
        ------
        InputError
            If the focus does not divide the lattice size.
        """
        configurations = check_configurations(configurations, "configurations", self.n_states)
        _, rows, columns = configurations.shape
        sites = tile_sites(lattice_size(rows, columns), self.focus, self.context)
        flat = np.maximum(configurations, 0).reshape(len(configurations), -1)
        return np.take(flat, sites, axis=1)

    @property
    def tabulable(self) -> bool:
        """Whether the patterns of a tile are few enough (3^16) to list their energies."""
        return self._patterns <= MAX_TABLE

    @property
    def _patterns(self) -> int:
        return int(self.n_states ** (self.focus + 2 * self.context) ** 2)

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """Energy of every pattern of a tile; see `dcl.models.kernels.tile_sweeps.tile_table`.

        Pattern number k holds state (k // Q**m) % Q at site m of the tile.
        """
        return tile_table(dense_weights(self.network, self.n_states))

    def sweeper(self, size: LatticeSize) -> TableSweeper | DenseTileSweeper:
        """Make a Metropolis sweeper for `dcl.sampling.replica_exchange.replica_exchange`.

        Parameters
        ----------
        size : int or tuple of int
            Linear size of the lattice, or rows and columns; the focus must divide them.
        """
        sites = tile_sites(size, self.focus, self.context)
        if self.tabulable:
            return TableSweeper(self.table, sites, self.n_states)
        return DenseTileSweeper(dense_weights(self.network, self.n_states), sites, self.n_states)

    def energy(
        self, configurations: NDArray[np.int8], batch_size: int = 4096
    ) -> NDArray[np.float64]:
        """Sum of the tiles' energies, shape (n,), in J."""
        result = np.empty(len(configurations))
        for start in range(0, len(configurations), batch_size):
            tiles = self.tiles(configurations[start : start + batch_size])
            if self._patterns <= QUICK_TABLE:
                energies = self.table[tile_codes(tiles, self.n_states)].sum(1, dtype=np.float64)
            else:
                energies = np.asarray(self.network.predict_on_batch(tiles), dtype=np.float64)
            result[start : start + batch_size] = energies
        return result

    def save(self, path: Path) -> None:
        """Write the model as a folder, which appears by rename.

        What it was learned from goes into its card.
        """
        card = {
            "kind": "extensive",
            "focus": self.focus,
            "context": self.context,
            "n_states": self.n_states,
        }
        _save(self, card, path)


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


def _save(model: SequenceEnergy | ExtensiveEnergy, card: dict[str, Any], path: Path) -> None:
    with new_folder(Path(path)) as draft:
        model.network.save(draft / NETWORK)
        write_card(draft, card, model.origin)


def load_energy_model(path: Path) -> SequenceEnergy | ExtensiveEnergy | CouplingsEnergy:
    """Load a saved sequence model, extensive network or cluster expansion.

    Raises
    ------
    InputError
        If the folder, the card or the network is missing, damaged or does not match its hash, or
        the network has other layers than `dcl.models.networks` makes.
    """
    path = Path(path)
    if not path.is_dir():
        raise InputError(f"{path}: found no such folder, expected a model folder")
    card, origin = read_card(path)
    kinds: dict[Any, Callable[..., SequenceEnergy | ExtensiveEnergy]] = {
        "sequence": SequenceEnergy,
        "extensive": ExtensiveEnergy,
    }
    kind = card.pop("kind", None)
    if kind == "couplings":
        return CouplingsEnergy.load(path, card, origin)
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(
            f"{path / 'model.json'}: kind: found {kind!r}, expected sequence, extensive or "
            "couplings"
        )
    check_network(path / NETWORK)
    try:
        network = keras.saving.load_model(path / NETWORK, compile=False, safe_mode=True)
        return kinds[kind](network, origin=origin, **card)
    except Exception as error:  # a damaged file can raise nearly anything
        line = (str(error).splitlines() or ["an error"])[0][:200]
        raise InputError(f"{path}: found a model that cannot be loaded ({line})") from None
