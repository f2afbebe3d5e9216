"""Snapshots of any model in equilibrium: the fastest sampler that reaches it.

Single spins are enough where it is hot. Below about the temperature of ordering, or of freezing,
they are not: a quenched ferromagnet stays in stripes, a glass in a valley. There clusters turn over
whole domains of Ising and Potts models, and replica exchange lends any other model the moves of
its hotter copies.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from dcl.lattice.hamiltonians import Ising, Potts
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.exchanged_snapshots import LADDERS, sample_exchanged
from dcl.sampling.heat_bath import sample_heat_bath
from dcl.sampling.metropolis import sample_metropolis
from dcl.sampling.multispin import sample_multispin
from dcl.sampling.replica_exchange import order_parameter
from dcl.sampling.site_tables import Hamiltonian, slow_temperature
from dcl.sampling.swendsen_wang import sample_swendsen_wang
from dcl.sampling.walk import Walk, WalkOptions

__all__ = ["EquilibriumVerdict", "equilibrium_verdict", "sample_equilibrium"]

_MOST_ERRORS = 4.0
_CHAINS = 1024
_FEWEST = 8
"""Chains whose spread tells something; of ladders, which are of small lattices, all."""
_LEAST_BURN_IN = 100
_OTHER_SEED = 2**63
"""Changes a seed into another one."""


def sample_equilibrium(
    hamiltonian: Hamiltonian,
    size: int,
    temperature: float,
    count: int,
    **walk: Unpack[WalkOptions],
) -> NDArray[np.int8]:
    """Sample snapshots at one temperature, in equilibrium.

    Multispin coding for Ising on even lattices, else heat bath; in the cold clusters or replica
    exchange, see `dcl.sampling.site_tables.slow_temperature`. A stride of 0 asks for a chain's
    every proposal, which is Metropolis' at any temperature.

    Parameters
    ----------
    hamiltonian : Ising, Potts, EdwardsAnderson, MultiSpinIsing or BlumeCapel
    size : int
        L, 2 or more; 3 or more for MultiSpinIsing.
    temperature : float
        In units of J / k_B; ``math.inf`` is allowed.
    count : int
        Number of snapshots.
    **walk
        Fields of `dcl.sampling.walk.Walk`. Where it is hot, the defaults give nearly independent
        snapshots: on the 8 x 8 Ising lattice at T = 4 successive ones of a chain correlate by 0.06
        in the magnetisation and not measurably in the energy.

    Returns
    -------
    ndarray of int8, shape (count, L, L)
        Snapshot k is the (k // chains)-th of chain k % chains: neighbours in the array are
        independent, and time runs along it.

    Raises
    ------
    InputError
        If the size, the temperature or a field of the walk is out of range.

    Examples
    --------
    >>> sample_equilibrium(Ising(), 8, temperature=4.0, count=10, seed=1).shape
    (10, 8, 8)
    """
    sampler = _sampler(hamiltonian, size, temperature, walk.get("stride") == 0)
    return sampler(hamiltonian, size, temperature, count, **walk)


def _sampler(
    hamiltonian: Hamiltonian, size: int, temperature: float, every_proposal: bool = False
) -> Callable[..., NDArray[np.int8]]:
    """Choose the fastest sampler that reaches equilibrium."""
    if every_proposal:
        return sample_metropolis
    if temperature < slow_temperature(hamiltonian, size):
        if isinstance(hamiltonian, Ising | Potts) and _clusters_help(hamiltonian, size):
            return sample_swendsen_wang
        return sample_exchanged
    if isinstance(hamiltonian, Ising) and size % 2 == 0:
        return sample_multispin
    return sample_heat_bath


def _clusters_help(hamiltonian: Ising | Potts, size: int) -> bool:
    """Tell ferromagnets, and antiferromagnets of two states that are not frustrated."""
    return hamiltonian.coupling > 0 or (hamiltonian.n_states == 2 and size % 2 == 0)


@dataclass(frozen=True)
class EquilibriumVerdict:
    """Agreement of chains that started at random with chains that started ordered.

    Parameters
    ----------
    energy, order : float
        Differences of the mean energies and of the mean absolute order parameters, in standard
        errors; of few chains as many as are as unlikely (Welch's t).

    Examples
    --------
    >>> print(EquilibriumVerdict(energy=0.5, order=-7.0))  # doctest: +ELLIPSIS
    not in equilibrium: chains started at random and ordered differ by 0.5 ...
    """

    energy: float
    order: float

    @property
    def reached(self) -> bool:
        """Both within 4 standard errors: chains in equilibrium fail once in 8,000 times."""
        return max(abs(self.energy), abs(self.order)) <= _MOST_ERRORS

    def __str__(self) -> str:
        found = (
            f"chains started at random and ordered differ by {self.energy:.1f} standard errors in "
            f"the energy and {self.order:.1f} in the order"
        )
        if self.reached:
            return f"equilibrium: {found}"
        return f"not in equilibrium: {found}: ask for a longer burn-in"


def equilibrium_verdict(
    hamiltonian: Hamiltonian,
    size: int,
    temperature: float,
    snapshots: NDArray[np.int8],
    **walk: Unpack[WalkOptions],
) -> EquilibriumVerdict:
    """Compare the first snapshots of all chains with those of chains that start ordered.

    The others take twice as many sweeps, 100 at least: what is ordered for a ferromagnet is as far
    from equilibrium as a random start for a glass, and gets there no sooner. Fewer than 8 chains,
    or 64 of a glass in the cold, tell too little: as many are sampled in their place.

    Parameters
    ----------
    hamiltonian, size, temperature, **walk
        As for `sample_equilibrium`, with a stride of 1 or more.
    snapshots : ndarray of int8, shape (count, L, L)
        What `sample_equilibrium` returned for them.

    Returns
    -------
    EquilibriumVerdict

    Examples
    --------
    >>> snapshots = sample_equilibrium(Ising(), 8, temperature=4.0, count=1000, seed=1)
    >>> equilibrium_verdict(Ising(), 8, 4.0, snapshots, seed=1).reached
    True
    """
    sampler = _sampler(hamiltonian, size, temperature)
    most, fewest = walk.get("chains", _CHAINS), _FEWEST
    if sampler is sample_exchanged:
        most = fewest = LADDERS
    random = snapshots[: min(most, _CHAINS)]
    chains = max(len(random), fewest)
    again: WalkOptions = {**walk, "chains": chains, "progress": False}
    if len(random) < chains:
        random = sampler(hamiltonian, size, temperature, chains, **again)
    plan = Walk(**again)
    burn_in = max(2 * plan.burn_in + plan.stride, _LEAST_BURN_IN)
    other = replace(plan, seed=plan.seed ^ _OTHER_SEED, start="ordered", burn_in=burn_in)
    ordered = sampler(hamiltonian, size, temperature, chains, **vars(other))
    pair = [(hamiltonian.energy(part), _order(hamiltonian, part)) for part in (random, ordered)]
    return EquilibriumVerdict(*(_standard_errors(*values) for values in zip(*pair, strict=True)))


def _order(hamiltonian: Hamiltonian, snapshots: NDArray[np.int8]) -> NDArray[np.float64]:
    if isinstance(hamiltonian, Potts) and hamiltonian.n_states == 2:
        snapshots = 2 * snapshots - np.int8(1)
    states = 2 if isinstance(hamiltonian, BlumeCapel) else hamiltonian.n_states
    return np.abs(order_parameter(snapshots, states))


def _standard_errors(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the normal deviate that is as unlikely as Welch's t of two means.

    B. L. Welch, Biometrika 34, 28 (1947).
    """
    difference = float(a.mean() - b.mean())
    if abs(difference) < 1e-9:
        return 0.0
    squares = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    if not squares.any():
        return math.copysign(math.inf, difference)
    t = abs(difference) / math.sqrt(squares.sum())
    freedom = squares.sum() ** 2 / (squares**2 / [len(a) - 1, len(b) - 1]).sum()
    return math.copysign(min(t, -float(ndtri(stdtr(freedom, -t)))), difference)
