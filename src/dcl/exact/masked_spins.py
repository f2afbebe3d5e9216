"""Exact losses of guessing masked Ising spins: the best that any predictor can do.

Spins are int8 ``(n, N)`` of +1 and -1 on an L x L torus, N = L^2, row by row; masks are bool
``(n, N)``. J = 1, temperatures in J / k_B, losses and entropies in nats a spin.
"""

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.exact.row_matrices import row_energies, row_states, torus_sums
from dcl.lattice.arguments import whole_number
from dcl.lattice.configurations import check_temperature

__all__ = ["bayes_masked_loss", "checked_spins", "draw_masks", "neighbour_entropy"]

Array = NDArray[np.float64]

LARGEST_CLUSTER = 14
WIDEST = 10


def neighbour_entropy(size: int, T: float) -> float:
    """Entropy of a spin given its four neighbours, exact by dense transfer matrices.

    Parameters
    ----------
    size : int
        L, 2 to 10.
    T : float
        Temperature in J / k_B.

    Raises
    ------
    InputError
        For an L that is no whole number from 2 to 10, and a T that is not positive and finite.

    Examples
    --------
    >>> round(neighbour_entropy(4, 1e6), 6)  # nothing is known: ln 2
    0.693147
    """
    rows = row_states((-1, 1), whole_number("L", size, 2, WIDEST))
    energies = row_energies(rows, np.zeros(len(rows)))
    _, weights, rest = torus_sums(energies, T, size)
    total = 0.0
    for above in (-1, 1):
        for below in (-1, 1):
            a, c = rows[:, 0] == above, rows[:, 0] == below
            probability = (weights[:, a] * (weights[:, c] @ rest[np.ix_(c, a)])).sum(axis=1)
            total += probability @ _entropy((rows[:, -1] + rows[:, 1] + above + below) / T)
    return float(total)


def _entropy(fields: Array) -> Array:
    """Entropy of spins in these fields, in units of the temperature."""
    return np.asarray(np.logaddexp(fields, -fields) - fields * np.tanh(fields))


def draw_masks(count: int, size: int, fraction: float, seed: int | list[int]) -> NDArray[np.bool_]:
    """Mask every spin with one probability; masks with a cluster over 14 sites are drawn again.

    Parameters
    ----------
    count, size : int
        Number of masks n, and L.
    fraction : float
        Probability that a spin is masked, between 0 and 0.5.
    seed : int or list of int

    Returns
    -------
    numpy.ndarray
        bool, shape (n, L^2).

    Raises
    ------
    InputError
        For a fraction outside (0, 0.5).

    Examples
    --------
    >>> draw_masks(3, 8, 0.15, seed=1).shape
    (3, 64)
    """
    if not 0 < fraction < 0.5:
        raise InputError(f"mask fraction: found {fraction}, expected a number between 0 and 0.5")
    random = np.random.default_rng(seed)
    masks, neighbours = random.random((count, size**2)) < fraction, _neighbours(size)
    while (again := _largest_clusters(masks, neighbours) > LARGEST_CLUSTER).any():
        masks[again] = random.random((int(again.sum()), size**2)) < fraction
    return masks


def bayes_masked_loss(spins: ArrayLike, masks: ArrayLike, temperature: float) -> Array:
    """Minus the logarithm of the exact probability of each masked spin, given all unmasked ones.

    Each connected cluster of masked spins is enumerated in the field of its unmasked neighbours.
    No predictor has a smaller loss on average.

    Parameters
    ----------
    spins : array_like
        Shape (n, N), values +1 and -1.
    masks : array_like
        bool, shape (n, N).
    temperature : float
        Of the snapshots, positive and finite.

    Returns
    -------
    numpy.ndarray
        Nats, shape (number of masked spins,), in the order of ``numpy.nonzero(masks)``.

    Raises
    ------
    InputError
        For other spins or shapes, and for a cluster of more than 14 sites.

    Examples
    --------
    >>> spins, mask = np.ones((1, 16), np.int8), np.arange(16) == 5
    >>> bayes_masked_loss(spins, mask[None], 4.0).round(6)  # ln(1 + exp(-2 * 4 / 4))
    array([0.126928])
    """
    states, hidden = checked_spins(spins), np.asarray(masks, bool)
    if hidden.shape != states.shape:
        raise InputError(f"masks: found shape {hidden.shape}, expected {states.shape}")
    beta = 1 / check_temperature(temperature, "T")
    neighbours = _neighbours(int(np.sqrt(states.shape[1])))
    largest = int(_largest_clusters(hidden, neighbours).max(initial=0))
    if largest > LARGEST_CLUSTER:
        raise InputError(
            f"masks: found a cluster of {largest} sites, expected at most {LARGEST_CLUSTER}"
        )
    losses = np.zeros(states.shape)
    _enumerate(states, hidden, neighbours, beta, losses)
    return np.asarray(losses[hidden])


