"""A convolutional network from bundles of snapshots to a posterior on a grid of parameters."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.polynomial.chebyshev import chebvander2d
from numpy.typing import NDArray

from dcl.errors import InputError

__all__ = ["PeriodicPatches", "PolynomialTable", "build_posterior_cnn"]

OWN, SHARED = 2, 8
"""Highest total degree in the place on the grid, of logits of one snapshot and of all."""


@keras.saving.register_keras_serializable(package="dcl")
class PeriodicPatches(keras.layers.Layer):
    """Each site's 3 x 3 neighbourhood on the torus, from (..., L, L) to (..., L, L, 9)."""

    def call(self, spins: Any) -> Any:
        """Stack nine shifted copies."""
        shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        return ops.stack([ops.roll(spins, shift, axis=(-2, -1)) for shift in shifts], axis=-1)


@keras.saving.register_keras_serializable(package="dcl")
class PolynomialTable(keras.layers.Layer):
    """Sum polynomials of the place on a grid with given coefficients, learned ones and a table.

    Parameters
    ----------
    shape : tuple of int
        G1 and G2.
    """

    def __init__(self, shape: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shape = (shape[0], shape[1])
        self.basis = _polynomials(self.shape, OWN)
        self.shared_basis = _polynomials(self.shape, SHARED)

    def build(self, shape: tuple[int | None, int]) -> None:
        """Make the learned coefficients and the table."""
        self.shared = self.add_weight(
            shape=(1, len(self.shared_basis)), initializer="zeros", name="shared"
        )
        self.table = self.add_weight(shape=self.shape, initializer="zeros", name="table")

    def call(self, coefficients: Any) -> Any:
        """Turn coefficients (n, polynomials) into logits (n, G1, G2)."""
        sums = coefficients @ self.basis + self.shared @ self.shared_basis
        return ops.reshape(sums, (-1, *self.shape)) + self.table

    def get_config(self) -> dict[str, Any]:
        """Arguments that remake the layer."""
        return {**super().get_config(), "shape": self.shape}


def build_posterior_cnn(
    size: int, shape: tuple[int, int], *, bundle: int = 1, channels: int = 32
) -> keras.Model:
    """Build a network of one periodic 3 x 3 convolution, an average over sites, and a smooth head.

    Logits are the coefficients that the network reads off a bundle, times Chebyshev polynomials of
    the place on the grid, plus terms of all snapshots: polynomials that are learned fast, and a
    free table. A posterior is smooth, and fitted with few weights.

    Parameters
    ----------
    size : int
        L.
    shape : tuple of int
        G1 and G2.
    bundle : int
        Snapshots b that are seen together; their order does not count.
    channels : int
        Numbers at a site after the convolution, and after one more layer at each site.

    Returns
    -------
    keras.Model
        From spins (n, b, L, L) to logits (n, G1, G2).

    Raises
    ------
    InputError
        For a bundle without a snapshot.

    Examples
    --------
    >>> build_posterior_cnn(4, (5, 6), bundle=2, channels=3).output_shape
    (None, 5, 6)
    """
    if bundle < 1:
        raise InputError(f"bundle: found {bundle}, expected 1 or more")
    inputs = keras.Input((bundle, size, size), name="spins")
    hidden = PeriodicPatches(name="patches")(inputs)
    for name in ("convolution", "site"):
        hidden = keras.layers.Dense(channels, activation="gelu", name=name)(hidden)
    pooled = keras.layers.GlobalAveragePooling3D(name="average")(hidden)
    table = PolynomialTable(shape, name="logits")
    logits = table(keras.layers.Dense(len(table.basis), name="coefficients")(pooled))
    extensive = keras.layers.Rescaling(bundle * size**2 / 8, name="extensive")(logits)
    return keras.Model(inputs, extensive, name="posterior_cnn")


def _polynomials(shape: tuple[int, int], degree: int) -> NDArray[np.float32]:
    """Products of Chebyshev polynomials without the constant one, shape (polynomials, G1 G2)."""
    first, second = np.meshgrid(*(np.linspace(-1, 1, count) for count in shape), indexing="ij")
    values = chebvander2d(first.ravel(), second.ravel(), (degree, degree))
    degrees = np.add.outer(np.arange(degree + 1), np.arange(degree + 1)).ravel()
    return values[:, (degrees > 0) & (degrees <= degree)].T.astype(np.float32)
