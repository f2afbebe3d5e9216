import numpy as np
import pytest

from dcl.models.networks.likelihood import SMALLEST_PROBABILITY, log_conditionals, squared_error

GENERATOR = np.random.default_rng(0)
SPINS = GENERATOR.normal(scale=2, size=(20, 5, 1)).astype(np.float32)
COLOURS = GENERATOR.normal(scale=2, size=(20, 5, 3)).astype(np.float32)


def probabilities(outputs, n_states, kind):
    """Of every state at every site, shape (Q, n, N)."""
    states = [np.full(outputs.shape[:2], state, np.int8) for state in range(n_states)]
    return np.exp([np.asarray(log_conditionals(outputs, s, kind)) for s in states])


def test_spins_have_a_sigmoid():
    upper = 1 / (1 + np.exp(-SPINS[..., 0]))
    np.testing.assert_allclose(
        probabilities(SPINS, 2, "logits"), [1 - upper, upper], rtol=1e-4, atol=1e-7
    )


def test_colours_have_a_softmax():
    weights = np.moveaxis(np.exp(COLOURS), -1, 0)
    np.testing.assert_allclose(
        probabilities(COLOURS, 3, "logits"), weights / weights.sum(axis=0), rtol=1e-5
    )


def test_logits_are_normalised_and_finite_however_large():
    outputs = np.array([-1e4, -50.0, 0.0, 50.0, 1e4], np.float32).reshape(1, 5, 1)
    for state in (0, 1):
        logs = np.asarray(log_conditionals(outputs, np.full((1, 5), state), "logits"))
        assert np.isfinite(logs).all()
    np.testing.assert_allclose(probabilities(outputs, 2, "logits").sum(axis=0), 1, rtol=1e-6)


def test_linear_outputs_as_the_authors_took_them():
    output = SPINS[..., 0]
    expected = np.maximum([abs(output - 1) / 2, abs(output + 1) / 2], SMALLEST_PROBABILITY)
    np.testing.assert_allclose(probabilities(SPINS, 2, "linear"), expected, rtol=1e-4)
    expected = np.maximum(np.moveaxis(abs(COLOURS), -1, 0), SMALLEST_PROBABILITY)
    np.testing.assert_allclose(probabilities(COLOURS, 3, "linear"), expected, rtol=1e-4)


def test_a_probability_of_zero_has_a_finite_logarithm():
    logs = log_conditionals(np.ones((1, 1, 1), np.float32), np.array([[0]]), "linear")
    np.testing.assert_allclose(np.asarray(logs), np.log(SMALLEST_PROBABILITY), rtol=1e-6)


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_the_squared_error_is_least_at_the_true_probability(share):
    # with P(up) = p the regression's best output is 2 p - 1, so that |output + 1| / 2 = p
    outputs = np.linspace(-1, 1, 201, dtype=np.float32).reshape(-1, 1, 1)
    up, down = (np.asarray(squared_error(outputs, np.full((201, 1), s))) for s in (1, 0))
    best = outputs[np.argmin(share * up + (1 - share) * down)]
    np.testing.assert_allclose(best, 2 * share - 1, atol=0.006)


def test_squared_error_by_hand():
    outputs = np.array([[[0.5], [0.5]]], np.float32)
    np.testing.assert_allclose(
        np.asarray(squared_error(outputs, np.array([[1, 0]]))), [[0.25, 2.25]]
    )
    outputs = np.array([[[0.5, 0.0, 0.5]]], np.float32)
    np.testing.assert_allclose(np.asarray(squared_error(outputs, np.array([[0]]))), [[0.5 / 3]])
