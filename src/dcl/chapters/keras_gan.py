"""A real generator in the place of the particles: a Keras network whose depth sets phi.

Its latent vectors are orthogonal and stay the same, so that the ratio of its tangent kernel is
`dcl.chapters.tangent_kernel.ntk_ratio` of its depth. The discriminator is that of the particles.
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from dcl.chapters.gan_dynamics import Trajectory
from dcl.chapters.tangent_kernel import ntk_ratio

__all__ = ["build_generator", "train_generator"]

Array = NDArray[np.float64]


def build_generator(depth: int, width: int, seed: int) -> keras.Model:
    """Build a bias-free ReLU network from latent vectors (n, width) to points (n, 2), He scaled.

    Examples
    --------
    >>> [layer.shape for layer in build_generator(2, 8, seed=0).get_weights()]
    [(8, 8), (8, 8), (8, 2)]
    """
    starts = [keras.initializers.HeNormal(1000 * seed + number) for number in range(depth + 1)]
    layers = [
        keras.layers.Dense(width, "relu", use_bias=False, kernel_initializer=start)
        for start in starts[:-1]
    ]
    layers.append(keras.layers.Dense(2, use_bias=False, kernel_initializer=starts[-1]))
    return keras.Sequential([keras.Input((width,)), *layers])


def train_generator(
    generator: keras.Model,
    latents: Array,
    data: Array,
    start: Array,
    frequencies: Array,
    *,
    rate: float,
    damping: float = 0.5,
    duration: float = 30.0,
    step: float = 0.03,
) -> Trajectory:
    """Train a generator by plain gradient descent against the particles' discriminator.

    Points are the start plus what the network's outputs have changed, so that they begin where the
    particles do. The learning rate makes the kernel's diagonal 1 / (1 + (N - 1) phi).

    Parameters
    ----------
    generator : keras.Model
        Of `build_generator`; it is trained in place.
    latents : numpy.ndarray
        Orthogonal vectors of squared norm width / 2, shape (N, width).
    data, start, frequencies, rate, damping, duration, step
        See `dcl.chapters.gan_dynamics.simulate`.
    """
    depth, width = len(generator.layers) - 1, latents.shape[1]
    diagonal = width / 2 * (depth + 1) * (1 + (len(start) - 1) * ntk_ratio(depth))
    generator.compile(keras.optimizers.SGD(step / diagonal), _negative_score(frequencies))
    shift = start - np.asarray(generator(latents))
    wanted = np.exp(1j * data @ frequencies).mean(axis=0)
    weights = np.zeros_like(wanted)
    x = [start]
    for _ in range(round(duration / step)):
        found = np.exp(1j * x[-1] @ frequencies).mean(axis=0)
        weights = (weights + step * rate * (wanted - found)) / (1 + step * damping)
        row = np.concatenate([weights.real, weights.imag])
        generator.train_on_batch(latents, np.column_stack([shift, np.tile(row, (len(x[0]), 1))]))
        x.append(shift + np.asarray(generator(latents)))
    return Trajectory(step * np.arange(len(x), dtype=float), np.array(x))


def _negative_score(frequencies: Array) -> Any:
    """Loss whose batch mean is minus the sum of D over the points; labels hold shift and w."""
    constants = ops.convert_to_tensor(frequencies, "float32")
    features = frequencies.shape[1]

    def loss(labels: Any, outputs: Any) -> Any:
        phases = (outputs + labels[:, :2]) @ constants
        waves = ops.concatenate([ops.cos(phases), ops.sin(phases)], axis=1)
        score = ops.sum(labels[:, 2:] * waves, axis=1) / features
        return -score * ops.cast(ops.shape(outputs)[0], score.dtype)

    return loss
