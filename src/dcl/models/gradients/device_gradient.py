"""Loss of any network and its gradient, a share of every batch on each device.

The weights stay where they are, each device reads them, and the optimiser sees one gradient, that
of the whole batch; `keras.Model.fit` under the same strategy would clip that of each share.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from dcl.machine import import_quietly

__all__ = ["SharedGradient"]

Array = NDArray[Any]


class SharedGradient:
    """Automatic differentiation on several devices at once, with TensorFlow.

    With dropout the shares of a batch lose the same units.

    Parameters
    ----------
    network : keras.Model
        Its weights are read at every call.
    loss : callable
        (labels, outputs) to their mean loss.
    devices : sequence of str
        Such as ``"gpu:0"``.

    Examples
    --------
    >>> network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    >>> gradient = SharedGradient(network, lambda labels, y: ops.mean(y - labels), ["cpu:0"])
    >>> loss, slopes = gradient(0, np.ones((4, 1), "f4"), network(np.ones((4, 1))))
    >>> float(loss), np.asarray(slopes[0]).tolist()
    (0.0, [[1.0]])
    """

    def __init__(
        self, network: keras.Model, loss: Callable[[Any, Any], Any], devices: Sequence[str]
    ) -> None:
        tensorflow = import_quietly("tensorflow")
        self._network, self._loss = network, loss
        self._strategy = tensorflow.distribute.MirroredStrategy(list(devices))
        self._tape, self._read = tensorflow.GradientTape, tensorflow.convert_to_tensor
        self._sums = tensorflow.function(self._add_shares, autograph=False)

    def __call__(self, step: int, inputs: Array, labels: Array) -> tuple[float, list[Any]]:
        """Mean loss of a batch and its gradient, in the order of `trainable_variables`.

        Parameters
        ----------
        step : int
            Number of the batch; nothing depends on it.
        inputs, labels : numpy.ndarray
            With equal first axes, at least as long as there are devices.
        """
        loss, slopes, state = self._sums(*map(self._distributed, (inputs, labels)), len(inputs))
        for variable, value in zip(self._network.non_trainable_variables, state, strict=True):
            variable.assign(value)
        return float(loss), slopes

    def _distributed(self, array: Array) -> Any:
        shares = np.array_split(array, self._strategy.num_replicas_in_sync)
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: ops.convert_to_tensor(shares[context.replica_id_in_sync_group])
        )

    def _add_shares(self, inputs: Any, labels: Any, size: int) -> tuple[Any, list[Any], list[Any]]:
        """Loss and slopes, added up, and what the first device's layers are to remember."""

        def share(inputs: Any, labels: Any) -> tuple[list[Any], list[Any]]:
            weights = [self._read(v.value) for v in self._network.trainable_variables]
            with self._tape() as tape:
                tape.watch(weights)
                outputs, state = self._network.stateless_call(
                    weights, self._network.non_trainable_variables, inputs, training=True
                )
                loss = self._loss(labels, outputs) * (inputs.shape[0] / size)
            return [loss, *tape.gradient(loss, weights)], state

        parts, states = self._strategy.run(share, args=(inputs, labels))
        loss, *slopes = (self._strategy.reduce("SUM", part, axis=None) for part in parts)
        first = [self._strategy.experimental_local_results(state)[0] for state in states]
        return loss, slopes, first
