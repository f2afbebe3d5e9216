"""Faults of pictures, beside exact identities: channels on listed states, and expansions in K."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize

from dcl.chapters import imperfect_pictures as pictures

STATES = np.array(list(product((-1, 1), repeat=16)), np.int8).reshape(-1, 4, 4)
CLEAN = pictures.read_spins(pictures.expose(8, 0.2, 2000, sweeps=1, seed=1))


def around(spins):
    """Sums over the nearest, diagonal and third neighbours of each site, (3, n, 4, 4)."""
    near = [np.roll(spins, step, axis) for step in (1, -1) for axis in (1, 2)]
    diagonal = [np.roll(near[k], step, 2) for k in (0, 2) for step in (1, -1)]
    third = [np.roll(spins, 2, axis) for axis in (1, 2)]
    return np.array([np.sum(part, axis=0) for part in (near, diagonal, third)], float)


def misread(chances, flips):
    """Probabilities of all states after independent flips."""
    table = chances.reshape((2,) * 16)
    for site in range(16):
        table = (1 - flips) * table + flips * np.flip(table, site)
    return table.ravel()


def most_likely(chances):
    """Couplings (3,) of the exact pseudolikelihood of one site, which all are alike."""
    forces, spin = around(STATES)[:, :, 0, 0], STATES[:, 0, 0]

    def loss(couplings):
        return chances @ np.logaddexp(0, -2 * spin * (couplings @ forces))

    return minimize(loss, np.zeros(3), tol=1e-12).x


def noisy(coupling, flips):
    weights = np.exp(coupling * (STATES * around(STATES)[0]).sum(axis=(1, 2)) / 2)
    return misread(weights / weights.sum(), flips)


@pytest.mark.parametrize("flips", [0.02, 0.1])
def test_noisy_couplings_are_right_to_second_order(flips):
    # two ways lead to a diagonal neighbour, and on 4 x 4 sites two to a third one
    for coupling in (0.02, 0.04):
        known = pictures.noisy_couplings(coupling, flips) * (1, 1, 2)
        np.testing.assert_allclose(most_likely(noisy(coupling, flips)), known, atol=8 * coupling**3)


def test_an_exact_fit_of_noisy_states_without_noise_is_the_truth():
    np.testing.assert_allclose(most_likely(noisy(0.2, 0.0)), [0.2, 0, 0], atol=1e-5)


def test_flips_multiply_pair_correlations_by_the_square_of_the_contrast():
    pairs = STATES[:, 0, 0] * STATES[:, 0, 1]
    assert pairs @ noisy(0.3, 0.1) == pytest.approx(0.8**2 * (pairs @ noisy(0.3, 0.0)))


def test_misreadings_occur_as_often_as_stated():
    # 4 standard errors of a share: a false alarm in 16,000, and the seed is fixed
    up, down = pictures.misreading_probabilities(0.6, 0.1)
    read = pictures.read_spins(pictures.photograph(CLEAN, 0.6, seed=2), 0.1)
    for state, chance in ((-1, up), (1, down)):
        wrong = (read != CLEAN)[state == CLEAN]
        assert abs(wrong.mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / wrong.size)


def test_known_sites_stay_and_missing_ones_are_filled():
    missing = np.random.default_rng(1).random(CLEAN.shape) < 0.2
    for filling in ("coin", "up", "majority"):
        filled = pictures.fill_missing(CLEAN, missing, filling, seed=3)
        np.testing.assert_array_equal(filled[~missing], CLEAN[~missing])
        assert set(np.unique(filled)) == {-1, 1}
    assert (pictures.fill_missing(CLEAN, missing, "up", seed=3)[missing] == 1).all()
    same = np.ones((1, 6, 6), np.int8)
    assert (pictures.fill_missing(same, np.eye(6, dtype=bool)[None], "majority", 1) == 1).all()


def test_complete_windows_show_the_truth():
    # within 4 standard errors from ten parts, which are themselves good to 24%
    missing = np.random.default_rng(1).random(CLEAN.shape) < 0.02
    values, errors = pictures.infer_complete(CLEAN, missing)
    assert abs(values[1] - 0.2) < 4 * errors[1]


@pytest.mark.parametrize("sweeps", [1, 3, 5])
def test_majorities_correlate_to_first_order_as_stated(sweeps):
    # at K = 0.02 the next order is far below the statistical error, of which 4 are allowed
    spins = pictures.read_spins(pictures.expose(8, 0.02, 8192, sweeps, seed=4))
    bonds = (spins * (np.roll(spins, 1, 1) + np.roll(spins, 1, 2))).mean(axis=(1, 2)) / 2
    error = bonds.std() / np.sqrt(len(bonds))
    assert abs(bonds.mean() - pictures.blurred_coupling(0.02, sweeps)) < 4 * error
