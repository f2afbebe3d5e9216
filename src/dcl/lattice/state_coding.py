"""States of sites as files have them, and as the package has them: -1 and +1, or 0..Q-1."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import MAX_STATES

__all__ = ["StateCoding", "state_coding"]

_SPIN_PAIRS = ((-1.0, 2.0), (-0.5, 1.0), (0.0, 1.0), (0.0, 255.0))
"""Lower value and difference of the values that mean spin down and spin up."""


@dataclass(frozen=True)
class StateCoding:
    """Values of a file that stand for states: state k is ``lowest + k * step``.

    Attributes
    ----------
    lowest, step : float
    n_states : int
    """

    lowest: float
    step: float
    n_states: int

    def read(self, part: NDArray[Any]) -> NDArray[np.int8]:
        """Translate values of the file, any shape, into spins -1 and +1 or states 0..Q-1."""
        if (self.lowest, self.step, self.n_states) == (-1, 2, 2):
            return np.ascontiguousarray(part, np.int8)
        if self.step == 1 and self.lowest == int(self.lowest):
            states = np.ascontiguousarray(part, np.int8) - np.int8(self.lowest)
        else:
            states = np.rint((part - self.lowest) / self.step).astype(np.int8)
        return 2 * states - np.int8(1) if self.n_states == 2 else states

    def __str__(self) -> str:
        """Tell the values in the file, and their reading if it is another."""
        highest = self.lowest + self.step * (self.n_states - 1)
        if self.n_states == 2:
            if self.lowest == -1:
                return "spins -1 and +1"
            return f"{self.lowest:g} and {highest:g}, read as spins -1 and +1"
        read = f"states 0 to {self.n_states - 1}"
        return read if not self.lowest else f"{self.lowest:g} to {highest:g}, read as {read}"


def state_coding(values: set[float], name: str, n_states: int | None = None) -> StateCoding:
    """Find the coding of the distinct values of an array.

    Spins may be -1 and 1, -1/2 and 1/2, 0 and 1, 0 and 255, or two whole numbers that follow each
    other; states may begin at any whole number if there is no gap. Where the number of states is
    given, values from 0 to Q - 1 are taken as they are and those from 1 to Q are shifted.

    Parameters
    ----------
    values : set of float
    name : str
        Name of the array in an error.
    n_states : int, optional
        Number of states; otherwise read off the values.

    Raises
    ------
    InputError
        If the values fit no coding.

    Examples
    --------
    >>> str(state_coding({1, 2, 3}, "spins"))
    '1 to 3, read as states 0 to 2'
    """
    if n_states in (None, 2):
        for down, step in _SPIN_PAIRS:
            if values <= {down, down + step}:
                return StateCoding(down, step, 2)
    if all(0 <= value < 2**53 and value == int(value) for value in values):
        lowest, highest = int(min(values)), int(max(values))
        without_gap = highest - lowest + 1 == len(values)
        if n_states is not None:
            shift = 1 if lowest and highest == n_states else 0
        else:
            shift = lowest if without_gap and len(values) > 1 else 0
        count = n_states or max(highest - shift + 1, 2)
        if highest - shift < count <= MAX_STATES and (without_gap or n_states or not lowest):
            return StateCoding(shift, 1, count)
    larger = _larger_spin(values) and (n_states or MAX_STATES) >= len(values)
    advice = f"; add {max(values):g} if a spin has these {len(values)} states" if larger else ""
    raise InputError(
        f"{name}: found values {_first(values)}, expected {_expected(n_states)}{advice}"
    )


def _larger_spin(values: set[float]) -> bool:
    """Tell values from -S to S, one apart, three or more."""
    return values == {k - max(values) for k in range(len(values))} and len(values) > 2


def _first(values: set[float]) -> str:
    return ", ".join(
        f"{value:.12g}" if value % 1 else str(int(value)) for value in sorted(values)[:6]
    )


def _expected(n_states: int | None) -> str:
    spins = "+1 and -1 or " if n_states in (None, 2) else ""
    return f"{spins}0 to {(n_states or MAX_STATES) - 1}"
