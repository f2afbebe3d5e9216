"""Exact samples of Ising lattices that no sampler of the package makes: rectangles, open edges."""

import numpy as np

from dcl.lattice.hamiltonians import EdwardsAnderson


def all_spins(rows, columns):
    """Every configuration, int8 (2 ** sites, rows, columns)."""
    bits = np.arange(2 ** (rows * columns))[:, None] >> np.arange(rows * columns) & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, rows, columns)


def ising_energy(spins):
    """Of rows x columns tori, J = 1, every site with a bond to its right and one down."""
    bonds = spins * (np.roll(spins, 1, axis=1) + np.roll(spins, 1, axis=2))
    return -bonds.sum(axis=(1, 2), dtype=np.float64)


def drawn_rectangle(rows, columns, temperature, count, seed=0):
    """Independent Ising snapshots of a small torus, drawn from all its states."""
    every = all_spins(rows, columns)
    weights = np.exp(-ising_energy(every) / temperature)
    chosen = np.random.default_rng(seed).choice(len(every), count, p=weights / weights.sum())
    return every[chosen]


def drawn_open(rows, columns, temperature, count, seed=0):
    """Independent Ising snapshots of a lattice with free edges, row after row.

    P(row | rows above) is its weight, times the transfer to the row above, times the weight of all
    that may be below: the vectors of the transfer matrix.
    """
    line = all_spins(1, columns)[:, 0].astype(np.float64)
    within = np.exp((line[:, 1:] * line[:, :-1]).sum(axis=1) / temperature)
    between = np.exp(line @ line.T / temperature)
    below = [np.ones(len(line))]
    for _ in range(rows - 1):
        below.append(between @ (within * below[-1]))
        below[-1] /= below[-1].max()
    random = np.random.default_rng(seed)
    state, taken = None, []
    for row in range(rows):
        weight = within * below[rows - 1 - row]
        weight = weight[None] if state is None else between[state] * weight
        sums = np.cumsum(np.broadcast_to(weight, (count, len(line))), axis=1)
        state = (random.random((count, 1)) * sums[:, -1:] > sums).sum(axis=1)
        taken.append(line[state])
    return np.stack(taken, axis=1).astype(np.int8)


def plus_minus_glass(size, seed):
    """A glass of couplings +1 and -1 with equal probability."""
    horizontal, vertical = np.random.default_rng(seed).choice([-1.0, 1.0], (2, size, size))
    return EdwardsAnderson(horizontal, vertical)
