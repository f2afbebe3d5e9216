"""Ladders of temperatures whose replicas are exchanged: Hukushima and Nemoto.

Replicas are numbered 0 ... n-1 with n = n_temperatures * chains. A ladder is one replica at each
temperature; the ``chains`` ladders are independent. Neighbouring temperatures of a ladder, even and
odd pairs in turn, exchange their replicas with probability min(1, exp((beta - beta') (E - E'))):
J. Phys. Soc. Jpn. 65, 1604 (1996).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError

__all__ = ["TemperatureLadder"]


class TemperatureLadder:
    """Replicas by their temperature; ``replicas`` has shape (n_temperatures, chains).

    Parameters
    ----------
    temperatures : array_like, shape (n_temperatures,)
        Positive and monotonic, in units of J / k_B; ``math.inf`` is allowed.
    chains : int
        Independent ladders.
    seed : int
        Of the exchanges.

    Raises
    ------
    InputError
        If the temperatures are not positive and in order.

    Examples
    --------
    >>> ladder = TemperatureLadder([1.0, 2.0], chains=2, seed=1)
    >>> ladder.exchange(np.array([-4.0, -4.0, -8.0, -8.0]), parity=0)  # the hotter ones are lower
    >>> ladder.replicas
    array([[2, 3],
           [0, 1]])
    """

    def __init__(self, temperatures: ArrayLike, chains: int, seed: int) -> None:
        self.temperatures = _monotonic(temperatures)
        steps = len(self.temperatures)
        self.replicas = np.arange(steps * chains).reshape(-1, chains)
        self.betas = np.repeat(1.0 / self.temperatures, chains)
        self._random = np.random.default_rng([seed, 1])
        self._attempts = np.zeros(steps - 1)
        self._accepted = np.zeros(steps - 1)

    def exchange(self, energies: NDArray[np.float64], parity: int) -> None:
        """Exchange replicas of the pairs (parity, parity + 1), (parity + 2, parity + 3), ..."""
        colder, hotter = self.replicas[parity:-1:2].copy(), self.replicas[parity + 1 :: 2].copy()
        gain = (self.betas[colder] - self.betas[hotter]) * (energies[colder] - energies[hotter])
        accepted = np.log1p(-self._random.random(gain.shape)) < gain
        self.replicas[parity:-1:2] = np.where(accepted, hotter, colder)
        self.replicas[parity + 1 :: 2] = np.where(accepted, colder, hotter)
        self.betas[self.replicas] = 1.0 / self.temperatures[:, None]
        self._attempts[parity::2] += gain.shape[1]
        self._accepted[parity::2] += accepted.sum(axis=1)

    def rates(self) -> NDArray[np.float64]:
        """Return accepted exchanges of neighbouring temperatures per attempt."""
        return np.asarray(self._accepted / np.maximum(self._attempts, 1))


def _monotonic(temperatures: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(temperatures, np.float64)
    if array.ndim != 1 or not array.size or not (array > 0).all():
        raise InputError(f"temperatures: found {array}, expected a list of positive numbers")
    steps = np.sign(array[1:] - array[:-1])
    if not (abs(steps.sum()) == steps.size):
        raise InputError(f"temperatures: found {array}, expected them in order")
    return array
