"""The scikit-learn estimator: its scores are exact, its contract is scikit-learn's.

`check_estimator` tries an estimator on feature matrices of some 20 rows and 2 to 10 columns. These
are no lattices (a lattice of L x L sites has L * L columns), so the checks that need a fit to them
cannot apply; they are listed with a reason. That the estimator would pass them otherwise is shown
by `OnMatrices`, which makes lattices of 4 x 4 spins of whatever matrix it is given.
"""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

from dcl import EnergyEstimator, load_energy_model
from dcl.errors import InputError
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.sampling.equilibrium import sample_equilibrium
from lattices import drawn_rectangle

TEMPERATURE = 4.0
TINY = {"units": 4, "skip_seen": 0, "configurations_seen": 2000, "batch_size": 100}


class OnMatrices(EnergyEstimator):
    """Sees the signs of fixed projections of a matrix as 4 x 4 spins."""

    def _checked(self, X, reset):
        matrix = validate_data(self, X, reset=reset, dtype=np.float64, ensure_min_samples=1)
        if reset and len(matrix) < 8:
            raise ValueError(f"n_samples={len(matrix)}, expected 8 or more")
        weights = np.random.default_rng(0).normal(size=(matrix.shape[1] + 1, 16))
        return np.where(np.c_[matrix, np.ones(len(matrix))] @ weights > 0, 1, -1)


NO_LATTICE = "fits matrices whose columns are no square number: no lattices"
FEW_STATES = "fits whole numbers from -6 to 6, or 0 to 5 at random: more states than a table holds"
REFUSED = {
    **dict.fromkeys(
        [
            "check_dict_unchanged", "check_dont_overwrite_parameters", "check_dtype_object",
            "check_estimators_dtypes", "check_estimators_fit_returns_self",
            "check_estimators_nan_inf", "check_estimators_overwrite_params",
            "check_estimators_pickle", "check_f_contiguous_array_estimator",
            "check_fit_check_is_fitted", "check_fit_idempotent", "check_fit_score_takes_y",
            "check_fit2d_predict1d", "check_methods_sample_order_invariance",
            "check_methods_subset_invariance", "check_n_features_in", "check_pipeline_consistency",
            "check_readonly_memmap_input",
        ],
        NO_LATTICE,
    ),
    "check_positive_only_tag_during_fit": FEW_STATES,
}  # fmt: skip


@parametrize_with_checks(
    [EnergyEstimator(), OnMatrices(symmetries=ALL_SYMMETRIES)],
    expected_failed_checks=lambda e: {} if isinstance(e, OnMatrices) else REFUSED,
    xfail_strict=True,
)
def test_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def spins():
    return sample_equilibrium(Ising(), 4, TEMPERATURE, 4000, seed=1)


@pytest.fixture(scope="module")
def direct(spins):
    return EnergyEstimator(temperature=TEMPERATURE, symmetries=ALL_SYMMETRIES).fit(spins)


@pytest.fixture(scope="module")
def sequence(spins):
    return EnergyEstimator("gru", temperature=TEMPERATURE, settings=TINY).fit(spins)


@pytest.mark.parametrize("network", ["masked", "pseudolikelihood"])
def test_a_rectangle(network):
    spins = drawn_rectangle(3, 4, 3.0, 500)
    settings = TINY if network == "masked" else {}
    learned = EnergyEstimator(network, temperature=3.0, settings=settings).fit(spins)
    assert (learned.lattice_size_, learned.n_features_in_) == ((3, 4), 12)
    assert learned.sample(5).shape == (5, 3, 4)
    assert -10 < learned.score(spins) < -4  # a coin a spin has -12 ln 2 = -8.3


def test_the_score_of_a_direct_fit_is_its_pseudolikelihood(direct):
    """Identity: 1 / P(s_i | rest) = 1 + exp(-(E after the flip - E) / T)."""
    spins = random_configurations(20, 4, 2, seed=2)
    expected = np.zeros(len(spins))
    for site in np.ndindex(4, 4):
        flipped = spins.copy()
        flipped[(slice(None), *site)] *= -1
        cost = direct.energy(flipped) - direct.energy(spins)
        expected -= np.log1p(np.exp(-cost / TEMPERATURE))
    np.testing.assert_allclose(direct.score_samples(spins), expected, rtol=1e-5)
    assert direct.score(spins) == pytest.approx(expected.mean(), rel=1e-5)


