"""Phase diagrams of tin and bismuth against closed forms, equal tangents and pycalphad."""

import numpy as np
import pytest
from scipy.optimize import brentq

from dcl.chapters import alloy_energies, calphad, hull_labels
from dcl.errors import InputError

ALLOYS = [
    calphad.TRUTH,
    (900.0, -300.0, 3200.0),
    (-1500.0, 800.0, 5200.0),
    (2500.0, -900.0, 2000.0),
]
PAIRS = [("L", "Sn"), ("Bi", "L"), ("Sn", "Bi")]


def test_the_eutectic_is_that_of_the_alloy():
    *x, T = calphad.eutectic(calphad.TRUTH)
    np.testing.assert_allclose(x, [0.429985, 0.131006, 0.993503], atol=1e-5)
    assert pytest.approx(412.1543, abs=1e-3) == T


def test_an_ideal_liquid_and_pure_solids_follow_the_closed_form(monkeypatch):
    def liquidus(T, element):
        melting, heat = calphad.MELTING[element], alloy_energies.FUSION[element]
        return np.exp(-heat / alloy_energies.GAS * (1 / T - 1 / melting))

    T = brentq(lambda T: liquidus(T, "Sn") + liquidus(T, "Bi") - 1, 300, 500)
    monkeypatch.setattr(alloy_energies, "REPULSION", 8e4)
    found = calphad.eutectic((0, 0, 8e4))
    np.testing.assert_allclose(found, [liquidus(T, "Bi"), 0, 1, T], atol=1e-5)
    np.testing.assert_allclose(found[::3], [0.380796, 392.6525], atol=1e-4)


def tangent(phase, x, T, alloy):
    """Values at x = 0 and x = 1 of the tangent, by a central difference."""
    step = 1e-4 * x * (1 - x)
    below, here, above = calphad.gibbs_energy(phase, [x - step, x, x + step], T, alloy)
    slope = (above - below) / (2 * step)
    return np.array([here - x * slope, here + (1 - x) * slope])


@pytest.mark.parametrize("alloy", ALLOYS)
@pytest.mark.parametrize("T", [370.0, 430.0, 500.0, 505.07])
@pytest.mark.parametrize("phases", PAIRS)
def test_phases_on_a_tie_line_have_a_common_tangent(alloy, T, phases):
    ends = calphad.tie_line(alloy, T, phases)
    one, other = (tangent(phase, x, T, alloy) for phase, x in zip(phases, ends, strict=True))
    np.testing.assert_allclose(one, other, atol=0.05)  # of RT = 3000 to 4000
    assert calphad.tie_line(alloy, T, phases[::-1]) == ends[::-1]


@pytest.mark.parametrize("alloy", ALLOYS)
def test_at_the_eutectic_three_phases_have_one_tangent(alloy):
    *ends, T = calphad.eutectic(alloy)
    tangents = [tangent(phase, x, T, alloy) for phase, x in zip(calphad.PHASES, ends, strict=True)]
    np.testing.assert_allclose(tangents, [tangents[0]] * 3, atol=0.05)


@pytest.mark.parametrize("alloy", ALLOYS)
def test_labels_change_at_the_tie_lines(alloy):
    x = np.linspace(0.001, 0.999, 999)
    middle = calphad.eutectic(alloy)[3]
    for T in (middle - 20, middle + 5, 0.5 * (middle + 505), 500.0):
        labels = calphad.phase_labels([alloy], x, [T])[0, 0]
        if middle > T:
            names, lines = ["Sn", "Sn+Bi", "Bi"], [("Sn", "Bi")]
        else:
            names, lines = ["Sn", "L+Sn", "L", "L+Bi", "Bi"], [("Sn", "L"), ("L", "Bi")]
        edges = [edge for line in lines for edge in calphad.tie_line(alloy, T, line)]
        expected = np.array([calphad.LABELS.index(name) for name in names])
        far = np.abs(x[:, None] - edges).min(axis=1) > 0.0035
        np.testing.assert_array_equal(labels[far], expected[np.searchsorted(edges, x)][far])


def test_labels_have_the_shape_alloys_temperatures_compositions():
    labels = calphad.phase_labels(ALLOYS, [0.9, 0.2, 0.5], [400.0, 450.0])
    assert labels.shape == (4, 2, 3)
    one = calphad.phase_labels(ALLOYS[1:2], [0.2], [450.0])
    assert one[0, 0, 0] == labels[1, 1, 1] == calphad.LABELS.index("L+Sn")


