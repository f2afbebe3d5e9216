import hashlib
import itertools
import json
import shutil
import zipfile
from dataclasses import replace
from typing import get_args

import keras
import numpy as np
import pytest

from dcl.errors import InputError
from dcl.files import file_hash
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import UnwrapOrder, lattice_shape, unwrap_order
from dcl.models.energy import ExtensiveEnergy, SequenceEnergy, load_energy_model
from dcl.models.networks import build_ednn, build_gru
from dcl.models.networks.likelihood import log_conditionals

ORDERS = get_args(UnwrapOrder)
SEQUENCE_CASES = {
    "spins": {"size": 3, "n_states": 2},
    "stacked": {"size": 3, "n_states": 2, "network": {"layers": 2, "dropout": 0.5}},
    "colours": {"size": 2, "n_states": 3},
    "uniform first site": {"size": 2, "n_states": 3, "uniform_first_site": True},
    "masked": {"size": 3, "n_states": 2, "architecture": "masked"},
    "masked colours": {"size": 2, "n_states": 3, "architecture": "masked"},
    "transformer": {
        "size": 3,
        "n_states": 2,
        "architecture": "transformer",
        "network": {"layers": 2},
    },
    "transformer colours": {"size": 2, "n_states": 3, "architecture": "transformer"},
    "rectangle": {"size": (3, 4), "n_states": 2},
    "masked rectangle": {"size": (4, 2), "n_states": 2, "architecture": "masked"},
    "transformer rectangle": {"size": (2, 3), "n_states": 3, "architecture": "transformer"},
}
EXTENSIVE_CASES = {
    "paper": {"focus": 2, "context": 1, "n_states": 2},
    "no context": {"focus": 3, "context": 0, "n_states": 2},
    "one site of focus": {"focus": 1, "context": 1, "n_states": 3},
    "scalar": {"focus": 1, "context": 1, "n_states": 3, "scalar_input": True},
    "eight colours": {"focus": 2, "context": 0, "n_states": 8},
    "one layer": {"focus": 3, "context": 0, "n_states": 3, "hidden": (7,)},
}


def every_configuration(size, n_states):
    rows, columns = lattice_shape(size)
    states = np.array(list(itertools.product(range(n_states), repeat=rows * columns)), np.int8)
    states = states.reshape(-1, rows, columns)
    return 2 * states - np.int8(1) if n_states == 2 else states


@pytest.fixture(scope="module", params=SEQUENCE_CASES)
def sequence(request, sequence_energy):
    return sequence_energy(seed=1, scale=1.0, **SEQUENCE_CASES[request.param])


@pytest.fixture(scope="module", params=EXTENSIVE_CASES)
def extensive(request, extensive_energy):
    return extensive_energy(seed=2, **EXTENSIVE_CASES[request.param])


@pytest.mark.parametrize("order", ORDERS)
def test_probabilities_sum_to_one(sequence, order):
    model = replace(sequence, order=order)
    every = every_configuration(model.lattice_size, model.n_states)
    probabilities = np.exp(model.log_probability(every))
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities.max() > 3 * probabilities.min()


def test_the_first_site_is_uniform_where_it_is_asked_for(sequence):
    every = every_configuration(sequence.lattice_size, sequence.n_states)
    probabilities = np.exp(sequence.log_probability(every))
    first = sequence.sequences(every)[:, 0]
    marginal = np.bincount(first, weights=probabilities)
    distance = abs(marginal - 1 / sequence.n_states).max()
    assert distance < 1e-5 if sequence.uniform_first_site else distance > 1e-2


