"""Observables against temperature: the result of a scan, in memory and as JSON."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.lattice.geometry import LatticeSize, lattice_shape

__all__ = ["Scan"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scan:
    """Observables against temperature, each an array (n_temperatures,) with its standard error.

    ``energy`` and ``heat_capacity`` are totals (J, k_B); ``magnetisation`` is ``<|m|>`` per site,
    or the Potts order parameter; ``binder_cumulant`` is 1 - <m^4> / (3 <m^2>^2).
    ``autocorrelation_time`` is the energy's, in sweeps, and ``warnings`` names the temperatures
    whose chains are shorter than 50 of them.

    Where all neighbouring temperatures exchange at least one configuration in a hundred attempts
    and there are four chains or more, the temperatures are combined by the multiple-histogram
    method (`dcl.analysis.multiple_histogram`), and errors are from a jackknife over the chains.
    Otherwise each temperature stands alone, and errors are from the autocorrelation times.
    """

    lattice_size: LatticeSize
    temperatures: Array
    energy: Array
    energy_error: Array
    heat_capacity: Array
    heat_capacity_error: Array
    magnetisation: Array
    magnetisation_error: Array
    binder_cumulant: Array
    binder_cumulant_error: Array
    autocorrelation_time: Array
    warnings: tuple[str, ...]

    def per_site(self, observable: str) -> tuple[Array, Array]:
        """Return an observable and its errors, totals divided by the number of sites."""
        rows, columns = lattice_shape(self.lattice_size)
        sites = rows * columns if observable in ("energy", "heat_capacity") else 1
        return getattr(self, observable) / sites, getattr(self, f"{observable}_error") / sites

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        values = asdict(self)
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Scan":
        """Read back what `to_json` gave."""
        others = dict(values)
        size, warnings = others.pop("lattice_size"), others.pop("warnings")
        arrays = {name: np.array(value) for name, value in others.items()}
        return cls(tuple(size) if isinstance(size, list) else size, **arrays, warnings=(*warnings,))

    def at(self, numbers: NDArray[np.int64]) -> "Scan":
        """Pick temperatures by their numbers, in this order."""
        picked: dict[str, Any] = {
            name: value[numbers]
            for name, value in vars(self).items()
            if isinstance(value, np.ndarray)
        }
        return replace(self, **picked)
