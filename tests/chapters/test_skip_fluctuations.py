"""Weights of the linear skip under plain SGD against the exact law, by teacher and by snapshots."""

import numpy as np
import pytest

from dcl.chapters import skip_fluctuations

RATE, BATCH, SITES = 0.4, 16, 8


def error(module, kind):
    """Relative error of the mean variance; its standard error is below 1.5%."""
    found = module.teacher_skip(kind, RATE, BATCH, SITES, records=15, seed=1)
    return found.measured @ np.arange(1, SITES) / (found.law @ np.arange(1, SITES)) - 1


@pytest.mark.parametrize("kind", ["normal", "spins"])
def test_weights_fluctuate_as_the_exact_law_says(kind):
    assert abs(error(skip_fluctuations, kind)) < 0.06


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("axis=(1, 2)) / 2", "axis=(1, 2))"),
        ("normal(size=(*shape, COPIES))", "normal(size=(*shape, 1))"),
        ("2 / (2 - rate * (1 + (number + more) / batch))", "0 * number + 1.0"),
    ],
    ids=["factor 2 of the loss", "one noise for all copies", "leading order"],
)
def test_a_wrong_build_is_noticed(right, wrong, wrong_build):
    assert abs(error(wrong_build(skip_fluctuations, right, wrong), "normal")) > 0.06


def test_the_weights_are_those_of_earlier_sites_alone():
    from keras import ops

    random = np.random.default_rng(0)
    inputs, labels = random.normal(size=(64, 4, 1)), random.normal(size=(64, 4, 2))
    kernels = skip_fluctuations.train_skip(
        inputs, labels, lambda y, f: ops.sum((y - f) ** 2, axis=(1, 2)), 0.1, 8, every=2
    )
    assert kernels.shape == (4, 4, 4, 2)
    assert not kernels[:, np.tri(4, dtype=bool)].any()
    assert kernels[0, 0, 1].all()


def test_the_cross_entropy_fluctuates_more_than_rate_over_batch():
    """Independent spins, for which the weights are zero: 7% above the leading order by the law."""
    spins = np.random.default_rng(2).choice([-1, 1], size=(8000, 3, 3)).astype(np.int8)
    found = skip_fluctuations.ising_skip(spins, 0.4, 8, seed=1)
    assert found.law.mean() == pytest.approx(1.08, abs=0.01)
    assert found.measured.mean() == pytest.approx(found.law.mean(), rel=0.25)
