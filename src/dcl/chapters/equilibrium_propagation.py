"""Quantum equilibrium propagation: training a quantum sensor of phases by its own response.

A sensor of two qubits sits beside a cluster-Ising chain of N sites (Wanjura and Marquardt,
arXiv:2406.06482). Its fields and couplings theta are trained so that its output, <Z> of the first
sensor qubit in the common ground state, tells the phase of the chain. Gradients and the chain are
those of `dcl.chapters.response_gradients` and `dcl.chapters.cluster_chain`, offered here too.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from dcl.chapters.cluster_chain import cluster_ising, ground_state, pauli, periodic_energy
from dcl.chapters.response_gradients import kubo_gradient, mean, qep_gradient, shot_noise
from dcl.errors import InputError
from dcl.lattice.arguments import finite_array, finite_number, whole_number

__all__ = [
    "TrainedSensor",
    "cluster_ising",
    "contrast",
    "ground_state",
    "kubo_gradient",
    "pauli",
    "periodic_energy",
    "qep_gradient",
    "sensor_hamiltonian",
    "sensor_operators",
    "sensor_outputs",
    "shot_noise",
    "squared_error",
    "train_sensor",
]

Array = NDArray[np.float64]
Loss = Callable[[Array], tuple[float, Array]]
"""Function of all inputs' outputs, shape (n,), that gives the loss and its derivatives eps."""


class TrainedSensor(NamedTuple):
    """Parameters theta, shape (p,), and the loss before every step and at the end."""

    theta: Array
    losses: Array


def sensor_operators(N: int) -> tuple[list[sparse.csr_array], sparse.csr_array]:
    """Operators A_j that theta multiplies, and the output O, on N + 2 qubits.

    With a and b the sensor's qubits: X_a, Z_a, X_b, Z_b, Z_a Z_b, X_a X_b, then Z_a X_i and Z_b X_i
    for every site i of the chain; p = 6 + 2 N. The output is Z_a.

    Parameters
    ----------
    N : int
        Sites of the chain.

    Examples
    --------
    >>> operators, output = sensor_operators(4)
    >>> len(operators), output.shape
    (14, (64, 64))
    """
    a, b = N, N + 1
    strings = [{a: "X"}, {a: "Z"}, {b: "X"}, {b: "Z"}, {a: "Z", b: "Z"}, {a: "X", b: "X"}]
    strings += [{qubit: "Z", site: "X"} for qubit in (a, b) for site in range(N)]
    return [pauli(N + 2, letters) for letters in strings], pauli(N + 2, {a: "Z"})


def sensor_hamiltonian(theta: ArrayLike, h1: float, h2: float = 0.0) -> sparse.csr_array:
    """Hamiltonian of the open chain and the sensor beside it.

    Parameters
    ----------
    theta : array_like
        Factors of the `sensor_operators`, shape (6 + 2 N,), which gives N.
    h1, h2 : float
        See `cluster_ising`.

    Examples
    --------
    >>> sensor_hamiltonian(np.ones(14), h1=0.5).shape
    (64, 64)
    """
    N = (np.size(theta) - 6) // 2
    return _weighted_sum(theta, sensor_operators(N)[0]) + _beside_chain(N, h1, h2)


def _beside_chain(N: int, h1: float, h2: float) -> sparse.csr_array:
    """Hamiltonian of the chain, where the sensor has none."""
    return sparse.kron(cluster_ising(N, h1, h2), sparse.eye_array(4), format="csr")


def _weighted_sum(theta: ArrayLike, operators: Sequence[sparse.csr_array]) -> sparse.csr_array:
    terms = [t * a for t, a in zip(np.asarray(theta, np.float64), operators, strict=True)]
    return sparse.csr_array(sum(terms[1:], start=terms[0]))


def sensor_outputs(theta: ArrayLike, fields: ArrayLike) -> tuple[Array, Array]:
    """Outputs <O> of a sensor, and the gaps of the whole system.

    Parameters
    ----------
    theta : array_like
        See `sensor_hamiltonian`.
    fields : array_like
        h1 and h2 of each input, shape (n, 2).

    Returns
    -------
    tuple of numpy.ndarray
        Both of shape (n,).

    Examples
    --------
    >>> outputs, gaps = sensor_outputs(0.1 * np.ones(12), [(0.5, 0.0)])
    >>> outputs.shape, bool(gaps[0] > 0)
    ((1,), True)
    """
    N = (np.size(theta) - 6) // 2
    operators, output = sensor_operators(N)
    sensor = _weighted_sum(theta, operators)
    states = [ground_state(sensor + _beside_chain(N, *point)) for point in np.asarray(fields)]
    outputs = [mean(output, vector) for _, vector, _ in states]
    return np.array(outputs), np.array([gap for _, _, gap in states])


