"""The linear autoregression of spins with the fewest inputs that the snapshots call for.

Site i is a logistic regression on the sites before it,

    P(s_i = +1 | s_1 ... s_{i-1}) = 1 / (1 + exp(-b_i - sum over j < i of W_ij s_j)),

a convex problem. It is climbed with the bound 1/4 of the curvature of a logistic function, which
no step can overshoot and which takes one matrix for all sites and steps (Boehning and Lindsay,
Ann. Inst. Stat. Math. 40, 641 (1988)). The steps are short where a site is nearly determined by
others, so that cold snapshots take many passes. Each weight that is fitted costs 1 / 2N nats of N
snapshots, needed or not, and adds its noise to every energy. So weights and biases that are within
a few standard errors of zero are dropped, the least significant first.
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
CONVERGED = 1e-3
"""Length of the last step, in standard errors."""
PRIOR = 1.0
"""Inverse variance of a weight before any snapshot is seen: keeps the weights of sites finite
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
        bound = PRIOR * np.eye(sites + 1)
        for inputs in _blocks(sequences):
            bound += inputs.T @ inputs / 4
        weights = _climb(sequences, bound, allowed, np.zeros(allowed.shape), bar)
        for site in range(sites):
            _drop(sequences, site, weights, allowed, least_significance)
        weights = _climb(sequences, bound, allowed, weights * allowed, bar)
    return weights[:sites], weights[sites], allowed[:sites]


def _blocks(sequences: NDArray[np.int8]) -> Iterator[NDArray[np.float32]]:
    """Spins and, in the last place, a constant: (block, N + 1)."""
    for start in range(0, len(sequences), BLOCK):
        spins = 2 * sequences[start : start + BLOCK].astype(np.float32) - 1
        yield np.pad(spins, ((0, 0), (0, 1)), constant_values=1)


def _climb(
    sequences: NDArray[np.int8], bound: Array, allowed: Mask, weights: Array, bar: "tqdm[None]"
) -> Array:
    """The most likely weights (N + 1, N) where they are allowed."""
    inputs = [np.flatnonzero(column) for column in allowed.T]
    inverses = [np.linalg.inv(bound[np.ix_(rows, rows)]) for rows in inputs]
    longest = np.inf
    while longest > CONVERGED:
        longest, slopes = 0.0, _slopes(sequences, weights)
        for site, (rows, inverse) in enumerate(zip(inputs, inverses, strict=True)):
            step = inverse @ slopes[rows, site]
            weights[rows, site] += step
            longest = max(longest, np.sqrt(step @ slopes[rows, site]))
        bar.update()
    return weights


def _slopes(sequences: NDArray[np.int8], weights: Array) -> Array:
    """Of the log-likelihood with its prior, by each weight, float64 (N + 1, N)."""
    slopes = -PRIOR * weights
    for inputs in _blocks(sequences):
        spins = inputs[:, :-1]
        slopes += inputs.T @ ((spins + 1) / 2 - expit(inputs @ weights.astype(np.float32)))
    return slopes


def _drop(
    sequences: NDArray[np.int8], site: int, weights: Array, allowed: Mask, least: float
) -> None:
    """Disallow what is not significant, with the likelihood as a parabola around its maximum."""
    rows = np.flatnonzero(allowed[:, site])
    curvature = PRIOR * np.eye(len(rows))
    few = sequences[:CURVATURE_SEQUENCES]
    for inputs in _blocks(few):
        probability = expit(inputs @ weights[:, site].astype(np.float32))
        seen = inputs[:, rows]
        curvature += (
            (seen.T * (probability * (1 - probability))) @ seen * (len(sequences) / len(few))
        )
    moments = curvature @ weights[rows, site]
    active = np.arange(len(rows))
    while active.size:
        inverse = np.linalg.inv(curvature[np.ix_(active, active)])
        significance = np.abs(inverse @ moments[active]) / np.sqrt(np.diag(inverse))
        if significance.min() > least:
            break
        active = np.delete(active, significance.argmin())
    allowed[:, site] = False
    allowed[rows[active], site] = True
