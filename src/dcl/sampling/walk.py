"""Walks of all samplers: seed, chains, sweeps and start, with their ranges."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Required, TypedDict

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dcl.errors import InputError

__all__ = ["Start", "Walk", "WalkOptions", "check_least", "check_snapshots"]

Start = Literal["random", "ordered"]


class WalkOptions(TypedDict, total=False):
    """Keywords of the samplers: the fields of `Walk`."""

    seed: Required[int]
    chains: int
    burn_in: int
    stride: int
    start: Start
    progress: bool


@dataclass(frozen=True)
class Walk:
    """A walk of independent chains.

    Parameters
    ----------
    seed : int
        From 0 to 2^64 - 1; the same seed gives the same samples, for any number of threads.
    chains : int
        Independent chains, 1 or more.
    burn_in : int
        Sweeps before the first sample of a chain.
    stride : int
        Sweeps from each sample of a chain to the next.
    start : {"random", "ordered"}
        Uniformly random configurations, or all sites in the highest state.
    progress : bool
        Show a progress bar on standard error.

    Raises
    ------
    InputError
        If a number is out of range, or the start is unknown.

    Examples
    --------
    >>> Walk(seed=1, stride=5)
    Walk(seed=1, chains=1024, burn_in=1000, stride=5, start='random', progress=False)
    """

    seed: int
    chains: int = 1024
    burn_in: int = 1000
    stride: int = 10
    start: Start = "random"
    progress: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**64:
            raise InputError(f"seed: found {self.seed}, expected 0 to 2^64 - 1")
        check_least(1, chains=self.chains)
        check_least(0, burn_in=self.burn_in, stride=self.stride)
        if self.start not in ("random", "ordered"):
            raise InputError(f"start: found {self.start!r}, expected random or ordered")

    def record(
        self,
        size: int,
        count: int,
        chains: int,
        sweep: Callable[[int], None],
        write: Callable[[NDArray[np.int8]], None],
    ) -> NDArray[np.int8]:
        """Burn chains in and record them every stride.

        Parameters
        ----------
        size, count, chains : int
            L, snapshots, and chains that move together.
        sweep : callable
            Moves all chains by a number of sweeps.
        write : callable
            Writes the configurations of the first chains into an array (n, N).

        Returns
        -------
        ndarray of int8, shape (count, L, L)
            Snapshot k is the (k // chains)-th of chain k % chains.
        """
        snapshots = np.empty((count, size * size), np.int8)
        sweep(self.burn_in)
        with tqdm(total=count, unit="snapshot", disable=not self.progress) as bar:
            for start in range(0, count, chains):
                sweep(self.stride)
                part = snapshots[start : start + chains]
                write(part)
                bar.update(len(part))
        return snapshots.reshape(count, size, size)


def check_least(least: int, **fields: int) -> None:
    """Raise InputError for a number that is less than `least`, by the name of its field.

    Examples
    --------
    >>> check_least(1, chains=0)
    Traceback (most recent call last):
    ...
    dcl.errors.InputError: chains: found 0, expected 1 or more
    """
    for name, value in fields.items():
        if value < least:
            raise InputError(f"{name}: found {value}, expected {least} or more")


def check_snapshots(temperature: float, count: int, stride: int = 1) -> None:
    """Raise InputError for a temperature that is not positive, or less than one snapshot or sweep.

    Examples
    --------
    >>> check_snapshots(float("inf"), 10)
    """
    if not temperature > 0:
        raise InputError(f"temperature: found {temperature}, expected a positive number")
    check_least(1, count=count, stride=stride)