def test_the_score_of_a_sequence_model_is_its_likelihood(sequence):
    spins = random_configurations(20, 4, 2, seed=3)
    expected = -sequence.energy(spins) / TEMPERATURE
    np.testing.assert_allclose(sequence.score_samples(spins), expected)
    assert sequence.score(spins) == pytest.approx(expected.mean())


def test_lattices_and_rows_are_the_same(spins, direct):
    rows = spins.reshape(len(spins), -1).astype(float)
    other = EnergyEstimator(temperature=TEMPERATURE, symmetries=ALL_SYMMETRIES).fit(rows)
    assert other.n_features_in_ == direct.n_features_in_ == 16
    np.testing.assert_array_equal(other.energy(rows[:9]), direct.energy(spins[:9]))


def test_samples_are_the_model_s(direct, sequence):
    """Mean energies of 400 independent samples, within five standard errors of the exact one."""
    exact = exact_thermodynamics(Ising(), 6, [3.0])
    drawn = direct.sample(400, temperature=3.0, size=6)
    assert drawn.shape == (400, 6, 6)
    error = 3.0 * np.sqrt(exact.heat_capacity[0] / 400)
    learned = abs(exact.heat_capacity[0] * 3.0 * 0.02)  # two per cent of the coupling
    assert abs(Ising().energy(drawn).mean() - exact.energy[0]) < 5 * error + learned
    np.testing.assert_array_equal(sequence.sample(5), sequence.model_.sample(5, sequence._seed()))
    assert sequence.sample(3, temperature=2.0).shape == (3, 4, 4)


def test_a_scan_is_near_the_exact_curve(direct):
    exact = exact_thermodynamics(Ising(), 6, [2.0, 4.0])
    found = direct.scan([2.0, 4.0], size=6, chains=4, sweeps=1000)
    slope = exact.heat_capacity * exact.temperatures * direct.hamiltonian_.errors[0]
    assert (np.abs(found.energy - exact.energy) < 5 * np.hypot(slope, found.energy_error)).all()


def test_saved_and_loaded(direct, spins, tmp_path):
    direct.save(tmp_path / "model")
    loaded = load_energy_model(tmp_path / "model")
    np.testing.assert_array_equal(loaded.energy(spins[:9]), direct.energy(spins[:9]))


def test_potts():
    states = sample_equilibrium(Potts(3), 4, 3.0, 2000, seed=4)
    learned = EnergyEstimator(temperature=3.0, symmetries=ALL_SYMMETRIES).fit(states)
    assert learned.n_states_ == 3
    assert learned.score(states) > -16 * np.log(3)


@pytest.mark.parametrize("flat", [False, True])
def test_model_selection(spins, flat):
    """Pairs explain unseen snapshots, fields alone do not."""
    data = spins[:300].reshape(300, -1) if flat else spins[:300]
    learned = EnergyEstimator(temperature=TEMPERATURE, symmetries=("point-group",))
    grid = {"settings": [{"most_sites": 1}, {"most_sites": 2}]}
    search = GridSearchCV(learned, grid, cv=2).fit(data)
    assert search.best_params_ == {"settings": {"most_sites": 2}}
    assert cross_val_score(search.best_estimator_, data, cv=2).shape == (2,)


@pytest.mark.parametrize(
    ("changes", "data", "message"),
    [
        ({"network": "oracle"}, 2, "network: found 'oracle', expected one of gru"),
        ({"temperature": -1}, 2, "temperature: found -1, expected one positive number"),
        ({"symmetries": ("mirror",)}, 2, "symmetries: found 'mirror'"),
        ({}, 0.5, "X: found other numbers, expected spins -1 and"),
        ({"settings": {"most_sites": 4}}, 7, "n_states: found 8, with 249956 functions"),
    ],
)
def test_mistakes_are_named(changes, data, message):
    array = random_configurations(20, 4, 2, seed=1) if data == 2 else np.resize([0, data], (20, 16))
    with pytest.raises(InputError, match=message):
        EnergyEstimator(**changes).fit(array)
