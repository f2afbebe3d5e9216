"""Grids of sizes and temperatures, written as short texts in files and on the command line."""

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = ["parse_sizes", "parse_temperatures"]

MAX_STEPS = 10_000
"""Most temperatures of a range."""


def parse_sizes(text: str, where: str = "sizes") -> list[int]:
    """Read lattice sizes from ``"16,24,32"``: two or more, rising.

    Raises
    ------
    InputError
        If the text is something else.

    Examples
    --------
    >>> parse_sizes("16,24,32")
    [16, 24, 32]
    """
    parts = text.split(",")
    sizes = [int(part) for part in parts if part.strip().isascii() and part.strip().isdigit()]
    if len(sizes) < max(len(parts), 2) or sizes != sorted(set(sizes)) or sizes[0] < 2:
        raise InputError(f"{where}: found {text!r}, expected two rising sizes or more: 16,24,32")
    return sizes


def parse_temperatures(text: str, where: str = "temperatures") -> NDArray[np.float64]:
    """Read temperatures from ``"first:last:step"`` (both ends included) or ``"1,2,4"``.

    Raises
    ------
    InputError
        If the text is of neither form, or a temperature is not from 1e-6 to 1e6.

    Examples
    --------
    >>> parse_temperatures("0.5:0.8:0.1")
    array([0.5, 0.6, 0.7, 0.8])
    >>> parse_temperatures("4,1")
    array([4., 1.])
    """
    lowest, highest = 1e-6, 1e6
    expected = f"numbers from {lowest:g} to {highest:g} as FIRST:LAST:STEP or as a list 1,2,4"
    try:
        if ":" in text:
            first, last, step = (float(part) for part in text.split(":"))
            if not (lowest <= first <= last <= highest and 0 < step <= highest):
                raise ValueError
            if last - first > MAX_STEPS * step:
                raise ValueError
            count = int((last - first) / step + 1e-9) + 1
            values = np.round(first + step * np.arange(count), 12)
        else:
            values = np.array([float(part) for part in text.split(",")])
        if not ((lowest <= values) & (values <= highest)).all():
            raise ValueError
    except (AttributeError, TypeError, ValueError):
        raise InputError(f"{where}: found {text!r}, expected {expected}") from None
    return values
