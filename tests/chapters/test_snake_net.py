"""The gates of the chapter on coarse planes of few snapshots, and wrong builds that fail them."""

import numpy as np
import pytest

from dcl.chapters import snake_net
from dcl.chapters.contours import resample
from dcl.chapters.snake_net import SnakeNet, evolve, signed_distance
from dcl.errors import InputError
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.spin_one_heat_bath import sample_blume_capel

KNOWN = np.array([[0.0, 1.69378], [0.5, 1.5671], [1.0, 1.3979], [1.5, 1.1495]])
GRID = np.arange(-0.25, 1.76, 0.1), np.arange(0.4, 2.51, 0.1)
FIELD_GRID = np.arange(1.4, 2.66, 0.05), np.arange(-0.5, 0.51, 0.05)


def line(start, end):
    return np.linspace(start, end, 20)


INSIDE = line((GRID[0][0], 0.85), (GRID[0][-1], 0.55))
OUTSIDE = line((GRID[0][0], 2.35), (GRID[0][-1], 2.05))


def snapshots(grid, place, slabs):
    places = [place(x, y) for x in grid[0] for y in grid[1]]
    drawn = sample_blume_capel(
        [BlumeCapel(1.0, d, h) for d, _, h in places], [t for _, t, _ in places], 16, 8,
        seed=1, sweeps=100, slabs=slabs,
    )  # fmt: skip
    return drawn.reshape(len(grid[0]), len(grid[1]), 8, 16, 16)


@pytest.fixture(scope="module")
def plane():
    return snapshots(GRID, lambda x, y: (x, y, 0.0), (1, 0))


def off(contour):
    return np.abs(np.interp(KNOWN[:, 0], *contour.T) - KNOWN[:, 1])


@pytest.mark.parametrize(("start", "balloon"), [(INSIDE, 0.06), (OUTSIDE, -0.06)])
def test_snakes_from_both_sides_find_the_critical_line(plane, start, balloon):
    history = evolve(SnakeNet([start]), plane, GRID, balloon=balloon)
    assert history.shape == (70, 1, 20, 2)
    assert off(history[-1, 0]).mean() <= 0.04
    assert off(history[-1, 0]).max() <= 0.08
    alone = evolve(SnakeNet([start]), plane, GRID)
    means = [[off(one[0]).mean() < 0.08 for one in run] + [True] for run in (history, alone)]
    fast, slow = (list(mean).index(True) + 1 for mean in means)
    assert fast <= slow / 2


def test_a_narrow_window_gets_stuck(plane, monkeypatch):
    """A wrong build: with snapshots of 2.5 widths only, the learner never sees the other phase."""
    monkeypatch.setattr(snake_net, "WINDOW", 2.5)
    assert off(evolve(SnakeNet([INSIDE]), plane, GRID, balloon=0.03)[-1, 0]).mean() > 0.08


def test_a_balloon_that_does_not_decay_overshoots(plane):
    """A wrong build: the snake is blown through the transition."""
    history = evolve(SnakeNet([INSIDE]), plane, GRID, balloon=0.06, decay=1e9)
    assert off(history[-1, 0]).mean() > 0.04


def test_a_net_finds_the_triple_point():
    middle, (low, high) = (2.2, -0.1), FIELD_GRID[1][[0, -1]]
    net = SnakeNet(
        [line((1.4, 0.0), middle), line(middle, (2.6, high)), line(middle, (2.6, low))],
        [[(0, -1), (1, 0), (2, 0)]],
    )
    three = snapshots(FIELD_GRID, lambda x, y: (x, 0.5, y), (1, 0, -1))
    end = evolve(net, three, FIELD_GRID, flip=False)[-1]
    np.testing.assert_array_equal(end[1:, 0], end[[0, 0], -1])
    assert np.hypot(*(end[0, -1] - (1.989, 0))) <= 0.05
    assert np.abs(end[1:, :, 0] - 2 - np.abs(end[1:, :, 1])).mean(axis=1).max() <= 0.05


def test_distances_to_a_corner_are_those_of_geometry():
    corner = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [2, 2]], float)
    points = [[1.0, 0.5], [1.0, -0.5], [3.0, 1.5], [3.0, -1.0], [-1.0, 0.0]]
    distance, arc = signed_distance(points, corner)
    assert np.abs(distance) == pytest.approx([0.5, 0.5, 1.0, np.sqrt(2), 1.0])
    assert np.sign(distance[:4]).tolist() == [1, -1, -1, -1]
    assert arc == pytest.approx([1.0, 1.0, 3.5, 2.0, 0.0])


def test_nodes_at_equal_arcs():
    bent = np.array([[0, 0], [0.1, 0], [2, 0], [2, 0.5], [2, 3]], float)
    steps = np.hypot(*np.diff(resample(resample(resample(bent))), axis=0).T)
    assert np.ptp(steps) < 0.2
    np.testing.assert_array_equal(resample(bent)[[0, -1]], bent[[0, -1]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: SnakeNet([line((0, 0), (1, 1))[:4]]), "contour: found shape"),
        (lambda p: SnakeNet([[[0, 0], [2, 0], [2, 1], [1, 1], [1, -1]]]), "contour: .*crosses"),
        (lambda p: SnakeNet([INSIDE[[0, 0, 1, 2, 3]]]), "contour: found a node twice"),
        (lambda p: SnakeNet([INSIDE], [[(3, 0)]]), "junction: found"),
        (lambda p: signed_distance([1, 1], INSIDE), "points: found shape"),
        (lambda p: evolve(SnakeNet([INSIDE]), p, GRID, iterations=0), "iterations: found 0"),
        (lambda p: evolve(SnakeNet([INSIDE]), p, GRID, balloon=[1, 2]), "balloon: found shape"),
        (lambda p: evolve(SnakeNet([INSIDE]), p, GRID, decay=0), "decay, widths: found 0"),
        (lambda p: evolve(SnakeNet([INSIDE]), p, GRID[:1]), "snapshots: found shape"),
        (lambda p: SnakeNet([INSIDE, INSIDE[:9]]), "contours: found several"),
        (lambda p: SnakeNet([INSIDE, OUTSIDE], [[(0, 0), (1, 0)]]), "junction: found"),
        (lambda p: evolve(SnakeNet([OUTSIDE + 1]), p, GRID), "contour: .*outside"),
        (lambda p: evolve(SnakeNet([INSIDE]), p[1:], GRID), "snapshots: found shape"),
    ],
)
def test_mistakes_are_named(plane, call, message):
    with pytest.raises(InputError, match=f"^{message}"):
        call(plane)
