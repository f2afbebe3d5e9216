"""Baselines that are told the form of the Hamiltonian: pair couplings, by distance or of each.

The inverse Ising problem by pseudolikelihood (Aurell and Ekeberg, Phys. Rev. Lett. 108, 090201
(2012); Nguyen, Zecchina and Berg, Adv. Phys. 66, 197 (2017)). `fit_pairwise` has one coupling for
each displacement on the torus, `fit_every_pair` one for every pair and a field at every site. They
cannot represent any other Hamiltonian.
"""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from tqdm import tqdm

from dcl.errors import InputError
from dcl.lattice.snapshots import Snapshots
from dcl.learning.couplings import PairCouplings

__all__ = ["PairwiseEnergy", "fit_every_pair", "fit_pairwise"]

Array = NDArray[np.float64]

CHUNK = 5000
"""Configurations whose local fields are in memory at a time."""
NEWTON_STEPS = 8
STRENGTHS = (0.01, 0.1, 1.0, np.inf)
"""Values of scikit-learn's C, the inverse of how strongly couplings are held near zero."""


@dataclass(frozen=True)
class PairwiseEnergy:
    """E = -sum over displacements d of J_d sum over pairs at d of s s'.

    Attributes
    ----------
    couplings : numpy.ndarray
        float64, in J, one a displacement up to its sign.
    lattice_size : int
    """

    couplings: Array
    lattice_size: int

    n_states = 2

    def energy(self, configurations: NDArray[np.int8]) -> Array:
        """Total energies in J, shape (n,), of spins (n, L, L)."""
        parts = np.array_split(configurations, max(1, len(configurations) // CHUNK))
        return np.concatenate([self._energy(part) for part in parts])

    def _energy(self, spins: NDArray[np.int8]) -> Array:
        fields = np.tensordot(self.couplings.astype(np.float32), local_fields(spins), axes=1)
        return np.asarray(-(spins * fields).sum(axis=(1, 2), dtype=np.float64) / 2)


def local_fields(spins: NDArray[np.int8]) -> NDArray[np.float32]:
    """Sum the spins at every displacement of each site, shape (displacements, n, L, L).

    Examples
    --------
    >>> local_fields(np.ones((1, 4, 4), np.int8))[:, 0, 0, 0].tolist()
    [2.0, 1.0, 2.0, 2.0, 2.0, 2.0, 1.0, 2.0, 1.0]
    """
    size = spins.shape[1]
    steps = [(i, j) for i in range(size) for j in range(size)]
    halves = [(i, j) for i, j in steps if (0, 0) < (i, j) <= ((-i) % size, (-j) % size)]
    fields = np.empty((len(halves), *spins.shape), np.float32)
    for number, (i, j) in enumerate(halves):
        fields[number] = np.roll(spins, (i, j), (1, 2))
        if (2 * i % size, 2 * j % size) != (0, 0):
            fields[number] += np.roll(spins, (-i, -j), (1, 2))
    return fields


def fit_pairwise(snapshots: Snapshots) -> PairwiseEnergy:
    """Couplings by Newton's method on the pseudolikelihood.

    Raises
    ------
    InputError
        If the snapshots are not of spins.

    Examples
    --------
    >>> from dcl import Ising
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> spins = sample_equilibrium(Ising(), 8, 4.0, 2000, seed=1)
    >>> int(fit_pairwise(Snapshots(spins, 4.0)).couplings.argmax()) in (0, 4)  # a neighbour
    True
    """
    _require_spins(snapshots)
    spins, size = snapshots.configurations, snapshots.lattice_size
    count = len(local_fields(spins[:1]))
    couplings = np.zeros(count)
    scale = np.float32(2 / snapshots.temperature)
    for _ in range(NEWTON_STEPS):
        gradient, curvature = np.zeros(count), np.zeros((count, count))
        for start in range(0, len(spins), CHUNK):
            part = spins[start : start + CHUNK]
            inputs = (local_fields(part) * part).reshape(count, -1) * scale
            wrong = expit(-(couplings.astype(np.float32) @ inputs))
            gradient += inputs @ wrong
            curvature += (inputs * (wrong * (1 - wrong))) @ inputs.T
        couplings += np.linalg.solve(curvature, gradient)
    return PairwiseEnergy(couplings, size)


def fit_every_pair(snapshots: Snapshots) -> PairCouplings:
    """A coupling for every pair: scikit-learn's logistic regression of each spin on all others.

    The two estimates of a coupling are averaged. How strongly couplings are held near zero is
    chosen by every eighth spin of the last tenth of the snapshots. Needs scikit-learn
    (``pip install 'dcl[sklearn]'``).

    Raises
    ------
    InputError
        If the snapshots are not of spins, or fewer than ten, of which none could be kept aside to
        choose how strongly couplings are held near zero.

    Examples
    --------
    >>> from dcl import Ising
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> spins = sample_equilibrium(Ising(), 4, 4.0, 2000, seed=1)
    >>> fit_every_pair(Snapshots(spins, 4.0)).matrix[0].argmax() in (1, 3, 4, 12)  # a neighbour
    True
    """
    _require_spins(snapshots)
    spins = snapshots.configurations.reshape(len(snapshots.configurations), -1).astype(np.float64)
    kept_out = len(spins) // 10
    if kept_out < 1:
        raise InputError(f"pairwise: found {len(spins)} snapshots, expected 10 or more")
    seen, others = spins[:-kept_out], spins[-kept_out:]

    def score(strength: float) -> float:
        return sum(
            _log_likelihood(others, site, *_regression(seen, site, strength))
            for site in range(0, spins.shape[1], 8)
        )

    strength = max(STRENGTHS, key=score)
    sites = tqdm(range(spins.shape[1]), "spins", file=sys.stderr, dynamic_ncols=True)
    weights, biases = zip(*(_regression(spins, site, strength) for site in sites), strict=True)
    scale = snapshots.temperature / 2
    matrix, field = scale * np.array(weights), scale * np.array(biases)
    return PairCouplings((matrix + matrix.T) / 2, field, constant=0.0, beyond_pairs=0.0)


def _require_spins(snapshots: Snapshots) -> None:
    if snapshots.n_states != 2:
        raise InputError(f"pairwise: found {snapshots.n_states} states, expected spins")


def _regression(spins: Array, site: int, strength: float) -> tuple[Array, float]:
    """Weights of all spins, 0 of the site itself, and bias in the logit of one spin."""
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-8)
    regression.fit(np.delete(spins, site, 1), spins[:, site])
    return np.insert(regression.coef_[0], site, 0.0), float(regression.intercept_[0])


def _log_likelihood(spins: Array, site: int, weights: Array, bias: float) -> float:
    """Mean of ln P of one spin, given all others."""
    return float(-np.logaddexp(0, -spins[:, site] * (spins @ weights + bias)).mean())
