"""Markov chains of a change point: they check the exact posterior and share none of its integrals.

Hyper-parameters of both pieces move by slice sampling with shrinkage from the whole prior (Neal,
Annals of Statistics 31, 705, 2003); the change point is drawn from its conditional distribution,
which is constant between data. Chains run side by side.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError

__all__ = ["consistent_cells", "sample_change_points"]

Array = NDArray[np.float64]
HYPER_PARAMETERS = ("variance", "length", "noise", "bias")


def consistent_cells(
    x_structure: ArrayLike | None,
    labels: ArrayLike | None,
    x_property: ArrayLike,
    change_point: tuple[float, float],
) -> tuple[Array, NDArray[np.bool_]]:
    """Cut the prior of the change point at the data, and keep the cells that the labels allow.

    Parameters
    ----------
    x_structure, labels : array_like or None
        Places and labels, shape (n,).
    x_property : array_like
        Places of the property, shape (m,); may be empty.
    change_point : tuple of float
        Ends of the uniform prior.

    Returns
    -------
    tuple of ndarray
        Edges of the cells, shape (c + 1,), and whether the labels allow each, shape (c,).

    Raises
    ------
    InputError
        For one label only, labels of another shape, or labels that no change point separates.

    Examples
    --------
    >>> consistent_cells([0.2, 0.6], [0, 1], [], (0.0, 1.0))
    (array([0. , 0.2, 0.6, 1. ]), array([False,  True, False]))
    """
    low, high = change_point
    places = np.empty(0) if x_structure is None else np.asarray(x_structure, np.float64)
    names = np.asarray([] if labels is None else labels)
    finite = np.isfinite(places).all() and (names == names).all()
    if places.ndim != 1 or places.shape != names.shape or not finite:
        raise InputError(
            f"x_structure, labels: found shapes {places.shape} and {names.shape}, expected one "
            "shape (n,), finite"
        )
    inner = np.concatenate([places, np.asarray(x_property, np.float64)])
    edges = np.unique([low, high, *inner[(inner > low) & (inner < high)]])
    if x_structure is None:
        return edges, np.ones(len(edges) - 1, np.bool_)
    kinds = np.unique(names)
    if len(kinds) != 2:
        raise InputError(f"labels: found {len(kinds)} different ones, expected two")
    is_left = names == names[np.argmin(places)]
    allowed = (edges[:-1] >= places[is_left].max()) & (edges[1:] <= places[~is_left].min())
    if not allowed.any():
        raise InputError(
            f"labels: found none of the change points in ({low}, {high}) consistent with them, "
            "expected one label below and the other above"
        )
    return edges, allowed


def sample_change_points(
    x_structure: ArrayLike | None,
    labels: ArrayLike | None,
    x_property: ArrayLike,
    y: ArrayLike,
    bounds: Mapping[str, tuple[float, float]],
    *,
    sweeps: int = 400,
    chains: int = 32,
    seed: int = 1,
) -> Array:
    """Sample change points, shape (chains, sweeps); the first fifth of each chain is discarded.

    Parameters
    ----------
    x_structure, labels, x_property, y, bounds
        See `dcl.chapters.data_fusion.change_point_posterior`.
    sweeps, chains, seed : int
        A sweep moves every hyper-parameter and the change point once.

    Examples
    --------
    >>> from dcl.chapters.data_fusion import CHALLENGE_BOUNDS
    >>> sample_change_points([0.6, 0.8], [0, 1], [0.5, 1.0], [0.0, 1.0], CHALLENGE_BOUNDS,
    ...                      sweeps=2, chains=3).shape
    (3, 2)
    """
    rng = np.random.default_rng(seed)
    places, values = np.asarray(x_property, np.float64), np.asarray(y, np.float64)
    edges, allowed = consistent_cells(x_structure, labels, places, bounds["change_point"])
    cells = np.flatnonzero(allowed)
    low, high = np.array([bounds[name] for name in HYPER_PARAMETERS]).T
    theta = rng.uniform(low, high, (2, chains, 4))
    chosen = rng.choice(cells, chains)
    samples = np.empty((chains, sweeps))
    lost = sweeps // 4
    for sweep in range(-lost, sweeps):
        left = places <= edges[chosen][:, None]
        for piece, inside in enumerate((left, ~left)):
            for name in range(4):
                _slice(theta[piece], name, (low[name], high[name]), places, values, inside, rng)
        logs = _cell_logs(theta, cells, edges, places, values)
        chosen = cells[(logs + rng.gumbel(size=logs.shape)).argmax(axis=0)]
        if sweep >= 0:
            samples[:, sweep] = rng.uniform(edges[chosen], edges[chosen + 1])
    return samples


def _cell_logs(
    theta: Array, cells: NDArray[np.intp], edges: Array, places: Array, values: Array
) -> Array:
    """Logarithm of the probability of every cell at given hyper-parameters, shape (c, chains)."""
    rows = []
    for cell in cells:
        left = np.broadcast_to(places <= edges[cell], (theta.shape[1], len(places)))
        both = (
            _log_density(t, places, values, m) for t, m in zip(theta, (left, ~left), strict=True)
        )
        rows.append(np.log(edges[cell + 1] - edges[cell]) + sum(both))
    return np.array(rows)


def _slice(
    theta: Array,
    name: int,
    ends: tuple[float, float],
    places: Array,
    values: Array,
    inside: NDArray[np.bool_],
    rng: np.random.Generator,
) -> None:
    """Move one hyper-parameter of every chain, in place."""
    chains = len(theta)
    height = _log_density(theta, places, values, inside) - rng.exponential(size=chains)
    low, high = np.full(chains, ends[0]), np.full(chains, ends[1])
    old, open_ = theta[:, name].copy(), np.ones(chains, np.bool_)
    while open_.any():
        theta[open_, name] = rng.uniform(low, high)[open_]
        open_ &= _log_density(theta, places, values, inside) < height
        below = theta[:, name] < old
        low[open_ & below] = theta[open_ & below, name]
        high[open_ & ~below] = theta[open_ & ~below, name]


def _log_density(theta: Array, places: Array, values: Array, inside: NDArray[np.bool_]) -> Array:
    """Logarithm of the normal density of the values inside a piece, shape (chains,)."""
    variance, length, noise, bias = theta.T[:, :, None]
    distance = places[:, None] - places
    correlation = np.exp(-0.5 * (distance / length[..., None]) ** 2)
    both = inside[:, :, None] & inside[:, None, :]
    covariance = np.where(both, variance[..., None] * correlation, 0)
    covariance += np.where(inside, noise, 1)[..., None] * np.eye(len(places))
    rest = np.where(inside, values - bias, 0)
    solved = np.linalg.solve(covariance, rest[..., None])[..., 0]
    logs = np.linalg.slogdet(covariance)[1] + inside.sum(1) * np.log(2 * np.pi)
    return np.asarray(-0.5 * ((rest * solved).sum(1) + logs))