@pytest.mark.parametrize("order", ORDERS)
def test_sites_are_read_in_order(sequence, order):
    size = sequence.lattice_size
    configurations = random_configurations(20, size, sequence.n_states, seed=1)
    sequences = replace(sequence, order=order).sequences(configurations)
    _, columns = lattice_shape(size)
    for place, site in enumerate(unwrap_order(order, size)):
        spins = configurations[:, site // columns, site % columns]
        np.testing.assert_array_equal(sequences[:, place], np.maximum(spins, 0))


def test_energies_are_temperatures_times_logarithms(sequence):
    one = random_configurations(30, sequence.lattice_size, sequence.n_states, seed=2)
    np.testing.assert_allclose(sequence.energy(one), -2.0 * sequence.log_probability(one))


def test_probabilities_are_those_of_the_keras_network(sequence):
    configurations = random_configurations(130, sequence.lattice_size, sequence.n_states, seed=3)
    states = sequence.sequences(configurations)
    outputs = sequence.network.predict_on_batch(states)
    logs = np.array(log_conditionals(outputs, states, sequence.output))
    if sequence.uniform_first_site:
        logs[:, 0] = -np.log(sequence.n_states)
    np.testing.assert_allclose(sequence.log_probability(configurations), logs.sum(1), atol=1e-5)


def test_independent_spins_exactly(sequence_energy):
    model = sequence_energy(order="snake", temperature=1.5)
    for variable in model.network.trainable_variables:
        variable.assign(np.zeros(variable.shape))
    bias = np.random.default_rng(3).normal(size=9)
    skip = model.network.get_layer("skip")
    skip.set_weights([np.zeros(skip.kernel.shape), bias[:, None]])
    field = np.empty(9)
    field[unwrap_order("snake", 3)] = bias
    spins = random_configurations(100, 3, 2, seed=4)
    exact = 1.5 * np.log1p(np.exp(-spins.reshape(100, 9) * field)).sum(axis=1)
    np.testing.assert_allclose(model.energy(spins), exact, rtol=1e-5)


def test_linear_outputs_as_the_authors_took_them(sequence_energy):
    model = sequence_energy(size=2, scale=1.0, output="linear", uniform_first_site=True)
    spins = every_configuration(2, 2)
    outputs = np.asarray(model.network(model.sequences(spins)))[..., 0]
    probabilities = abs(outputs + spins.reshape(-1, 4)) / 2
    probabilities[:, 0] = 0.5
    exact = -2.0 * np.log(probabilities).sum(axis=1)
    np.testing.assert_allclose(model.energy(spins), exact, rtol=1e-4, atol=1e-4)


def test_another_size_or_alphabet_is_refused(sequence_energy):
    model = sequence_energy(size=2)
    with pytest.raises(InputError, match="lattice size: found 3, expected 2, the only size"):
        model.energy(random_configurations(1, 3, 2, seed=1))
    with pytest.raises(InputError, match=r"configurations: found values 2, expected .1 and -1"):
        model.energy(np.full((1, 2, 2), 2, np.int8))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"temperature": 0.0}, "temperature: found 0.0, expected one positive number"),
        ({"order": "zigzag"}, "order: found 'zigzag', expected one of"),
        ({"output": "softmax"}, "output: found 'softmax', expected logits or linear"),
        ({"lattice_size": 4}, r"found outputs of shape \(None, 9, 1\), expected \(None, 16, 1\)"),
        ({"n_states": 3}, r"found outputs of shape \(None, 9, 1\), expected \(None, 9, 3\)"),
    ],
)
def test_a_model_that_does_not_fit_its_network_is_refused(fields, message):
    with pytest.raises(InputError, match=message):
        SequenceEnergy(build_gru(9, units=2), **{"temperature": 1.0, "lattice_size": 3, **fields})


def test_tiles_that_do_not_fit_their_network_are_refused():
    with pytest.raises(InputError, match=r"found inputs of shape .*16\), expected .*9\)"):
        ExtensiveEnergy(build_ednn(focus=2, context=1), focus=1, context=1)


def test_the_table_is_the_network(extensive):
    width = extensive.focus + 2 * extensive.context
    states = np.indices((extensive.n_states,) * width**2, np.int8)[::-1]  # site 0 runs fastest
    patterns = states.reshape(width**2, -1).T[:, None]
    expected = extensive.network.predict(patterns, batch_size=8192, verbose=0)
    assert extensive.tabulable
    np.testing.assert_allclose(extensive.table, expected, rtol=1e-5, atol=2e-5)
    assert np.ptp(extensive.table) > 1


def test_an_energy_is_a_sum_over_tiles_by_network_or_table(extensive, monkeypatch):
    spins = random_configurations(20, 3 * extensive.focus, extensive.n_states, seed=5)
    expected = extensive.network.predict(extensive.tiles(spins), verbose=0)
    for largest in (0, extensive.table.size):
        monkeypatch.setattr("dcl.models.extensive_energy.QUICK_TABLE", largest)
        np.testing.assert_allclose(extensive.energy(spins, 7), expected, rtol=1e-5, atol=1e-4)


