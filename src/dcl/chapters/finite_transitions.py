"""Exact temperatures at which a finite Ising lattice comes nearest to a transition.

There are several, by what is steepest or largest there, and methods that look for a transition in
snapshots find one or another of them. J = 1, temperatures in J / k_B.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit, logsumexp

from dcl.chapters.snake_net import CLIP, NEAR, WINDOW
from dcl.exact.ising import ising_density_of_states, ising_thermodynamics
from dcl.exact.masked_spins import neighbour_entropy

__all__ = ["WIDTHS", "exact_transitions"]

BOUNDS = 2.1, 2.7
"""Between them lie all temperatures that are sought."""
WIDTHS = 0.12, 0.035
"""Widths of a snake's guess in the first and the last iteration."""


def exact_transitions(size: int) -> dict[str, float]:
    """Exact temperatures of a finite lattice, by what is steepest or largest there.

    Parameters
    ----------
    size : int
        L, an even number up to 10.

    Returns
    -------
    dict of float
        ``loss``: steepest entropy of a spin given its neighbours; ``variance``: largest variance
        of the energy, the peak of the second derivative of ln Z by K = J / T; ``heat capacity``:
        its peak; ``contour``: rest of a snake whose learner is exact.

    Examples
    --------
    >>> {name: round(t, 3) for name, t in exact_transitions(8).items()}
    {'loss': 2.339, 'variance': 2.459, 'contour': 2.374, 'heat capacity': 2.362}
    """

    def entropy_rise(t: float) -> float:
        return neighbour_entropy(size, t + 1e-3) - neighbour_entropy(size, t - 1e-3)

    def capacity(power: int) -> Callable[[float], float]:
        return lambda t: t**power * float(ising_thermodynamics(size, [t]).heat_capacity[0])

    return {
        "loss": _maximum(entropy_rise),
        "variance": _maximum(capacity(2)),
        "contour": float(brentq(lambda t: _contour_force(size, t, WIDTHS[1]), *BOUNDS)),
        "heat capacity": _maximum(capacity(0)),
    }


def _maximum(curve: Callable[[float], float]) -> float:
    found = minimize_scalar(
        lambda t: -curve(t), bounds=BOUNDS, method="bounded", options={"xatol": 1e-5}
    )
    return float(found.x)


@cache
def _levels(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies of the levels, and the logarithms of the numbers of their states."""
    energies, multiplicities = ising_density_of_states(size)
    return energies, np.log(np.array(multiplicities, np.float64))


def _contour_force(size: int, temperature: float, width: float) -> float:
    """Pull on a snake whose learner is exact: it knows the law of the energy at each temperature.

    A snapshot says no more of its temperature than its energy does.
    """
    energies, log_multiplicities = _levels(size)
    away = np.linspace(-WINDOW, WINDOW, 401) * width
    logs = log_multiplicities - np.divide.outer(energies, temperature + away).T
    chances = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
    guess = expit(away / width)
    learned = logit(guess @ chances / chances.sum(axis=0))
    weights = np.where(abs(away) <= NEAR * width, guess * (1 - guess), 0)
    return float(weights @ chances @ np.clip(learned, -CLIP, CLIP))
