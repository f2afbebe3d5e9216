"""Fits to exact samples of lattices small enough to enumerate.

The maximum-likelihood fit of a model with p parameters to N samples of a distribution that the
model contains has 2 N KL distributed as chi-square with p degrees of freedom (Wilks).
"""

from dataclasses import replace

import keras
import numpy as np
import pytest
from scipy.stats import chi2

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.objective import held_out_likelihood
from dcl.learning.sequence import _images, fit_sequence
from dcl.learning.settings import SequenceSettings, sequence_settings
from dcl.models.energy import SequenceEnergy, load_energy_model
from dcl.models.networks.delay_line import core_units, read_free_units
from lattices import all_spins, ising_energy

EVERY = np.indices((2,) * 9, np.int8).reshape(9, -1).T.reshape(-1, 3, 3) * 2 - 1
COLOURS = np.indices((3,) * 4, np.int8).reshape(4, -1).T.reshape(-1, 2, 2)
TINY = SequenceSettings(
    units=4, skip_seen=1_200_000, configurations_seen=20_000, early_stopping=False
)


def boltzmann(energies, temperature):
    weights = np.exp(-energies / temperature)
    return weights / weights.sum()


def draw(every, probabilities, temperature, n_states=2, count=40_000):
    chosen = np.random.default_rng(1).choice(len(every), count, p=probabilities)
    return Snapshots(every[chosen], temperature, n_states)


def divergence(model, every, probabilities):
    """Exact KL divergence from the true distribution, in nats."""
    return np.sum(probabilities * (np.log(probabilities) - model.log_probability(every)))


@pytest.fixture(scope="module")
def glass(tmp_path_factory):
    """Spins in random fields, each coupled to the first: a distribution that the skip contains."""
    generator = np.random.default_rng(2)
    spins = EVERY.reshape(-1, 9).astype(float)
    fields, couplings = generator.normal(scale=0.5, size=9), generator.normal(scale=0.5, size=8)
    fields[0] = 1.5
    energies = -spins @ fields - spins[:, 0] * (spins[:, 1:] @ couplings)
    probabilities = boltzmann(energies, 2.0)
    snapshots = draw(EVERY, probabilities, 2.0)
    checkpoint = tmp_path_factory.mktemp("fit") / "fit.npz"
    options = {"fresh": EVERY, "fresh_log_probability": np.log(probabilities)}
    model, history = fit_sequence(snapshots, TINY, checkpoint=checkpoint, **options)
    return model, history, energies, probabilities, snapshots, checkpoint, options


def test_the_divergence_is_as_small_as_theory_allows(glass):
    # the bound counts all weights, skip and GRU; false alarm once in 10,000 seeds
    model, _, _, probabilities, snapshots, _, _ = glass
    bound = chi2.isf(1e-4, model.network.count_params()) / (2 * len(snapshots.configurations))
    assert 0 < divergence(model, EVERY, probabilities) < bound < 0.0033
    uniform = np.sum(probabilities * np.log(probabilities * 512))
    assert uniform > 100 * bound


def test_the_energies_are_the_true_ones_up_to_a_constant(glass):
    # in distribution the rms error is about T sqrt(2 KL), and the KL is below 0.0033
    model, _, energies, probabilities, _, _, _ = glass
    errors = model.energy(EVERY) - energies
    errors -= np.sum(probabilities * errors)
    assert np.sqrt(np.sum(probabilities * errors**2)) < 2 * np.sqrt(2 * 0.0033)
    assert model.temperature == 2.0
    assert model.lattice_size == 3


def test_the_history_joins_both_stages(glass):
    _, history, _, _, _, _, _ = glass
    assert {len(values) for values in history.values()} == {40}
    assert set(history) == {"examples_seen", "loss", "fresh_nll", "kl"}
    assert (np.diff(history["examples_seen"]) > 0).all()
    assert history["examples_seen"][-1] == pytest.approx(1_220_000, rel=0.05)
    assert history["loss"][-1] < history["loss"][0] < 9 * np.log(2) + 0.1


