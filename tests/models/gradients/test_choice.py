"""With an accelerator, training goes back to automatic differentiation."""

import keras
import numpy as np
import pytest

import dcl.learning.distillation
import dcl.learning.sequence
from dcl.lattice.configurations import random_configurations
from dcl.lattice.snapshots import Snapshots
from dcl.learning.distillation import distill
from dcl.learning.sequence import fit_sequence
from dcl.learning.settings import ExtensiveSettings, SequenceSettings
from dcl.models.gradients import are_fastest


@pytest.mark.parametrize(
    ("devices", "fastest"), [(["cpu:0", "cpu:1"], True), (["cpu:0", "gpu:0"], False)]
)
def test_they_are_fastest_without_an_accelerator(monkeypatch, devices, fastest):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: devices)
    assert are_fastest() is fastest


@pytest.mark.parametrize("architecture", ["gru", "masked"])
def test_both_ways_of_training_end_alike(monkeypatch, architecture):
    """Same batches, same steps: rounding differs, and grows over 60 of them."""
    snapshots = Snapshots(random_configurations(600, 2, 2, seed=1), 4.0)
    sequence = SequenceSettings(
        units=4, skip=False, configurations_seen=3000, batch_size=50, architecture=architecture
    )
    extensive = ExtensiveSettings(hidden=(4,), drawn=200, uniform=100, passes=10, batch_size=50)
    energies = []
    for fastest in (True, False):
        for module in (dcl.learning.sequence, dcl.learning.distillation):
            monkeypatch.setattr(module, "are_fastest", lambda fastest=fastest: fastest)
        teacher, _ = fit_sequence(snapshots, sequence, seed=2)
        student, _ = distill(teacher, extensive, seed=3)
        test = random_configurations(50, 2, 2, seed=4)
        energies.append([teacher.energy(test), student.energy(test)])
    one, other = np.array(energies)
    assert one.std(axis=1).min() > 1e-3
    np.testing.assert_allclose(one, other, atol=2e-2 * one.std())
