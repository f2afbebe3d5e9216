"""The gates of the chapter on a 4 x 4 torus, and the wrong builds that must not pass them."""

import numpy as np
import pytest

from dcl.chapters import learnability
from dcl.errors import InputError
from dcl.exact.masked_spins import bayes_masked_loss, draw_masks
from dcl.lattice.hamiltonians import Ising
from dcl.sampling.equilibrium import sample_equilibrium

SIZE, TEMPERATURE = 4, 2.27


@pytest.fixture(scope="module")
def spins():
    drawn = sample_equilibrium(Ising(), SIZE, TEMPERATURE, 24_000, seed=1)
    return drawn.reshape(-1, SIZE**2)


@pytest.fixture(scope="module")
def fresh(spins):
    masks = draw_masks(4000, SIZE, 0.15, seed=5)
    return spins[:4000], masks, bayes_masked_loss(spins[:4000], masks, TEMPERATURE)


def trained(spins, fresh, steps=100):
    """Paired loss of a small encoder after a short training."""
    model = learnability.build_masked_encoder(SIZE, units=16, layers=1, positions="relative")
    history = learnability.fit_encoder(model, spins[4000:], steps=steps, seed=2)
    assert len(history["loss"]) == 20
    return learnability.paired_loss(model, *fresh)


def passes(found):
    """The gate: at most 0.010 nats above the floor, and not below it by three errors."""
    return -3 * found.error <= found.gap <= 0.010


def test_the_encoder_is_at_the_bayes_floor(spins, fresh):
    found = trained(spins, fresh)
    assert passes(found)
    assert found.model - found.bayes == pytest.approx(found.gap)


def test_without_positions_the_gate_fails(spins, fresh, monkeypatch):
    from dcl.models.networks import masked_encoder

    monkeypatch.setattr(masked_encoder, "GAIN", 0.0)
    assert trained(spins, fresh).gap > 0.010


def test_a_causal_mask_fails(spins, fresh, monkeypatch):
    from keras import ops

    from dcl.models.networks import masked_encoder

    class Causal:
        """The operations of Keras, but attention sees earlier sites only."""

        def __getattr__(self, name):
            return getattr(ops, name)

        def softmax(self, logits):
            return ops.softmax(logits - 1e9 * np.triu(np.ones((SIZE**2, SIZE**2), "float32"), 1))

    monkeypatch.setattr(masked_encoder, "ops", Causal())
    assert trained(spins, fresh).gap > 0.010


def test_a_mask_that_leaks_the_spin_is_below_the_floor(spins, fresh, monkeypatch):
    def leaking(states, masks):
        return np.stack([np.where(masks, 0, states), masks * states], axis=-1).astype(np.float32)

    monkeypatch.setattr(learnability, "masked_inputs", leaking)
    found = trained(spins, fresh, steps=60)
    assert found.gap < -3 * found.error


def test_the_paired_loss_of_the_exact_conditionals_is_zero(spins, fresh):
    """An upward logit of each masked spin, made from the exact loss; two chunks of snapshots."""
    states, masks, bayes = fresh
    logits = np.zeros(states.shape)
    logits[masks] = -states[masks] * np.log(np.expm1(bayes)) / 2

    class Exact:
        place = 0

        def __call__(self, inputs):
            part = logits[self.place : self.place + len(inputs), :, None]
            self.place += len(inputs)
            return part, None

    found = learnability.paired_loss(Exact(), *fresh)
    assert found.gap == pytest.approx(0, abs=1e-12)
    assert found.error == pytest.approx(0, abs=1e-12)


def test_outputs_have_the_shapes_of_the_specification():
    model = learnability.build_masked_encoder(SIZE, units=8, positions="fourier")
    logits, attention = model(np.zeros((3, SIZE**2, 2), np.float32))
    assert logits.shape == (3, SIZE**2, 1)
    assert attention.shape == (3, 4, SIZE**2, SIZE**2)
    assert np.asarray(attention).sum(axis=-1) == pytest.approx(1, abs=1e-5)


def test_relative_positions_are_those_of_the_torus():
    """A shifted configuration has shifted logits; Fourier modes know one place from another."""
    random = np.random.default_rng(1)
    inputs = random.choice([-1.0, 1.0], (1, SIZE, SIZE, 2)).astype(np.float32)
    moved = np.roll(inputs, (1, 2), axis=(1, 2))
    for positions, equal in (("relative", True), ("fourier", False)):
        model = learnability.build_masked_encoder(SIZE, units=8, positions=positions)
        for weights in model.trainable_variables:
            weights.assign(random.normal(scale=0.5, size=weights.shape))
        one, two = (np.asarray(model(x.reshape(1, -1, 2))[0]).reshape(SIZE, SIZE)
                    for x in (inputs, moved))  # fmt: skip
        assert np.allclose(np.roll(one, (1, 2), axis=(0, 1)), two, atol=1e-4) == equal


def test_a_saved_encoder_is_the_same(tmp_path):
    import keras

    model = learnability.build_masked_encoder(SIZE, units=8)
    model.save(tmp_path / "encoder.keras")
    inputs = np.ones((1, SIZE**2, 2), np.float32)
    again = keras.models.load_model(tmp_path / "encoder.keras")
    assert np.asarray(again(inputs)[0]) == pytest.approx(np.asarray(model(inputs)[0]))


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda s: learnability.build_masked_encoder(4, positions="none"), "positions"),
        (lambda s: learnability.build_masked_encoder(4, units=30), "units"),
        (lambda s: learnability.build_masked_encoder(4, layers=0), "layers"),
        (lambda s: learnability.build_masked_encoder(4, heads=0), "heads"),
        (lambda s: learnability.build_masked_encoder(2.5), "size"),
        (lambda s: learnability.fit_encoder(None, s, steps=20, fraction=0.5), "mask fraction"),
        (lambda s: learnability.fit_encoder(None, 0 * s, steps=20), "spins"),
    ],
)
def test_mistakes_are_named(spins, call, field):
    with pytest.raises(InputError, match=f"^{field}: found"):
        call(spins)