def test_a_translation_by_the_focus_changes_nothing(extensive):
    focus = extensive.focus
    spins = random_configurations(50, 4 * focus, extensive.n_states, seed=6)
    energies = extensive.energy(spins)
    for shift in ((focus, 0), (0, focus), (-focus, 2 * focus)):
        moved = np.roll(spins, shift, axis=(1, 2))
        np.testing.assert_allclose(extensive.energy(moved), energies, rtol=1e-5, atol=1e-4)
    if focus > 1:
        moved = np.roll(spins, 1, axis=1)
        assert abs(extensive.energy(moved) - energies).max() > 0.1


@pytest.mark.parametrize("copies", [2, 3])
def test_copies_of_a_lattice_have_the_sum_of_its_energy(extensive, copies):
    size = max(extensive.focus, 2)  # also lattices narrower than a tile
    spins = random_configurations(50, size, extensive.n_states, seed=7)
    energies = extensive.energy(np.tile(spins, (1, copies, copies)))
    np.testing.assert_allclose(energies, copies**2 * extensive.energy(spins), rtol=1e-5, atol=1e-4)


def test_any_lattice_that_the_focus_divides(extensive_energy):
    model = extensive_energy()
    assert model.lattice_size is None
    with pytest.raises(InputError, match="lattice size: found 5, expected a multiple"):
        model.energy(random_configurations(1, 5, 2, seed=1))
    with pytest.raises(InputError, match="configurations: found values 3"):
        model.energy(np.full((1, 4, 4), 3, np.int8))


@pytest.fixture(scope="module")
def saved(tmp_path_factory, sequence_energy, extensive_energy):
    """Folders of one model of each kind, with the models."""
    folder = tmp_path_factory.mktemp("models")
    models = {
        "sequence": sequence_energy(2, 3, 8, order="spiral", output="linear", temperature=3.5,
                                    uniform_first_site=True),
        "masked": sequence_energy(2, 3, 8, order="snake", architecture="masked"),
        "masked alone": sequence_energy(2, 3, 8, architecture="masked", network={"skip": False}),
        "transformer": sequence_energy(2, 3, 8, architecture="transformer"),
        "rectangle": sequence_energy((3, 2), 3, 8, order="spiral", boundaries="open"),
        "extensive": extensive_energy(1, 1, 3, 9, scalar_input=True),
    }  # fmt: skip
    for kind, model in models.items():
        model.save(folder / kind)
    return folder, models


@pytest.mark.parametrize(
    "kind", ["sequence", "masked", "masked alone", "transformer", "rectangle", "extensive"]
)
def test_a_saved_model_is_equal(saved, kind):
    folder, models = saved
    loaded = load_energy_model(folder / kind)
    assert replace(loaded, network=models[kind].network) == models[kind]
    spins = random_configurations(40, loaded.lattice_size or 2, 3, seed=8)
    np.testing.assert_array_equal(loaded.energy(spins), models[kind].energy(spins))
    assert sorted(path.name for path in (folder / kind).iterdir()) == [
        "model.json",
        "network.keras",
    ]


def test_the_card_of_a_rectangle(saved):
    card = json.loads((saved[0] / "rectangle" / "model.json").read_text())
    assert (card["lattice_size"], card["boundaries"]) == ([3, 2], "open")
    assert card["conventions"]["configurations"].endswith("0 to 2, open boundaries")
    card = json.loads((saved[0] / "sequence" / "model.json").read_text())
    assert (card["lattice_size"], "boundaries" in card) == (2, False)
    assert card["conventions"]["configurations"].endswith("0 to 2, periodic boundaries")


@pytest.fixture
def copy(saved, tmp_path):
    """A copy of the sequence model's folder, to be damaged."""
    shutil.copytree(saved[0] / "sequence", tmp_path / "model")
    return tmp_path / "model"


