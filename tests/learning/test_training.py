import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from dcl.errors import TrainingDivergedError
from dcl.learning.batches import SEGMENTS, Batches
from dcl.learning.settings import Schedule
from dcl.learning.training import _optimizer, train

EXAMPLES = np.arange(50)


def batches(count, size, seed=1, segment=0, segments_seen=1):
    """The examples of some segments' batches of a stream over `count` examples."""
    schedule = Schedule(size * SEGMENTS * 3, batch_size=size)
    stream = Batches((np.arange(count),), schedule, seed)
    for stream.segment in range(segment, segment + segments_seen):
        yield from [stream[k][0] for k in range(len(stream))]


@pytest.mark.parametrize(("count", "size"), [(50, 7), (50, 50), (3, 7), (1, 4), (64, 1)])
def test_every_pass_shows_every_example_once(count, size):
    seen = np.concatenate(list(batches(count, size, segments_seen=SEGMENTS)))
    assert len(seen) == size * SEGMENTS * 3
    passes = [seen[start : start + count] for start in range(0, len(seen) - count + 1, count)]
    for one in passes:
        np.testing.assert_array_equal(np.sort(one), np.arange(count))
    if count == 50:
        assert all((one != two).any() for one, two in pairwise(passes))


def test_the_stream_can_be_entered_at_any_segment_and_batch():
    whole = list(batches(50, 7, segments_seen=SEGMENTS))
    late = list(batches(50, 7, segment=9, segments_seen=2))
    np.testing.assert_array_equal(late, whole[27:33])
    stream = Batches((EXAMPLES,), Schedule(7 * SEGMENTS * 3, batch_size=7), 1)
    stream.segment = 9
    for k in (2, 0, 1):
        np.testing.assert_array_equal(stream[k][0], late[k])


def test_another_seed_gives_another_order():
    assert (np.array(list(batches(50, 7))) != np.array(list(batches(50, 7, seed=2)))).any()


def test_inputs_and_labels_stay_together():
    stream = Batches((EXAMPLES, -EXAMPLES[:, None]), Schedule(500, batch_size=8), 1)
    inputs, labels = stream[0]
    np.testing.assert_array_equal(inputs, -labels[:, 0])


