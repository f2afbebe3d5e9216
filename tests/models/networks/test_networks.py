import keras
import numpy as np
import pytest

from dcl.models.networks import (
    LinearSkip,
    OneHot,
    ShiftRight,
    build_ednn,
    build_gru,
    build_masked,
    build_transformer,
)

SITES = 6
VARIANTS = {
    "plain": (build_gru, {"skip": False}),
    "skip": (build_gru, {}),
    "stacked": (build_gru, {"layers": 2}),
    "dropout": (build_gru, {"dropout": 0.5}),
    "masked": (build_masked, {}),
    "masked alone": (build_masked, {"skip": False}),
    "transformer": (build_transformer, {}),
    "transformer alone": (build_transformer, {"skip": False, "layers": 2}),
}


def predict(network, states):
    return np.asarray(network(np.asarray(states, np.int8)))


@pytest.mark.parametrize("n_states", [2, 3])
@pytest.mark.parametrize("variant", VARIANTS)
def test_an_output_sees_the_earlier_sites_and_no_others(randomise, variant, n_states):
    build, options = VARIANTS[variant]
    network = randomise(build(SITES, n_states, units=5, **options), seed=1)
    generator = np.random.default_rng(2)
    states = np.repeat(generator.integers(0, n_states, (1, SITES)), SITES * 20, axis=0)
    states = states.reshape(SITES, 20, SITES)
    for site in range(SITES):  # in group i the sites from i on are random
        states[site, :, site:] = generator.integers(0, n_states, (20, SITES - site))
    outputs = predict(network, states.reshape(-1, SITES)).reshape(SITES, 20, SITES, -1)
    for site in range(SITES):
        assert np.ptp(outputs[site, :, : site + 1], axis=0).max() < 1e-5
        if site + 1 < SITES:
            assert np.ptp(outputs[site, :, site + 1], axis=0).max() > 1e-2


@pytest.mark.parametrize(("n_states", "width"), [(2, 1), (3, 3), (5, 5)])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("skip", [False, True])
def test_number_of_parameters(n_states, width, layers, skip):
    units, sites = 7, 9
    # a gate has a kernel, a recurrent kernel and two biases
    first = 3 * units * (width + units + 2)
    later = 3 * units * (units + units + 2)
    output = units * width + width
    linear = sites * width * sites * width + sites * width
    network = build_gru(sites, n_states, units=units, layers=layers, skip=skip)
    assert network.count_params() == first + (layers - 1) * later + output + skip * linear
    assert network.output_shape == (None, sites, width)


@pytest.mark.parametrize(("n_states", "units", "expected"), [(2, 378, 432_433), (3, 512, 795_651)])
def test_number_of_parameters_of_the_paper(n_states, units, expected):
    # by hand: 3 * 378 * (1 + 378 + 2) + 378 + 1 and 3 * 512 * (3 + 512 + 2) + 3 * 512 + 3
    assert build_gru(64, n_states, units=units, skip=False).count_params() == expected


@pytest.mark.parametrize(
    ("n_states", "scalar", "expected"), [(2, False, 2721), (3, True, 2721), (3, False, 3745)]
)
def test_number_of_parameters_of_the_papers_ednn(n_states, scalar, expected):
    # by hand: 16 * 32 + 32, 32 * 64 + 64, 64 + 1; one-hot has 48 inputs in place of 16
    assert build_ednn(n_states, scalar_input=scalar).count_params() == expected


@pytest.mark.parametrize("n_states", [2, 3])
def test_a_skip_is_a_masked_linear_map(n_states):
    generator = np.random.default_rng(3)
    width = 1 if n_states == 2 else n_states
    encoded = generator.normal(size=(4, SITES, width)).astype(np.float32)
    layer = LinearSkip(width)
    layer(encoded)
    kernel = generator.normal(size=(SITES, width, SITES, width)).astype(np.float32)
    bias = generator.normal(size=(SITES, width)).astype(np.float32)
    layer.set_weights([kernel, bias])
    expected = np.empty((4, SITES, width))
    for n in range(4):
        for i in range(SITES):
            earlier = [encoded[n, j] @ kernel[j, :, i, :] for j in range(i)]
            expected[n, i] = bias[i] + sum(earlier, np.zeros(width))
    np.testing.assert_allclose(np.asarray(layer(encoded)), expected, atol=1e-5)


def test_encodings():
    states = np.array([[0, 1, 1]])
    np.testing.assert_array_equal(np.asarray(OneHot(2)(states))[0, :, 0], [-1, 1, 1])
    np.testing.assert_array_equal(np.asarray(OneHot(3)(np.array([[2, 0]])))[0], np.eye(3)[[2, 0]])
    shifted = np.asarray(ShiftRight()(np.arange(1.0, 13.0).reshape(2, 3, 2)))
    np.testing.assert_array_equal(shifted[:, 0], 0)
    np.testing.assert_array_equal(shifted[:, 1:], np.arange(1.0, 13.0).reshape(2, 3, 2)[:, :2])