def change_card(folder, **fields):
    """Change a card and sign it again."""
    card = json.loads((folder / "model.json").read_text()) | fields
    del card["card_sha256"]
    card = {name: value for name, value in card.items() if value is not None}
    text = json.dumps(card, sort_keys=True, separators=(",", ":"))
    card["card_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "model.json").write_text(json.dumps(card))


def test_a_tampered_network_is_refused(copy, saved):
    weights = copy / "network.keras"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    found, expected = file_hash(weights), file_hash(saved[0] / "sequence" / "network.keras")
    with pytest.raises(InputError, match=f"^{weights}: found SHA-256 {found}, expected {expected}"):
        load_energy_model(copy)


@pytest.mark.parametrize("length", [0, 100, -100])
def test_a_truncated_network_is_refused(copy, length):
    weights = copy / "network.keras"
    weights.write_bytes(weights.read_bytes()[:length])
    with pytest.raises(InputError, match=f"^{weights}: found SHA-256 {file_hash(weights)}"):
        load_energy_model(copy)


def test_a_tampered_card_is_refused(copy):
    card = copy / "model.json"
    expected = json.loads(card.read_text())["card_sha256"]
    card.write_text(card.read_text().replace('"temperature": 3.5', '"temperature": 7.0'))
    with pytest.raises(InputError, match=rf"^{card}: found SHA-256 [0-9a-f]+, expected {expected}"):
        load_energy_model(copy)


def test_cards_of_the_first_version_are_read(copy, saved):
    card = json.loads((copy / "model.json").read_text())
    for name in ("card_sha256", "conventions"):
        del card[name]
    (copy / "model.json").write_text(json.dumps(card))
    assert load_energy_model(copy).order == saved[1]["sequence"].order


def test_a_damaged_network_with_the_right_hash_is_refused(copy):
    weights = copy / "network.keras"
    weights.write_bytes(weights.read_bytes()[:-100])
    change_card(copy, network_sha256=file_hash(weights))
    with pytest.raises(InputError, match=f"{weights}: found no readable description"):
        load_energy_model(copy)


def test_a_network_with_weights_that_are_no_numbers_is_refused(copy):
    network = load_energy_model(copy).network
    network.set_weights([np.full_like(weight, np.nan) for weight in network.get_weights()])
    network.save(copy / "network.keras")
    change_card(copy, network_sha256=file_hash(copy / "network.keras"))
    with pytest.raises(InputError, match="weights that are no finite numbers"):
        load_energy_model(copy)


def double(x):
    return 2 * x


FOREIGN = {
    "a lambda": lambda x: keras.layers.Lambda(lambda y: y + 1)(x),
    "a function": lambda x: keras.layers.Lambda(double)(x),
    "a hidden lambda": lambda x: keras.layers.TimeDistributed(keras.layers.Lambda(double))(
        keras.layers.Reshape((9, 1))(x)
    ),
    "another layer": lambda x: keras.layers.Flatten()(x),
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_network_with_code_in_it_is_refused(copy, make):
    inputs = keras.Input((9,))
    keras.Model(inputs, make(inputs)).save(copy / "network.keras")
    change_card(copy, network_sha256=file_hash(copy / "network.keras"))
    match = "network.keras: found (Lambda|TimeDistributed|Flatten|__lambda__|function) in the"
    with pytest.raises(InputError, match=match):
        load_energy_model(copy)


def test_a_call_hidden_in_a_description_is_refused(copy):
    """A class name that Keras would look up by its module."""
    weights = copy / "network.keras"
    with zipfile.ZipFile(weights) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(content["config.json"])
    config["config"]["layers"][0]["config"]["hook"] = {
        "module": "keras.utils", "class_name": "get_file", "config": {"origin": "nowhere"},
    }  # fmt: skip
    content["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(weights, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    change_card(copy, network_sha256=file_hash(weights))
    with pytest.raises(InputError, match=r"network\.keras: found get_file in the network"):
        load_energy_model(copy)


@pytest.mark.parametrize("name", ["model.json", "network.keras"])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(InputError, match=f"{copy / name}: found no such file"):
        load_energy_model(copy)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere: found no such folder, expected a model folder"):
        load_energy_model(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "quantum"),
        ("kind", None),
        ("kind", ["sequence"]),
        ("kind", "extensive"),
        ("network_sha256", None),
        ("temperature", None),
        ("temperature", -1),
        ("temperature", "hot"),
        ("lattice_size", 8),
        ("lattice_size", "two"),
        ("lattice_size", [2]),
        ("lattice_size", [2, 3]),
        ("lattice_size", [-2, -2]),
        ("lattice_size", [2.0, 2.0]),
        ("boundaries", "free"),
        ("n_states", 2),
        ("order", "zigzag"),
        ("output", "softmax"),
        ("colour", "red"),
    ],
)
def test_a_wrong_card_is_refused(copy, field, value):
    change_card(copy, **{field: value})
    with pytest.raises(InputError, match=f"^{copy}.*: found") as caught:
        load_energy_model(copy)
    assert "\n" not in str(caught.value)
