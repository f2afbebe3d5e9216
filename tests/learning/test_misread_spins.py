"""Couplings of misread spins: no bias, and stated errors that are the spread."""

import numpy as np
import pytest

from dcl import Ising, Potts, Snapshots
from dcl.errors import InputError
from dcl.learning.misread_spins import infer_from_misread
from dcl.sampling.equilibrium import sample_equilibrium

SPINS = sample_equilibrium(Ising(), 8, 4.0, 4000, seed=1)


def misread(spins, up, down, seed):
    chance = np.where(spins > 0, down, up)
    wrong = np.random.default_rng(seed).random(spins.shape) < chance
    return np.where(wrong, -spins, spins)


@pytest.mark.parametrize(("up", "down"), [(0.0, 0.0), (0.1, 0.1), (0.1, 0.0), (0.02, 0.15)])
@pytest.mark.parametrize("boundaries", ["periodic", "open"])
def test_the_true_couplings_are_found(up, down, boundaries):
    # 4 couplings within 4 standard errors: a false alarm in 4,000 a case, and seeds are fixed
    read = Snapshots(misread(SPINS, up, down, 2), 4.0)
    found = infer_from_misread(read, up, down, boundaries)
    assert (np.abs(found.couplings - (0, -1, 0, 0)) < 4 * found.errors).all()


def test_without_the_correction_they_are_not():
    found = infer_from_misread(Snapshots(misread(SPINS, 0.1, 0.1, 2), 4.0), 0, 0)
    assert np.abs((found.couplings - (0, -1, 0, 0)) / found.errors).max() > 10


def test_stated_errors_are_the_spread_over_parts():
    # 40 parts: the spread is good to 11%, and 4 terms within 45% are a false alarm in 10,000
    parts = np.split(misread(SPINS, 0.05, 0.1, 3), 40)
    found = [infer_from_misread(Snapshots(part, 4.0), 0.05, 0.1) for part in parts]
    spread = np.std([one.couplings for one in found], axis=0, ddof=1)
    np.testing.assert_allclose(np.mean([one.errors for one in found], axis=0), spread, rtol=0.45)


BAD = [
    (Snapshots(SPINS, 4.0), (0.5, 0.5), "less than 1"),
    (Snapshots(SPINS, 4.0), (-0.1, 0.1), "0 or more"),
    (Snapshots(sample_equilibrium(Potts(3), 8, 4.0, 10, seed=1), 4.0, 3), (0, 0), "spins"),
    (Snapshots(SPINS[:, :4, :4], 4.0), (0, 0), "5 x 5"),
]


@pytest.mark.parametrize(("snapshots", "chances", "words"), BAD)
def test_bad_input_ends_with_one_line(snapshots, chances, words):
    with pytest.raises(InputError, match=words) as caught:
        infer_from_misread(snapshots, *chances)
    assert "\n" not in str(caught.value)
