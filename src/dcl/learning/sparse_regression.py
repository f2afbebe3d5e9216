"""The linear autoregression of spins with the fewest inputs that the snapshots call for.

Site i is a logistic regression on the sites before it,

    P(s_i = +1 | s_1 ... s_{i-1}) = 1 / (1 + exp(-b_i - sum over j < i of W_ij s_j)),

a convex problem. It is climbed by Newton steps, each shortened to ln(1 + r) / r of itself, where r
is the sum of the step's absolute values: no spin's logit changes by more than r, and then no step
goes down, however cold the snapshots are (Bach, Electron. J. Stat. 4, 384 (2010)). The curvature is
that of some sequences, of more if a step turns out longer than the one before.

Each weight that is fitted costs 1 / 2N nats of N snapshots, needed or not, and adds its noise to
every energy. So weights and biases that are within a few standard errors of zero are dropped, the
least significant first.
"""

import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from tqdm import tqdm

__all__ = ["fit_linear_autoregression"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BLOCK = 50_000
"""Sequences whose floats are in memory at a time."""
CURVATURE_SEQUENCES = 100_000
"""Enough for standard errors within a per cent."""
STEP_SEQUENCES = 20_000
"""To begin with; most often enough for a curvature whose steps are right to a tenth."""
CONVERGED = 1e-3
"""Length of the last step, in standard errors."""
SHORT = 0.1
"""A step that changes every logit by less leaves the curvature as it is, to a tenth."""
PRIOR = 1.0
"""Inverse variance of a weight before any snapshot is seen, which keeps the weights of sites finite
that are determined by others in every snapshot."""


def fit_linear_autoregression(
    sequences: NDArray[np.int8], least_significance: float, *, symmetric: bool = False
) -> tuple[Array, Array, Mask]:
    """Weights of the inputs that matter, by maximum likelihood, and zero for the others.

    Parameters
    ----------
    sequences : numpy.ndarray
        States 0 or 1 in reading order, int8, shape (n, N), taken as independent.
    least_significance : float
        Standard errors by which a weight or bias must differ from zero.
    symmetric : bool
        Whether configuration and global flip are equally likely: there are no biases then.

    Returns
    -------
    weights : numpy.ndarray
        W, float64 (N, N): the logit of the upper state of site i is ``biases[i] + sum over j of
        weights[j, i] s_j`` with spins +1 and -1.
    biases : numpy.ndarray
        b, float64 (N,).
    kept : numpy.ndarray
        bool (N, N), whether site i sees site j.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> states = generator.integers(0, 2, (10_000, 3), np.int8)
    >>> states[:, 2] = states[:, 0] ^ (generator.random(10_000) < 0.2)  # the logit is 2 ln 2 s_0
    >>> weights, _, kept = fit_linear_autoregression(states, 4.0, symmetric=True)
    >>> kept.astype(int).tolist(), abs(weights[0, 2] - 2 * np.log(2)) < 0.1
    ([[0, 0, 1], [0, 0, 0], [0, 0, 0]], np.True_)
    """
    sites = sequences.shape[1]
    allowed = np.triu(np.ones((sites + 1, sites), bool), 1)
    allowed[sites] = not symmetric
    with tqdm(desc="linear skip", unit="pass", file=sys.stderr) as bar:
        weights = _climb(sequences, allowed, np.zeros(allowed.shape), bar)
        curvatures = _curvatures(sequences, weights, allowed, CURVATURE_SEQUENCES)
        for site, curvature in enumerate(curvatures):
            rows = np.flatnonzero(allowed[:, site])
            kept = rows[_significant(curvature, weights[rows, site], least_significance)]
            allowed[:, site] = np.isin(np.arange(sites + 1), kept)
        weights = _climb(sequences, allowed, weights * allowed, bar)
    return weights[:sites], weights[sites], allowed[:sites]


def _blocks(sequences: NDArray[np.int8]) -> Iterator[NDArray[np.float32]]:
    """Spins and, in the last place, a constant: (block, N + 1)."""
    for start in range(0, len(sequences), BLOCK):
        spins = 2 * sequences[start : start + BLOCK].astype(np.float32) - 1
        yield np.pad(spins, ((0, 0), (0, 1)), constant_values=1)


def _climb(sequences: NDArray[np.int8], allowed: Mask, weights: Array, bar: "tqdm[None]") -> Array:
    """The most likely weights (N + 1, N) where they are allowed."""
    count, before = STEP_SEQUENCES, np.inf
    longest = farthest = np.inf
    while longest > CONVERGED:
        if longest > before:
            count *= 2  # what matters is rare, and the first sequences have too little of it
        if farthest > SHORT or longest > before:
            curvatures = _curvatures(sequences, weights, allowed, count)
        before, longest, farthest = longest, 0.0, 0.0
        gradient = _gradient(sequences, weights)
        for site, curvature in enumerate(curvatures):
            rows = np.flatnonzero(allowed[:, site])
            step = np.linalg.solve(curvature, gradient[rows, site])
            reach = np.abs(step).sum()
            weights[rows, site] += step * (np.log1p(reach) / reach if reach else 1.0)
            longest = max(longest, np.sqrt(step @ gradient[rows, site]))
            farthest = max(farthest, reach)
        bar.update()
    return weights


def _gradient(sequences: NDArray[np.int8], weights: Array) -> Array:
    """Gradient of the log-likelihood with its prior by each weight, float64 (N + 1, N)."""
    gradient = -PRIOR * weights
    for inputs in _blocks(sequences):
        exact = inputs.astype(np.float64)  # near the maximum large numbers cancel
        gradient += exact.T @ ((exact[:, :-1] + 1) / 2 - expit(exact @ weights))
    return gradient


def _curvatures(
    sequences: NDArray[np.int8], weights: Array, allowed: Mask, count: int
) -> list[Array]:
    """Curvatures of the log-likelihood with its prior, for each site by its allowed weights.

    Found from the first `count` sequences.
    """
    inputs_of = [np.flatnonzero(column) for column in allowed.T]
    curvatures = [PRIOR * np.eye(len(rows)) for rows in inputs_of]
    few = sequences[:count]
    for inputs in _blocks(few):
        probabilities = expit(inputs @ weights.astype(np.float32))
        variances = probabilities * (1 - probabilities) * (len(sequences) / len(few))
        for curvature, rows, variance in zip(curvatures, inputs_of, variances.T, strict=True):
            seen = inputs[:, rows]
            curvature += (seen.T * variance) @ seen
    return curvatures


def _significant(curvature: Array, weights: Array, least: float) -> NDArray[np.int64]:
    """Drop the least significant weights one after the other, and return those that are left.

    The likelihood is taken as a parabola around its maximum.
    """
    moments = curvature @ weights
    active = np.arange(len(weights))
    while active.size:
        inverse = np.linalg.inv(curvature[np.ix_(active, active)])
        significance = np.abs(inverse @ moments[active]) / np.sqrt(np.diag(inverse))
        if significance.min() > least:
            break
        active = np.delete(active, significance.argmin())
    return active
