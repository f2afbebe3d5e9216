"""A GRU that starts with a memory of all earlier sites, and of the number of the site.

The hidden state of `keras.layers.GRU` is h' = z h + (1 - z) tanh(x W + b + r (h U + c)), with
update gate z and reset gate r. Here z is 0, and the units have four tasks:

- A delay line of N - 1 units for each number of a state: the first takes the number x from the
  input, every other one what the unit before it held, so that unit d holds y_d x_(t-d), with
  y_1 = tanh 0.1 and y_(d+1) = tanh y_d. The numbers are -1, 0 and +1, see
  `dcl.models.networks.free_units.channels`.
- A flag that is 1 from the first step on, and a clock of N units: unit t is +1 at step t, -1 at all
  others. Any table of the site's number is a sum over flag and clock.
- Free units, which read the delay line and the clock, and not each other. They are the units of
  `dcl.models.networks.free_units.FreeUnits`, whose likelihood needs no step by step.

Training the free units alone is training this GRU with the other weights fixed: back-propagation
through time has nothing to carry. A standard start would have to find such a memory first, as the
bonds across the boundary link sites that are L - 1 and N - L steps apart.
"""

from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from dcl.models.networks.free_units import channels
from dcl.models.networks.gru import build_gru

__all__ = ["core_units", "gru_from_free_units", "read_free_units"]

Array = NDArray[np.float64]

FIRST = 0.1
"""Input weight of the delay line, so small that a tanh is close to linear."""
CLOCK = 6.0
"""Size of the weights of flag and clock; tanh 6 is 1 but for 1e-5."""
CLOSED, OPEN = -16.0, 16.0
"""Biases of gates; a sigmoid of them is 0 or 1 within float32."""
_ON = np.tanh(CLOCK)


def core_units(n_sites: int, n_states: int = 2) -> int:
    """Units of a GRU that are delay line, flag and clock.

    Examples
    --------
    >>> core_units(64), core_units(64, n_states=3)
    (128, 191)
    """
    return (n_sites - 1) * (n_states - 1) + 1 + n_sites


class _Units(NamedTuple):
    """Numbers of the units by task; ``line`` has shape (N - 1, Q - 1)."""

    line: NDArray[np.int64]
    flag: int
    clock: NDArray[np.int64]
    free: NDArray[np.int64]
    held: Array
    """What a delay line holds for a number 1, y_d, shape (N - 1, 1)."""


def _units(n_sites: int, n_states: int, units: int) -> _Units:
    core, flag = core_units(n_sites, n_states), (n_sites - 1) * (n_states - 1)
    held = [np.tanh(FIRST)]
    for _ in range(n_sites - 2):
        held.append(np.tanh(held[-1]))
    return _Units(
        np.arange(flag).reshape(n_sites - 1, n_states - 1),
        flag,
        np.arange(flag + 1, core),
        np.arange(core, units),
        np.array(held)[:, None],
    )


def gru_from_free_units(network: keras.Model) -> keras.Model:
    """Write free units into a plain GRU, with delay line, flag and clock around them.

    Parameters
    ----------
    network : keras.Model
        Made by `dcl.models.networks.build_free_units`, trained or not.

    Returns
    -------
    keras.Model
        As `build_gru` makes it without a skip, with `core_units` more units than the free ones; it
        gives the same outputs.

    Examples
    --------
    >>> from dcl.models.networks import build_free_units
    >>> gru_from_free_units(build_free_units(64, units=250)).get_layer("gru_0").units
    378
    """
    layer, sites = network.get_layer("free"), network.input_shape[1]
    units = core_units(sites, layer.n_states) + layer.units
    gru = build_gru(sites, layer.n_states, units=units, skip=False)
    weights = [np.asarray(w, np.float64) for w in layer.get_weights()]
    gru.set_weights(_written(sites, layer.n_states, units, weights))
    return gru


