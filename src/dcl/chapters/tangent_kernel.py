"""The neural tangent kernel of wide ReLU networks: how much an update for one input moves another.

Networks have no biases and He scaling: weights of variance 2 / fan_in. The kernel of a layer is
weighted by 2 / fan_in, so that all layers count alike at any width (Jacot, Gabriel and Hongler,
arXiv:1806.07572). Ratios of kernels do not depend on the norm of the inputs.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcl.errors import InputError
from dcl.lattice.arguments import finite_number, whole_number

__all__ = ["empirical_ntk", "he_weights", "ntk_ratio", "off_diagonal_ratio", "orthogonal_latents"]

Array = NDArray[np.float64]


def ntk_ratio(depth: int, cosine: float = 0.0) -> float:
    """Tangent kernel between two inputs over that of an input with itself, at infinite width.

    Each hidden layer takes the covariance c to kappa_1(c) and the kernel to
    theta kappa_0(c) + kappa_1(c), with the arc-cosine kernels of degree 0 and 1; the diagonal ends
    at depth + 1.

    Parameters
    ----------
    depth : int
        Hidden layers.
    cosine : float
        Of the angle between the two inputs.

    Returns
    -------
    float
        phi = g2 / g1.

    Raises
    ------
    InputError
        If the depth is negative or not whole, or the cosine is outside [-1, 1].

    Examples
    --------
    >>> [round(ntk_ratio(depth), 6) for depth in (0, 1, 2, 3)]
    [0.0, 0.159155, 0.22857, 0.265097]
    """
    whole_number("depth", depth, 0)
    if not -1 <= finite_number("cosine", cosine) <= 1:
        raise InputError(f"cosine: found {cosine:g}, expected a number from -1 to 1")
    covariance = kernel = cosine
    for _ in range(depth):
        angle = math.acos(min(covariance, 1.0))
        degree_0 = 1 - angle / math.pi
        degree_1 = math.sin(angle) / math.pi + covariance * degree_0
        covariance, kernel = degree_1, kernel * degree_0 + degree_1
    return kernel / (depth + 1)


def he_weights(depth: int, width: int, inputs: int, seed: int) -> list[Array]:
    """Draw the weights of a ReLU network with one output.

    Returns
    -------
    list of numpy.ndarray
        One matrix of shape (fan_in, fan_out) a layer, depth + 1 in all.

    Examples
    --------
    >>> [layer.shape for layer in he_weights(depth=2, width=8, inputs=5, seed=0)]
    [(5, 8), (8, 8), (8, 1)]
    """
    generator = np.random.default_rng(seed)
    sizes = [inputs, *[width] * depth, 1]
    return [
        generator.normal(scale=math.sqrt(2 / fan_in), size=(fan_in, fan_out))
        for fan_in, fan_out in itertools.pairwise(sizes)
    ]


def orthogonal_latents(count: int, width: int, seed: int) -> Array:
    """Draw orthogonal inputs of squared norm width / 2, shape (count, width).

    Examples
    --------
    >>> latents = orthogonal_latents(2, 6, seed=0)
    >>> (latents @ latents.T).round(9).tolist()
    [[3.0, 0.0], [0.0, 3.0]]
    """
    normal = np.random.default_rng(seed).normal(size=(width, count))
    return math.sqrt(width / 2) * np.linalg.qr(normal)[0].T


def empirical_ntk(weights: Sequence[ArrayLike], inputs: ArrayLike) -> Array:
    """Tangent kernel of the first output of one network, by the gradients of all its weights.

    Each layer counts 2 / fan_in times the products of its gradients.

    Parameters
    ----------
    weights : sequence of array_like
        Matrices of shape (fan_in, fan_out), such as those of bias-free Keras `Dense` layers.
    inputs : array_like
        Shape (n, fan_in of the first).

    Returns
    -------
    numpy.ndarray
        Shape (n, n).

    Raises
    ------
    InputError
        For no layer, shapes that do not fit, or numbers that are not finite.

    Examples
    --------
    >>> empirical_ntk([np.ones((2, 1))], np.eye(2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    layers = [np.asarray(layer, float) for layer in weights]
    entering = [np.asarray(inputs, float)]
    shapes = [array.shape for array in (*entering, *layers)]
    fit = all(len(b) == 2 and a[-1:] == b[:1] for a, b in itertools.pairwise(shapes))
    finite = all(np.isfinite(array).all() for array in (*entering, *layers))
    if not layers or len(shapes[0]) != 2 or not (fit and finite):
        raise InputError(f"inputs, weights: found shapes {shapes}, expected finite ones that fit")
    for layer in layers[:-1]:
        entering.append(np.maximum(entering[-1] @ layer, 0))
    count = len(entering[0])
    kernel = np.zeros((count, count))
    back = np.ones((count, 1))
    layers[-1] = layers[-1][:, :1]
    for layer, values in zip(reversed(layers), reversed(entering), strict=True):
        kernel += 2 / len(layer) * (values @ values.T) * (back @ back.T)
        back = back @ layer.T * (values > 0)
    return kernel


def off_diagonal_ratio(kernel: ArrayLike) -> float:
    """Mean of a kernel off its diagonal over the mean on it.

    Examples
    --------
    >>> off_diagonal_ratio([[2.0, 1.0], [1.0, 2.0]])
    0.5
    """
    matrix = np.asarray(kernel, float)
    count = len(matrix)
    diagonal = np.trace(matrix)
    return float((matrix.sum() - diagonal) / (diagonal * (count - 1)))
