"""Geometry of a parameter plane from snapshots: posteriors, the potential ln Z, its Hessian.

Snapshots of the Ising model in a field have weights exp(K A + B M), with the alignment A = sum over
bonds of s s', the magnetisation M, K = J / T and B = h / T. Lobashev and coauthors (arXiv
2206.07494, 2506.10632) learn the posterior of the parameters that a snapshot was drawn at, fit a
convex potential to it, and read off the Fisher metric as its Hessian. On small lattices all of it
is known exactly.

A grid is a pair of axes, of G1 and G2 values; numbers of grid points run along the second first.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from dcl.chapters.convex_potential import fit_potential
from dcl.chapters.exponential_family import exponential_family_fit
from dcl.chapters.hessian_metric import hessian
from dcl.errors import InputError
from dcl.exact.ising_field import ising_field_log_partition
from dcl.exact.tasep import tasep_fisher
from dcl.learning.settings import Schedule

if TYPE_CHECKING:
    import keras

__all__ = [
    "exponential_family_fit",
    "fit_posterior_cnn",
    "fit_potential",
    "hessian",
    "ising_field_log_partition",
    "posterior_grid",
    "tasep_fisher",
    "trained_networks",
]

Array = NDArray[np.float64]
Spins = NDArray[np.int8]


def posterior_grid(model: Any, snapshots: ArrayLike) -> Array:
    """Posterior of each snapshot, or bundle of them, by a network.

    Parameters
    ----------
    model : callable
        From `dcl.models.networks.posterior_cnn`, or another that takes (n, b, L, L) to logits
        (n, G1, G2).
    snapshots : array_like
        Spins +1 and -1, shape (n, L, L), or (n, b, L, L) for bundles of b.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n, G1, G2).

    Raises
    ------
    InputError
        For other shapes and values.
    """
    spins = np.asarray(snapshots)
    if spins.ndim not in (3, 4) or not len(spins):
        raise InputError(
            f"snapshots: found shape {spins.shape}, expected (n, L, L) or (n, b, L, L)"
        )
    if not np.isin(spins, (-1, 1)).all():
        raise InputError("snapshots: found values other than -1 and +1, expected spins")
    bundles = (spins if spins.ndim == 4 else spins[:, None]).astype(np.float32)
    parts = [np.asarray(model(bundles[k : k + 1000])) for k in range(0, len(bundles), 1000)]
    return np.asarray(softmax(np.concatenate(parts).astype(np.float64), axis=(1, 2)))


def fit_posterior_cnn(
    model: "keras.Model",
    snapshots: Spins,
    *,
    steps: int,
    batch: int = 256,
    learning_rate: float = 0.01,
    seed: int = 1,
) -> dict[str, list[float]]:
    """Train a network in place to name the grid point that a bundle of snapshots comes from.

    Every step draws other bundles, each from the snapshots of one grid point.

    Parameters
    ----------
    model : keras.Model
        From `dcl.models.networks.posterior_cnn`.
    snapshots : numpy.ndarray
        From `dcl.chapters.field_snapshots`, shape (G1 G2, count, L, L).
    steps, batch : int
        Optimiser steps, a multiple of 20, and bundles of each.
    learning_rate : float
        See `dcl.learning.settings.Schedule`; there is no weight decay.
    seed : int

    Returns
    -------
    dict of list
        ``examples_seen`` and ``loss`` in nats a bundle.
    """
    from keras import ops

    from dcl.learning.training import train

    points, count = snapshots.shape[:2]
    bundle = model.input_shape[1]

    def show(number: int, arrays: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
        random = np.random.default_rng([seed, number])
        places = random.random((len(arrays[0]), count)).argpartition(bundle - 1)[:, :bundle]
        return snapshots[arrays[0][:, None], places].astype(np.float32), arrays[0]

    def loss(labels: Any, logits: Any) -> Any:
        log_q = ops.log_softmax(ops.reshape(logits, (-1, points)))
        return -ops.mean(ops.take_along_axis(log_q, ops.reshape(labels, (-1, 1)), axis=1))

    schedule = Schedule(steps * batch, batch, learning_rate, weight_decay=0.0)
    numbers = np.arange(points, dtype=np.int32)
    return train(
        model, (numbers,), loss, schedule, seed=seed, transform=show, title="posterior"
    )  # fmt: skip


def trained_networks(
    snapshots: Spins, shape: tuple[int, int], *, steps: int, seed: int = 1
) -> dict[int, "keras.Model"]:
    """Train a network of single snapshots, and from its weights one of bundles of four.

    With the same weights the second multiplies the posteriors of its four snapshots, as Bayes' rule
    does for independent ones. It starts there, at a tenth of the learning rate of the first.

    Parameters
    ----------
    snapshots : numpy.ndarray
        See `fit_posterior_cnn`; four or more of each grid point.
    shape : tuple of int
        G1 and G2.
    steps : int
        Optimiser steps of each, a multiple of 20.
    seed : int

    Returns
    -------
    dict
        Snapshots that are seen together, 1 and 4, to the network.
    """
    import keras

    from dcl.models.networks.posterior_cnn import build_posterior_cnn

    keras.utils.set_random_seed(seed)
    networks = {b: build_posterior_cnn(snapshots.shape[-1], shape, bundle=b) for b in (1, 4)}
    fit_posterior_cnn(networks[1], snapshots, steps=steps, batch=128, seed=seed)
    networks[4].set_weights(networks[1].get_weights())
    fit_posterior_cnn(networks[4], snapshots, steps=steps, batch=32, learning_rate=0.001, seed=seed)
    return networks