def _written(sites: int, n_states: int, units: int, free: list[Array]) -> list[Array]:
    """Weights of the GRU and its output layer from those of the free units."""
    place = _units(sites, n_states, units)
    width = 1 if n_states == 2 else n_states
    kernel = np.zeros((width, 3, units))
    recurrent = np.zeros((units, 3, units))
    bias = np.zeros((2, 3, units))
    output = np.zeros((units, width))
    _write_core(place, _encoded(n_states), kernel, recurrent, bias)
    delays, site_bias, reset, output_kernel, line_output, site_output = free
    line, hidden = place.line, place.free
    kernel[:, 2, hidden] = _encoded(n_states) @ delays[0]
    recurrent[line[:-1][..., None], 2, hidden] = delays[1:] / place.held[:-1, :, None]
    for gate, table, row in ((2, site_bias, 1), (1, reset, 0)):
        bias[row, gate, hidden] = table[0]
        recurrent[place.clock[:-1, None], gate, hidden] = table[1:] / (2 * _ON)
        recurrent[place.flag, gate, hidden] = (table[1:].sum(axis=0) / 2 - table[0]) / _ON
    output[hidden] = output_kernel
    output[line] = line_output / place.held[..., None]
    output[place.clock] = site_output / (2 * _ON)
    flat = [kernel.reshape(width, -1), recurrent.reshape(units, -1), bias.reshape(2, -1)]
    return [*flat, output, site_output.sum(axis=0) / 2]


def _encoded(n_states: int) -> Array:
    """Weights that make the numbers of a state of what the GRU reads: (inputs, Q - 1)."""
    return np.ones((1, 1)) if n_states == 2 else channels(n_states).astype(np.float64)


def _write_core(
    place: _Units, encoded: Array, kernel: Array, recurrent: Array, bias: Array
) -> None:
    """Set the weights of delay line, flag and clock; axis 1 is update, reset, candidate."""
    line, clock, flag = place.line, place.clock, place.flag
    bias[0, 0] = CLOSED
    bias[0, 1, : clock[-1] + 1] = OPEN
    kernel[:, 2, line[0]] = FIRST * encoded
    recurrent[line[:-1], 2, line[1:]] = 1
    bias[0, 2, flag] = bias[0, 2, clock[0]] = CLOCK
    recurrent[flag, 2, clock[0]] = -2 * CLOCK
    bias[0, 2, clock[1:]] = -CLOCK
    recurrent[flag, 2, clock[1:]] = CLOCK
    recurrent[clock[:-1], 2, clock[1:]] = CLOCK


def read_free_units(network: keras.Model) -> list[Array] | None:
    """Weights of the free units of a GRU, where all others are those of a delay line and a clock.

    Parameters
    ----------
    network : keras.Model
        As `build_gru` makes it.

    Returns
    -------
    list of numpy.ndarray, or None
        In the order of `dcl.models.networks.free_units.FreeUnits`; None for any other GRU.
    """
    _, sites, width = network.output_shape
    n_states, layers = max(width, 2), {layer.name for layer in network.layers}
    weights = [np.asarray(w, np.float64) for w in network.get_weights()]
    units = len(weights[1])
    if "skip" in layers or "gru_1" in layers or units <= core_units(sites, n_states):
        return None
    free = _read(_units(sites, n_states, units), *weights)
    written = _written(sites, n_states, units, free)
    close = (np.allclose(a, b, rtol=1e-5, atol=1e-5) for a, b in zip(weights, written, strict=True))
    return free if all(close) else None


def _read(
    place: _Units, kernel: Array, recurrent: Array, bias: Array, output: Array, _: Array
) -> list[Array]:
    """The inverse of `_written`."""
    units, hidden = len(recurrent), place.free
    recurrent, bias = recurrent.reshape(units, 3, units), bias.reshape(2, 3, units)
    recent = kernel.reshape(-1, 3, units)[-place.line.shape[1] :, 2, hidden]
    earlier = recurrent[place.line[:-1][..., None], 2, hidden] * place.held[:-1, :, None]

    def table(gate: int, row: int) -> Array:
        later = recurrent[place.clock[:-1, None], gate, hidden] * 2 * _ON
        return np.concatenate([bias[row, gate, hidden][None], later])

    return [
        np.concatenate([recent[None], earlier]),
        table(2, 1),
        table(1, 0),
        output[hidden],
        output[place.line] * place.held[..., None],
        output[place.clock] * 2 * _ON,
    ]
