"""Figures: what is drawn is what was given, with labels, units and alternative text."""

import base64
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest

from dcl.analysis.learning_curves import extrapolate
from dcl.analysis.plotting import (
    accuracy_curves,
    energy_curve,
    energy_parity,
    extrapolated_curves,
    learning_curve,
    level_errors,
    shown,
)
from dcl.analysis.scans import Scan
from dcl.chapters.accuracy_rows import Point
from dcl.exact import ising_thermodynamics

TRUE = np.repeat(np.linspace(-16.0, 16.0, 5)[:, None], 4, axis=1)
NOISE = np.random.default_rng(0).normal(size=TRUE.shape)
EXACT = ising_thermodynamics(4, [1.0, 2.0, 4.0])
TEMPERATURES = np.array([1.0, 2.5, 4.0])
NONE = np.zeros(3)
SCAN = Scan(
    lattice_size=4,
    temperatures=TEMPERATURES,
    energy=np.array([-32.0, -16.0, -8.0]),
    energy_error=np.array([0.0, 1.6, 3.2]),
    heat_capacity=np.array([1.6, 8.0, 16.0]),
    heat_capacity_error=np.array([0.1, 0.2, 0.3]),
    magnetisation=NONE,
    magnetisation_error=NONE,
    binder_cumulant=NONE,
    binder_cumulant_error=NONE,
    autocorrelation_time=NONE,
    warnings=(),
)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


def legend(axis):
    return [text.get_text() for text in axis.figure.legends[0].get_texts()]


def points(container):
    """The marks of an error bar, (n, 2), and half the lengths of its bars."""
    marks, _, (bars,) = container
    ends = np.array(bars.get_segments())
    return marks.get_xydata(), (ends[:, 1, 1] - ends[:, 0, 1]) / 2


def test_energy_parity_shows_mean_and_spread_of_the_levels():
    learned = TRUE + 7.0 + NOISE
    top, bottom = energy_parity(TRUE, {"network": learned}, size=4).axes
    assert labels(top)[1] == "learned energy per spin (J)"
    assert labels(bottom) == ("true energy per spin (J)", "error, total (J)")
    assert legend(top) == ["exact", "network"]
    error = NOISE - NOISE.mean()
    marks, bars = points(bottom.containers[0])
    np.testing.assert_allclose(marks[:, 0], TRUE[:, 0] / 16)
    np.testing.assert_allclose(marks[:, 1], error.mean(axis=1))
    np.testing.assert_allclose(bars, error.std(axis=1))
    marks, bars = points(top.containers[0])
    np.testing.assert_allclose(marks[:, 1], (TRUE + error).mean(axis=1) / 16)
    np.testing.assert_allclose(bars, error.std(axis=1) / 16)


def test_energy_curve_shows_scan_and_exact_curve_per_spin():
    energy, heat = energy_curve({"network": SCAN}, EXACT, size=4, observed=3.0).axes
    assert labels(energy) == ("temperature ($J / k_B$)", "energy per spin (J)")
    assert labels(heat) == ("temperature ($J / k_B$)", "heat capacity per spin ($k_B$)")
    assert legend(energy) == ["exact", "observed at 3 $J / k_B$", "network"]
    for axis, quantity in ((energy, "energy"), (heat, "heat_capacity")):
        exact = axis.lines[0].get_xydata()
        np.testing.assert_allclose(exact[:, 1], getattr(EXACT, quantity) / 16)
        marks, bars = points(axis.containers[0])
        np.testing.assert_allclose(marks[:, 0], TEMPERATURES)
        np.testing.assert_allclose(marks[:, 1], getattr(SCAN, quantity) / 16)
        np.testing.assert_allclose(bars, getattr(SCAN, f"{quantity}_error") / 16)
        assert [3.0, 3.0] in [list(line.get_xdata()) for line in axis.lines]


def test_level_errors_shows_rmse_and_spread_of_each_level():
    learned = {"network": TRUE + 7.0 + NOISE, "exact": TRUE}
    axis, other = level_errors(TRUE, learned, size=4).axes
    assert labels(axis) == ("true energy per spin (J)", "error of the energy (J)")
    assert axis.get_yscale() == other.get_yscale() == "log"
    assert [panel.get_title() for panel in (axis, other)] == ["network", "exact"]
    error = NOISE - NOISE.mean()
    drawn = axis.lines[0].get_xydata()
    np.testing.assert_allclose(drawn[:, 1], np.sqrt((error**2).mean(axis=1)))
    (band,) = axis.collections
    corners = band.get_paths()[0].vertices[:, 1]
    assert corners.max() == pytest.approx(np.quantile(abs(error), 0.95, axis=1).max())
    assert corners.min() == pytest.approx(np.quantile(abs(error), 0.05, axis=1).min())


def test_learning_curve_has_a_logarithmic_axis():
    (axis,) = learning_curve({"examples_seen": [1e6, 2e6], "kl": [0.1, 0.01]}).axes
    assert labels(axis) == ("configurations seen (millions)", "KL divergence (nats)")
    assert axis.get_yscale() == "log"
    np.testing.assert_allclose(axis.lines[0].get_xydata(), [[1.0, 0.1], [2.0, 0.01]])


