"""Snapshots: configurations observed at one temperature.

In memory configurations are int8, shape (n, L1, L2): spins -1 and +1, or states 0..Q-1. What can be
done a part at a time takes any `SnapshotSet`; see `dcl.lattice.snapshot_files` for files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.files import new_file
from dcl.lattice.configurations import check_configurations, check_n_states, check_temperature
from dcl.lattice.field_hashes import with_content
from dcl.lattice.storage import whole_array

__all__ = ["SnapshotSet", "Snapshots", "save_snapshots"]


class SnapshotSet(Protocol):
    """Snapshots that need not be in memory."""

    @property
    def temperature(self) -> float | None:
        """Temperature in J / k_B, or None where it is not known."""

    @property
    def n_states(self) -> int:
        """Number of states: 2 for spins +1 / -1, Q for states 0..Q-1."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of snapshots, rows and columns of the lattice."""

    def parts(self) -> Iterator[NDArray[np.int8]]:
        """Yield all configurations in order, int8 (any number, L1, L2) at a time."""

    def take(self, numbers: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return the configurations of these numbers, which must rise."""


@dataclass(frozen=True)
class Snapshots:
    """Configurations and the temperature at which they were observed.

    Parameters
    ----------
    configurations : numpy.ndarray
        Integers or booleans, shape (n, L1, L2); kept as int8, C-contiguous.
    temperature : float
        In units of J / k_B.
    n_states : int
        2 for spins +1 / -1, Q for states 0..Q-1.

    Raises
    ------
    InputError
        If the configurations, the temperature or the number of states are not as described.

    Examples
    --------
    >>> Snapshots(np.ones((3, 2, 2), np.int8), temperature=4.0).lattice_size
    2
    """

    configurations: NDArray[np.int8]
    temperature: float
    n_states: int = 2

    def __post_init__(self) -> None:
        n_states = check_n_states(self.n_states, "n_states")
        checked = {
            "configurations": check_configurations(self.configurations, "configurations", n_states),
            "temperature": check_temperature(self.temperature, "temperature"),
            "n_states": n_states,
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of snapshots, rows and columns of the lattice."""
        count, rows, columns = self.configurations.shape
        return count, rows, columns

    @property
    def lattice_size(self) -> int:
        """Linear size L; raises InputError if the lattice is not a square."""
        _, rows, columns = self.shape
        if rows != columns:
            raise InputError(f"lattice: found {rows} x {columns} sites, expected L x L")
        return rows

    def parts(self) -> Iterator[NDArray[np.int8]]:
        """Yield all configurations in order, int8 (any number, L1, L2) at a time."""
        return whole_array("configurations", self.configurations).parts()

    def take(self, numbers: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return the configurations of these numbers."""
        return self.configurations[numbers]


def save_snapshots(snapshots: Snapshots, path: Path) -> None:
    """Write a snapshot file with the hashes of its fields; it appears by rename.

    Examples
    --------
    >>> import tempfile
    >>> from dcl.lattice.snapshot_files import load_snapshots
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "snapshots.npz"
    ...     save_snapshots(Snapshots(np.ones((3, 2, 2), np.int8), 4.0), path)
    ...     load_snapshots(path).temperature
    4.0
    """
    with new_file(Path(path)) as draft, draft.open("wb") as stream:
        fields = {
            "configurations": snapshots.configurations,
            "temperature": np.array(snapshots.temperature),
            "n_states": np.array(snapshots.n_states),
        }
        np.savez(stream, **with_content(fields))
