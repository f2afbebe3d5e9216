"""Multicanonical sampling: a walk that visits every energy equally often.

Wang and Landau's walk (Phys. Rev. Lett. 86, 2050 (2001)) first estimates ln g of every energy
level, with the 1/t schedule of Belardinelli and Pereyra (Phys. Rev. E 75, 046701 (2007)); then
walkers with the fixed weights 1 / g(E) collect configurations. Within a level every configuration
is equally likely, however rough the estimate of ln g. Levels need not be known: one that the walk
meets for the first time restarts the schedule.

Discrete energies have one bin a level; continuous energies have windows of equal width, within
which configurations are equally likely too.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.sampling.energy_levels import EnergyLevels
from dcl.sampling.flat_walk import Bins, collect, explore
from dcl.sampling.proposals import Model, random_start, site_table
from dcl.sampling.replica_exchange import HamiltonianSweeper, replica_exchange
from dcl.sampling.xoshiro import chain_states

__all__ = ["sample_levels", "sample_windows", "wang_landau"]


_SWEEPS_PER_STEP = 1000  # between two changes of the Wang-Landau increment
_LOOKS_PER_SLICE = 200  # between two updates of the progress bar
_PATIENCE = 1000  # slices without a new configuration before giving up


def wang_landau(
    hamiltonian: Model, size: int, *, seed: int, final_step: float = 1e-6
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimate the density of states of a model with discrete energies.

    Parameters
    ----------
    hamiltonian
        Ising, Potts with 2, 3, 4 or 6 states (any Q in the standard form), a glass whose couplings
        have one magnitude, or MultiSpinIsing with couplings in simple ratios.
    size
        L.
    seed
        The same seed gives the same estimate.
    final_step
        Last increment of ln g; time is proportional to 1 / final_step, and the statistical error
        of ln g to about its square root.

    Returns
    -------
    energies, log_degeneracies
        (n_levels,) each: the levels that were met, in units of J, and ln g with sum g = Q^N.

    Raises
    ------
    InputError
        If the model's energies are not multiples of one step.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> energies, log_degeneracies = wang_landau(Ising(), 2, seed=1, final_step=1e-4)
    >>> energies
    array([-8.,  0.,  8.])
    """
    bins = _level_bins(hamiltonian, size)
    log_weights = _log_weights(hamiltonian, size, bins, seed, final_step)
    found = np.isfinite(log_weights)
    total = np.logaddexp.reduce(log_weights[found])
    log_states = size**2 * math.log(hamiltonian.n_states)
    return bins.centres()[found], log_weights[found] - total + log_states


def sample_levels(
    hamiltonian: Model,
    size: int,
    per_level: int,
    *,
    seed: int,
    energies: tuple[float, float] = (-math.inf, math.inf),
    stride: int = 1,
    burn_in: int = 10_000,
    walkers: int = 64,
    progress: bool = False,
) -> EnergyLevels:
    """Sample every energy level of a model with discrete energies.

    Parameters
    ----------
    hamiltonian, size
        As for ``wang_landau``.
    per_level
        Configurations at each level.
    seed
        The same seed gives the same configurations, for any number of threads.
    energies
        Keep the levels from the first to the second energy, both included, in units of J. The walk
        still runs over all of them.
    stride
        Sweeps between two looks at a walker. Configurations of one walker and level still
        correlate a little at 1, the quickest; at 4 a 4 x 4 lattice shows no trace of it.
    burn_in
        Sweeps before the first look.
    walkers
        Independent walkers; configuration k of a level comes from walker k % walkers.
    progress
        Show a progress bar on standard error.

    Returns
    -------
    EnergyLevels
        All levels that the Wang-Landau walk met, ascending.

    Raises
    ------
    InputError
        If the energies are not multiples of one step, or no level lies in the range asked for.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> sample_levels(Ising(), 2, 10, seed=1).energies
    array([-8.,  0.,  8.])
    """
    bins = _level_bins(hamiltonian, size)
    log_weights = _log_weights(hamiltonian, size, bins, seed, 1e-5)
    centres = bins.centres()
    wanted = np.isfinite(log_weights) & (centres >= energies[0]) & (centres <= energies[1])
    if not wanted.any():
        raise InputError(f"energies: found {energies}, expected a range that holds a level")
    plan = _Plan(per_level, stride, burn_in, walkers, seed, progress)
    return _collect(hamiltonian, size, bins, log_weights, wanted, plan)


