import numpy as np
import pytest
from numba import njit

from dcl.errors import InputError
from dcl.sampling.xoshiro import chain_states, load, store, uniform


@njit
def draw(states, count):
    numbers = np.empty(count)
    words = load(states, 0)
    for k in range(count):
        numbers[k], words = uniform(words)
    store(states, 0, words)
    return numbers


def test_xoshiro_reference_sequence():
    # xoshiro256plusplus.c by Blackman and Vigna from the state 1, 2, 3, 4
    expected = [41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205]
    states = np.array([[1, 2, 3, 4]], np.uint64)
    numbers = np.concatenate([draw(states, 3), draw(states, 2)])
    np.testing.assert_array_equal(numbers, [(value >> 11) * 2.0**-53 for value in expected])


def test_chains_and_streams_differ_and_repeat():
    states = np.concatenate(
        [chain_states(seed, 100, stream) for seed in (0, 1) for stream in (0, 1)]
    )
    assert len(np.unique(states)) == states.size
    np.testing.assert_array_equal(chain_states(1, 100)[:10], chain_states(1, 10))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seed_out_of_range(seed):
    with pytest.raises(InputError, match="seed"):
        chain_states(seed, 1)
