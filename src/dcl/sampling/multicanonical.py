"""Multicanonical sampling: a walk that visits every energy equally often.

Wang and Landau's walk (Phys. Rev. Lett. 86, 2050 (2001)) first estimates ln g of every energy
level, with the 1/t schedule of Belardinelli and Pereyra (Phys. Rev. E 75, 046701 (2007)); then
walkers with the fixed weights 1 / g(E) collect configurations. Within a level every configuration
is equally likely, however rough the estimate of ln g. Levels need not be known: one that the walk
meets for the first time restarts the schedule.

Discrete energies have one bin a level; continuous energies have windows of equal width, within
which configurations are equally likely too.
"""

import math
from typing import Unpack

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.errors import InputError
from dcl.sampling.energy_bins import Bins, level_bins, window_bins
from dcl.sampling.energy_levels import EnergyLevels
from dcl.sampling.flat_walk import collect, explore
from dcl.sampling.site_tables import Hamiltonian, site_table, start_configurations
from dcl.sampling.threads import over_threads
from dcl.sampling.walk import Walk, WalkOptions, check_least
from dcl.sampling.xoshiro import chain_states

__all__ = ["sample_levels", "sample_windows", "wang_landau"]

_SWEEPS_PER_STEP = 1000  # between two changes of the Wang-Landau increment
_LOOKS_PER_SLICE = 200  # between two updates of the progress bar
_PATIENCE = 1000  # slices without a new configuration before giving up


def wang_landau(
    hamiltonian: Hamiltonian, size: int, *, seed: int, final_step: float = 1e-6
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
    bins = level_bins(hamiltonian, size)
    log_weights = _log_weights(hamiltonian, size, bins, seed, final_step)
    found = np.isfinite(log_weights)
    missing = size**2 * math.log(hamiltonian.n_states) - np.logaddexp.reduce(log_weights[found])
    return bins.centres()[found], log_weights[found] + missing


def sample_levels(
    hamiltonian: Hamiltonian,
    size: int,
    per_level: int,
    *,
    energies: tuple[float, float] = (-math.inf, math.inf),
    **walk: Unpack[WalkOptions],
) -> EnergyLevels:
    """Sample every energy level of a model with discrete energies.

    Parameters
    ----------
    hamiltonian, size
        As for `wang_landau`.
    per_level : int
        Configurations at each level.
    energies : pair of float
        Keep the levels from the first to the second energy, both included, in units of J. The walk
        still runs over all of them.
    **walk
        Fields of `dcl.sampling.walk.Walk`: 64 chains, burn-in of 10,000 sweeps and a stride of 1
        by default, at which configurations of one chain and level still correlate a little; at 4 a
        4 x 4 lattice shows no trace of it. Configuration k of a level comes from chain k % chains.

    Returns
    -------
    EnergyLevels
        All levels that the walk met, ascending.

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
    plan = _plan(walk, per_level)
    bins = level_bins(hamiltonian, size)
    log_weights = _log_weights(hamiltonian, size, bins, plan.seed, 1e-5)
    centres = bins.centres()
    wanted = np.isfinite(log_weights) & (centres >= energies[0]) & (centres <= energies[1])
    if not wanted.any():
        raise InputError(f"energies: found {energies}, expected a range that holds a level")
    return _collect(hamiltonian, size, bins, log_weights, wanted, per_level, plan)


def sample_windows(
    hamiltonian: Hamiltonian,
    size: int,
    per_window: int,
    *,
    windows: int = 64,
    coldest: float = 0.5,
    **walk: Unpack[WalkOptions],
) -> EnergyLevels:
    """Sample windows of equal width over the energies seen from T = ``coldest`` to infinity.

    For continuous energies, such as those of Gaussian couplings. The range runs from the lowest to
    the highest energy in 64 ladders of replica exchange over 16 temperatures, 1000 sweeps each.

    Parameters
    ----------
    hamiltonian, size
        Any model, and L.
    per_window : int
        Configurations in each window.
    windows : int
        Number of windows.
    coldest : float
        Lowest temperature of the range, in units of J / k_B.
    **walk
        As for `sample_levels`.

    Returns
    -------
    EnergyLevels
        Windows by their centres; one that the Wang-Landau walk never met is left out.

    Raises
    ------
    InputError
        For fewer than one configuration, chain, sweep or window, and for a size below 2.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import EdwardsAnderson
    >>> glass = EdwardsAnderson.gaussian(4, seed=1)
    >>> sample_windows(glass, 4, 5, seed=1, windows=16).configurations.shape
    (16, 5, 4, 4)
    """
    plan = _plan(walk, per_window)
    bins = window_bins(hamiltonian, size, windows, coldest, plan.seed)
    log_weights = _log_weights(hamiltonian, size, bins, plan.seed, 1e-5)
    wanted = np.isfinite(log_weights)
    return _collect(hamiltonian, size, bins, log_weights, wanted, per_window, plan)


def _plan(walk: WalkOptions, per_level: int) -> Walk:
    walk.setdefault("chains", 64)
    walk.setdefault("burn_in", 10_000)
    walk.setdefault("stride", 1)
    plan = Walk(**walk)
    check_least(1, per_level=per_level, stride=plan.stride)
    return plan


def _log_weights(
    hamiltonian: Hamiltonian, size: int, bins: Bins, seed: int, final_step: float
) -> NDArray[np.float64]:
    """Wang-Landau estimate of ln g (n_bins,) up to a constant; -inf where the walk never came."""
    table, random_states = site_table(hamiltonian, size), chain_states(seed, 1, stream=1)
    start = start_configurations(hamiltonian, size, 1, seed)
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
    hamiltonian: Hamiltonian,
    size: int,
    bins: Bins,
    log_weights: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    per_level: int,
    plan: Walk,
) -> EnergyLevels:
    """Fill the wanted bins; those that the Wang-Landau walk missed are closed."""
    walkers = min(plan.chains, per_level)
    start = start_configurations(hamiltonian, size, walkers, plan.seed)
    energies, random_states = hamiltonian.energy(start), chain_states(plan.seed, walkers, stream=2)
    weights = np.where(np.isfinite(log_weights), log_weights, math.inf)
    table = site_table(hamiltonian, size)
    walk = (start.reshape(walkers, -1), energies, random_states, table, bins, weights)
    samples = np.empty((int(wanted.sum()), per_level, size**2), np.int8)
    filled = np.zeros((walkers, len(samples)), np.int64)
    rows = np.where(wanted, np.cumsum(wanted) - 1, -1)

    def look(rows: NDArray[np.int64], looks: int, stride: int) -> None:
        updates = start.size * looks * stride
        over_threads(collect, walkers, updates, *walk, rows, samples, filled, looks, stride)

    look(np.full(bins.n_bins, -1), plan.burn_in, 1)
    total, done, idle = len(samples) * per_level, 0, 0
    with tqdm(total=total, unit=" configurations", disable=not plan.progress) as bar:
        while done < total:
            look(rows, _LOOKS_PER_SLICE, plan.stride)
            new = int(filled.sum()) - done
            bar.update(new)
            done, idle = done + new, 0 if new else idle + 1
            if idle == _PATIENCE:
                missing = bins.centres()[wanted][filled.sum(axis=0) < per_level]
                raise RuntimeError(f"the walkers no longer reach the energies {missing}")
    centres = bins.centres()[wanted]
    return EnergyLevels(centres, samples.reshape(len(samples), per_level, size, size))
