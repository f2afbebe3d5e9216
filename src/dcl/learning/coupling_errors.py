"""Standard errors of couplings from the scores of snapshots, which may be correlated in time."""

import numpy as np
from numpy.typing import NDArray

from dcl.analysis.autocorrelation import estimate_mean

__all__ = ["standard_errors", "uncorrelated"]

Array = NDArray[np.float64]


def uncorrelated(scores: Array, order: NDArray[np.int64]) -> Array:
    """Independent values (k,) that the scores (n, k) of snapshots at places in time are worth.

    Each is n / (2 tau) with the integrated autocorrelation time of one coupling's score. Scores
    decorrelate much sooner than the order does, as a site's neighbours are given.
    """
    times = [estimate_mean(score).autocorrelation_time for score in scores[np.argsort(order)].T]
    return len(scores) / (2 * np.array(times))


def standard_errors(scores: Array, curvature: Array, count: float | Array) -> tuple[Array, Array]:
    """Estimate the errors (k,) of couplings from `count` snapshots, and their correlations (k, k).

    Parameters
    ----------
    scores : numpy.ndarray
        Gradients of the loss of each snapshot of a random sample, float64 (n, k); those of all
        snapshots add up to zero.
    curvature : numpy.ndarray
        Of the mean loss, float64 (k, k).
    count : float or numpy.ndarray
        Independent snapshots, of all or of each coupling's scores (k,).
    """
    inverse, scaled = np.linalg.pinv(curvature), scores / np.sqrt(count)
    covariance = inverse @ (scaled.T @ scaled / len(scores)) @ inverse
    errors = np.sqrt(np.diag(covariance))
    return errors, np.asarray(covariance / np.outer(errors, errors))
