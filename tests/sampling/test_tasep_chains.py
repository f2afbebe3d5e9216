"""The sampled TASEP against its exact steady state; errors from words, which are independent."""

import numba
import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.tasep import tasep_distribution
from dcl.sampling.tasep_chains import sample_tasep

WORDS = 400


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.3), (0.8, 0.35), (1.0, 1.0)])
def test_every_state_has_its_probability(alpha, beta):
    """All 16 states within 4.5 errors: a false alarm in one of 9,000 correct samplers a case."""
    chains = sample_tasep(4, alpha, beta, 64 * WORDS, seed=1, sweeps=200)
    numbers = (chains.astype(int) + 1) // 2 @ [8, 4, 2, 1]
    shares = (numbers.reshape(WORDS, 64, 1) == np.arange(16)).mean(axis=1)
    off = shares.mean(axis=0) - tasep_distribution(4, alpha, beta)
    assert np.abs(off / (shares.std(axis=0) / np.sqrt(WORDS))).max() < 4.5


def test_same_seed_same_snapshots_for_any_number_of_threads(one_thread):
    one = sample_tasep(5, 0.3, 0.6, 200, seed=7, sweeps=20)
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    np.testing.assert_array_equal(one, sample_tasep(5, 0.3, 0.6, 200, seed=7, sweeps=20))
    assert one.shape == (200, 5)
    assert (one != sample_tasep(5, 0.3, 0.6, 200, seed=8, sweeps=20)).any()


@pytest.mark.parametrize(
    ("field", "value"), [("alpha", 0.0), ("beta", 2.0), ("count", 0), ("sweeps", 0), ("seed", -1)]
)
def test_mistakes_are_named(field, value):
    good = {"length": 4, "alpha": 0.5, "beta": 0.5, "count": 1, "seed": 1}
    with pytest.raises(InputError, match=f"^{field}: found"):
        sample_tasep(**{**good, field: value})
