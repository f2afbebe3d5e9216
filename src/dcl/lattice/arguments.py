"""Checks of the arguments of public functions: one line for a value that no formula can take."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.configurations import told

__all__ = ["finite_array", "finite_number", "whole_number"]


def whole_number(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return a whole number from `low` to `high`.

    Raises
    ------
    InputError
        For another number, and for anything else.

    Examples
    --------
    >>> whole_number("L", np.int64(4), 2)
    4
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        limits = f"{low} or more" if high is None else f"{low} to {high}"
        raise InputError(f"{name}: found {told(value)}, expected a whole number, {limits}")
    return int(value)


def finite_array(name: str, value: Any) -> NDArray[np.float64]:
    """Return finite real numbers as an array of any shape.

    Raises
    ------
    InputError
        For values that are not finite or no real numbers, and for ragged lists.

    Examples
    --------
    >>> finite_array("K", [[1, 2]]).shape
    (1, 2)
    """
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if not np.isfinite(array).all():
        raise InputError(f"{name}: found {told(value)}, expected finite numbers")
    return array


def finite_number(name: str, value: Any) -> float:
    """Return one finite real number.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> finite_number("h", 2)
    2.0
    """
    array = finite_array(name, value)
    if array.ndim:
        raise InputError(f"{name}: found shape {array.shape}, expected one number")
    return float(array)
