"""Learning curves: the fall of a loss with the configurations seen, and its extrapolation.

A straight line through the later part of a learning curve, both axes logarithmic, is a power law.
Carried beyond the data it is an extrapolation, and always comes with a band. A curve on a plateau
says nothing about when it will leave it: there is no law to carry on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError

__all__ = ["FALLING", "SHARES", "Extrapolation", "PowerLaw", "extrapolate", "power_law"]

Array = NDArray[np.float64]

SHARES = (1 / 3, 1 / 2, 2 / 3)
"""Parts of the curve, from its end, to which laws are fitted; the second gives the best guess."""


FALLING = -0.1
"""The flattest exponent that is carried on, a fifth less for ten times the configurations."""


@dataclass(frozen=True)
class PowerLaw:
    """The law ``kl = amplitude * seen**exponent``; a falling curve has a negative exponent."""

    amplitude: float
    exponent: float

    def at(self, seen: ArrayLike) -> Array:
        """The law's value after so many configurations."""
        return np.asarray(self.amplitude * np.asarray(seen, float) ** self.exponent)

    def needed(self, kl: float) -> float:
        """Extrapolate to the configurations needed to reach `kl`; infinite if it never does.

        Examples
        --------
        >>> round(PowerLaw(amplitude=100.0, exponent=-0.5).needed(0.1))
        1000000
        """
        if self.exponent >= 0:
            return float("inf")
        logarithm = (np.log(kl) - np.log(self.amplitude)) / self.exponent
        return float(np.exp(logarithm)) if logarithm < 700 else float("inf")


@dataclass(frozen=True)
class Extrapolation:
    """A learning curve carried on.

    Parameters
    ----------
    seen, kl : numpy.ndarray
        The curve, as measured.
    laws : tuple of PowerLaw
        Fitted to the last points of it, one for each of `SHARES`.
    beyond : numpy.ndarray
        Configurations seen, from the end of the curve on.
    lowest, highest : numpy.ndarray
        The band there: see `extrapolate`.
    """

    seen: Array
    kl: Array
    laws: tuple[PowerLaw, ...]
    beyond: Array
    lowest: Array
    highest: Array

    @property
    def law(self) -> PowerLaw:
        """The best guess, fitted to the last `fitted` points."""
        return self.laws[1]

    @property
    def fitted(self) -> int:
        """Half the points."""
        return round(SHARES[1] * len(self.seen))

    @property
    def is_falling(self) -> bool:
        """Test if the loss still falls, so that it can be extrapolated; see `FALLING`."""
        return bool(self.law.exponent <= FALLING)

    @property
    def outcome(self) -> str:
        """Value and band at the end of the extrapolation, in words.

        Examples
        --------
        >>> extrapolate(range(1, 10), [0.5] * 9, 100).outcome
        'on a plateau, not extrapolated'
        """
        if not self.is_falling:
            return "on a plateau, not extrapolated"
        value, lowest, highest = self.law.at(self.beyond[-1]), self.lowest[-1], self.highest[-1]
        return f"extrapolated to {value:.1g} ({lowest:.1g} to {highest:.1g})"


def power_law(seen: ArrayLike, kl: ArrayLike) -> PowerLaw:
    """Least squares of ln kl against ln seen.

    Parameters
    ----------
    seen, kl : array_like
        Positive, at least two different points.

    Raises
    ------
    InputError
        If they are not.

    Examples
    --------
    >>> law = power_law([1e4, 1e5, 1e6], [1.0, 0.1, 0.01])
    >>> round(law.exponent, 6), round(law.amplitude)
    (-1.0, 10000)
    """
    slope, height = np.polyfit(*_logarithms(seen, kl), 1)
    return PowerLaw(amplitude=float(np.exp(height)), exponent=float(slope))


def extrapolate(
    seen: Sequence[float], kl: Sequence[float], up_to: float, *, seed: int = 1, draws: int = 500
) -> Extrapolation:
    """Carry a learning curve on by power laws, with a band.

    The best guess is a law fitted to the later half. The band holds nine tenths of the values that
    come of fitting the last third, half and two thirds, each with its residuals drawn anew: it
    covers the scatter of the points and the choice of where to start, not a change of the law.

    Parameters
    ----------
    seen, kl : sequence of float
        A learning curve of at least nine points, configurations seen rising.
    up_to : float
        Configurations seen at the end of the extrapolation.
    seed : int
    draws : int
        Of the residuals, for each part of the curve.

    Raises
    ------
    InputError
        If there are too few points, one is not positive, or the curve goes beyond `up_to`.

    Examples
    --------
    >>> seen = [1e4 * k for k in range(1, 21)]
    >>> round(float(extrapolate(seen, [1e3 / s for s in seen], 1e9).law.at(1e9)), 9)
    1e-06
    """
    if len(seen) < 9 or not seen[-1] < up_to:
        raise InputError(
            f"learning curve: found {len(seen)} points up to {seen[-1]:g}, expected 9 or more "
            f"below {up_to:g}"
        )
    generator = np.random.default_rng(seed)
    beyond = np.geomspace(seen[-1], up_to, 60)
    parts = [(seen[-n:], kl[-n:]) for n in (round(share * len(seen)) for share in SHARES)]
    bands = [_redrawn(*part, beyond, draws, generator) for part in parts]
    lowest, highest = np.quantile(np.concatenate(bands), (0.05, 0.95), axis=0)
    laws = tuple(power_law(*part) for part in parts)
    return Extrapolation(np.array(seen), np.array(kl), laws, beyond, lowest, highest)


def _redrawn(
    seen: Sequence[float], kl: Sequence[float], beyond: Array, draws: int,
    generator: np.random.Generator,
) -> Array:  # fmt: skip
    """Values (draws, beyond) of laws fitted to curves with the residuals drawn anew."""
    x, y = _logarithms(seen, kl)
    fitted = np.polyval(np.polyfit(x, y, 1), x)
    residuals = (y - fitted) * np.sqrt(len(x) / (len(x) - 2))
    curves = fitted + generator.choice(residuals, (draws, len(x)))
    slopes, heights = np.polyfit(x, curves.T, 1)[..., None]
    return np.asarray(np.exp(heights + slopes * np.log(beyond)))


def _logarithms(seen: ArrayLike, kl: ArrayLike) -> tuple[Array, Array]:
    x, y = np.asarray(seen, float), np.asarray(kl, float)
    usable = x.ndim == 1 and x.shape == y.shape and len(np.unique(x)) > 1
    if not usable or not (np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)).all():
        raise InputError("learning curve: found other values, expected two positive points or more")
    return np.log(x), np.log(y)
