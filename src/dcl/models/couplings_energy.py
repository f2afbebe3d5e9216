"""The energy of a cluster expansion: a sum over all places of functions times couplings, in J.

It needs no network. On disk it is a folder with the couplings and the tables of their functions
(``couplings.json``) and a card (``model.json``, see `dcl.models.card`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.files import new_folder, read_json, write_json
from dcl.lattice.cluster_sums import ClusterSums
from dcl.lattice.clusters import MOST_PATTERNS, ClusterFunction, Sites
from dcl.lattice.configurations import check_configurations
from dcl.lattice.geometry import LatticeSize, lattice_shape, tile_sites
from dcl.models.card import COUPLINGS, Origin, write_card
from dcl.models.kernels.coupling_sweeps import CouplingSweeper
from dcl.models.kernels.multispin_sweeps import MultispinSweeper
from dcl.models.kernels.spin_products import flip_costs, spin_products
from dcl.models.kernels.strip_sweeps import StripSweeper
from dcl.models.kernels.table_sweeps import TableSweeper
from dcl.sampling.replica_exchange import Sweeper

__all__ = ["CouplingsEnergy", "weighted_clusters"]

Array = NDArray[np.float64]


def weighted_clusters(
    functions: Sequence[ClusterFunction], couplings: Array
) -> list[ClusterFunction]:
    """Energies in J by the states of each cluster: functions times couplings, added up.

    Parameters
    ----------
    functions : sequence of ClusterFunction
    couplings : numpy.ndarray
        Float64, in J.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> pair = cluster_functions(3, 2, 2)[1:2]
    >>> weighted_clusters(pair, np.array([-1.0]))[0].tables[(0, 0), (0, 1)]
    array([[-1.,  1.],
           [ 1., -1.]])
    """
    tables: dict[Sites, Array] = {}
    for function, coupling in zip(functions, couplings, strict=True):
        for sites, table in function.tables.items():
            tables[sites] = tables.get(sites, np.zeros(table.shape)) + coupling * table
    width = max((function.width for function in functions), default=1)
    return [ClusterFunction({sites: table}, width) for sites, table in tables.items()]


@dataclass(frozen=True)
class CouplingsEnergy:
    """An energy for lattices of any size, an `EnergyModel`.

    Parameters
    ----------
    functions : tuple of ClusterFunction
    couplings : numpy.ndarray
        Float64 (n,), in J.
    n_states : int
    width : int
        w of the tile that holds every cluster, odd.
    origin : mapping
        Data, training and metrics, as in the card; see `dcl.models.card`.

    Examples
    --------
    >>> from dcl.lattice.clusters import cluster_functions
    >>> pair = cluster_functions(3, 2, 2, ("point-group", "states"))[:1]
    >>> CouplingsEnergy(pair, np.array([-1.0])).energy(np.ones((1, 5, 5), np.int8)).tolist()
    [-50.0]
    """

    functions: tuple[ClusterFunction, ...]
    couplings: Array
    n_states: int = 2
    width: int = 3
    origin: Origin = field(default_factory=dict, compare=False, repr=False)

    lattice_size = None
    focus = 1

    @property
    def context(self) -> int:
        """Sites that a tile reaches beyond its middle."""
        return self.width // 2

    @cached_property
    def clusters(self) -> list[ClusterFunction]:
        """Energies in J by the states of each cluster."""
        return weighted_clusters(self.functions, self.couplings)

    @property
    def tabulable(self) -> bool:
        """Tell if the patterns of a tile are few enough (4^9) to list their energies."""
        return bool(self.n_states ** (self.width**2) <= MOST_PATTERNS)

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """Energy of every tile pattern, float32 (Q ** (w * w),), in J; see `tile_patterns`.

        Raises
        ------
        InputError
            If a tile has too many patterns to list.
        """
        table = np.zeros(self.n_states ** (self.width**2) if self.tabulable else 0)
        for cluster in self.clusters:
            table += cluster.values
        return table.astype(np.float32)

    def sweeper(self, size: LatticeSize) -> Sweeper:
        """Make a sweeper for `dcl.sampling.replica_exchange.replica_exchange`.

        Spins whose flips have few distinct costs are swept 64 replicas a machine word.

        Parameters
        ----------
        size : int or tuple of int
            Linear size of the lattice, or rows and columns.
        """
        shape = lattice_shape(size)
        sweeper: Sweeper
        if not self.tabulable:
            sweeper = CouplingSweeper(self.clusters, shape, self.n_states)
        elif self.n_states == 2 and self.width == 3 <= min(shape):
            sweeper = StripSweeper(self.table, shape)
        else:
            tiles = tile_sites(size, 1, self.context)
            sweeper = TableSweeper(self.table, tiles, self.n_states)
        if self.n_states > 2:
            return sweeper
        products = spin_products(self.clusters)
        costs = flip_costs(products, shape)
        return MultispinSweeper(products, costs, shape, sweeper) if costs else sweeper

    def energy(self, configurations: NDArray[np.int8]) -> Array:
        """Total energies in J, float64 (n,), of configurations (n, L1, L2)."""
        states = check_configurations(configurations, "configurations", self.n_states)
        _, rows, columns = states.shape
        sums = ClusterSums(self.clusters, (rows, columns))
        return np.asarray(sums(states).sum(axis=1))

    def mean_energy(self, size: LatticeSize) -> float:
        """Mean energy of uniformly random configurations of a torus, exact, in J."""
        return float(ClusterSums(self.clusters, lattice_shape(size)).means.sum())

    def save(self, path: Path) -> None:
        """Write the model as a folder, which appears by rename."""
        terms = zip(self.functions, self.couplings.tolist(), strict=True)
        content = [
            {
                "name": function.name,
                "coupling": coupling,
                "clusters": [
                    {"sites": [list(site) for site in sites], "values": table.tolist()}
                    for sites, table in function.tables.items()
                ],
            }
            for function, coupling in terms
        ]
        card = {"kind": "couplings", "n_states": self.n_states, "width": self.width}
        with new_folder(Path(path)) as draft:
            write_json(draft / COUPLINGS, {"unit": "J", "terms": content})
            write_card(draft, card, self.origin)

    @classmethod
    def load(cls, folder: Path, fields: Mapping[str, Any], origin: Origin) -> "CouplingsEnergy":
        """Read the couplings in a folder whose card has been read.

        Raises
        ------
        InputError
            If the file holds no couplings of these fields.
        """
        content = read_json(folder / COUPLINGS)
        try:
            n_states, width = int(fields["n_states"]), int(fields["width"])
            if n_states < 2 or width < 1 or width % 2 == 0:
                raise ValueError(f"{n_states} states and a tile {width} wide")
            functions, couplings = [], []
            for term in content["terms"]:
                tables = {}
                for cluster in term["clusters"]:
                    sites = tuple((int(row), int(column)) for row, column in cluster["sites"])
                    tables[sites] = np.array(cluster["values"], np.float64)
                    if tables[sites].shape != (n_states,) * len(sites) or not all(
                        0 <= place < width for site in sites for place in site
                    ):
                        raise ValueError(f"a table of shape {tables[sites].shape}")
                functions.append(ClusterFunction(tables, width))
                couplings.append(float(term["coupling"]))
                if not np.isfinite([couplings[-1], *map(np.sum, tables.values())]).all():
                    raise ValueError(f"a coupling of {couplings[-1]}")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(
                f"{folder / COUPLINGS}: found {str(error)[:80]}, expected terms with couplings"
            ) from None
        return cls(tuple(functions), np.array(couplings), n_states, width, origin)
