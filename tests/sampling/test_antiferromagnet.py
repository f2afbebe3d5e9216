"""Chains of the antiferromagnet in a field against all 65,536 states of a 4 x 4 torus."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.hamiltonians import Ising
from dcl.sampling.antiferromagnet import sample_antiferromagnet


def test_energy_and_magnetisation_agree_with_enumeration():
    bits = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    states = (2 * bits - 1).astype(np.int8).reshape(-1, 4, 4)
    bonds, moment = Ising(-1.0).energy(states), states.sum(axis=(1, 2))
    weight = np.exp(-(bonds - 1.5 * moment + 40) / 2.5)
    weight /= weight.sum()
    drawn = sample_antiferromagnet(4, np.full(20_000, 2.5), np.full(20_000, 1.5), 40, seed=1)
    for known, found in ((bonds, Ising(-1.0).energy(drawn)), (moment, drawn.sum(axis=(1, 2)))):
        error = found.std() / np.sqrt(len(found))  # the chains are independent
        assert abs(found.mean() - weight @ known) < 4.5 * error  # false alarm 7e-6


@pytest.mark.parametrize(("size", "heat"), [(3, [1.0]), (4, [0.0]), (4, 1.0)])
def test_bad_input_is_refused(size, heat):
    with pytest.raises(InputError):
        sample_antiferromagnet(size, heat, np.zeros_like(heat), 1, seed=0)
