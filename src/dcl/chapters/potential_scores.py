"""Scores of learned posteriors and potentials of the Ising model in a field, beside the exact ones.

Posteriors are arrays (n, G1, G2) on a grid of (K, B), potentials (G1, G2); bundles are spins
(n, b, L, L), seen together.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from dcl.analysis.shown_table import ShownTable, shown_table
from dcl.chapters.exponential_family import label_numbers
from dcl.chapters.field_snapshots import ising_statistics
from dcl.chapters.hessian_metric import (
    Grid,
    checked_axes,
    checked_potential,
    curvature_at,
    grid_points,
    remove_affine,
)

__all__ = [
    "Score",
    "exact_posteriors",
    "excess_loss",
    "posterior_loss",
    "potential_error",
    "score",
    "score_table",
]

Array = NDArray[np.float64]
Spins = NDArray[np.int8]


def exact_posteriors(statistics: ArrayLike, F: ArrayLike, grid: Grid) -> Array:
    """Posteriors of an exponential family with potential F under a flat prior, (n, G1, G2).

    Parameters
    ----------
    statistics : array_like
        Shape (n, 2); of a bundle, the sum.
    F : array_like
        ln Z on the grid, shape (G1, G2); of a bundle of b snapshots, b ln Z.
    grid : sequence of array_like
        Two axes.

    Examples
    --------
    >>> grid = np.linspace(0, 1, 3), np.linspace(-1, 1, 3)
    >>> float(exact_posteriors([[0.0, 0.0]], np.zeros((3, 3)), grid)[0, 0, 0].round(6))
    0.111111
    """
    potential = checked_potential(F, grid)
    logits = np.asarray(statistics) @ grid_points(grid).T - potential.ravel()
    return np.asarray(softmax(logits, axis=1).reshape(-1, *potential.shape))


def posterior_loss(posteriors: Array, labels: ArrayLike, grid: Grid) -> Array:
    """Minus the logarithm of the posterior (n, G1, G2) at the labels, in nats, shape (n,).

    Examples
    --------
    >>> grid = np.arange(3), np.arange(4)
    >>> float(np.exp(posterior_loss(np.full((1, 3, 4), 1 / 12), [7], grid))[0].round(6))
    12.0
    """
    numbers = label_numbers(labels, grid)
    chosen = posteriors.reshape(len(posteriors), -1)[np.arange(len(numbers)), numbers]
    return np.asarray(-np.log(np.maximum(chosen, 1e-300)))


def excess_loss(
    posteriors: Array, bundles: Spins, labels: ArrayLike, log_z: Array, grid: Grid
) -> tuple[float, float]:
    """Mean loss above that of the exact posteriors of the same Ising bundles, and its error.

    Parameters
    ----------
    posteriors : numpy.ndarray
        Shape (n, G1, G2).
    bundles : numpy.ndarray
        Spins, shape (n, b, L, L).
    labels : array_like
        Grid point of each bundle, see `dcl.chapters.exponential_family.label_numbers`.
    log_z : numpy.ndarray
        ln Z of one snapshot on the grid, shape (G1, G2).
    grid : sequence of array_like
        Axes of K and B.

    Returns
    -------
    mean, error : float
        In nats a bundle; the error is one standard error of the paired difference.
    """
    statistics = ising_statistics(bundles).sum(axis=1)
    best = exact_posteriors(statistics, bundles.shape[1] * log_z, grid)
    away = posterior_loss(posteriors, labels, grid) - posterior_loss(best, labels, grid)
    return float(away.mean()), float(away.std() / np.sqrt(len(away)))


def potential_error(F: ArrayLike, log_z: ArrayLike, grid: Grid) -> float:
    """Root of the mean squared error of a potential, without affine parts.

    Examples
    --------
    >>> grid = np.arange(3), np.arange(3)
    >>> potential_error(np.add.outer(np.arange(3), np.arange(3)), np.zeros((3, 3)), grid) < 1e-9
    True
    """
    away = remove_affine(np.asarray(F) - np.asarray(log_z), grid)
    return float(np.sqrt((away**2).mean()))


class Score(NamedTuple):
    """Errors of a learned posterior and its potential.

    Parameters
    ----------
    gap, gap_error : float
        From `excess_loss`, in nats a bundle.
    potential_error : float
        Of ln Z a spin.
    peak, exact_peak : float
        K at which F_KK is largest on the grid at B = 0, learned and exact.
    misfit : float
        Of F_KK at B = 0 on the grid: root mean squared error over root mean square.
    """

    gap: float
    gap_error: float
    potential_error: float
    peak: float
    exact_peak: float
    misfit: float

    def gates(self, name: str, gap: float, peak: float = 0.04) -> dict[str, tuple[float, str]]:
        """Pair values with their bounds, for `dcl.runs.gates.check`.

        Parameters
        ----------
        name : str
            Of what is judged.
        gap, peak : float
            Bounds of the gap in nats, and of the distance of the peaks.

        Examples
        --------
        >>> Score(0.01, 0.002, 0.003, 0.41, 0.40, 0.4).gates("head", gap=0.02)["head: gap (nats)"]
        (0.01, '<= 0.02')
        """
        return {
            f"{name}: gap (nats)": (self.gap, f"<= {gap}"),
            f"{name}: error of ln Z / N": (self.potential_error, "<= 0.01"),
            f"{name}: peak of the curvature off by": (
                abs(self.peak - self.exact_peak),
                f"<= {peak}",
            ),
            f"{name}: curvature off by, relative": (self.misfit, "<= 0.35"),
        }


def score(
    posteriors: Array, F: Array, bundles: Spins, labels: ArrayLike, log_z: Array, grid: Grid
) -> Score:
    """Compare posteriors of bundles, and the potential F of one snapshot, with the exact ones.

    Parameters
    ----------
    posteriors, bundles, labels, log_z, grid
        See `excess_loss`.
    F : numpy.ndarray
        Learned ln Z of one snapshot, in any gauge, shape (G1, G2).
    """
    couplings = checked_axes(grid)[0]
    learned, exact = (curvature_at(values, grid, 0.0, couplings) for values in (F, log_z))
    return Score(
        *excess_loss(posteriors, bundles, labels, log_z, grid),
        potential_error(F, log_z, grid) / bundles.shape[-1] ** 2,
        float(couplings[learned.argmax()]),
        float(couplings[exact.argmax()]),
        float(np.linalg.norm(learned - exact) / np.linalg.norm(exact)),
    )


def score_table(scores: Mapping[str, Score], flat: float) -> ShownTable:
    """Tabulate scores by name, beside the error of ln Z a spin of the potential F = 0.

    Examples
    --------
    >>> table = score_table({"head": Score(0.01, 0.002, 0.003, 0.41, 0.40, 0.4)}, 0.06)
    >>> print(table._repr_mimebundle_()["text/plain"].splitlines()[-1])
    head  0.0100 ± 0.0020  0.0030  0.410 (0.400)  0.40
    """
    rows = [
        (name, f"{s.gap:.4f} ± {s.gap_error:.4f}", f"{s.potential_error:.4f}",
         f"{s.peak:.3f} ({s.exact_peak:.3f})", f"{s.misfit:.2f}")
        for name, s in scores.items()
    ]  # fmt: skip
    return shown_table(
        ("model", "gap (nats)", "error of ln Z / N", "peak of F_KK (exact)", "rms of its curve"),
        [("F = 0", "", f"{flat:.4f}", "", "1"), *rows],
        "The gap is the loss above that of the exact posterior of the same snapshots. F_KK at B = "
        "0 is the variance of A; its peak is the transition of this lattice.",
    )