def sample_windows(
    hamiltonian: Model,
    size: int,
    per_window: int,
    *,
    seed: int,
    windows: int = 64,
    coldest: float = 0.5,
    stride: int = 1,
    burn_in: int = 10_000,
    walkers: int = 64,
    progress: bool = False,
) -> EnergyLevels:
    """Sample windows of equal width over the energies seen from T = ``coldest`` to infinity.

    For continuous energies, such as those of Gaussian couplings. The range runs from the lowest to
    the highest energy in 64 ladders of replica exchange over 16 temperatures, 1000 sweeps each.

    Parameters
    ----------
    hamiltonian, size
        Any model.
    per_window
        Configurations in each window.
    windows
        Number of windows.
    coldest
        Lowest temperature of the range, in units of J / k_B.
    seed, stride, burn_in, walkers, progress
        As for ``sample_levels``.

    Returns
    -------
    EnergyLevels
        Its ``energies`` are the windows' centres; a window that the Wang-Landau walk never met, as
        small lattices have, is left out.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import EdwardsAnderson
    >>> glass = EdwardsAnderson.gaussian(4, seed=1)
    >>> sample_windows(glass, 4, 5, seed=1, windows=16).configurations.shape
    (16, 5, 4, 4)
    """
    bins = _window_bins(hamiltonian, size, windows, coldest, seed)
    log_weights = _log_weights(hamiltonian, size, bins, seed, 1e-5)
    plan = _Plan(per_window, stride, burn_in, walkers, seed, progress)
    return _collect(hamiltonian, size, bins, log_weights, np.isfinite(log_weights), plan)


@dataclass(frozen=True)
class _Plan:
    """How to collect; checked when made."""

    per_level: int
    stride: int
    burn_in: int
    walkers: int
    seed: int
    progress: bool

    def __post_init__(self) -> None:
        for name, least in {"per_level": 1, "stride": 1, "burn_in": 0, "walkers": 1}.items():
            if getattr(self, name) < least:
                raise InputError(f"{name}: found {getattr(self, name)}, expected {least} or more")


def _level_bins(hamiltonian: Model, size: int) -> Bins:
    if isinstance(hamiltonian, Potts):
        bond = np.unique(hamiltonian.bond_energies)
        lowest, highest = 2 * size**2 * bond[0], 2 * size**2 * bond[-1]
    else:
        magnitudes = np.abs(_couplings(hamiltonian, size))
        bond = np.unique(np.append(magnitudes, -magnitudes))
        lowest, highest = -magnitudes.sum(), magnitudes.sum()
    step = functools.reduce(_common_divisor, np.diff(bond), 0.0) or math.inf
    steps = (bond - bond[0]) / step
    few = step < math.inf and steps[-1] < 100
    if not few or not np.allclose(steps, steps.round(), rtol=0, atol=1e-6):
        raise InputError("hamiltonian: found energies without a common step; use sample_windows")
    return Bins(float(lowest - step / 2), float(step), round((highest - lowest) / step) + 1)


def _common_divisor(a: float, b: float) -> float:
    """Euclid's greatest common divisor, for numbers that are not whole."""
    negligible = 1e-6 * max(a, b)
    while b > negligible:
        a, b = b, a % b
    return a


def _couplings(hamiltonian: Ising | EdwardsAnderson | MultiSpinIsing, size: int) -> ArrayLike:
    """One coupling for every product of spins in the energy, in units of J."""
    if isinstance(hamiltonian, MultiSpinIsing):
        return np.repeat(hamiltonian.strengths, size**2 * np.array([2, 2, 1]))
    return hamiltonian.couplings(size)


