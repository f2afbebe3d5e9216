"""Faults of pictures, put on snapshots whose Hamiltonian is known: noise, missing sites, exposure.

Grey values are floats (n, L, L), -1 for a spin that is down and +1 for up; spins are int8. Their
temperature is 1, so that couplings are in units of k_B T: K = J / (k_B T), positive for order.
"""

from math import comb
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import convolve
from scipy.stats import norm

from dcl.lattice.geometry import Boundaries
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.snapshots import Snapshots
from dcl.learning.misread_spins import TERMS
from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.sampling.heat_bath import sample_heat_bath

__all__ = [
    "blurred_coupling", "expose", "fill_missing", "infer_complete", "infer_pairs",
    "misreading_probabilities", "noisy_couplings", "photograph", "read_spins",
]  # fmt: skip

Array = NDArray[np.float64]
Spins = NDArray[np.int8]
Filling = Literal["coin", "up", "majority"]

NEIGHBOURS = np.array([[[0, 1, 0], [1, 0, 1], [0, 1, 0]]])
PARTS = 10


def expose(size: int, coupling: float, count: int, sweeps: int, seed: int) -> Array:
    """Average successive states of Ising chains at K, one heat-bath sweep apart.

    Examples
    --------
    >>> expose(4, 0.25, count=3, sweeps=5, seed=1).shape
    (3, 4, 4)
    """
    states = sample_heat_bath(
        Ising(), size, 1 / coupling, count * sweeps, chains=count, stride=1, burn_in=100, seed=seed
    )
    return np.asarray(states.reshape(sweeps, count, size, size).mean(axis=0))


def photograph(grey: Array, noise: float, seed: int) -> Array:
    """Add normal noise of this standard deviation, in units of half the contrast."""
    return grey + noise * np.random.default_rng(seed).standard_normal(grey.shape)


def read_spins(grey: Array, threshold: float = 0.0) -> Spins:
    """Read the sites above the threshold as up.

    Examples
    --------
    >>> read_spins(np.array([[[-0.2, 0.4]]]))
    array([[[-1,  1]]], dtype=int8)
    """
    return np.where(grey > threshold, 1, -1).astype(np.int8)


def misreading_probabilities(noise: float, threshold: float = 0.0) -> tuple[float, float]:
    """Probabilities that down is read as up, and up as down.

    Connected pair correlations are multiplied by (1 - their sum)^2.
    """
    return float(norm.sf((1 + threshold) / noise)), float(norm.cdf((threshold - 1) / noise))


def fill_missing(spins: Spins, missing: NDArray[np.bool_], filling: Filling, seed: int) -> Spins:
    """Replace missing sites by a coin toss, by up, or by most of the known neighbours.

    Examples
    --------
    >>> fill_missing(-np.ones((1, 2, 2), np.int8), np.eye(2, dtype=bool)[None], "up", seed=1)
    array([[[ 1, -1],
            [-1,  1]]], dtype=int8)
    """
    coin = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), spins.shape)
    near = convolve(np.where(missing, 0, spins), NEIGHBOURS, mode="wrap")
    majority = np.where(near == 0, coin, np.sign(near))
    values = {"coin": coin, "up": np.ones_like(coin), "majority": majority}
    return np.asarray(np.where(missing, values[filling], spins), np.int8)


def infer_complete(spins: Spins, missing: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Infer couplings as `infer_pairs` does, from the windows of 5 x 5 sites with none missing.

    These windows are independent of the spins if the missing sites are. They overlap, so that the
    errors are not those of independent windows but come from the spread of ten parts of the data.
    """
    around, gaps = (sliding_window_view(part, (5, 5), (1, 2)) for part in (spins, missing))
    complete = ~gaps.any(axis=(-2, -1))
    pieces = zip(np.array_split(around, PARTS), np.array_split(complete, PARTS), strict=True)
    values = [infer_pairs(np.asarray(part[whole]), "open")[0] for part, whole in pieces]
    errors = np.std(values, axis=0, ddof=1) / PARTS**0.5
    return infer_pairs(np.asarray(around[complete]), "open")[0], errors


def infer_pairs(spins: Spins, boundaries: Boundaries = "periodic") -> tuple[Array, Array]:
    """Infer a field and couplings to three kinds of neighbours, with errors, shapes (4,).

    Zero, and no error, stands for a term that the pseudolikelihood fit does not find.
    """
    settings = PseudolikelihoodSettings(most_sites=2, symmetries=("point-group",))
    _, inferred = fit_pseudolikelihood(Snapshots(spins, 1.0), settings, boundaries=boundaries)
    found = {function.name: (-value, error) for function, value, error in inferred.terms}
    values, errors = np.array([found.get(name, (0.0, 0.0)) for name in TERMS]).T
    return values, errors


def noisy_couplings(coupling: float, flips: float) -> Array:
    """Couplings (3,) to nearest, diagonal and third neighbours after independent flips.

    To second order in K, for the nearest-neighbour Ising model: with x = (1 - 2p)^2 they are K x,
    2 K^2 x (1 - x) and K^2 x (1 - x).

    Examples
    --------
    >>> noisy_couplings(0.1, 0.05).round(4)
    array([0.081 , 0.0031, 0.0015])
    """
    x = (1 - 2 * flips) ** 2
    return np.array([coupling * x, 2 * coupling**2 * x * (1 - x), coupling**2 * x * (1 - x)])


def blurred_coupling(coupling: float, sweeps: int) -> float:
    """Nearest-neighbour coupling of majorities over an odd number of sweeps, to first order in K.

    The majority of m tosses correlates with each by c = binomial(m - 1, (m - 1) / 2) / 2^(m - 1),
    and of the m^2 pairs of sweeps 2m - 1 have a correlation, which is K.

    Examples
    --------
    >>> blurred_coupling(0.1, 1), blurred_coupling(0.1, 3)
    (0.1, 0.125)
    """
    share: float = comb(sweeps - 1, (sweeps - 1) // 2) / 2 ** (sweeps - 1)
    return coupling * share**2 * (2 * sweeps - 1)
