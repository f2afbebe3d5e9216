"""Teachers whose energies are known exactly: every site alone, in a field or with a colour."""

from dataclasses import replace

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.geometry import tile_sites
from dcl.lattice.hamiltonians import Potts
from dcl.learning.distillation import distill
from dcl.learning.labelling import label, patterned_configurations
from dcl.learning.settings import CouplingsSettings, ExtensiveSettings, ednn_settings

FIELD = 1.0
SHARES = np.array([0.15, 0.6, 0.25])
SMALL = {"focus": 2, "context": 0, "hidden": (8,), "drawn": 1000, "uniform": 1000, "patterned": 0,
         "passes": 40, "batch_size": 128, "learning_rate": 0.03}  # fmt: skip


def set_probabilities(model, bias):
    """Make every site of a sequence model independent, with these outputs."""
    for variable in model.network.trainable_variables:
        variable.assign(np.zeros(variable.shape))
    skip = model.network.get_layer("skip")
    skip.set_weights([np.zeros(skip.kernel.shape), np.tile(bias, (skip.kernel.shape[0], 1))])
    return model


@pytest.fixture(scope="module")
def spins(sequence_energy):
    return set_probabilities(sequence_energy(4, 2, temperature=1.5), [FIELD])


@pytest.fixture(scope="module")
def colours(sequence_energy):
    return set_probabilities(sequence_energy(4, 3, temperature=1.5), np.log(SHARES))


def spin_energy(configurations):
    sites = 1.5 * np.log1p(np.exp(-FIELD * configurations))
    return sites.sum(axis=(1, 2))


@pytest.fixture(scope="module")
def taught(spins, tmp_path_factory):
    """(model, history, checkpoint)."""
    checkpoint = tmp_path_factory.mktemp("ednn") / "ednn.npz"
    return *distill(spins, ExtensiveSettings(**SMALL), checkpoint=checkpoint), checkpoint


def test_the_teacher_is_exact(spins, colours):
    states = random_configurations(100, 4, 2, seed=1)
    np.testing.assert_allclose(spins.energy(states), spin_energy(states), rtol=1e-5)
    states = random_configurations(100, 4, 3, seed=1)
    exact = -1.5 * np.log(SHARES)[states].sum(axis=(1, 2))
    np.testing.assert_allclose(colours.energy(states), exact, rtol=1e-5)


@pytest.mark.parametrize("size", [2, 4, 8, 16])
def test_energies_of_every_size(taught, size):
    # the energy is linear in the spins, so a rectifier network can be exact: what is left is the
    # optimiser's, here below 2% of the spread of the energies, on lattices never shown too
    states = random_configurations(500, size, 2, seed=2)
    exact = spin_energy(states)
    errors = taught[0].energy(states) - exact
    assert np.sqrt(np.mean(errors**2)) < 0.02 * exact.std()


def test_energies_of_rare_configurations(taught):
    states = np.array([np.ones((4, 4)), -np.ones((4, 4))], np.int8)
    np.testing.assert_allclose(taught[0].energy(states), spin_energy(states), rtol=0.02)


def test_the_loss_is_relative_to_the_variance(taught, spins):
    model, history, _ = taught
    assert {len(values) for values in history.values()} == {20}
    assert history["loss"][-1] < 5e-4
    states = random_configurations(2000, 4, 2, seed=3)
    assert model.energy(states).std() == pytest.approx(spin_energy(states).std(), rel=0.01)


