"""Score tests: the gain that a Newton step promises, from its definition."""

import numpy as np

from dcl.learning.score_tests import score_gains


def test_the_promised_gain_is_that_of_a_newton_step_on_all_couplings():
    """Of a parabola g c + c h c / 2 of two active couplings at their minimum and a third."""
    random = np.random.default_rng(1)
    root = random.standard_normal((3, 3))
    curvature = root @ root.T + np.eye(3)
    scores = random.standard_normal((50, 3))
    scores[:, :2] -= scores[:, :2].mean(axis=0)
    gradient = scores.mean(axis=0)
    information = np.column_stack([curvature.diagonal(), curvature[:, :2]])
    by_snapshot, gains, *_ = score_gains(scores, information, [0, 1])
    expected = gradient @ np.linalg.solve(curvature, gradient) / 2
    np.testing.assert_allclose(gains[2], expected, rtol=1e-9)
    np.testing.assert_allclose(by_snapshot[:, 2].mean(), 2 * expected, rtol=1e-9)