def test_the_rate_rises_over_the_warm_up_and_falls_as_a_cosine():
    rate = _optimizer(Schedule(100 * SEGMENTS, batch_size=1, learning_rate=0.5))._learning_rate
    steps, warm_up = 100 * SEGMENTS, 5 * SEGMENTS
    rates = np.array([float(rate(step)) for step in (0, warm_up // 2, warm_up, steps)])
    np.testing.assert_allclose(rates, [0, 0.25, 0.5, 0.005], rtol=1e-5)
    middle = float(rate((steps + warm_up) // 2))
    np.testing.assert_allclose(middle, 0.5 * (0.01 + 0.99 * 0.5), rtol=1e-5)


def test_a_constant_rate_and_no_clipping():
    optimizer = _optimizer(Schedule(1000, learning_rate=0.5, decay="constant", clip_norm=0.0))
    assert float(optimizer.learning_rate) == 0.5
    assert optimizer.global_clipnorm is None
    assert _optimizer(Schedule(1000, clip_norm=2.0)).global_clipnorm == 2.0


def test_weights_decay_at_the_learning_rate_and_biases_do_not():
    schedule = Schedule(1000, learning_rate=0.5, decay="constant", weight_decay=0.2)
    dense = keras.layers.Dense(2, bias_initializer="ones")
    dense.build((None, 3))
    before = dense.get_weights()
    optimizer = _optimizer(schedule)
    optimizer.build(dense.trainable_variables)
    optimizer.apply([np.zeros_like(w) for w in before], dense.trainable_variables)
    np.testing.assert_allclose(dense.get_weights()[0], 0.9 * before[0], rtol=1e-6)
    np.testing.assert_array_equal(dense.get_weights()[1], before[1])


def test_a_transform_sees_the_batch_and_its_number_in_the_whole_training():
    schedule = Schedule(2 * 8 * SEGMENTS, batch_size=8)
    plain = Batches((EXAMPLES,), schedule, 1)
    changed = Batches((EXAMPLES,), schedule, 1, lambda number, batch: (batch[0] + 100, number))
    plain.segment = changed.segment = 3
    for k in (1, 0):
        examples, number = changed[k]
        np.testing.assert_array_equal(examples, plain[k][0] + 100)
        assert number == 2 * 3 + k


class Count(keras.layers.Layer):
    """Counts the examples that training shows, and passes them on."""

    def build(self, _):
        self.counts = self.add_weight(
            shape=(len(EXAMPLES),), initializer="zeros", trainable=False, name="counts"
        )

    def call(self, numbers, training=False):
        if training:
            shown = ops.one_hot(ops.cast(numbers[:, 0], "int32"), len(EXAMPLES))
            self.counts.assign(self.counts + ops.sum(shown, axis=0))
        return numbers


def linear_network(seed=1):
    keras.utils.set_random_seed(seed)
    numbers = keras.Input((1,))
    return keras.Model(numbers, keras.layers.Dense(1)(Count(name="count")(numbers)))


def squared_error(labels, outputs):
    return ops.mean(ops.square(labels - outputs))


NONE = np.zeros(0)
INPUTS = EXAMPLES[:, None].astype(np.float32)
LABELS = 3 * INPUTS + 1
SHORT = Schedule(1, batch_size=10, learning_rate=0.3)  # a batch a segment: 4 passes in all


def fit_line(network, labels=LABELS, seed=1, **options):
    return train(network, (INPUTS, labels), squared_error, SHORT, seed=seed, **options)


def weights(network):
    return [np.asarray(variable) for variable in network.variables]


def assert_equal_weights(one, two):
    for a, b in zip(weights(one), weights(two), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """(network, history, checkpoint, counts after each segment) of one short training."""
    checkpoint = tmp_path_factory.mktemp("line") / "checkpoint.npz"
    network, counts = linear_network(), []

    def measure(model):
        counts.append(np.asarray(model.get_layer("count").counts).copy())
        return {"double": 2.0}, NONE

    return network, fit_line(network, checkpoint=checkpoint, measure=measure), checkpoint, counts


def test_the_network_sees_the_stream(line):
    expected = np.zeros(len(EXAMPLES))
    stream = Batches((EXAMPLES,), SHORT, seed=1)
    for stream.segment, counts in enumerate(line[3]):
        expected += np.bincount(stream[0][0], minlength=len(EXAMPLES))
        np.testing.assert_array_equal(counts, expected)
    np.testing.assert_array_equal(expected, 4)


def test_the_history_has_an_entry_a_segment(line):
    history = line[1]
    assert history["examples_seen"] == [10.0 * k for k in range(1, SEGMENTS + 1)]
    assert history["double"] == [2.0] * SEGMENTS
    assert len(history["loss"]) == SEGMENTS
    assert history["loss"][-1] < history["loss"][0]


def test_the_same_seed_gives_the_same_weights(line):
    network = linear_network()
    history = fit_line(network)
    assert_equal_weights(network, line[0])
    assert history["loss"] == line[1]["loss"]


def test_a_finished_training_is_not_done_again(line):
    network = linear_network()
    history = fit_line(network, checkpoint=line[2], measure=lambda _: pytest.fail("trained"))
    assert history == line[1]
    assert_equal_weights(network, line[0])


def test_the_checkpoint_of_another_training_is_not_used(line, tmp_path):
    fresh, other = linear_network(), linear_network()
    (tmp_path / "checkpoint.npz").write_bytes(line[2].read_bytes())
    fit_line(other, seed=2, checkpoint=tmp_path / "checkpoint.npz")
    fit_line(fresh, seed=2)
    assert_equal_weights(other, fresh)
    assert (weights(fresh)[1] != weights(line[0])[1]).any()


@pytest.mark.parametrize(("weights_seed", "settings"), [(2, None), (1, "another loss")])
def test_other_weights_or_settings_are_another_training(line, tmp_path, weights_seed, settings):
    (tmp_path / "checkpoint.npz").write_bytes(line[2].read_bytes())
    network, measured = linear_network(weights_seed), []
    fit_line(
        network,
        settings=settings,
        checkpoint=tmp_path / "checkpoint.npz",
        measure=lambda _: measured.append(1) or ({}, NONE),
    )
    assert len(measured) == SEGMENTS


def test_a_damaged_checkpoint_is_not_used(line, tmp_path):
    checkpoint = tmp_path / "checkpoint.npz"
    checkpoint.write_bytes(line[2].read_bytes()[:-50])
    network, measured = linear_network(), []
    fit_line(network, checkpoint=checkpoint, measure=lambda _: measured.append(1) or ({}, NONE))
    assert len(measured) == SEGMENTS
    assert_equal_weights(network, line[0])


@pytest.mark.parametrize("segment", [0, 3])
def test_a_loss_that_is_not_a_number_stops_and_keeps_the_last_good_weights(tmp_path, segment):
    stream = Batches((EXAMPLES,), SHORT, seed=1)
    stream.segment = segment
    labels = LABELS.copy()
    labels[stream[0][0][4]] = np.nan
    network, checkpoint = linear_network(), tmp_path / "checkpoint.npz"
    good = [weights(network)]
    with pytest.raises(TrainingDivergedError, match=f"loss of nan in segment {segment + 1} of"):
        fit_line(
            network,
            labels,
            checkpoint=checkpoint,
            measure=lambda model: good.append(weights(model)) or ({}, NONE),
        )
    assert len(good) == segment + 1
    for kept, expected in zip(network.trainable_variables, good[-1][1:], strict=True):
        np.testing.assert_array_equal(np.asarray(kept), expected)
    assert checkpoint.exists() == (segment > 0)


def fit_noisy_line(checkpoint, measure=None, **options):
    """A training with all that has to be kept: dropout, momenta, a schedule."""
    keras.utils.set_random_seed(1)
    numbers = keras.Input((1,))
    hidden = keras.layers.Dropout(0.3)(keras.layers.Dense(8, activation="tanh")(numbers))
    network = keras.Model(numbers, keras.layers.Dense(1)(hidden))
    schedule = Schedule(3 * 16 * SEGMENTS, batch_size=16, learning_rate=0.02)
    return network, train(
        network,
        (INPUTS, LABELS),
        squared_error,
        schedule,
        seed=1,
        checkpoint=checkpoint,
        measure=measure,
        **options,
    )


def likelihoods(model, best):
    """A measure of 50 held-out examples that are most likely when the network has these weights."""
    distance = sum(np.abs(a - b).sum() for a, b in zip(model.get_weights(), best, strict=True))
    return -distance * (1 + np.random.default_rng(1).random(50))


def killed_training(checkpoint, segments, best):
    """Train, and die by SIGKILL after some segments, before the last of them is written."""
    with np.load(best) as archive:
        goal = list(archive.values())

    def measure(model):
        nonlocal segments
        segments -= 1
        if not segments:
            os.kill(os.getpid(), signal.SIGKILL)
        return {}, likelihoods(model, goal)

    fit_noisy_line(Path(checkpoint), measure, early_stopping=True)


def weights_on_the_way():
    """Of the noisy line, at its start and after every segment."""
    passed = []
    network, _ = fit_noisy_line(
        None, lambda model: (passed.append(model.get_weights()) or {}, NONE), early_stopping=True
    )
    return passed, network.get_weights()


@pytest.mark.parametrize("best", [0, 3, SEGMENTS])
def test_early_stopping_goes_back_to_the_most_likely_weights(best):
    passed, last = weights_on_the_way()
    network, history = fit_noisy_line(
        None, lambda model: ({}, likelihoods(model, passed[best])), early_stopping=True
    )
    for kept, expected in zip(network.get_weights(), passed[best], strict=True):
        np.testing.assert_array_equal(kept, expected)
    assert any((a != b).any() for a, b in zip(passed[best], last, strict=True)) == (best < SEGMENTS)
    assert len(history["loss"]) == SEGMENTS


@pytest.mark.parametrize("gains", [[], [1.0], [1.0, -0.8, 0.9, -1.0]])
def test_early_stopping_takes_no_notice_of_what_may_be_chance(gains):
    """One checkpoint is better on average, by less than two standard errors."""
    scores = iter([np.zeros(len(gains)), np.array(gains), *[np.zeros(len(gains))] * SEGMENTS])
    network, _ = fit_noisy_line(None, lambda _: ({}, next(scores)), early_stopping=True)
    for kept, expected in zip(network.get_weights(), weights_on_the_way()[1], strict=True):
        np.testing.assert_array_equal(kept, expected)


@pytest.mark.parametrize("best", [3, SEGMENTS - 2])
def test_a_killed_training_ends_as_if_it_had_not_been_killed(tmp_path, best):
    """Killed in the eighth segment, with the most likely weights behind it or still to come."""
    checkpoint, goal = tmp_path / "training" / "checkpoint.npz", tmp_path / "best.npz"
    checkpoint.parent.mkdir()
    passed, _ = weights_on_the_way()
    np.savez(goal, *passed[best])
    command = f"import test_training as t; t.killed_training({str(checkpoint)!r}, 9, {str(goal)!r})"
    victim = subprocess.run(
        [sys.executable, "-c", command], cwd=Path(__file__).parent, capture_output=True, check=False
    )
    assert victim.returncode == -signal.SIGKILL, victim.stderr
    assert [path.name for path in checkpoint.parent.iterdir()] == ["checkpoint.npz"]
    measured = []

    def measure(model):
        measured.append(1)
        return {}, likelihoods(model, passed[best])

    resumed, history = fit_noisy_line(checkpoint, measure, early_stopping=True)
    assert len(measured) == SEGMENTS - 7
    for kept, expected in zip(resumed.get_weights(), passed[best], strict=True):
        np.testing.assert_array_equal(kept, expected)
    again, same = fit_noisy_line(checkpoint, lambda _: pytest.fail("trained"), early_stopping=True)
    assert_equal_weights(again, resumed)
    whole_history = fit_noisy_line(None)[1]
    assert history == same == whole_history


def test_a_second_training_of_a_network_is_that_of_a_new_one():
    """It is compiled once; weights, optimiser and schedule start again."""
    inputs = np.random.default_rng(1).normal(size=(64, 3)).astype(np.float32)
    labels = inputs.sum(axis=1, keepdims=True)
    schedule = Schedule(40 * 8, batch_size=8, learning_rate=0.05)
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    start = network.get_weights()

    def squares(labels, outputs):
        return ops.mean((labels - outputs) ** 2)

    first = train(network, (inputs, labels), squares, schedule, seed=1)
    optimizer, ends = network.optimizer, network.get_weights()
    network.set_weights(start)
    assert train(network, (inputs, labels), squares, schedule, seed=1) == first
    assert network.optimizer is optimizer
    for end, again in zip(ends, network.get_weights(), strict=True):
        np.testing.assert_array_equal(end, again)