def test_a_distillation_goes_on_where_it_stopped(taught, spins):
    model, history, checkpoint = taught
    again, its_history = distill(spins, ExtensiveSettings(**SMALL), checkpoint=checkpoint)
    for one, two in zip(again.network.get_weights(), model.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert its_history == history


def test_colours_as_a_number(colours):
    settings = ExtensiveSettings(
        focus=1, context=0, hidden=(16,), scalar_input=True, drawn=0, uniform=1000, patterned=0,
        passes=20, batch_size=64, learning_rate=0.03,
    )  # fmt: skip
    model, _ = distill(colours, settings)
    exact = -1.5 * np.log(SHARES)
    np.testing.assert_allclose(model.table, exact, atol=0.05 * np.ptp(exact))


def test_what_is_shown_is_what_was_asked_for(spins, monkeypatch):
    # drawn spins point along the field, uniform ones do not; 5 standard errors: once in 10^6 seeds
    shown = []

    def stop(_network, arrays, *_args, **_options):
        shown.append(arrays)
        raise InterruptedError

    monkeypatch.setattr("dcl.learning.distillation.train", stop)
    for drawn, uniform, up in ((3000, 0, 1 / (1 + np.exp(-FIELD))), (0, 2000, 0.5)):
        with pytest.raises(InterruptedError):
            distill(spins, ExtensiveSettings(context=1, drawn=drawn, uniform=uniform, patterned=0))
        tiles, labels = shown[-1]
        assert tiles.shape == (drawn + uniform, 4, 16)
        assert tiles.mean() == pytest.approx(up, abs=5 * 0.5 / np.sqrt(16 * len(tiles)))
        states = np.empty((len(tiles), 16))
        states[:, tile_sites(4, 2, 1)[0]] = tiles[:, 0]
        exact = spin_energy(2 * states.reshape(-1, 4, 4) - 1)
        np.testing.assert_allclose(labels, (exact - exact.mean()) / exact.std(), atol=1e-3)


def test_mistakes_are_named(spins):
    with pytest.raises(InputError, match="lattice size: found 4, expected a multiple"):
        distill(spins, ExtensiveSettings(focus=3))
    with pytest.raises(InputError, match="patterned: found 0, expected 1 or more"):
        ExtensiveSettings(drawn=0, patterned=0)
    with pytest.raises(
        InputError, match="ednn: found 'large', expected one of default, terms, paper"
    ):
        ednn_settings("large")


def test_the_papers_settings():
    # REFERENCE: row "EDNN f = 2, c = 1, 32 and 64 units"
    settings = ednn_settings("paper")
    assert (settings.focus, settings.context, settings.hidden) == (2, 1, (32, 64))
    assert settings.scalar_input
    assert (settings.drawn, settings.uniform, settings.passes) == (0, 1_920_000, 60)
    assert (settings.patterned, settings.images) == (0, 1)
    schedule = settings.schedule
    assert schedule.examples_seen == 60 * 1_920_000
    assert (schedule.batch_size, schedule.learning_rate, schedule.decay) == (4000, 1e-3, "constant")
    assert ednn_settings("default", passes=3).passes == 3


def test_a_rectangle_teaches(sequence_energy):
    """The energy is linear in the spins: both kinds of network are exact up to their fits."""
    teacher = set_probabilities(sequence_energy((4, 6), 2, temperature=1.5), [FIELD])
    data = {"shape": [10**6, 4, 6]}
    teacher = replace(teacher, origin={"data": data})
    states = random_configurations(300, (6, 2), 2, seed=2)
    exact = spin_energy(states)
    few = {**SMALL, "passes": 8, "symmetries": ("translations",), "images": 1}
    for chosen, least in ((ExtensiveSettings(**few), 0.1), (CouplingsSettings(drawn=500), 1e-3)):
        model, _ = distill(teacher, chosen)
        errors = model.energy(states) - exact
        assert np.std(errors) < least * exact.std()
        assert model.origin["data"] == data


@pytest.mark.parametrize("settings", [ExtensiveSettings(**SMALL), CouplingsSettings()])
def test_an_open_lattice_does_not_teach(sequence_energy, settings):
    with pytest.raises(InputError, match="boundaries: found open, expected periodic"):
        distill(sequence_energy(4, boundaries="open"), settings)


def test_labels_are_means_over_images(sequence_energy):
    """Against the mean over all 16 translations: 400 random images, within 5 standard errors."""
    teacher = set_probabilities(sequence_energy(4, 2, temperature=1.5), [FIELD])
    skip = teacher.network.get_layer("skip")
    biases = np.random.default_rng(1).standard_normal((16, 1))
    skip.set_weights([np.zeros(skip.kernel.shape), biases])
    spins = random_configurations(50, 4, 2, seed=2)
    images = [np.roll(spins, (i, j), (1, 2)) for i in range(4) for j in range(4)]
    energies = np.array([teacher.energy(image) for image in images])
    settings = ExtensiveSettings(symmetries=("translations",), images=400)
    labels = label(teacher, spins, settings, seed=3)
    errors = energies.std(axis=0) / 20
    assert (np.abs(labels - energies.mean(axis=0)) < 5 * errors + 1e-4).all()
    alone = label(teacher, spins, ExtensiveSettings(images=1), seed=3)
    np.testing.assert_array_equal(alone, teacher.energy(spins))


def test_labels_are_means_over_translations_by_the_focus(sequence_energy):
    """Against the mean over the four translations by 2: 400 random ones, within 5 errors."""
    teacher = sequence_energy(4, 3, temperature=1.5)
    colours = random_configurations(50, 4, 3, seed=2)
    images = [np.roll(colours, (i, j), (1, 2)) for i in (0, 2) for j in (0, 2)]
    energies = np.array([teacher.energy(image) for image in images])
    labels = label(teacher, colours, ExtensiveSettings(images=400), seed=3)
    errors = energies.std(axis=0) / 20
    assert (np.abs(labels - energies.mean(axis=0)) < 5 * errors + 1e-4).all()
    assert errors.min() > 0


def test_a_quarter_of_the_patterned_spins_follows_each_pattern():
    """With a share u of [0, 0.5] that follows: mean square overlap E[u^2] / 4 + (1 - E[u^2]) / 64.

    Five standard errors, the spread of a squared overlap being below 0.07.
    """
    spins = patterned_configurations(20_000, 8, 2, seed=1)
    row, column = np.indices((8, 8))
    for pattern in (0 * row, row + column, row, column):
        overlaps = (spins * (1 - 2 * (pattern % 2))).mean(axis=(1, 2))
        expected = 1 / 12 / 4 + (1 - 1 / 12) / 64
        assert (overlaps**2).mean() == pytest.approx(expected, abs=5 * 0.07 / 20_000**0.5)


def test_patterned_colours_agree_with_their_neighbours_as_often_as_the_patterns_say():
    """With a share u of [0, 0.85] that follows, beyond chance and in units of u^2.

    Neighbours in a row both follow with probability u^2. They are then alike in a uniform lattice
    and in a row of one colour, one time in two in a row of two, and never between sublattices.
    Rows have one colour in three of four striped lattices' rows. Five standard errors, the spread
    of a lattice's share of equal neighbours being below 0.3.
    """
    colours = patterned_configurations(20_000, 8, 3, seed=1)
    rows_of_stripes = 3 / 4 * (1 - 1 / 3) + 1 / 4 * (1 / 2 - 1 / 3)
    beyond = ((1 - 1 / 3) + rows_of_stripes - 2 * 1 / 3) / 4
    alike = (colours == np.roll(colours, 1, 2)).mean()
    expected = 1 / 3 + beyond * 0.85**2 / 3
    assert alike == pytest.approx(expected, abs=5 * 0.3 / 20_000**0.5)
    assert beyond * (0.85**2 - 0.5**2) / 3 > 5 * 0.3 / 20_000**0.5  # a share of spins would fail


def test_patterned_colours_reach_the_lowest_and_the_highest_energy():
    colours = patterned_configurations(20_000, 2, 3, seed=1)
    energies = Potts(3).energy(colours)
    assert (energies.min(), energies.max()) == (-8, 4)
    # no colour is preferred: 5 standard errors of sites that are all alike
    shares = np.bincount(colours.ravel()) / colours.size
    np.testing.assert_allclose(shares, 1 / 3, atol=5 * 0.5 / 20_000**0.5)
