"""Fluctuations of this package's own linear skip while plain SGD trains it.

A site of the skip with i earlier sites is a linear student of i inputs, so the exact law of
`dcl.chapters.sgd_dynamics` applies to it; for spins +1 and -1, whose fourth moment is smaller, with
N - 1 in the place of N + 1. Variances are in units of eta s^2 / (2 B), their leading order.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["SkipFluctuations", "ising_skip", "teacher_skip", "train_skip"]

Array = NDArray[np.float64]

COPIES = 30
"""Students of one teacher, each with label noise of its own."""
RATE_STEPS = 20.0
"""Steps from one record to the next, in units of 1 / eta."""


class SkipFluctuations(NamedTuple):
    """Variance of the weights of each site from the second on, and the law for it.

    Parameters
    ----------
    measured, law : numpy.ndarray
        In units of eta s^2 / (2 B), shape (sites - 1,).
    """

    measured: Array
    law: Array


def teacher_skip(
    kind: Literal["normal", "spins"], rate: float, batch: int, sites: int, records: int, seed: int
) -> SkipFluctuations:
    """Let the skip learn a linear teacher by half the squared error.

    Parameters
    ----------
    kind : {"normal", "spins"}
        Distribution of the independent inputs.
    rate, batch, sites
        eta, B and the length of the sequences.
    records : int
        Weights that are averaged over, after two more that are not.
    seed : int
    """
    from keras import ops

    generator = np.random.default_rng(seed)
    every = round(RATE_STEPS / rate)
    shape = (batch * every * (records + 2), sites)
    inputs = generator.normal(size=shape)
    if kind == "spins":
        inputs = np.sign(inputs)
    teacher = np.triu(generator.normal(size=(sites, sites)), 1)
    labels = (inputs @ teacher)[..., None] + generator.normal(size=(*shape, COPIES))

    def half_square(wanted: Any, found: Any) -> Any:
        return ops.sum((wanted - found) ** 2, axis=(1, 2)) / 2

    kernels = train_skip(inputs[..., None], labels, half_square, rate, batch, every)
    squares = ((kernels[2:] - teacher[..., None]) ** 2).mean(axis=(0, 3))
    number = np.arange(1, sites)
    more = {"normal": 1, "spins": -1}[kind]
    law = 2 / (2 - rate * (1 + (number + more) / batch))
    return SkipFluctuations(_by_site(squares) * 2 * batch / rate, law)


def ising_skip(snapshots: NDArray[np.int8], rate: float, batch: int, seed: int) -> SkipFluctuations:
    """Let the skip learn snapshots by the cross-entropy, in one pass.

    Near the minimum the curvature and the noise of the gradient are one matrix, h <x x^T> with h
    close to 1/4 at high temperature: a linear student of rate eta h and noise s^2 = 1 / h. Its
    leading order is eta / (2 B), whatever the matrix.

    Parameters
    ----------
    snapshots : numpy.ndarray
        Spins, shape (n, L, L); they are shuffled.
    rate, batch
        eta and B.
    seed : int
    """
    from keras import ops

    spins = np.random.default_rng(seed).permutation(snapshots.reshape(len(snapshots), -1, 1))

    def cross_entropy(wanted: Any, found: Any) -> Any:
        return ops.sum(ops.softplus(-wanted * found), axis=(1, 2))

    kernels = train_skip(spins, spins, cross_entropy, rate, batch, every=10)[..., 0]
    variances = kernels[len(kernels) // 5 :].var(axis=0, ddof=1)
    number = np.arange(1, spins.shape[1])
    law = 2 / (2 - rate / 4 * (1 + (number - 1) / batch))
    return SkipFluctuations(_by_site(variances) * 2 * batch / rate, law)


def _by_site(squares: Array) -> Array:
    return np.array([squares[:site, site].mean() for site in range(1, len(squares))])


def train_skip(
    inputs: NDArray[Any],
    labels: NDArray[Any],
    loss: Callable[[Any, Any], Any],
    rate: float,
    batch: int,
    every: int,
) -> Array:
    """Train this package's linear skip by plain SGD in one pass, and record its weights.

    Parameters
    ----------
    inputs : numpy.ndarray
        Encoded sequences in the order in which they are shown, shape (n, N, 1).
    labels : numpy.ndarray
        Shape (n, N, width).
    loss : callable
        (labels, outputs) to one loss an example.
    rate, batch, every
        eta, B, and the steps from one record to the next.

    Returns
    -------
    numpy.ndarray
        Weights W_ij of site i on the earlier site j, zero elsewhere, shape (records, j, i, width).
    """
    import keras

    from dcl.models.networks import LinearSkip

    skip = LinearSkip(labels.shape[-1])
    network = keras.Sequential([keras.Input(inputs.shape[1:]), skip])
    skip.bias.trainable = False
    network.compile(keras.optimizers.SGD(rate), loss)
    kernels = []
    for step in range(1, len(inputs) // batch + 1):
        part = slice((step - 1) * batch, step * batch)
        network.train_on_batch(inputs[part].astype("float32"), labels[part].astype("float32"))
        if step % every == 0:
            kernels.append(np.asarray(skip.kernel)[:, 0] * skip.mask[:, 0])
    return np.array(kernels)
