"""The Laplace approximation against dense matrices and against scikit-learn's for two classes."""

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.special import logsumexp, softmax
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from dcl.errors import InputError
from dcl.learning.laplace_classifier import LaplaceClassifier

X = np.random.default_rng(0).uniform(size=(12, 2))
LABELS = np.arange(12) % 3


def test_mode_and_evidence_are_those_of_dense_matrices():
    model = LaplaceClassifier(RBF(0.3)).fit(X, LABELS)
    f, y, k = model.mode, np.eye(3)[LABELS].T, RBF(0.3)(X)
    pi = softmax(f, axis=0)
    np.testing.assert_allclose(f, (y - pi) @ k, atol=1e-6)
    stacked = np.vstack([np.diag(row) for row in pi])
    w = np.diag(pi.ravel()) - stacked @ stacked.T
    determinant = np.linalg.slogdet(np.eye(36) + block_diag(k, k, k) @ w)[1]
    fit = (y * f).sum() - logsumexp(f, axis=0).sum() - ((y - pi) * f).sum() / 2
    assert model.log_evidence == pytest.approx(fit - determinant / 2, abs=1e-6)


def test_two_classes_agree_with_scikit_learn_at_twice_the_variance():
    labels, places = (X[:, 0] > 0.5).astype(int), np.random.default_rng(1).uniform(size=(30, 2))
    double = GaussianProcessClassifier(ConstantKernel(2.0) * RBF(0.3), optimizer=None)
    known = double.fit(X, labels)
    model = LaplaceClassifier(RBF(0.3)).fit(X, labels)
    assert model.log_evidence == pytest.approx(known.log_marginal_likelihood_value_, abs=1e-6)
    np.testing.assert_allclose(model.predict_proba(places), known.predict_proba(places), atol=0.03)
    np.testing.assert_array_equal(model.predict(places), known.predict(places))


@pytest.mark.parametrize(("x", "labels"), [(X[:1], [0]), (X, [0, 1]), (X[:, 0], LABELS)])
def test_bad_input_is_refused(x, labels):
    with pytest.raises(InputError):
        LaplaceClassifier(RBF(0.3)).fit(x, labels)
