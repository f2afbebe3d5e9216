"""The energy of an extensive network: a sum over overlapping tiles, total, in J."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import check_configurations
from dcl.lattice.geometry import LatticeSize, lattice_size, tile_sites
from dcl.lattice.tile_patterns import tile_codes
from dcl.models.card import Origin, save_model
from dcl.models.kernels.table_sweeps import TableSweeper
from dcl.models.kernels.tile_sweeps import DenseTileSweeper, dense_weights, tile_table

if TYPE_CHECKING:
    import keras

__all__ = ["ExtensiveEnergy"]

MAX_TABLE = 3**16
QUICK_TABLE = 2**16
"""Patterns that are listed in less time than it takes to send one batch through Keras."""


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

    network: "keras.Model"
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
        """Tell if the patterns of a tile are few enough (3^16) to list their energies."""
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
        fields = {name: getattr(self, name) for name in ("focus", "context", "n_states")}
        save_model(self.network, {"kind": "extensive", **fields}, self.origin, path)
