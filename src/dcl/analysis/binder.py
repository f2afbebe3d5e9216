"""The critical temperature from crossings of Binder cumulants (Binder, Z. Phys. B 43, 119 (1981)).

U = 1 - <m^4> / (3 <m^2>^2) falls with temperature, on a larger lattice the faster; curves of two
sizes cross near the critical temperature, the closer the larger they are. Temperatures are in
J / k_B.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from dcl.analysis.autocorrelation import estimate_mean
from dcl.analysis.multiple_histogram import jackknife
from dcl.analysis.thermodynamics import Model, sample_series
from dcl.errors import InputError
from dcl.sampling.walk import WalkOptions, check_least

__all__ = ["BinderCurve", "Crossing", "binder_curve", "crossings"]

Array = NDArray[np.float64]

_ARRAYS = ("temperatures", "cumulant", "left_out")

POINTS = 4
"""Temperatures to which the cubic is fitted."""


@dataclass(frozen=True)
class BinderCurve:
    """Binder cumulant of one lattice size against temperature.

    Attributes
    ----------
    size : int
        L.
    temperatures, cumulant : numpy.ndarray
        (n,), rising temperatures.
    left_out : numpy.ndarray
        (chains, n), the cumulant without each of the chains in turn: the jackknife.
    """

    size: int
    temperatures: Array
    cumulant: Array
    left_out: Array

    @property
    def error(self) -> Array:
        """Standard errors, from the jackknife."""
        return np.asarray(np.std(self.left_out, axis=0) * np.sqrt(len(self.left_out) - 1))

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"size": self.size, **arrays}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "BinderCurve":
        """Read back what `to_json` gave."""
        return cls(values["size"], *(np.array(values[name]) for name in _ARRAYS))


@dataclass(frozen=True)
class Crossing:
    """Crossing of the curves of two sizes, with its standard error."""

    sizes: tuple[int, int]
    temperature: float
    error: float


def binder_curve(
    model: Model,
    size: int,
    temperatures: ArrayLike,
    *,
    sweeps: int = 20_000,
    **walk: Unpack[WalkOptions],
) -> BinderCurve:
    """Sample one size around a transition and combine all temperatures.

    Parameters
    ----------
    model, size, temperatures, sweeps
        See `dcl.analysis.thermodynamics.scan`; neighbouring temperatures must overlap in energy.
    **walk
        Fields of `dcl.sampling.walk.Walk`: 8 chains, of 2 or more, a burn-in of 2000 sweeps and 5
        sweeps from one measurement to the next by default.

    Raises
    ------
    InputError
        If the temperatures do not overlap, or a number is out of range.

    Examples
    --------
    >>> from dcl import Ising
    >>> curve = binder_curve(Ising(), 4, [2.0, 2.5, 3.0], seed=1, sweeps=2000)
    >>> bool((np.diff(curve.cumulant) < 0).all())
    True
    """
    options: WalkOptions = {"chains": 8, "burn_in": 2000, "stride": 5, **walk}
    check_least(2, chains=options["chains"])
    series = sample_series(model, size, temperatures, sweeps=sweeps, **options)
    if not series.exchange_rates.min() > 0:
        raise InputError(
            f"temperatures: found no exchange between neighbours at L = {size}, expected them to "
            "overlap in energy"
        )
    times = np.array([estimate_mean(energy).autocorrelation_time for energy in series.energy])
    averages, left_out = jackknife(
        series.temperatures, series.energy, series.magnetisation, 2 * times
    )
    without = np.array([one.binder_cumulant for one in left_out])
    return BinderCurve(size, series.temperatures, averages.binder_cumulant, without)


def crossings(curves: Sequence[BinderCurve]) -> list[Crossing]:
    """Crossing of each curve with the next larger size, with jackknife errors.

    The difference of two curves is followed by a cubic through the four temperatures around the
    last change of sign. A pair that does not cross within the temperatures, with or without any one
    chain, is left out.

    Raises
    ------
    InputError
        If two curves have other temperatures.

    Examples
    --------
    >>> temperatures = np.linspace(2.0, 2.4, 5)
    >>> def line(size):
    ...     cumulant = -size * (temperatures - 2.33)
    ...     return BinderCurve(size, temperatures, cumulant, left_out=np.tile(cumulant, (2, 1)))
    >>> round(crossings([line(8), line(16)])[0].temperature, 6)
    2.33
    """
    ordered = sorted(curves, key=lambda curve: curve.size)
    found = [_crossing(small, large) for small, large in pairwise(ordered)]
    return [crossing for crossing in found if crossing is not None]


def _crossing(small: BinderCurve, large: BinderCurve) -> Crossing | None:
    if not np.array_equal(small.temperatures, large.temperatures):
        raise InputError("temperatures: found two lists, expected the same for every size")
    where = small.temperatures
    best = _root(where, large.cumulant - small.cumulant)
    if best is None:
        return None
    variance = 0.0
    for moved in ([large.cumulant - one for one in small.left_out],
                  [one - small.cumulant for one in large.left_out]):  # fmt: skip
        roots = [root for root in (_root(where, row) for row in moved) if root is not None]
        if len(roots) < len(moved):
            return None
        variance += float(np.var(roots) * (len(roots) - 1))
    return Crossing((small.size, large.size), best, float(np.sqrt(variance)))


def _root(temperatures: Array, difference: Array) -> float | None:
    """Find the last zero of the difference by a cubic through the nearest temperatures.

    Far below the transition the curves of all sizes are close, and noise makes them cross too.
    """
    falls = np.flatnonzero((difference[:-1] > 0) & (difference[1:] <= 0))
    if not falls.size:
        return None
    first = int(np.clip(falls[-1] - 1, 0, max(len(difference) - POINTS, 0)))
    near, values = (array[first : first + POINTS] for array in (temperatures, difference))
    low, high = temperatures[falls[-1]], temperatures[falls[-1] + 1]
    cubic = np.polyfit(near - low, values, len(near) - 1)
    return float(low + brentq(lambda offset: np.polyval(cubic, offset), 0.0, high - low))