@pytest.mark.parametrize(("n_states", "width"), [(2, 1), (3, 3)])
@pytest.mark.parametrize("skip", [False, True])
def test_number_of_parameters_of_a_masked_network(n_states, width, skip):
    units, sites = 7, 9
    hidden = sites * width * sites * units + sites * units
    output = sites * units * width + sites * width  # the bias is the skip's, where there is one
    linear = sites * width * sites * width
    network = build_masked(sites, n_states, units=units, skip=skip)
    assert network.count_params() == hidden + output + skip * linear
    assert network.output_shape == (None, sites, width)


@pytest.mark.parametrize("n_states", [2, 3])
@pytest.mark.parametrize("layers", [1, 2])
def test_number_of_parameters_of_a_transformer(n_states, layers):
    units, sites, width = 8, 9, 1 if n_states == 2 else n_states
    attention = 4 * (units * units + units)
    dense = units * 2 * units + 2 * units + 2 * units * units + units
    each = attention + dense + 2 * 2 * units
    ends = width * units + units + sites * units + 2 * units + units * width + width
    network = build_transformer(sites, n_states, units=units, layers=layers, skip=False)
    assert network.count_params() == layers * each + ends


@pytest.mark.parametrize("n_states", [2, 3])
def test_a_masked_network_site_by_site(randomise, n_states):
    network = randomise(build_masked(SITES, n_states, units=5), seed=3)
    kernel, bias = (np.asarray(w) for w in network.get_layer("hidden").weights)
    (output,) = (np.asarray(w) for w in network.get_layer("output").weights)
    states = np.random.default_rng(4).integers(0, n_states, (10, SITES))
    encoded = 2.0 * states[..., None] - 1 if n_states == 2 else np.eye(n_states)[states]
    expected = np.array(network.get_layer("skip")(encoded), np.float64)
    for i in range(SITES):
        inputs = bias[i] + np.einsum("nje,jeu->nu", encoded[:, :i], kernel[:i, :, i])
        expected[:, i] += np.tanh(inputs) @ output[i]
    np.testing.assert_allclose(predict(network, states), expected, atol=1e-5)


@pytest.mark.parametrize("n_states", [2, 3])
def test_a_masked_network_starts_as_its_skip_with_inputs_of_one_size(n_states):
    """The root mean square over 400 hidden units and 200 states is 0.5 within 4 standard errors
    of 400 squares: a false alarm in 16,000 runs.
    """
    keras.utils.set_random_seed(1)
    network = build_masked(SITES, n_states, units=400)
    states = np.random.default_rng(4).integers(0, n_states, (200, SITES))
    np.testing.assert_array_equal(predict(network, states), 0)
    hidden = keras.Model(network.input, network.get_layer("hidden").output)
    inputs = np.arctanh(predict(hidden, states))
    np.testing.assert_array_equal(inputs[:, 0], 0)
    mean_square = (inputs[:, 1:] ** 2).mean(axis=(0, 2))
    assert (abs(mean_square / 0.25 - 1) < 4 * np.sqrt(2 / 400)).all()


@pytest.mark.parametrize("n_states", [2, 3])
@pytest.mark.parametrize("variant", ["dropout", "masked", "masked alone", "transformer"])
def test_a_saved_sequence_network_is_equal(randomise, tmp_path, variant, n_states):
    build, options = VARIANTS[variant]
    network = randomise(build(SITES, n_states, units=5, **options), seed=4)
    states = np.random.default_rng(5).integers(0, n_states, (50, SITES))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_array_equal(predict(loaded, states), predict(network, states))


@pytest.mark.parametrize(("n_states", "scalar"), [(2, False), (3, False), (3, True)])
def test_a_saved_extensive_network_is_equal(randomise, tmp_path, n_states, scalar):
    network = randomise(build_ednn(n_states, hidden=(5,), scalar_input=scalar), seed=6)
    tiles = np.random.default_rng(7).integers(0, n_states, (50, 4, 16))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_array_equal(predict(loaded, tiles), predict(network, tiles))


@pytest.mark.parametrize(("n_states", "scalar"), [(2, False), (3, False), (4, True)])
def test_an_extensive_network_is_a_sum_over_tiles(randomise, n_states, scalar):
    network = randomise(build_ednn(n_states, hidden=(5, 4), scalar_input=scalar), seed=8)
    weights = [np.asarray(w, np.float64) for w in network.get_weights()]
    tiles = np.random.default_rng(9).integers(0, n_states, (10, 3, 16))
    values = {2: 2.0 * tiles - 1, 3: np.eye(3)[tiles % 3].reshape(10, 3, 48), 4: 1.0 * tiles}
    hidden = values[n_states]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        hidden = np.maximum(hidden @ kernel + bias, 0)
    expected = (hidden @ weights[-2] + weights[-1]).sum(axis=(1, 2))
    np.testing.assert_allclose(predict(network, tiles), expected, rtol=1e-5, atol=1e-4)