def test_a_fit_goes_on_where_it_stopped(glass):
    # both stages are finished: the same weights, without any training
    model, history, _, _, snapshots, checkpoint, options = glass
    again, its_history = fit_sequence(snapshots, TINY, checkpoint=checkpoint, **options)
    for one, two in zip(again.network.get_weights(), model.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert its_history == history


def test_divergence_by_enumeration(sequence_energy):
    # every state once is an exact sample of the uniform distribution
    model = sequence_energy(seed=1)
    exact = np.full(512, -9 * np.log(2))
    result = held_out_likelihood(model, EVERY, exact)
    kl = np.mean(exact - model.log_probability(EVERY))
    assert kl > 0.1
    assert result["kl"] == pytest.approx(kl, rel=1e-4)
    assert result["held_out_nll"] == pytest.approx(-model.log_probability(EVERY).mean())
    assert held_out_likelihood(model, EVERY[:0]) == {}
    assert set(held_out_likelihood(model, EVERY)) == {"held_out_nll"}


def test_the_last_tenth_is_held_out_and_any_order_is_learnt():
    # Ising, which a linear skip does not contain: most of the divergence goes all the same
    probabilities = boltzmann(Ising().energy(EVERY), 3.0)
    snapshots = draw(EVERY, probabilities, 3.0)
    settings = SequenceSettings(4, order="spiral", skip_seen=800_000, configurations_seen=10_000)
    model, history = fit_sequence(snapshots, settings)
    uniform = np.sum(probabilities * np.log(probabilities * 512))
    kl = divergence(model, EVERY, probabilities)
    assert kl < 0.01 * uniform
    # the held-out mean has the error of 4,000 samples: 5 of them
    spread = np.sqrt(np.sum(probabilities * np.log(probabilities) ** 2) / 4000)
    entropy = -np.sum(probabilities * np.log(probabilities))
    assert abs(history["held_out_nll"][-1] - entropy - kl) < 5 * spread


SMALL = {"units": 8, "batch_size": 250, "learning_rate": 0.01}


@pytest.mark.parametrize("network", ["masked", pytest.param("transformer", marks=pytest.mark.slow)])
def test_other_architectures_learn_ising(network):
    # the bound is that of as many parameters: a false alarm at most once in 10,000 seeds
    probabilities = boltzmann(Ising().energy(EVERY), 3.0)
    snapshots = draw(EVERY, probabilities, 3.0)
    settings = sequence_settings(network, configurations_seen=200_000, skip_seen=0, **SMALL)
    model, history = fit_sequence(snapshots, settings)
    bound = chi2.isf(1e-4, model.network.count_params()) / (2 * 36_000)
    assert 0 < divergence(model, EVERY, probabilities) < bound
    assert model.network.name == network
    assert len(history["loss"]) == 20


@pytest.mark.parametrize("n_states", [2, 3])
def test_a_gru_that_starts_from_a_delay_line_learns(tmp_path, n_states):
    # the bound is that of as many parameters: a false alarm at most once in 10,000 seeds
    every = EVERY if n_states == 2 else COLOURS
    pairs = Ising().energy(EVERY) if n_states == 2 else COLOURS[:, 0, 0] * COLOURS[:, 1, 1]
    probabilities = boltzmann(pairs, 3.0)
    snapshots = draw(every, probabilities, 3.0, n_states)
    changes = {**SMALL, "units": core_units(every[0].size, n_states) + 16}
    settings = sequence_settings("gru-delay-line", n_states, configurations_seen=400_000, **changes)
    path = tmp_path / "fit.npz"
    model, history = fit_sequence(snapshots, settings, checkpoint=path)
    assert isinstance(model.network.get_layer("gru_0"), keras.layers.GRU)
    trained = sum(w.size for w in read_free_units(model.network))
    bound = chi2.isf(1e-4, trained) / (2 * 36_000)
    uniform = np.sum(probabilities * np.log(probabilities * len(every)))
    assert 0 < divergence(model, every, probabilities) < bound < 0.1 * uniform
    assert model.origin["metrics"]["held_out_nll"] == pytest.approx(
        -model.log_probability(snapshots.configurations[36_000:]).mean(), abs=1e-4
    )
    again, its_history = fit_sequence(snapshots, settings, checkpoint=path)
    assert its_history == history
    for one, two in zip(again.network.get_weights(), model.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_delay_line_needs_its_units():
    settings = sequence_settings("gru-delay-line", units=18)
    with pytest.raises(InputError, match="units: found 18, expected more than 18"):
        fit_sequence(Snapshots(EVERY, 3.0), settings)


@pytest.mark.parametrize("network", ["gru", "masked"])
def test_a_skip_alone_is_as_likely_as_the_network_that_holds_it(network):
    spins = random_configurations(2000, 4, 2, seed=5)
    settings = sequence_settings(
        network, units=4, skip_seen=20_000, configurations_seen=0, early_stopping=False
    )
    model, history = fit_sequence(Snapshots(spins, 4.0), settings, fresh=spins[:200])
    whole = -model.log_probability(spins[:200]).mean()
    assert history["fresh_nll"][-1] == pytest.approx(whole, rel=1e-5)
    assert history["fresh_nll"][-1] < 16 * np.log(2) - 0.01


def test_fresh_configurations_steer_nothing():
    snapshots = Snapshots(EVERY, 3.0)
    settings = SequenceSettings(4, skip_seen=2000, configurations_seen=2000)
    alone, _ = fit_sequence(snapshots, settings)
    judged, history = fit_sequence(snapshots, settings, fresh=EVERY[:9])
    assert {"held_out_nll", "fresh_nll"} <= set(history)
    for one, two in zip(alone.network.get_weights(), judged.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(("network", "imposed"), [("gru", ()), ("masked", ALL_SYMMETRIES)])
def test_a_rectangle_is_learnt(network, imposed):
    # the bound is that of as many parameters: a false alarm at most once in 10,000 seeds
    every = all_spins(2, 4)
    probabilities = boltzmann(ising_energy(every), 4.0)
    snapshots = draw(every, probabilities, 4.0)
    changes = {**SMALL, "configurations_seen": 100_000, "symmetries": imposed, "order": "snake"}
    model, _ = fit_sequence(snapshots, sequence_settings(network, skip_seen=0, **changes))
    bound = chi2.isf(1e-4, model.network.count_params()) / (2 * 36_000)
    assert 0 < divergence(model, every, probabilities) < bound
    assert np.sum(probabilities * np.log(probabilities * 256)) > 50 * bound
    assert model.lattice_size == (2, 4)


def test_an_open_lattice_has_no_translations():
    snapshots = Snapshots(EVERY, 3.0)
    tiny = SequenceSettings(4, skip_seen=0, configurations_seen=512, symmetries=ALL_SYMMETRIES)
    with pytest.raises(InputError, match="symmetries: found translations, expected none with open"):
        fit_sequence(snapshots, tiny, boundaries="open")
    settings = replace(tiny, symmetries=("point-group", "states"))
    assert fit_sequence(snapshots, settings, boundaries="open")[0].boundaries == "open"
    assert fit_sequence(snapshots, settings)[0].boundaries == "periodic"


def test_imposed_symmetries_are_worth_data():
    probabilities = boltzmann(Ising().energy(EVERY), 3.0)
    snapshots = draw(EVERY, probabilities, 3.0, count=500)
    found = []
    for symmetries in ((), ALL_SYMMETRIES):
        settings = sequence_settings(
            "masked", configurations_seen=200_000, skip_seen=0, symmetries=symmetries, **SMALL
        )
        model, _ = fit_sequence(snapshots, settings)
        found.append(divergence(model, EVERY, probabilities))
    assert 0 < found[1] < 0.1 * found[0]


def test_a_batch_is_shown_under_symmetries_that_its_number_decides(sequence_energy):
    model = sequence_energy(size=3, order="spiral")
    settings = SequenceSettings(order="spiral", symmetries=ALL_SYMMETRIES)
    shown, again, other = (_images(model, settings, seed, labelled=True) for seed in (1, 1, 2))
    sequences = model.sequences(EVERY[:100])
    images, labels = shown(3, (sequences,))
    np.testing.assert_array_equal(images, labels[..., 0])
    np.testing.assert_array_equal(images, again(3, (sequences,))[0])
    assert (images != shown(4, (sequences,))[0]).any()
    assert (images != other(3, (sequences,))[0]).any()
    energies = Ising().energy(EVERY)
    by_sequence = dict(zip(map(bytes, model.sequences(EVERY)), energies, strict=True))
    np.testing.assert_array_equal([by_sequence[bytes(image)] for image in images], energies[:100])
    plain = _images(model, SequenceSettings(), 1, labelled=False)
    np.testing.assert_array_equal(plain(3, (sequences,)), (sequences,))


@pytest.mark.parametrize("architecture", ["gru", "masked"], ids=["compiled", "keras"])
def test_a_killed_fit_sees_the_same_images_again(tmp_path, monkeypatch, architecture):
    snapshots = draw(EVERY, np.full(512, 1 / 512), 3.0, count=1000)
    settings = sequence_settings(
        architecture,
        configurations_seen=20_000,
        skip_seen=100_000,
        symmetries=ALL_SYMMETRIES,
        **SMALL,
    )
    whole, whole_history = fit_sequence(snapshots, settings)
    measure, calls = SequenceEnergy.log_probability, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) in (8, 28):
            raise KeyboardInterrupt
        return measure(*arguments)

    monkeypatch.setattr(SequenceEnergy, "log_probability", killed)
    for _ in range(2):  # once in each stage
        with pytest.raises(KeyboardInterrupt):
            fit_sequence(snapshots, settings, checkpoint=tmp_path / "fit.npz")
    resumed, history = fit_sequence(snapshots, settings, checkpoint=tmp_path / "fit.npz")
    for one, two in zip(resumed.network.get_weights(), whole.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert history == whole_history
    assert len(calls) == 20 + 20 + 2 + 3  # the killed segments; each stage's start, and the end


def test_the_authors_regression_learns_probabilities():
    # independent colours, so that every output should be the colour's probability: the mean over
    # 40,000 snapshots is within 5 standard errors of it; half a percent more for the optimiser
    shares = np.array([0.2, 0.3, 0.5])
    probabilities = shares[COLOURS.reshape(-1, 4)].prod(axis=1)
    snapshots = draw(COLOURS, probabilities, 1.0, n_states=3)
    settings = sequence_settings(
        "gru-paper", 3, units=2, dropout=0.0, configurations_seen=200_000, batch_size=500,
        decay="cosine", learning_rate=0.05,
    )  # fmt: skip
    model, _ = fit_sequence(snapshots, settings)
    exact = np.log(shares)[COLOURS.reshape(-1, 4)]
    exact[:, 0] = np.log(1 / 3)
    errors = model.energy(COLOURS) + exact.sum(axis=1)
    assert abs(errors).max() < 3 * (5 * np.sqrt(0.8 / 0.2 / 40_000) + 0.005)


def test_the_papers_settings():
    # REFERENCE: rows "378-512 units", "loss", "P(s1)", "dropout", "8e5 configurations per spin"
    for n_states, units, batch, rate in ((2, 378, 8000, 5e-4), (3, 512, 4000, 2.5e-4)):
        settings = sequence_settings("gru-paper", n_states)
        assert (settings.units, settings.layers, settings.skip) == (units, 1, False)
        assert settings.dropout == pytest.approx(1 - 0.9)
        assert settings.loss == "mean-squared-error"
        assert settings.uniform_first_site
        schedule = settings.schedule
        assert schedule.examples_seen == 30 * 800_000 * 64
        assert (schedule.batch_size, schedule.learning_rate) == (batch, rate)
        assert (schedule.decay, schedule.clip_norm) == ("constant", 0)


def test_changes_and_an_unknown_network():
    assert sequence_settings("gru", units=8).units == 8
    with pytest.raises(InputError, match="network: found 'lstm', expected one of gru, gru-paper"):
        sequence_settings("lstm")


@pytest.mark.parametrize(
    ("network", "changes", "found"),
    [
        ("masked", {"dropout": 0.1}, "dropout: found 0.1, expected 0.0"),
        ("masked", {"layers": 2}, "layers: found 2, expected 1"),
        ("transformer", {"dropout": 0.1}, "dropout: found 0.1, expected 0.0"),
        ("transformer", {"loss": "mean-squared-error"}, "loss: found 'mean-squared-error', exp"),
        ("masked", {"uniform_first_site": True}, "uniform_first_site: found True, expected False"),
        ("gru", {"symmetries": ("rotations",)}, "symmetries: found 'rotations', expected some of"),
        ("gru", {"symmetries": ("states", "states")}, "symmetries: found 'states, states'"),
        ("gru-delay-line", {"skip": True}, "skip: found True, expected False for the start"),
        ("gru-delay-line", {"layers": 2}, "layers: found 2, expected 1"),
        ("masked", {"start": "delay-line"}, "start: found 'delay-line', expected 'standard'"),
        ("gru-sparse", {"symmetries": ALL_SYMMETRIES}, "gru-sparse: skip_significance: found"),
    ],
)
def test_settings_that_an_architecture_does_not_have_are_refused(network, changes, found):
    with pytest.raises(InputError, match=found):
        sequence_settings(network, **changes)


def test_a_pruned_skip_keeps_its_inputs_through_training_and_on_disk(glass, tmp_path):
    _, _, _, probabilities, snapshots, _, options = glass
    settings = replace(TINY, skip_significance=4.5, configurations_seen=0)
    alone, history = fit_sequence(snapshots, settings, **options)
    assert {len(values) for values in history.values()} == {1}
    kernel, _ = alone.network.get_layer("skip").get_weights()
    weights = kernel[:, 0, :, 0]
    assert (weights[0, 1:] != 0).sum() >= 6  # of eight couplings, where two may be too weak
    assert not weights[1:].any()
    # 17 weights at most, and a GRU that adds nothing: false alarm once in 10,000 seeds
    bound = chi2.isf(1e-4, 17) / (2 * len(snapshots.configurations))
    assert divergence(alone, EVERY, probabilities) < bound + 4.5**2 / 2 * 2 / 40_000
    trained, history = fit_sequence(snapshots, replace(settings, configurations_seen=20_000))
    assert len(history["loss"]) == 21
    after = trained.network.get_layer("skip").get_weights()[0][:, 0, :, 0]
    assert np.array_equal(after != 0, weights != 0)
    assert not np.array_equal(after, weights)
    trained.save(tmp_path / "model")
    again = load_energy_model(tmp_path / "model")
    assert np.array_equal(again.log_probability(EVERY), trained.log_probability(EVERY))
    assert np.array_equal(
        again.network.get_layer("skip").mask, trained.network.get_layer("skip").mask
    )


@pytest.mark.parametrize(("count", "improves"), [(300, False), (30_000, True)])
def test_a_network_that_does_not_improve_on_the_skip_leaves_it_alone(count, improves):
    """Three spins of which the third is the product of the others: no linear skip knows it."""
    generator = np.random.default_rng(1)
    spins = generator.choice(np.array([-1, 1], np.int8), (count, 9))
    if improves:
        spins[:, 2] = spins[:, 0] * spins[:, 1]
    changes = {"units": 8, "learning_rate": 2e-2, "configurations_seen": 200_000}
    settings = sequence_settings("gru-sparse", **changes)
    model, history = fit_sequence(Snapshots(spins.reshape(-1, 3, 3), 2.0), settings)
    losses, kept = history["held_out_nll"], model.origin["metrics"]["held_out_nll"]
    assert kept == (losses[-1] if improves else losses[0])
    assert kept == pytest.approx((8 if improves else 9) * np.log(2), abs=0.1)
    assert improves == bool(model.network.get_layer("output").get_weights()[0].any())


@pytest.mark.parametrize("early_stopping", [False, True])
def test_noise_is_learnt_by_heart_unless_training_stops_early(early_stopping):
    """Independent spins have ln 2 each, and what a network finds in them is not there."""
    spins = random_configurations(200, 4, 2, seed=1)
    fresh = random_configurations(20, 4, 2, seed=2)
    settings = SequenceSettings(
        units=32, skip_seen=100_000, configurations_seen=100_000, learning_rate=1e-2,
        early_stopping=early_stopping,
    )  # fmt: skip
    model, history = fit_sequence(Snapshots(spins, 2.0), settings, fresh=fresh)
    assert history["fresh_nll"][-1] > 16 * np.log(2) + 1
    assert ("held_out_nll" in history) == early_stopping
    kept = model.origin["metrics"]["fresh_nll"]
    assert kept == -model.log_probability(fresh).mean()
    if early_stopping:  # decided by the last tenth, and worth a nat on what decided nothing
        assert -model.log_probability(spins[-20:]).mean() < 16 * np.log(2) + 0.2
        assert kept < history["fresh_nll"][-1] - 1
    else:
        assert kept == history["fresh_nll"][-1]


def test_without_held_out_snapshots_nothing_improves():
    few = Snapshots(EVERY[:8], 2.0)
    settings = sequence_settings("gru-sparse", units=2, configurations_seen=100)
    model, _ = fit_sequence(few, settings)
    assert not model.network.get_layer("output").get_weights()[0].any()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"skip": False}, "skip = False"),
        ({"loss": "mean-squared-error"}, "loss = 'mean-squared-error'"),
        ({"symmetries": ("translations",)}, r"symmetries = \('translations',\)"),
    ],
)
def test_significance_needs_a_skip_for_spins_without_spatial_symmetries(change, found):
    with pytest.raises(InputError, match=f"skip_significance: found 3 with {found}, expected 0"):
        SequenceSettings(skip_significance=3, **change)


def test_what_must_improve_on_a_skip_has_one():
    with pytest.raises(InputError, match="must_improve: found True with skip = False"):
        SequenceSettings(must_improve=True, skip=False)


def test_significance_is_for_spins():
    snapshots = Snapshots(COLOURS, 4.0, 3)
    with pytest.raises(InputError, match="found 3 for 3 states, expected 0"):
        fit_sequence(snapshots, SequenceSettings(skip_significance=3))
