"""The trade-off of the generalisation error: too few hidden units, or too many.

On systems whose 2^L probabilities p are all known, the error of a restricted Boltzmann machine
trained on M snapshots, GE = KL(p || q_M), is split into what the machine cannot express, the model
error ME = KL(p || q*) of the best fit to p itself, and the data error DE = GE - ME (Kim, Lee, Jo
and Baek, arXiv 2303.05718). Errors are in nats; states are in the order of `all_states`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from dcl.analysis.figure_style import COLOURS, MARKERS, titled
from dcl.errors import InputError
from dcl.exact.tasep import tasep_current, tasep_distribution, tasep_partition
from dcl.lattice.arguments import finite_array, whole_number
from dcl.lattice.hamiltonians import Ising
from dcl.learning.boltzmann_machine import (
    all_states,
    divergence,
    fit_by_contrastive_divergence,
    fit_rbm,
    rbm_log_probability,
)

__all__ = [
    "Generalisation",
    "fit_by_contrastive_divergence",
    "fit_rbm",
    "generalisation",
    "ising_distribution",
    "model_error",
    "plane_figure",
    "rbm_log_probability",
    "sample_errors",
    "tasep_current",
    "tasep_distribution",
    "tasep_partition",
    "tradeoff_figure",
]

Array = NDArray[np.float64]


class Generalisation(NamedTuple):
    """Errors in nats; ``errors`` is one standard error of GE and DE over the data sets."""

    ge: float
    me: float
    de: float
    errors: float


def ising_distribution(size: int, temperature: float) -> Array:
    """Boltzmann probability of every state of the size x size Ising torus, shape (2^(size^2),).

    Examples
    --------
    >>> round(float(ising_distribution(3, 2.27)[[0, -1]].sum()), 3)  # all down, or all up
    0.674
    """
    states = all_states(size**2).reshape(-1, size, size)
    logs = -Ising().energy(states) / temperature
    return np.asarray(np.exp(logs - logsumexp(logs)))


def model_error(p: ArrayLike, hidden: int) -> float:
    """Divergence ME from p to the best machine found for p itself, as if data were infinite.

    Parameters
    ----------
    p : array_like
        Probabilities of all states, shape (2^L,).
    hidden : int
        Hidden units n_h.

    Examples
    --------
    >>> round(model_error(tasep_distribution(3, 1.0, 1.0), 0), 4)
    0.0265
    """
    exact, states = _distribution(p)
    theta = fit_rbm(states, exact, hidden, max_iterations=2000)
    return divergence(exact, rbm_log_probability(theta, states))


def _distribution(p: ArrayLike) -> tuple[Array, NDArray[np.int8]]:
    """Probabilities and the states that they belong to."""
    exact = finite_array("p", p)
    length = exact.size.bit_length() - 1
    if exact.shape != (2**length,) or exact.min() < 0 or not np.isclose(exact.sum(), 1):
        raise InputError(f"p: found shape {exact.shape}, expected probabilities of 2^L states")
    return exact / exact.sum(), all_states(length)


def sample_errors(
    p: ArrayLike,
    hidden: int,
    samples: int,
    seeds: int | Sequence[int] = 20,
    *,
    l2: float = 0.0,
    max_iterations: int = 500,
) -> Array:
    """Divergences from p to machines that were fitted to snapshots, one a data set.

    Parameters
    ----------
    p : array_like
        Probabilities of all states in the order of `all_states`, shape (2^L,).
    hidden : int
        Hidden units n_h.
    samples : int
        Snapshots M of each data set, drawn from p; 1 or more.
    seeds : int or sequence of int
        One data set a seed; a number n means seeds 0 to n - 1.
    l2, max_iterations
        See `fit_rbm`; there is one start.

    Raises
    ------
    InputError
        For M < 1, no seed, or a p that is no distribution over 2^L states.
    """
    exact, states = _distribution(p)
    chosen = seeds if np.iterable(seeds) else range(whole_number("seeds", seeds, 1))
    if not len(chosen):
        raise InputError("seeds: found none, expected 1 or more")
    whole_number("M", samples, 1)
    errors = []
    for seed in chosen:
        whole_number("seeds", seed, 0)
        counts = np.random.default_rng(seed).multinomial(samples, exact)
        theta = fit_rbm(
            states, counts, hidden, starts=1, l2=l2, max_iterations=max_iterations, seed=seed
        )
        errors.append(divergence(exact, rbm_log_probability(theta, states)))
    return np.array(errors)


def generalisation(
    p: ArrayLike, hidden: int, samples: int, seeds: int | Sequence[int] = 20, **options: Any
) -> Generalisation:
    """Split the mean error after training on M snapshots into model and data error.

    Parameters
    ----------
    p, hidden, samples, seeds, **options
        See `sample_errors`.

    Examples
    --------
    >>> found = generalisation(tasep_distribution(3, 1.0, 1.0), 0, samples=100, seeds=5)
    >>> round(found.me, 4), found.de > 0
    (0.0265, True)
    """
    errors = sample_errors(p, hidden, samples, seeds, **options)
    ge, me = float(errors.mean()), model_error(p, hidden)
    spread = float(errors.std(ddof=1) / np.sqrt(len(errors))) if len(errors) > 1 else np.inf
    return Generalisation(ge, me, ge - me, spread)


def tradeoff_figure(
    hidden: Sequence[int],
    model_errors: Sequence[float],
    panels: Mapping[str, Mapping[int, Array]],
) -> Figure:
    """Generalisation error against hidden units, a panel a way to fit, beside the model error.

    Parameters
    ----------
    hidden : sequence of int
        Numbers of hidden units, one a column.
    model_errors : sequence of float
        ME of each.
    panels : mapping
        Title to number of snapshots to GE and its standard error, shape (2, len(hidden)).

    Examples
    --------
    >>> len(tradeoff_figure((0, 1), (0.1, 0.01), {"free": {64: np.ones((2, 2))}}).axes)
    1
    """
    columns = range(len(hidden))
    with titled(panels, 9.5 / len(panels), 4, sharey=True) as (figure, parts):
        for axis, curves in parts:
            axis.plot(columns, model_errors, "k--", label="model error")
            for number, (samples, (ge, error)) in enumerate(curves.items()):
                axis.errorbar(
                    columns, ge, error, color=COLOURS[number], marker=MARKERS[number],
                    capsize=2, label=f"GE, M = {samples}",
                )  # fmt: skip
            axis.set(xlabel="hidden units", yscale="log", ylim=(1e-3, 100))
            axis.set_xticks(columns, hidden)
        parts[0][0].set_ylabel("error (nats)")
        parts[-1][0].legend(fontsize=9)
    return figure


def plane_figure(rates: Sequence[float], panels: Mapping[str, Array]) -> Figure:
    """Numbers over the plane of the rates alpha and beta, a panel a quantity.

    Parameters
    ----------
    rates : sequence of float
        Of both axes.
    panels : mapping
        Title to values, shape (len(rates), len(rates)), one row a beta.

    Examples
    --------
    >>> len(plane_figure((0.3, 1.0), {"best size": np.eye(2)}).axes)
    1
    """
    edges, centres = np.arange(len(rates) + 1), np.arange(len(rates)) + 0.5
    with titled(panels, 4.5, 4) as (figure, parts):
        for axis, values in parts:
            axis.pcolormesh(edges, edges, values, cmap="cividis")
            axis.set(xlabel="alpha", ylabel="beta")
            axis.set_xticks(centres, rates)
            axis.set_yticks(centres, rates)
            axis.grid(False)
            for (row, column), value in np.ndenumerate(values):
                text = axis.text(
                    column + 0.5, row + 0.5, f"{value:.3g}", ha="center", color="white"
                )
                text.set_bbox({"facecolor": "#333333", "pad": 1, "lw": 0})
    return figure