def test_two_models_differ_in_colour_and_marker():
    top = energy_parity(TRUE, {"one": TRUE, "two": TRUE}, size=4).axes[0]
    marks = [container[0] for container in top.containers]
    assert marks[0].get_color() != marks[1].get_color()
    assert marks[0].get_marker() != marks[1].get_marker()


class Shown(HTMLParser):
    """The image of a shown figure, and the words of its caption."""

    words = ""

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.image = dict(attributes)

    def handle_data(self, data):
        self.words += data


def test_an_odd_number_of_learning_curves_leaves_no_empty_panel():
    seen = [1000.0 * k for k in range(1, 21)]
    curve = extrapolate(seen, [1 / x for x in seen], 1e9)
    default = {"examples_seen": [1e4, 1e6], "kl": [0.1, 0.02]}
    figure = extrapolated_curves(dict.fromkeys("abc", (curve, default)), dict.fromkeys("abc", 4.0))
    assert [axis.get_visible() for axis in figure.axes] == [True, True, True, False]


def test_every_method_has_a_panel_with_the_others_behind_it():
    """A method without fits has none."""
    points = [Point(1000, 0.5, 1.0, 0.5, 2.0, fits=5), Point(10_000, 2.0, 0.3, 0.2, 0.4, fits=1)]
    figure = accuracy_curves({"none": [], "one": points, "two": points[:1]}, {"paper": 2.06})
    one, two, *rest = figure.axes
    assert [axis.get_title() for axis in (one, two)] == ["one", "two"]
    assert not any(axis.get_visible() for axis in rest)
    assert [text.get_text() for text in one.texts] == ["2 min"]
    np.testing.assert_array_equal(two.lines[0].get_xydata(), [[1000, 1.0], [10_000, 0.3]])
    (bars,) = one.containers[0].lines[2]
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[0.5, 2.0], [0.2, 0.4]])
    assert set(one.lines[-1].get_ydata()) == {2.06}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["paper"]


def test_nothing_is_extrapolated_from_a_plateau():
    seen = [1000.0 * k for k in range(1, 21)]
    falling, flat = (extrapolate(seen, [x**slope for x in seen], 1e9) for slope in (-0.5, -0.01))
    default = {"examples_seen": [1e4, 1e6], "kl": [0.1, 0.02]}
    figure = extrapolated_curves(
        {"Potts": (flat, default), "Ising": (falling, default)}, {"Potts": 4.0, "Ising": 4.0}
    )
    flat_axis, falling_axis = figure.axes
    assert [line.get_linestyle() for line in flat_axis.lines] == ["None", "None", "-", ":"]
    assert (len(flat_axis.collections), len(falling_axis.collections)) == (0, 1)
    assert [text.get_text() for text in flat_axis.texts] == ["on a plateau: no extrapolation"]
    assert "extrapolated" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_an_extrapolation_is_told_apart_from_what_was_measured():
    seen = [1000.0 * k for k in range(1, 21)]
    curve = extrapolate(seen, [50.0 / x for x in seen], 1e9)
    default = {"examples_seen": [1e4, 1e6], "kl": [0.1, 0.02]}
    figure = extrapolated_curves(
        {"Ising": (curve, default), "Potts": (curve, default)}, {"Potts": 4.0, "Ising": 4.0}
    )
    for axis in figure.axes:
        before, fitted, beyond, other, constant = axis.lines
        assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
        np.testing.assert_array_equal(np.r_[before.get_xdata(), fitted.get_xdata()], seen)
        assert before.get_markerfacecolor() == "white" != fitted.get_markerfacecolor()
        assert len(fitted.get_xdata()) == curve.fitted
        assert beyond.get_linestyle() == "--"
        assert beyond.get_xdata()[0] == seen[-1]
        np.testing.assert_allclose(beyond.get_ydata(), 50.0 / beyond.get_xdata())
        np.testing.assert_array_equal(other.get_ydata(), default["kl"])
        assert set(constant.get_ydata()) == {4.0}
        assert len(axis.collections) == 1, "the band"
    assert [axis.get_title() for axis in figure.axes] == ["Ising", "Potts"]
    assert labels(figure.axes[0]) == ("configurations seen", "KL divergence (nats)")
    (key,) = figure.legends
    assert {text.get_text() for text in key.get_texts()} == {
        "paper's GRU, standard start, trained",
        "extrapolated",
        "extrapolated, nine tenths of the fits",
        "GRU with a linear skip, trained",
        "constant predictor, as good as none",
    }


@pytest.mark.parametrize(
    "caption", ["The energy falls.", '5 < 6 & "so" it isn\'t <script>', "T_c ≈ 2.27"]
)
def test_a_shown_figure_carries_its_caption_below_and_in_the_image(caption):
    figure = learning_curve({"examples_seen": [1.0, 2.0], "kl": [0.1, 0.01]})
    bundle = shown(figure, caption)._repr_mimebundle_()
    page = Shown()
    page.feed(bundle["text/html"])
    assert page.words == page.image["alt"] == caption
    assert bundle["text/html"].count('<figcaption aria-hidden="true">') == 1
    kind, data = page.image["src"].split(",", 1)
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert bundle["text/plain"] == f"[figure: {caption}]"


def test_a_shown_figure_is_closed():
    shown(learning_curve({"examples_seen": [1.0], "kl": [0.1]}), "One point.")
    assert plt.get_fignums() == []
