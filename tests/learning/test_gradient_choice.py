"""With an accelerator, training goes back to automatic differentiation."""

import keras
import numpy as np
import pytest

import dcl.learning.sequence
from dcl.lattice.configurations import random_configurations
from dcl.lattice.snapshots import Snapshots
from dcl.learning.sequence import fit_sequence
from dcl.learning.settings import SequenceSettings
from dcl.models.kernels.gru_gradient import are_fastest


@pytest.mark.parametrize(
    ("devices", "fastest"), [(["cpu:0", "cpu:1"], True), (["cpu:0", "gpu:0"], False)]
)
def test_they_are_fastest_without_an_accelerator(monkeypatch, devices, fastest):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: devices)
    assert are_fastest() is fastest


def test_both_ways_of_training_end_alike(monkeypatch):
    """Same batches, same steps: rounding differs, and grows over 60 of them."""
    snapshots = Snapshots(random_configurations(600, 2, 2, seed=1), 4.0)
    settings = SequenceSettings(units=4, skip=False, configurations_seen=3000, batch_size=50)
    energies = []
    for fastest in (True, False):
        monkeypatch.setattr(dcl.learning.sequence, "are_fastest", lambda fastest=fastest: fastest)
        model, _ = fit_sequence(snapshots, settings, seed=2)
        energies.append(model.energy(random_configurations(50, 2, 2, seed=4)))
    one, other = np.array(energies)
    assert one.std() > 1e-3
    np.testing.assert_allclose(one, other, atol=2e-2 * one.std())