def test_without_the_common_tangent_mixtures_have_no_label(wrong_build, monkeypatch):
    wrong = wrong_build(hull_labels, "while count > 1:", "while False:")
    monkeypatch.setattr(calphad, "label_diagrams", wrong.label_diagrams)
    labels = calphad.phase_labels([calphad.TRUTH], np.linspace(0.02, 0.98, 36), [380.0, 450.0])
    assert set(labels.ravel().tolist()) == {0, 1, 2}


def test_pycalphad_finds_the_same_energies_and_equilibria():
    pycalphad = pytest.importorskip("pycalphad", reason="the extra calphad is not installed")
    alloy, x = (900.0, -300.0, 3200.0), np.array([0.05, 0.3, 0.6, 0.95])
    database = pycalphad.Database.from_string(calphad.to_tdb(alloy), fmt="tdb")
    v, elements = pycalphad.variables, ["BI", "SN"]
    sites = np.stack([x, 1 - x], axis=1)
    for phase, name in zip(calphad.PHASES, calphad.TDB_NAMES, strict=True):
        theirs = pycalphad.calculate(database, elements, name, T=430, P=1e5, N=1, points=sites)
        ours = calphad.gibbs_energy(phase, x, 430.0, alloy)
        scale = alloy_energies.GAS * 430
        np.testing.assert_allclose(theirs.GM.to_numpy().ravel() / scale, ours / scale, atol=1e-5)
    T = calphad.eutectic(alloy)[3]
    names = dict(zip(calphad.PHASES, calphad.TDB_NAMES, strict=True))
    for kelvin, at, phases in (
        (T - 3, 0.5, ("Sn", "Bi")), (T + 3, 0.3, ("Sn", "L")), (T + 3, 0.7, ("L", "Bi")),
    ):  # fmt: skip
        conditions = {v.T: kelvin, v.P: 1e5, v.N: 1, v.X("BI"): at}
        found = pycalphad.equilibrium(database, elements, list(calphad.TDB_NAMES), conditions)
        fractions = found.X.sel(component="BI").to_numpy().squeeze()
        theirs = dict(zip(found.Phase.to_numpy().squeeze(), fractions, strict=True))
        for phase, end in zip(phases, calphad.tie_line(alloy, kelvin, phases), strict=True):
            assert theirs[names[phase]] == pytest.approx(end, abs=1e-5)


BAD = [
    (lambda: calphad.gibbs_energy("L", 43, 400, calphad.TRUTH), "x: found 43, expected mole frac"),
    (lambda: calphad.gibbs_energy("L", [0.5, 0.0], 400, calphad.TRUTH), "x: found 0"),
    (lambda: calphad.gibbs_energy("L", 0.5, -1, calphad.TRUTH), "T: found -1"),
    (lambda: calphad.gibbs_energy("hcp", 0.5, 400, calphad.TRUTH), "phase: found 'hcp'"),
    (lambda: calphad.gibbs_energy("L", 0.5, 400, (1, 2)), "parameters: found shape"),
    (lambda: calphad.gibbs_energy("L", 0.5, 400, ALLOYS), "parameters: found shape"),
    (lambda: calphad.gibbs_energy("L", [0.4, 0.5], [400] * 3, calphad.TRUTH), "x, T: found shapes"),
    (lambda: calphad.phase_labels([calphad.TRUTH], 0.5, [400]), "x, T: found shapes"),
    (lambda: calphad.phase_labels([calphad.TRUTH], [0.5], []), "x, T: found shapes"),
    (lambda: calphad.tie_line(calphad.TRUTH, [400, 410], ("L", "Sn")), "T: found shape"),
    (lambda: calphad.phase_labels([calphad.TRUTH], [1.0], [400]), "x: found 1"),
    (lambda: calphad.phase_labels(calphad.TRUTH, [0.5], [400]), "parameters: found shape"),
    (lambda: calphad.tie_line(calphad.TRUTH, 510, ("L", "Sn")), "T: found 510.*Sn melts"),
    (lambda: calphad.tie_line(calphad.TRUTH, 545, ("L", "Bi")), "T: found 545.*Bi melts"),
    (lambda: calphad.tie_line(calphad.TRUTH, 400, ("L", "L")), "phases: found"),
    (lambda: calphad.tie_line(calphad.TRUTH, 400, ("L", "hcp")), "phases: found"),
    (lambda: calphad.tie_line((9e4, 0, 4000), 300, ("Sn", "L")), "no common tangent"),
    (lambda: calphad.eutectic((-3e4, 0, 4000)), "without a eutectic"),
    (lambda: calphad.to_tdb((np.nan, 0, 0)), "all finite"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_ends_with_one_line(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
