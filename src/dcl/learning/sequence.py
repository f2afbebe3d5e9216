"""Step one of the method: a sequence model fitted to snapshots by maximum likelihood."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from dcl.analysis.autocorrelation import is_gain
from dcl.errors import InputError
from dcl.lattice.geometry import Boundaries, unwrap_order
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import symmetry_group
from dcl.learning.objective import held_out_likelihood, sequence_loss
from dcl.learning.settings import Schedule, SequenceSettings
from dcl.learning.sparse_regression import fit_linear_autoregression
from dcl.learning.training import Gradient, History, Transform, last, train
from dcl.learning.untrained import untrained_model
from dcl.models.card import origin
from dcl.models.energy import SequenceEnergy
from dcl.models.kernels.free_units_gradient import FreeUnitsGradient
from dcl.models.kernels.gru_gradient import GruGradient, are_fastest
from dcl.models.networks.delay_line import gru_from_free_units

__all__ = ["fit_sequence"]

MOST_HELD_OUT = 8192
"""Snapshots that are kept out of training, to decide on."""

Array = NDArray[Any]


def fit_sequence(
    snapshots: Snapshots,
    settings: SequenceSettings | None = None,
    *,
    boundaries: Boundaries = "periodic",
    seed: int = 1,
    checkpoint: Path | None = None,
    fresh: NDArray[np.int8] | None = None,
    fresh_log_probability: NDArray[np.float64] | None = None,
) -> tuple[SequenceEnergy, History]:
    """Fit a sequence model to snapshots.

    A network with a linear skip is fitted in two stages: the skip alone, a convex problem that
    takes seconds, then all of it, starting where the skip left off; ``skip_seen=0`` leaves the
    first stage out, ``configurations_seen=0`` the second. Of a GRU that starts from a delay line
    the free units are trained, and written into it at the end.

    Parameters
    ----------
    snapshots : Snapshots
        The last tenth of them (at most 8192) is kept out of training where the settings let
        held-out snapshots decide: with `early_stopping` or `must_improve`.
    settings : SequenceSettings, optional
    boundaries : {"periodic", "open"}
        Of the lattice, which open ones leave without translations.
    seed : int
        Of the weights, the order of the snapshots, their images under symmetries and the dropout.
    checkpoint : Path, optional
        A file name; see `dcl.learning.training.train`. The stage of the skip writes one beside it.
    fresh : numpy.ndarray, optional
        Other configurations from the same temperature, (n, L1, L2), which steer nothing: the
        history shows how likely they are.
    fresh_log_probability : numpy.ndarray, optional
        Their exact ln P, (n,), where it is known: the history then shows the KL divergence.

    Returns
    -------
    model : SequenceEnergy
    history : dict of list
        One entry a checkpoint: ``examples_seen`` and ``loss``; ``held_out_nll`` where snapshots
        are held out, and ``fresh_nll`` and ``kl`` of the fresh ones, in nats a configuration.

    Raises
    ------
    InputError
        If translations are imposed on a lattice with open boundaries, `skip_significance` is set
        and the snapshots are not of spins, or there are too few units for a delay line.
    """
    settings = settings or SequenceSettings()
    if boundaries == "open" and "translations" in settings.symmetries:
        raise InputError("symmetries: found translations, expected none with open boundaries")
    seen = snapshots.configurations
    decides = settings.early_stopping or settings.must_improve
    kept_out = min(MOST_HELD_OUT, len(seen) // 10) if decides else 0
    fit = _Fit(
        replace(untrained_model(snapshots, settings, seed), boundaries=boundaries),
        settings,
        seed,
        seen[: len(seen) - kept_out],
        seen[len(seen) - kept_out :],
        seen[:0] if fresh is None else fresh,
        fresh_log_probability,
    )
    history = fit.train_skip(checkpoint and checkpoint.with_name(f"skip-{checkpoint.name}"))
    if settings.configurations_seen:
        history = _joined(history, fit.train_network(checkpoint))
    metrics = last(history) | fit.measure(fit.model.network)[0]
    model = fit.model
    if settings.start == "delay-line":
        model = replace(model, network=gru_from_free_units(model.network))
    return replace(model, origin=origin(snapshots, settings, seed, metrics)), history


@dataclass(frozen=True)
class _Fit:
    """A model in training, the snapshots that it sees, and those that it is measured on."""

    model: SequenceEnergy
    settings: SequenceSettings
    seed: int
    seen: NDArray[np.int8]
    held_out: NDArray[np.int8]
    fresh: NDArray[np.int8]
    fresh_log_probability: NDArray[np.float64] | None

    @cached_property
    def sequences(self) -> NDArray[np.int8]:
        """States in reading order, (n, N)."""
        return self.model.sequences(self.seen)

    def measure(self, network: keras.Model) -> tuple[dict[str, float], NDArray[np.float64]]:
        """Numbers for the history, and ln P of the held-out snapshots, which may decide.

        A skip that is all that the network has learned yet is measured alone, as that is faster.
        """
        authors = self.model.output == "linear" or self.model.uniform_first_site
        model = self.model if authors else replace(self.model, network=network)
        logs = model.log_probability(self.held_out) if len(self.held_out) else np.zeros(0)
        found = {"held_out_nll": float(-logs.mean())} if len(logs) else {}
        fresh = held_out_likelihood(model, self.fresh, self.fresh_log_probability)
        if fresh:
            found["fresh_nll"] = fresh.pop("held_out_nll")
        return found | fresh, logs

    def train_skip(self, checkpoint: Path | None) -> History:
        """Fit the linear skip alone; nothing happens where there is none."""
        if self.settings.skip_significance:
            return self._select_inputs()
        if not (self.settings.skip and self.settings.skip_seen):
            return {}
        network = self.model.network
        skip = keras.Model(network.inputs, network.get_layer("skip").output)
        return self._stage(skip, self.settings.skip_schedule, checkpoint, "linear skip")

    def train_network(self, checkpoint: Path | None) -> History:
        """Fit all weights, and go back to the skip alone where that is asked for and better."""
        network, must_improve = self.model.network, self.settings.must_improve
        before = network.get_weights()
        skip_alone = self.measure(network)[1] if must_improve else np.zeros(0)
        gradient = _gradient(network, self.settings, self.seed)
        history = self._stage(
            network, self.settings.schedule, checkpoint, "sequence model", gradient
        )
        if must_improve and not is_gain(self.measure(network)[1] - skip_alone):
            network.set_weights(before)
        return history

    def _stage(
        self, network: keras.Model, schedule: Schedule, checkpoint: Path | None, title: str,
        gradient: Gradient | None = None,
    ) -> History:  # fmt: skip
        return train(
            network,
            (self.sequences,),
            sequence_loss(self.settings),
            schedule,
            seed=self.seed,
            settings=self.settings,
            checkpoint=checkpoint,
            measure=self.measure,
            early_stopping=self.settings.early_stopping,
            transform=_images(self.model, self.settings, self.seed, labelled=gradient is None),
            gradient=gradient,
            title=title,
        )

    def _select_inputs(self) -> History:
        """Give the skip its most likely weights, and the inputs alone that are significant."""
        n_states, significance = self.model.n_states, self.settings.skip_significance
        if n_states != 2:
            raise InputError(
                f"skip_significance: found {significance:g} for {n_states} states, expected 0, as "
                "it is for spins only"
            )
        weights, biases, kept = fit_linear_autoregression(
            self.sequences, significance, symmetric="states" in self.settings.symmetries
        )
        skip = self.model.network.get_layer("skip")
        skip.set_weights([weights[:, None, :, None], biases[:, None]])
        skip.keep([np.flatnonzero(inputs).tolist() for inputs in kept.T])
        logs = self.model.functions().log_probabilities(self.sequences[:MOST_HELD_OUT])
        found = {"examples_seen": float(len(self.sequences)), "loss": -float(logs.mean())}
        return {name: [v] for name, v in (found | self.measure(self.model.network)[0]).items()}


def _gradient(network: keras.Model, settings: SequenceSettings, seed: int) -> Gradient | None:
    """Compiled, or None where automatic differentiation is all there is, or faster."""
    if not are_fastest() or settings.architecture != "gru":
        return None
    if settings.start == "delay-line":
        return FreeUnitsGradient(network)
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

    def show(number: int, batch: tuple[Array, ...]) -> tuple[Array, ...]:
        (states,) = batch
        if settings.symmetries:
            states = group.random_images(states, np.random.default_rng([seed, number, 1]))
        return (states, states[..., None]) if labelled else (states,)

    return show


def _joined(first: History, second: History) -> History:
    """One history after the other; the examples seen are added up."""
    if not first:
        return second
    offset = first["examples_seen"][-1]
    second = {**second, "examples_seen": [offset + seen for seen in second["examples_seen"]]}
    return {name: first[name] + second[name] for name in first}
