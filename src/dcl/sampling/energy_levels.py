"""Test sets: the same number of configurations at every energy level or in every energy window."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.files import new_file
from dcl.lattice.field_hashes import with_content
from dcl.lattice.storage import open_arrays

__all__ = ["EnergyLevels"]


@dataclass(frozen=True)
class EnergyLevels:
    """Configurations sorted by energy.

    Attributes
    ----------
    energies
        float64 (n_levels,), ascending: the levels' total energies in units of J, or the centres of
        windows of equal width where energies are continuous.
    configurations
        int8 (n_levels, per_level, L, L).

    Examples
    --------
    >>> levels = EnergyLevels(np.array([-32.0]), np.ones((1, 5, 4, 4), np.int8))
    >>> levels.configurations.shape
    (1, 5, 4, 4)
    """

    energies: NDArray[np.float64]
    configurations: NDArray[np.int8]

    def __post_init__(self) -> None:
        shape, n_levels = self.configurations.shape, len(self.energies)
        if len(shape) != 4 or shape[0] != n_levels or shape[2] != shape[3]:
            raise InputError(
                f"configurations: found shape {shape}, expected ({n_levels}, per_level, L, L)"
            )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an .npz file with its fields' hashes, which appears whole or not at all."""
        with new_file(Path(path)) as temporary:
            fields = {"energies": self.energies, "configurations": self.configurations}
            np.savez_compressed(temporary, **with_content(fields))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> EnergyLevels:
        """Read what ``save`` wrote; raises InputError for a missing, damaged or another file."""
        arrays = open_arrays(Path(path))
        try:
            return cls(*(arrays[name].read() for name in ("energies", "configurations")))
        except Exception as error:  # a damaged file can raise nearly anything
            reason = " ".join(str(error).split())[:120]
            raise InputError(f"{path}: found {reason}, expected energy levels (.npz)") from None
