"""Drawings of the page `method` show exact results, and the page shows each of them."""

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from method_figures import DRAWINGS, LADDER, UP, draw

from dcl.exact import ising_thermodynamics

METHOD = (Path(__file__).parents[2] / "book" / "method.md").read_text("utf-8")


def marked(axes):
    """Rows and columns of the blue squares."""
    corners = [patch.get_xy() for patch in axes.patches if to_hex(patch.get_facecolor()) == UP]
    return {(round(y + 0.5), round(x + 0.5)) for x, y in corners}


def test_the_page_shows_every_drawing_once():
    assert sorted(re.findall(r"_static/method-(\w+)\.svg", METHOD)) == sorted(DRAWINGS)


def test_a_state_s_probability_falls_with_its_energy_over_the_temperature():
    states, _ = draw("probabilities").axes
    for line, temperature in zip(states.lines, (4.0, 2.0), strict=True):
        energies, logs = line.get_xdata() * 64, line.get_ydata()
        np.testing.assert_allclose(np.diff(logs) / np.diff(energies), -1 / temperature)


def test_humps_have_the_exact_mean_energies():
    (axes,) = draw("ladder").axes
    exact = ising_thermodynamics(8, LADDER)
    for line, energy in zip(axes.lines, exact.energy / 64, strict=True):
        levels, weights = line.get_data()
        assert weights.sum() == pytest.approx(1)
        assert (levels * weights).sum() == pytest.approx(energy, abs=1e-9)


def test_partners_are_the_neighbours_that_have_been_read():
    _, partners = draw("sequence").axes
    assert marked(partners) == {(7, 3), (6, 4), (0, 4)}


def test_a_tile_has_sixteen_sites_also_across_the_edges():
    tile, wrapped = (marked(axes) for axes in draw("tiles").axes)
    assert tile == {(row, column) for row in range(1, 5) for column in range(3, 7)}
    assert wrapped == {(row % 8, column % 8) for row in range(-1, 3) for column in range(5, 9)}
