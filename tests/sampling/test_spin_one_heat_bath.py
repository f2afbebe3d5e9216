"""Sampled Blume-Capel tori against exact ones: four errors, one false alarm in 16,000 a number."""

import numba
import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.blume_capel import blume_capel_torus
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.spin_one_heat_bath import sample_blume_capel

MODELS = [BlumeCapel(1.0, 1.0), BlumeCapel(1.0, 0.5, 0.2), BlumeCapel(-1.0, 1.0, 0.4)]
TEMPERATURES = [1.4, 3.0, 1.5]


@pytest.mark.parametrize("slabs", [None, (1, 0)])
def test_averages_are_exact(slabs):
    drawn = sample_blume_capel(MODELS, TEMPERATURES, 4, 10_000, seed=1, sweeps=400, slabs=slabs)
    for model, temperature, spins in zip(MODELS, TEMPERATURES, drawn, strict=True):
        exact = blume_capel_torus(4, temperature, model.crystal_field, model.field, model.coupling)
        seen = np.stack([model.energy(spins) / 16, (spins**2).mean(axis=(1, 2)),
                         spins.mean(axis=(1, 2))])  # fmt: skip
        errors = seen.std(axis=1) / np.sqrt(len(spins))
        assert (np.abs(seen.mean(axis=1) - exact[1:]) < 4 * errors).all()


def test_same_seed_same_snapshots_for_any_number_of_threads(one_thread):
    one = sample_blume_capel(MODELS, TEMPERATURES, 5, 7, seed=3, sweeps=10)
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    again = sample_blume_capel(MODELS, TEMPERATURES, 5, 7, seed=3, sweeps=10)
    np.testing.assert_array_equal(one, again)
    assert (one != sample_blume_capel(MODELS, TEMPERATURES, 5, 7, seed=4, sweeps=10)).any()


@pytest.mark.parametrize(
    ("field", "change"),
    [("temperatures", {"temperatures": [1.0]}), ("temperatures", {"temperatures": [1.0, 0, 1]}),
     ("size", {"size": 1}), ("size, count", {"count": 0}), ("seed", {"seed": -1})],
)  # fmt: skip
def test_mistakes_are_named(field, change):
    good = {"temperatures": TEMPERATURES, "size": 4, "count": 1, "seed": 1, "sweeps": 1}
    with pytest.raises(InputError, match=f"^{field}.*: found"):
        sample_blume_capel(MODELS, **{**good, **change})
