"""Weights of a linear skip, as a matrix between the sites of the lattice."""

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.models.sequence_energy import SequenceEnergy

__all__ = ["skip_weights"]


def skip_weights(model: SequenceEnergy) -> NDArray[np.float64]:
    """Read the weights by which a spin's logit depends on the earlier spins.

    Parameters
    ----------
    model : SequenceEnergy
        Of spins, with a linear skip.

    Returns
    -------
    numpy.ndarray
        float64 (N, N), later site first, both in reading order; zero above the diagonal.

    Raises
    ------
    InputError
        If the model has more than two states, or no linear skip.

    Examples
    --------
    >>> from dcl.models.networks import build_gru
    >>> skip_weights(SequenceEnergy(build_gru(16, units=8), 4.0, 4)).shape
    (16, 16)
    """
    layers = {layer.name: layer for layer in model.network.layers}
    if model.n_states != 2 or "skip" not in layers:
        raise InputError(
            f"model: found {model.n_states} states and the layers {', '.join(layers)}, expected "
            "spins and a layer named skip"
        )
    kernel, mask = np.asarray(layers["skip"].kernel), layers["skip"].mask
    return np.asarray((kernel * mask)[:, 0, :, 0].T, dtype=np.float64)
