"""The response of thermodynamic averages to couplings, from the chains that measured them.

Under an energy sum_k c_k Phi_k an average changes with a coupling by

    d<O> / dc_k = <dO / dc_k> - beta (<O Phi_k> - <O> <Phi_k>)

(linear response; e.g. Chandler, Introduction to Modern Statistical Mechanics, 1987, 3.3), so that
the covariance of the couplings gives errors of the averages without a further simulation.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcl.sampling.replica_exchange import Replicas, Sweeper, order_parameter

__all__ = ["COLUMNS", "RecordingSweeper", "coupling_errors"]

Array = NDArray[np.float64]

COLUMNS = ("energy", "heat_capacity", "magnetisation", "binder_cumulant")


class RecordingSweeper(Sweeper):
    """A sweeper that keeps cluster sums and order parameters of what it has swept.

    Parameters
    ----------
    sweeper : Sweeper
    sums : callable
        From configurations int8 (n, L1, L2) to the functions Phi_k, float64 (n, K).
    n_states : int
    burn_in, every : int
        Calls of `sweep` before the first record, and from one record to the next.
    """

    def __init__(
        self,
        sweeper: Sweeper,
        sums: Callable[[NDArray[np.int8]], Array],
        n_states: int,
        burn_in: int,
        every: int,
    ) -> None:
        self._sweeper, self._sums, self._n_states = sweeper, sums, n_states
        self._calls, self._every = -burn_in, every
        self._records: list[tuple[Array, Array]] = []

    def _sweep(self, replicas: Replicas, sweeps: int) -> None:
        self._sweeper.sweep(*replicas, sweeps)
        if self._calls >= 0 and self._calls % self._every == 0:
            self._record(replicas.configurations, replicas.inverse_temperatures)
        self._calls += 1

    def _record(self, configurations: NDArray[np.int8], betas: Array) -> None:
        """Put the replicas in order of temperature: those of a ladder are every so manyth."""
        self.betas, rank = np.unique(betas, return_inverse=True)
        chains = len(betas) // len(self.betas)
        order = np.empty(len(betas), np.int64)
        order[rank * chains + np.arange(len(betas)) % chains] = np.arange(len(betas))
        shape = (len(self.betas), chains)
        magnetisation = order_parameter(configurations, self._n_states)[order]
        sums = self._sums(configurations)[order]
        self._records.append((magnetisation.reshape(shape), sums.reshape(*shape, -1)))

    @property
    def magnetisation(self) -> Array:
        """Order parameters, float64 (temperatures, chains, records), inverse ones rising."""
        return np.stack([record[0] for record in self._records], axis=2)

    @property
    def sums(self) -> Array:
        """Cluster sums, float64 (temperatures, chains, records, K)."""
        return np.stack([record[1] for record in self._records], axis=2)


class _Moments(NamedTuple):
    """Means of E, E^2, |m|, m^2, m^4 (5, T, chains), of Phi (T, chains, K), and of products."""

    observables: Array
    functions: Array
    products: Array


def coupling_errors(
    recorded: RecordingSweeper,
    temperatures: Array,
    couplings: Array,
    covariance: Array,
    zeros: Array,
) -> dict[str, Array]:
    """Errors of a scan that come from those of the couplings, to first order.

    Parameters
    ----------
    recorded : RecordingSweeper
    temperatures : numpy.ndarray
        All that it has seen, float64 (n_temperatures,), J / k_B.
    couplings : numpy.ndarray
        c, float64 (K,), in J.
    covariance : numpy.ndarray
        Of the couplings, float64 (K, K), in J^2.
    zeros : numpy.ndarray
        Means of Phi_k over random configurations, float64 (K,).

    Returns
    -------
    dict
        Of energy, heat capacity, magnetisation and Binder cumulant: standard errors, float64
        (n_temperatures,). What is noise of the simulation counts as zero, by a jackknife over the
        chains.
    """
    sums, magnetisation = recorded.sums - zeros, recorded.magnetisation
    energy = sums @ couplings
    values = np.stack(
        [energy, energy**2, np.abs(magnetisation), magnetisation**2, magnetisation**4]
    )
    moments = _Moments(
        values.mean(axis=3),
        sums.mean(axis=2),
        np.einsum("otcn,tcnk->otck", values, sums) / sums.shape[2],
    )
    chains = np.arange(sums.shape[1])
    whole = _responses(moments, recorded.betas, chains)
    without = [_responses(moments, recorded.betas, chains[chains != left]) for left in chains]
    share = (len(chains) - 1) / len(chains)
    errors = {}
    for name, response in whole.items():
        noise = sum(_squares(other[name] - response, covariance) for other in without) * share
        squares = np.maximum(_squares(response, covariance) - noise, 0.0)
        errors[name] = np.sqrt(squares)[np.searchsorted(recorded.betas, 1 / temperatures)]
    return errors


def _squares(responses: Array, covariance: Array) -> Array:
    return np.asarray(np.einsum("tk,kl,tl->t", responses, covariance, responses))


def _responses(moments: _Moments, betas: Array, chains: NDArray[np.int64]) -> dict[str, Array]:
    """Derivatives by each coupling, float64 (temperatures, K), from some of the chains."""
    observables = moments.observables[:, :, chains].mean(axis=2)[:, :, None]
    functions = moments.functions[:, chains].mean(axis=1)
    products = moments.products[:, :, chains].mean(axis=2)
    beta = betas[:, None]
    changes = -beta * (products - observables * functions)
    mean, _, _, second, fourth = observables
    energy = changes[0] + functions
    square = changes[1] + 2 * products[0]
    scale = np.maximum(second, np.finfo(float).tiny ** 0.25)
    binder = (2 * fourth * changes[3] / scale - changes[4]) / (3 * scale**2)
    return {
        "energy": energy,
        "heat_capacity": beta**2 * (square - 2 * mean * energy),
        "magnetisation": changes[2],
        "binder_cumulant": binder,
    }
