"""Errors of learned energies and curves against the exact ones."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["coupling_errors", "level_rmse", "level_spread", "max_error_per_spin"]

Array = NDArray[np.float64]


def level_rmse(learned: Array, true: Array) -> float:
    """Root mean squared error of learned energies over a test set, in J, equal weight a level.

    The mean difference over the set is subtracted first: a learned energy has an arbitrary
    constant.

    Parameters
    ----------
    learned, true : numpy.ndarray
        Total energies in J, shape (levels, per_level).

    Examples
    --------
    >>> level_rmse(np.array([[6.0, 8.0], [3.0, 3.0]]), np.array([[1.0, 1.0], [-2.0, -2.0]]))
    0.8660254037844386
    """
    difference = learned - true
    return float(np.std(difference))


def level_spread(learned: Array, true: Array) -> float:
    """Standard deviation of the error within a level, in J, over levels of equal weight.

    Parameters
    ----------
    learned, true
        See `level_rmse`.

    Examples
    --------
    >>> level_spread(np.array([[1.0, 3.0], [7.0, 9.0]]), np.zeros((2, 2)))
    1.0
    """
    return float(np.sqrt((learned - true).var(axis=1).mean()))


def coupling_errors(learned: Array, true: Array) -> tuple[float, float]:
    """Root mean squared errors of the couplings of bonds, and of all other pairs, in J.

    Parameters
    ----------
    learned, true : numpy.ndarray
        J_ij in J, (N, N), symmetric; pairs whose true coupling is not zero are bonds.

    Examples
    --------
    >>> true = np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0.0]])
    >>> learned = np.array([[0, 1, 0.5], [1, 0, 3], [0.5, 3, 0]])
    >>> coupling_errors(learned, true)
    (0.7071067811865476, 0.5)
    """
    pairs = np.triu_indices(len(true), 1)
    squares, bonds = (learned - true)[pairs] ** 2, true[pairs] != 0
    return float(np.sqrt(squares[bonds].mean())), float(np.sqrt(squares[~bonds].mean()))


def max_error_per_spin(energy: Array, exact: Array, size: int) -> float:
    """Largest ``|E - E_exact| / N`` over the temperatures of a curve, in J per spin.

    Parameters
    ----------
    energy, exact : numpy.ndarray
        Total energies in J, shape (n_temperatures,), both with mean zero at infinite temperature.
    size : int
        Linear size L; N = L * L.

    Examples
    --------
    >>> max_error_per_spin(np.array([-4.0, -8.0]), np.array([-4.0, -10.0]), size=2)
    0.5
    """
    return float(np.abs(energy - exact).max() / size**2)