def checked_spins(spins: ArrayLike) -> NDArray[np.int8]:
    """Return spins as int8 (n, N); raise InputError for other values and shapes."""
    states = np.asarray(spins)
    side = int(np.sqrt(states.shape[-1])) if states.ndim == 2 else 0
    if side < 2 or states.shape[1] != side**2:
        raise InputError(f"spins: found shape {states.shape}, expected (n, L^2), L of 2 or more")
    if not np.isin(states, (-1, 1)).all():
        raise InputError("spins: found values other than -1 and +1, expected spins")
    return states.astype(np.int8, copy=False)


def _neighbours(size: int) -> NDArray[np.int64]:
    """The four neighbours of every site, shape (N, 4)."""
    sites = np.arange(size**2).reshape(size, size)
    rolls = [np.roll(sites, shift, axis) for axis in (0, 1) for shift in (1, -1)]
    return np.stack([rolled.ravel() for rolled in rolls], axis=1)


@njit(cache=True)
def _cluster(neighbours, start, seen, members):  # type: ignore[no-untyped-def]
    """Collect the sites not seen that hang together with one, and count them."""
    members[0], count, next_one = start, 1, 0
    seen[start] = True
    while next_one < count:
        for site in neighbours[members[next_one]]:
            if not seen[site]:
                seen[site] = True
                members[count] = site
                count += 1
        next_one += 1
    return count


@njit(cache=True)
def _largest_clusters(masks, neighbours):  # type: ignore[no-untyped-def]
    largest = np.zeros(len(masks), np.int64)
    members = np.empty(masks.shape[1], np.int64)
    for n in range(len(masks)):
        seen = ~masks[n]
        for site in range(len(seen)):
            if not seen[site]:
                largest[n] = max(largest[n], _cluster(neighbours, site, seen, members))
    return largest


@njit(cache=True)
def _enumerate(spins, masks, neighbours, beta, losses):  # type: ignore[no-untyped-def]
    """Write the loss of every masked spin."""
    members = np.empty(masks.shape[1], np.int64)
    for n in range(len(masks)):
        seen = ~masks[n]
        for site in range(len(seen)):
            if not seen[site]:
                count = _cluster(neighbours, site, seen, members)
                _solve(spins[n].copy(), neighbours, members[:count], beta, losses[n])


@njit(cache=True)
def _solve(trial, neighbours, members, beta, losses):  # type: ignore[no-untyped-def]
    """Visit every state of a cluster in the order of the Gray code, from its true one on."""
    count, energy = len(members), 0.0
    sums, flipped = np.full((2, count), -np.inf), np.zeros(count, np.int64)
    for step in range(1 << count):
        for k in range(count):
            sums[flipped[k], k] = np.logaddexp(sums[flipped[k], k], -beta * energy)
        k = 0
        while k < count - 1 and not (step + 1) >> k & 1:
            k += 1
        site = members[k]
        for other in neighbours[site]:
            energy += 2.0 * trial[site] * trial[other]
        trial[site] = -trial[site]
        flipped[k] = 1 - flipped[k]
    for k in range(count):
        losses[members[k]] = np.logaddexp(0.0, sums[1, k] - sums[0, k])
