"""Step one of the method: a sequence model fitted to snapshots by maximum likelihood."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from dcl.analysis.autocorrelation import is_gain
from dcl.errors import InputError
from dcl.lattice.geometry import Boundaries, lattice_size, unwrap_order
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import symmetry_group
from dcl.learning.settings import Schedule, SequenceSettings
from dcl.learning.sparse_regression import fit_linear_autoregression
from dcl.learning.training import Gradient, History, Measure, Transform, last, train
from dcl.models.card import origin
from dcl.models.energy import SequenceEnergy
from dcl.models.kernels.gru_gradient import GruGradient, are_fastest
from dcl.models.networks import build_gru, build_masked, build_transformer
from dcl.models.networks.likelihood import log_conditionals, squared_error

__all__ = ["fit_sequence", "held_out_likelihood", "sequence_loss"]

MOST_HELD_OUT = 8192
"""Snapshots that are kept out of training, to measure on."""


def fit_sequence(
    snapshots: Snapshots,
    settings: SequenceSettings | None = None,
    *,
    boundaries: Boundaries = "periodic",
    seed: int = 1,
    checkpoint: Path | None = None,
    held_out: NDArray[np.int8] | None = None,
    held_out_log_probability: NDArray[np.float64] | None = None,
) -> tuple[SequenceEnergy, History]:
    """Fit a sequence model to snapshots.

    A network with a linear skip is fitted in two stages: the skip alone, a convex problem that
    takes seconds, then all of it, starting where the skip left off; ``skip_seen=0`` leaves the
    first stage out, ``configurations_seen=0`` the second.

    Parameters
    ----------
    snapshots : Snapshots
    settings : SequenceSettings, optional
    boundaries : {"periodic", "open"}
        Of the lattice, which open ones leave without translations.
    seed : int
        Of the weights, the order of the snapshots, their images under symmetries and the dropout.
    checkpoint : Path, optional
        A file name; see `dcl.learning.training.train`. The stage of the skip writes one beside it.
    held_out : numpy.ndarray, optional
        Other configurations from the same temperature, (n, L1, L2); without them the last tenth of
        the snapshots (at most 8192) is kept out of training.
    held_out_log_probability : numpy.ndarray, optional
        Their exact ln P, (n,), where it is known: the KL divergence is then shown beside the loss.

    Returns
    -------
    model : SequenceEnergy
    history : dict of list
        One entry a checkpoint: ``examples_seen``, ``loss``, ``held_out_nll`` in nats a
        configuration, and ``kl`` in nats where the exact probabilities are known.

    Raises
    ------
    InputError
        If translations are imposed on a lattice with open boundaries, or `skip_significance` is
        set and the snapshots are not of spins.
    """
    settings = settings or SequenceSettings()
    if boundaries == "open" and "translations" in settings.symmetries:
        raise InputError("symmetries: found translations, expected none with open boundaries")
    model = replace(_untrained(snapshots, settings, seed), boundaries=boundaries)
    seen = snapshots.configurations
    if held_out is None:
        kept_out = min(MOST_HELD_OUT, len(seen) // 10)
        seen, held_out = seen[: len(seen) - kept_out], seen[len(seen) - kept_out :]
    sequences = model.sequences(seen)

    def measure(_: keras.Model) -> tuple[dict[str, float], NDArray[np.float64]]:
        logs = model.log_probability(held_out) if len(held_out) else np.zeros(0)
        return _likelihood(logs, held_out_log_probability), logs

    def stage(
        network: keras.Model, schedule: Schedule, path: Path | None, title: str,
        gradient: Gradient | None = None,
    ) -> History:  # fmt: skip
        return train(
            network,
            (sequences,),
            sequence_loss(settings),
            schedule,
            seed=seed,
            settings=settings,
            checkpoint=path,
            measure=measure,
            early_stopping=settings.early_stopping,
            transform=_images(model, settings, seed, labelled=gradient is None),
            gradient=gradient,
            title=title,
        )

    history: History = {}
    if settings.skip_significance:
        history = _fit_linear_skip(model, sequences, settings, measure)
    elif settings.skip and settings.skip_seen:
        path = checkpoint and checkpoint.with_name(f"skip-{checkpoint.name}")
        skip = keras.Model(model.network.inputs, model.network.get_layer("skip").output)
        history = stage(skip, settings.skip_schedule, path, "linear skip")
    if settings.configurations_seen:
        before = model.network.get_weights()
        skip_alone = measure(model.network)[1] if settings.must_improve else None
        rest = stage(
            model.network, settings.schedule, checkpoint, "sequence model",
            _gradient(model.network, settings, seed),
        )  # fmt: skip
        history = _joined(history, rest)
        if skip_alone is not None and not is_gain(measure(model.network)[1] - skip_alone):
            model.network.set_weights(before)
    metrics = last(history) | measure(model.network)[0]
    return replace(model, origin=origin(snapshots, settings, seed, metrics)), history


def _untrained(snapshots: Snapshots, settings: SequenceSettings, seed: int) -> SequenceEnergy:
    """A model with fresh weights; a network with a skip starts as the skip alone."""
    keras.utils.set_random_seed(seed)
    _, rows, columns = snapshots.shape
    network = _network(settings, rows * columns, snapshots.n_states)
    if settings.skip:
        output = network.get_layer("output")
        output.set_weights([np.zeros_like(weights) for weights in output.get_weights()])
    return SequenceEnergy(
        network,
        snapshots.temperature,
        lattice_size(rows, columns),
        snapshots.n_states,
        settings.order,
        "logits" if settings.loss == "cross-entropy" else "linear",
        settings.uniform_first_site,
    )


def _fit_linear_skip(
    model: SequenceEnergy,
    sequences: NDArray[np.int8],
    settings: SequenceSettings,
    measure: Measure,
) -> History:
    """Give the skip its most likely weights and the inputs that are significant alone."""
    if model.n_states != 2:
        raise InputError(
            f"skip_significance: found {settings.skip_significance:g} for {model.n_states} states, "
            "expected 0, as it is for spins only"
        )
    weights, biases, kept = fit_linear_autoregression(
        sequences, settings.skip_significance, symmetric="states" in settings.symmetries
    )
    skip = model.network.get_layer("skip")
    skip.set_weights([weights[:, None, :, None], biases[:, None]])
    skip.keep([np.flatnonzero(inputs).tolist() for inputs in kept.T])
    loss = -float(model.functions().log_probabilities(sequences[:MOST_HELD_OUT]).mean())
    found = {"examples_seen": float(len(sequences)), "loss": loss, **measure(model.network)[0]}
    return {name: [value] for name, value in found.items()}


def _network(settings: SequenceSettings, n_sites: int, n_states: int) -> keras.Model:
    shape: dict[str, Any] = {"units": settings.units, "skip": settings.skip}
    if settings.architecture == "masked":
        return build_masked(n_sites, n_states, **shape)
    shape["layers"] = settings.layers
    if settings.architecture == "transformer":
        return build_transformer(n_sites, n_states, **shape)
    return build_gru(n_sites, n_states, dropout=settings.dropout, **shape)


def _gradient(network: keras.Model, settings: SequenceSettings, seed: int) -> Gradient | None:
    """Compiled, or None where automatic differentiation is all there is, or faster."""
    if not are_fastest() or settings.architecture != "gru":
        return None
    return GruGradient(
        network, normalised=settings.loss == "cross-entropy",
        uniform_first_site=settings.uniform_first_site, seed=seed,
    )  # fmt: skip


def _images(
    model: SequenceEnergy, settings: SequenceSettings, seed: int, labelled: bool
) -> Transform:
    """Shows each sequence under a random symmetry, drawn from (seed, number of the batch).

    The states are their own labels, shape (n, N, 1), where Keras asks for labels.
    """
    order = unwrap_order(model.order, model.lattice_size)
    group = symmetry_group(model.lattice_size, model.n_states, settings.symmetries).in_order(order)

    def show(number: int, batch: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
        (states,) = batch
        if settings.symmetries:
            states = group.random_images(states, np.random.default_rng([seed, number, 1]))
        return (states, states[..., None]) if labelled else (states,)

    return show


def held_out_likelihood(
    model: SequenceEnergy,
    configurations: NDArray[np.int8],
    exact_log_probability: NDArray[np.float64] | None = None,
) -> dict[str, float]:
    """Mean negative log-likelihood, and the KL divergence to the exact distribution, in nats.

    The divergence is the mean of r - 1 - ln r with r = P_model / P_exact on configurations drawn
    from P_exact: unbiased, never negative, and far less noisy than the mean of -ln r.

    Returns
    -------
    dict
        ``held_out_nll`` and, where the exact ln P is given, ``kl``; empty without configurations.
    """
    if not len(configurations):
        return {}
    return _likelihood(model.log_probability(configurations), exact_log_probability)


def _likelihood(
    logs: NDArray[np.float64], exact_log_probability: NDArray[np.float64] | None
) -> dict[str, float]:
    if not len(logs):
        return {}
    result = {"held_out_nll": float(-logs.mean())}
    if exact_log_probability is not None:
        log_ratio = logs - exact_log_probability
        result["kl"] = float(np.mean(np.expm1(log_ratio) - log_ratio))
    return result


def _joined(first: History, second: History) -> History:
    """One history after the other; the examples seen are added up."""
    if not first:
        return second
    offset = first["examples_seen"][-1]
    second = {**second, "examples_seen": [offset + seen for seen in second["examples_seen"]]}
    return {name: first[name] + second[name] for name in first}


def sequence_loss(settings: SequenceSettings) -> Any:
    """Mean over configurations, in nats for the cross-entropy; states have shape (n, N, 1)."""
    first = 1 if settings.uniform_first_site else 0

    def cross_entropy(states: Any, outputs: Any) -> Any:
        logs = log_conditionals(outputs, states[..., 0], "logits")[:, first:]
        return -ops.mean(ops.sum(logs, axis=1))

    def mean_squared_error(states: Any, outputs: Any) -> Any:
        return ops.mean(squared_error(outputs, states[..., 0])[:, first:])

    return cross_entropy if settings.loss == "cross-entropy" else mean_squared_error