def _window_bins(hamiltonian: Model, size: int, windows: int, coldest: float, seed: int) -> Bins:
    if windows < 1:
        raise InputError(f"windows: found {windows}, expected 1 or more")
    if not 0 < coldest < math.inf:
        raise InputError(f"coldest: found {coldest}, expected a positive temperature")
    series = replica_exchange(
        HamiltonianSweeper(hamiltonian, size),
        size,
        np.append(1 / np.linspace(1 / coldest, 0, 15, endpoint=False), math.inf),
        n_states=hamiltonian.n_states,
        initial_energy=hamiltonian.energy,
        chains=64,
        sweeps=1000,
        burn_in=200,
        seed=seed,
    )
    lowest, highest = series.energy.min(), series.energy.max()
    margin = 1e-9 * (highest - lowest)  # keeps the lowest state in, whatever the rounding
    width = (highest - lowest + 2 * margin) / windows
    return Bins(float(lowest - margin), float(width), windows)


def _log_weights(
    hamiltonian: Model, size: int, bins: Bins, seed: int, final_step: float
) -> NDArray[np.float64]:
    """Wang-Landau estimate of ln g (n_bins,) up to a constant; -inf where the walk never came."""
    table, random_states = site_table(hamiltonian, size), chain_states(seed, 1, stream=1)
    start = random_start(hamiltonian, size, 1, seed)
    configuration, energy = start.ravel(), float(hamiltonian.energy(start)[0])
    log_weights, visited = np.full(bins.n_bins, -math.inf), np.zeros(bins.n_bins, np.bool_)
    chunk = _SWEEPS_PER_STEP * size**2
    step, proposals, known, late = 1.0, 0, 0, False
    while step > final_step:
        energy = explore(
            configuration, energy, table, bins, log_weights, visited, step, chunk, random_states
        )
        proposals += chunk
        found = int(np.isfinite(log_weights).sum())
        if found > known:
            step, proposals, known, late = 1.0, 0, found, False
            visited[:] = False
        elif late or visited.sum() == known:
            late = late or step / 2 <= known / proposals
            step = known / proposals if late else step / 2
            visited[:] = False
    return np.asarray(log_weights - log_weights.max())


def _collect(
    hamiltonian: Model,
    size: int,
    bins: Bins,
    log_weights: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    plan: _Plan,
) -> EnergyLevels:
    """Fill the wanted bins; those that the Wang-Landau walk missed are closed."""
    walkers, per_level = min(plan.walkers, plan.per_level), plan.per_level
    start = random_start(hamiltonian, size, walkers, plan.seed)
    energies, random_states = hamiltonian.energy(start), chain_states(plan.seed, walkers, stream=2)
    weights = np.where(np.isfinite(log_weights), log_weights, math.inf)
    table = site_table(hamiltonian, size)
    walk = (start.reshape(walkers, -1), energies, random_states, table, bins, weights)
    samples = np.empty((int(wanted.sum()), per_level, size**2), np.int8)
    filled = np.zeros((walkers, len(samples)), np.int64)
    rows = np.where(wanted, np.cumsum(wanted) - 1, -1)
    collect(*walk, np.full(bins.n_bins, -1), samples, filled, plan.burn_in, 1)
    total, done, idle = len(samples) * per_level, 0, 0
    with tqdm(total=total, unit=" configurations", disable=not plan.progress) as bar:
        while done < total:
            collect(*walk, rows, samples, filled, _LOOKS_PER_SLICE, plan.stride)
            new = int(filled.sum()) - done
            bar.update(new)
            done, idle = done + new, 0 if new else idle + 1
            if idle == _PATIENCE:
                missing = bins.centres()[wanted][filled.sum(axis=0) < per_level]
                raise RuntimeError(f"the walkers no longer reach the energies {missing}")
    centres = bins.centres()[wanted]
    return EnergyLevels(centres, samples.reshape(len(samples), per_level, size, size))