def squared_error(targets: Sequence[float]) -> Loss:
    """Loss of supervised training: the mean over inputs of (<O> - target)^2 / 2.

    Examples
    --------
    >>> squared_error([1, -1])(np.array([1.0, 0.0]))[0]
    0.25
    """
    wanted = np.asarray(targets, np.float64)

    def loss(outputs: Array) -> tuple[float, Array]:
        if outputs.shape != wanted.shape:
            raise InputError(f"fields: found {outputs.size} inputs, expected {wanted.size}")
        errors = outputs - wanted
        return float(errors @ errors) / (2 * errors.size), errors / errors.size

    return loss


def contrast(outputs: Array) -> tuple[float, Array]:
    """Loss of unsupervised training: <O> at the second of two inputs less that at the first.

    Examples
    --------
    >>> contrast(np.array([0.5, -0.5]))[0]
    -1.0
    """
    if outputs.shape != (2,):
        raise InputError(f"fields: found {outputs.size} inputs, expected 2")
    first, second = outputs
    return float(second - first), np.array([-1.0, 1.0])


def train_sensor(
    N: int = 6,
    fields: ArrayLike = ((0.2, 0.0), (1.8, 0.0)),
    loss: Loss | None = None,
    *,
    start: ArrayLike | None = None,
    beta: float = 1e-4,
    two_sided: bool = False,
    rate: float = 0.05,
    steps: int = 60,
    seed: int = 2,
) -> TrainedSensor:
    """Train a sensor by Adam on gradients that equilibrium propagation estimates.

    Parameters
    ----------
    N : int
        Sites of the chain.
    fields : array_like
        h1 and h2 of each input, shape (n, 2).
    loss : callable, optional
        See `squared_error` (the default, with targets 1 and -1) and `contrast`.
    start : array_like, optional
        First theta, shape (6 + 2 N,); normal numbers of width 0.5 without it.
    beta, two_sided
        See `qep_gradient`.
    rate : float
        Learning rate.
    steps : int
        Updates of theta.
    seed : int
        Of the first theta.

    Raises
    ------
    InputError
        If there is no step, an array has another shape, the loss is one of another number of
        inputs, or a nudge or a ground state is refused.

    Examples
    --------
    >>> losses = train_sensor(N=4, steps=20).losses
    >>> bool(losses[-1] < losses[0] / 10)
    True
    """
    whole_number("N", N, 3), whole_number("steps", steps, 1)
    inputs = finite_array("fields", fields)
    if inputs.ndim != 2 or inputs.shape[1] != 2:
        raise InputError(f"fields: found shape {inputs.shape}, expected (n, 2)")
    measure = squared_error([1, -1]) if loss is None else loss
    operators, output = sensor_operators(N)
    first = 0.5 * np.random.default_rng(seed).normal(size=len(operators))
    theta = finite_array("start", first if start is None else start).copy()
    if theta.shape != first.shape:
        raise InputError(f"start: found shape {theta.shape}, expected {first.shape}")
    rate = finite_number("rate", rate)
    mean_gradient, mean_square, losses = np.zeros_like(theta), np.zeros_like(theta), []
    chains = [_beside_chain(N, *point) for point in inputs]
    for step in range(1, steps + 1):
        sensor = _weighted_sum(theta, operators)
        systems = [sensor + chain for chain in chains]
        outputs = np.array([mean(output, ground_state(H)[1]) for H in systems])
        current, derivatives = measure(outputs)
        losses.append(current)
        gradient = np.zeros_like(theta)
        for H, value, eps in zip(systems, outputs, derivatives, strict=True):
            gradient += qep_gradient(H, operators, output, value - eps, beta, two_sided)
        mean_gradient += 0.1 * (gradient - mean_gradient)
        mean_square += 0.01 * (gradient**2 - mean_square)
        scale = np.sqrt(mean_square / (1 - 0.99**step)) + 1e-8
        theta -= rate * mean_gradient / (1 - 0.9**step) / scale
    losses.append(measure(sensor_outputs(theta, fields)[0])[0])
    return TrainedSensor(theta, np.array(losses))
