"""Gradients of a ground state's output: equilibrium propagation, linear response, shot noise.

The Hamiltonian is H(theta, nu) = H + sum theta_j A_j + nu O. The loss is (<O> - target)^2 / 2, and
eps = <O> - target its derivative by the output. The free phase has nu = 0, the nudged phase nu =
beta eps. Onsager reciprocity is d<O> / dtheta_j = d<A_j> / dnu (Wanjura and Marquardt,
arXiv:2406.06482).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from dcl.chapters.cluster_chain import ground_state, observable
from dcl.errors import InputError
from dcl.lattice.arguments import finite_number

__all__ = ["kubo_gradient", "mean", "qep_gradient", "shot_noise"]

Array = NDArray[np.float64]
Operators = Sequence[sparse.csr_array]


def mean(operator: sparse.csr_array, vector: NDArray[Any]) -> float:
    """Expectation of an observable in a state.

    Examples
    --------
    >>> from dcl.chapters.cluster_chain import pauli
    >>> mean(pauli(1, {0: "Z"}), np.array([0.0, 1.0]))
    -1.0
    """
    return float(np.vdot(vector, operator @ vector).real)


def _observables(
    H: sparse.csr_array, operators: Operators, output: sparse.csr_array
) -> tuple[sparse.csr_array, list[sparse.csr_array], sparse.csr_array]:
    """All three as sparse matrices of one shape; others are refused."""
    given = [H, output, *operators]
    names = ["H", "output", *(f"operators[{number}]" for number in range(len(given) - 2))]
    found = [observable(*pair) for pair in zip(names, given, strict=True)]
    for name, matrix in zip(names, found, strict=True):
        if matrix.shape != found[0].shape:
            raise InputError(
                f"{name}: found shape {matrix.shape}, expected {found[0].shape}, that of H"
            )
    return found[0], found[2:], found[1]


def _phases(
    H: sparse.csr_array,
    operators: Operators,
    output: sparse.csr_array,
    target: float,
    beta: float,
    two_sided: bool,
) -> tuple[Array, float]:
    """Means of the operators in the two phases that are compared, (2, p), and their distance."""
    H, operators, output = _observables(H, operators, output)
    _, free, gap = ground_state(H)
    eps = mean(output, free) - finite_number("target", target)
    if finite_number("beta", beta) <= 0:
        raise InputError(f"beta: found {beta:g}, expected a positive number")
    if beta * abs(eps) > gap / 10:
        raise InputError(
            f"beta: found {beta:g} at |eps| = {abs(eps):.3g}, expected beta |eps| of at most a "
            f"tenth of the gap, {gap / 10:.3g}"
        )
    states = [ground_state(H + beta * eps * output)[1], free]
    if two_sided:
        states[1] = ground_state(H - beta * eps * output)[1]
    means = [[mean(operator, state) for operator in operators] for state in states]
    return np.array(means), 2 * beta if two_sided else beta


def qep_gradient(
    H0: sparse.csr_array,
    operators: Operators,
    output: sparse.csr_array,
    target: float,
    beta: float,
    two_sided: bool = False,
) -> Array:
    """Estimate the gradient of the loss from the free and one nudged phase.

    Parameters
    ----------
    H0 : scipy.sparse.csr_array
        Hamiltonian of the free phase, at the present parameters; matrices may also be dense.
    operators : sequence of scipy.sparse.csr_array
        A_j that the p parameters multiply.
    output : scipy.sparse.csr_array
        Observable O.
    target : float
        Wanted <O>; eps = <O> - target.
    beta : float
        Strength of the nudge; the error is of order beta.
    two_sided : bool
        Compare nudges by beta and -beta: the error is of order beta^2.

    Returns
    -------
    numpy.ndarray
        Derivatives of (<O> - target)^2 / 2 by the parameters, shape (p,).

    Raises
    ------
    InputError
        If a matrix is not Hermitian or of another shape, beta is not positive, beta times the
        magnitude of eps exceeds a tenth of the gap, or the ground state is degenerate.

    Examples
    --------
    >>> from dcl.chapters.cluster_chain import pauli
    >>> X, Z = pauli(1, {0: "X"}), pauli(1, {0: "Z"})
    >>> qep_gradient(-3 * X - 4 * Z, [X], Z, 0.0, beta=1e-6).round(4)
    array([0.0768])
    """
    (nudged, other), distance = _phases(H0, operators, output, target, beta, two_sided)
    return np.asarray((nudged - other) / distance)


def kubo_gradient(
    H0: sparse.csr_array, operators: Operators, output: sparse.csr_array, target: float
) -> Array:
    """Derive the same gradient exactly, as linear response by a sum over all excited states.

    d<O> / dtheta_j = -2 sum_n Re <0|A_j|n><n|O|0> / (E_n - E_0).

    Parameters
    ----------
    H0, operators, output, target
        See `qep_gradient`.

    Examples
    --------
    >>> from dcl.chapters.cluster_chain import pauli
    >>> X, Z = pauli(1, {0: "X"}), pauli(1, {0: "Z"})
    >>> kubo_gradient(-3 * X - 4 * Z, [X], Z, 0.0).round(6)
    array([0.0768])
    """
    H0, operators, output = _observables(H0, operators, output)
    eps = mean(output, ground_state(H0)[1]) - finite_number("target", target)
    energies, states = np.linalg.eigh(H0.toarray())
    ground, excited = states[:, 0], states[:, 1:].conj().T
    weights = excited @ (output @ ground) / (energies[1:] - energies[0])
    response = [-2 * np.vdot(excited @ (a @ ground), weights).real for a in operators]
    return eps * np.array(response)


def shot_noise(
    H0: sparse.csr_array,
    operators: Operators,
    output: sparse.csr_array,
    target: float,
    beta: float,
    two_sided: bool,
    shots: float,
) -> Array:
    """Standard error of `qep_gradient` where every mean is measured a finite number of times.

    Parameters
    ----------
    H0, operators, output, target, beta, two_sided
        See `qep_gradient`; eps is taken as known, and operators as products of Pauli matrices, so
        that a measurement yields 1 or -1.
    shots : float
        Measurements of each operator in each phase.

    Returns
    -------
    numpy.ndarray
        Standard errors, shape (p,).

    Examples
    --------
    >>> from dcl.chapters.cluster_chain import pauli
    >>> X, Z = pauli(1, {0: "X"}), pauli(1, {0: "Z"})
    >>> shot_noise(-3 * X - 4 * Z, [X], Z, 0.0, 0.01, two_sided=False, shots=1e6).round(3)
    array([0.113])
    """
    means, distance = _phases(H0, operators, output, target, beta, two_sided)
    return np.asarray(np.sqrt((1 - means**2).sum(axis=0) / shots) / distance)
