"""Training on two devices, in a process of its own: TensorFlow divides a CPU only at its start."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DEVICES = ["cpu:0", "cpu:1"]
SIZE = 51  # of a batch, so that the shares differ


@pytest.mark.slow
def test_two_devices_give_what_one_gives():
    command = [sys.executable, "-c", "import test_device_gradient as t; t.report()"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["shares"] == [["CPU:0", 26], ["CPU:1", 25]]
    np.testing.assert_allclose(*found["slopes"], atol=1e-6)
    for one, two in found["weights"]:
        np.testing.assert_allclose(one, two, atol=1e-5)
        assert np.ptp(one) > 0.1
    _, sequence, _ = found["norms"]  # of the gradient, in the skip, the whole and the student
    assert max(sequence) > found["clip_norm"]
    first, again, next_step = found["dropout"]
    assert first == again != next_step


def report():
    """Print what the test looks at: on two devices, and the same on one."""
    import tensorflow

    tensorflow.config.set_logical_device_configuration(
        tensorflow.config.list_physical_devices("CPU")[0],
        [tensorflow.config.LogicalDeviceConfiguration()] * 2,
    )
    print(json.dumps({**gradients(), **trainings(), "dropout": dropout()}))


def gradients():
    """The slopes of one batch, and which device had how much of it."""
    from dcl.learning.sequence import sequence_loss
    from dcl.learning.settings import SequenceSettings
    from dcl.models.gradients import MaskedGradient, SharedGradient
    from dcl.models.networks import build_masked

    shares = []

    def loss(labels, outputs):
        shares.append((outputs.device.rpartition("device:")[2], labels.shape[0]))
        return sequence_loss(SequenceSettings())(labels, outputs)

    network = build_masked(9, units=3)
    for variable in network.trainable_variables:
        variable.assign(np.random.default_rng(1).normal(scale=0.5, size=variable.shape))
    states = np.random.default_rng(2).integers(0, 2, (SIZE, 9)).astype(np.int8)
    _, one = MaskedGradient(network)(0, states)
    _, two = SharedGradient(network, loss, DEVICES)(0, states, states[..., None])
    flat = [np.concatenate([np.ravel(slope) for slope in slopes]) for slopes in (one, two)]
    return {"shares": sorted(shares), "slopes": [values.tolist() for values in flat]}


def trainings():
    """Weights of a sequence model and of its student, by one device and by two."""
    import dcl.learning.distillation
    import dcl.learning.sequence
    import dcl.learning.training
    from dcl.lattice.configurations import random_configurations
    from dcl.lattice.snapshots import Snapshots
    from dcl.learning.settings import ExtensiveSettings, SequenceSettings
    from dcl.models.gradients import SharedGradient

    norms = []

    class Recorded(SharedGradient):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            norms.append([])

        def __call__(self, *arguments):
            loss, slopes = super().__call__(*arguments)
            norms[-1].append(float(np.sqrt(sum(np.sum(np.square(slope)) for slope in slopes))))
            return loss, slopes

    clip_norm = 0.05
    dcl.learning.training.SharedGradient = Recorded
    dcl.learning.sequence.are_fastest = dcl.learning.distillation.are_fastest = lambda: False
    snapshots = Snapshots(random_configurations(600, 2, 2, seed=1), 4.0)
    sequence = SequenceSettings(
        units=4, skip_seen=2000, configurations_seen=2000, batch_size=SIZE, clip_norm=clip_norm
    )
    extensive = ExtensiveSettings(hidden=(4,), drawn=200, uniform=100, passes=5, batch_size=SIZE)
    ends = []
    for devices in ([], DEVICES):
        dcl.learning.training.accelerators = lambda devices=devices: devices
        teacher, _ = dcl.learning.sequence.fit_sequence(snapshots, sequence, seed=2)
        student, _ = dcl.learning.distillation.distill(teacher, extensive, seed=3)
        ends.append([
            np.concatenate([np.ravel(w) for w in model.network.get_weights()]).tolist()
            for model in (teacher, student)
        ])  # fmt: skip
    weights = list(zip(*ends, strict=True))
    return {"weights": weights, "norms": norms, "clip_norm": clip_norm}


def dropout():
    """Losses: of a step, of that step again, and of the next."""
    import keras

    from dcl.models.gradients import SharedGradient

    layers = [keras.Input((8,)), keras.layers.Dropout(0.5, seed=1), keras.layers.Dense(1)]
    network = keras.Sequential(layers)
    inputs = np.random.default_rng(1).normal(size=(SIZE, 8)).astype(np.float32)
    gradient = SharedGradient(network, lambda _, outputs: keras.ops.mean(outputs**2), DEVICES)
    start = [variable.numpy() for variable in network.non_trainable_variables]
    losses = [gradient(0, inputs, inputs)[0]]
    for variable, value in zip(network.non_trainable_variables, start, strict=True):
        variable.assign(value)
    return losses + [gradient(step, inputs, inputs)[0] for step in (0, 1)]
