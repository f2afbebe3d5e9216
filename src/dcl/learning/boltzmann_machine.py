"""Restricted Boltzmann machines of few visible spins, with exact probabilities and gradients.

States are int8 ``(n, L)`` of +1 and -1, all 2^L of them in the order of `all_states`. A machine
with n_h hidden spins is one vector ``theta`` of L + n_h + L n_h numbers: fields of the visible
spins, fields of the hidden spins, couplings (L, n_h). ln q(s) = b.s + sum_j ln 2 cosh(c_j + s.W_j)
- ln Z, with Z summed over all states. Divergences and entropies are in nats.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from dcl.errors import InputError
from dcl.lattice.arguments import whole_number

__all__ = [
    "all_states",
    "divergence",
    "entropy",
    "fit_by_contrastive_divergence",
    "fit_rbm",
    "rbm_log_probability",
]

Array = NDArray[np.float64]

MOST_SPINS = 14


@cache
def all_states(length: int) -> NDArray[np.int8]:
    """Every state of L spins, shape (2^L, L); the first spin is the highest bit of the number.

    Raises
    ------
    InputError
        For L outside 1 to 14.

    Examples
    --------
    >>> all_states(2).tolist()
    [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    """
    if not 1 <= length <= MOST_SPINS:
        raise InputError(f"L: found {length}, expected 1 to {MOST_SPINS}")
    states = (2 * np.indices((2,) * length).reshape(length, -1).T - 1).astype(np.int8)
    states.flags.writeable = False
    return states


def entropy(p: Array) -> float:
    """Entropy of a distribution, in nats."""
    return float(-np.sum(p * np.log(np.where(p > 0, p, 1.0))))


def divergence(p: Array, log_q: Array) -> float:
    """Kullback-Leibler divergence KL(p || q), in nats."""
    return float(-entropy(p) - p @ log_q)


def rbm_log_probability(theta: ArrayLike, states: ArrayLike) -> Array:
    """Exact ln q of states under a machine, normalised over all 2^L states.

    Parameters
    ----------
    theta : array_like
        L + n_h + L n_h parameters.
    states : array_like
        Shape (n, L), values +1 and -1.

    Raises
    ------
    InputError
        For other values, or a number of parameters that fits no n_h.

    Examples
    --------
    >>> rbm_log_probability(np.zeros(3), [[1, 1, -1]]).round(6)  # no hidden units: ln 2^-3
    array([-2.079442])
    """
    spins = _spins(states)
    machine = np.asarray(theta, np.float64)
    every = all_states(spins.shape[1]).astype(np.float64)
    return _unnormalised(machine, spins)[0] - float(logsumexp(_unnormalised(machine, every)[0]))


def _spins(states: ArrayLike) -> Array:
    spins = np.asarray(states, np.float64)
    if spins.ndim != 2 or not np.isin(spins, (-1, 1)).all():
        raise InputError(
            "states: found values other than -1 and +1, expected spins of shape (n, L)"
        )
    return spins


def _unnormalised(theta: Array, states: Array) -> tuple[Array, Array]:
    """Sum ln q + ln Z of states (n, L), and the means (n, n_h) of the hidden spins."""
    length = states.shape[1]
    hidden, rest = divmod(len(theta) - length, length + 1)
    if hidden < 0 or rest:
        raise InputError(
            f"theta: found {len(theta)} parameters, expected L + n_h + L n_h, L = {length}"
        )
    visible, fields, couplings = np.split(theta, (length, length + hidden))
    inputs = fields + states @ couplings.reshape(length, hidden)
    logs = states @ visible + (np.abs(inputs) + np.log1p(np.exp(-2 * np.abs(inputs)))).sum(axis=1)
    return logs, np.tanh(inputs)


def _gradient(weights: Array, states: Array, hidden: Array) -> Array:
    """Sum over states of weight times the derivative of ln q + ln Z by theta."""
    weighted = weights[:, None] * states
    return np.concatenate([weighted.sum(axis=0), weights @ hidden, (weighted.T @ hidden).ravel()])


def fit_rbm(
    states: ArrayLike,
    p: ArrayLike,
    hidden: int,
    *,
    starts: int = 3,
    l2: float = 0.0,
    max_iterations: int = 500,
    seed: int = 1,
) -> Array:
    """Fit a machine by maximum likelihood with exact gradients (L-BFGS), best of several starts.

    Parameters
    ----------
    states : array_like
        Shape (n, L), values +1 and -1: data, or all states.
    p : array_like
        Weight of each state, shape (n,), positive or zero; normalised here.
    hidden : int
        Hidden units n_h, 0 or more.
    starts : int
        Random starts; couplings are drawn with a standard deviation of 0.3.
    l2 : float
        Penalty l2 / 2 times the sum of squares of all parameters.
    max_iterations : int
        Steps of L-BFGS at most. Without a penalty the likelihood of few data has no maximum:
        the fit then depends on this number.
    seed : int

    Returns
    -------
    numpy.ndarray
        ``theta``, shape (L + n_h + L n_h,).

    Raises
    ------
    InputError
        For values out of range.
    """
    spins, weights = _spins(states), np.asarray(p, np.float64)
    if weights.shape != spins.shape[:1] or weights.min() < 0 or not weights.sum() > 0:
        raise InputError(
            f"p: found shape {weights.shape}, expected weights >= 0 of {len(spins)} states"
        )
    whole_number("hidden", hidden, 0)
    if starts < 1 or l2 < 0 or max_iterations < 1:
        raise InputError(
            f"starts, l2, max_iterations: found {starts}, {l2}, {max_iterations}, expected at "
            "least 1, 0, 1"
        )
    length = spins.shape[1]
    every, weights = all_states(length).astype(np.float64), weights / weights.sum()
    seen, share = spins[weights > 0], weights[weights > 0]

    def loss(theta: Array) -> tuple[float, Array]:
        logs, means = _unnormalised(theta, seen)
        every_log, every_means = _unnormalised(theta, every)
        log_z = float(logsumexp(every_log))
        model = _gradient(np.exp(every_log - log_z), every, every_means)
        value = log_z - share @ logs + l2 / 2 * theta @ theta
        return float(value), model - _gradient(share, seen, means) + l2 * theta

    random, best, lowest = np.random.default_rng(seed), np.zeros(0), np.inf
    for _ in range(starts if hidden else 1):
        start = np.concatenate(
            [np.zeros(length + hidden), random.normal(scale=0.3, size=length * hidden)]
        )
        options = {"maxiter": max_iterations, "gtol": 1e-10, "ftol": 0.0}
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
        if found.fun < lowest:
            best, lowest = found.x, float(found.fun)
    return np.asarray(best)


def fit_by_contrastive_divergence(
    data: ArrayLike,
    hidden: int,
    *,
    steps: int = 1,
    persistent: bool = False,
    updates: int = 3000,
    rate: float = 0.05,
    seed: int = 1,
) -> Array:
    """Train a machine by CD-k or persistent CD: short Gibbs chains instead of exact averages.

    Parameters
    ----------
    data : array_like
        Snapshots (M, L), values +1 and -1; a batch is at most 256 of them.
    hidden : int
        Hidden units n_h, 1 or more.
    steps : int
        Gibbs steps k of a chain before each update.
    persistent : bool
        Whether chains go on from update to update (PCD) instead of starting at the data (CD).
    updates, rate : int, float
        Number of updates, and their size, which falls linearly to zero.
    seed : int

    Returns
    -------
    numpy.ndarray
        ``theta``, as `fit_rbm` returns it; its likelihood is no objective of the training.
    """
    spins, random = _spins(data), np.random.default_rng(seed)
    batch, length = min(256, len(spins)), spins.shape[1]
    theta = np.concatenate(
        [np.zeros(length + hidden), random.normal(scale=0.1, size=length * hidden)]
    )
    even, chains = np.full(batch, 1 / batch), spins[random.integers(len(spins), size=batch)]
    for update in range(updates):
        seen = spins[random.integers(len(spins), size=batch)]
        chains = chains if persistent else seen
        visible, couplings = theta[:length], theta[length + hidden :].reshape(length, hidden)
        for _ in range(steps):
            means = _unnormalised(theta, chains)[1]
            units = np.where(random.random(means.shape) < (1 + means) / 2, 1.0, -1.0)
            up = expit(2 * (visible + units @ couplings.T))
            chains = np.where(random.random(up.shape) < up, 1.0, -1.0)
        gain = _gradient(even, seen, _unnormalised(theta, seen)[1])
        loss = _gradient(even, chains, _unnormalised(theta, chains)[1])
        theta = theta + rate * (1 - update / updates) * (gain - loss)
    return theta
