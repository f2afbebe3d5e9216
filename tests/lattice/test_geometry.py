from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcl.errors import InputError
from dcl.lattice.geometry import UnwrapOrder, tile_sites, unwrap_order

ORDERS = get_args(UnwrapOrder)
SIZES = range(1, 13)


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_every_order_is_a_permutation(name, size):
    order = unwrap_order(name, size)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(size**2))


@pytest.mark.parametrize("name", ["snake", "spiral"])
@pytest.mark.parametrize("size", SIZES)
def test_consecutive_sites_are_neighbours_without_crossing_the_boundary(name, size):
    rows, columns = np.divmod(unwrap_order(name, size), size)
    np.testing.assert_array_equal(abs(np.diff(rows)) + abs(np.diff(columns)), 1)


@pytest.mark.parametrize("size", SIZES)
def test_raster_reads_row_by_row(size):
    np.testing.assert_array_equal(unwrap_order("raster", size), np.arange(size**2))


@pytest.mark.parametrize("size", SIZES)
def test_spiral_fills_square_after_square_from_the_centre(size):
    rows, columns = np.divmod(unwrap_order("spiral", size), size)
    for side in range(1, size + 1):
        assert np.ptp(rows[: side**2]) == np.ptp(columns[: side**2]) == side - 1
    assert rows[0] == columns[0] == (size - 1) // 2


def test_spiral_by_hand():
    # 4 x 4, worked out on paper: right, down, left, left, up, up, right, right, right, down, ...
    expected = [5, 6, 10, 9, 8, 4, 0, 1, 2, 3, 7, 11, 15, 14, 13, 12]
    np.testing.assert_array_equal(unwrap_order("spiral", 4), expected)


def test_unknown_order_is_named():
    with pytest.raises(InputError, match="order: found 'zigzag', expected one of raster, snake"):
        unwrap_order("zigzag", 4)


sides = st.integers(1, 9)


@given(st.sampled_from(ORDERS), sides, sides)
def test_every_order_of_a_rectangle_is_a_permutation(name, rows, columns):
    order = unwrap_order(name, (rows, columns))
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(rows * columns))
    if rows == columns:
        np.testing.assert_array_equal(order, unwrap_order(name, rows))


@given(sides, sides)
def test_orders_of_a_rectangle(rows, columns):
    """A snake goes from neighbour to neighbour; a spiral is that of a square with its centre."""
    down, across = np.divmod(unwrap_order("snake", (rows, columns)), columns)
    np.testing.assert_array_equal(abs(np.diff(down)) + abs(np.diff(across)), 1)
    down, across = np.divmod(unwrap_order("spiral", 21), 21)
    down, across = down - 10 + (rows - 1) // 2, across - 10 + (columns - 1) // 2
    inside = (down >= 0) & (down < rows) & (across >= 0) & (across < columns)
    expected = (down * columns + across)[inside]
    np.testing.assert_array_equal(unwrap_order("spiral", (rows, columns)), expected)


shapes = st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(1, 4))


@given(shapes)
def test_tiles_cover_every_site_equally_often(shape):
    # of sites that are f apart in a row or column; of all, where f divides 2c as in the paper
    focus, context, blocks = shape
    size, width = focus * blocks, focus + 2 * context
    sites = tile_sites(size, focus, context)
    assert sites.shape == (blocks**2, width**2)
    counts = np.bincount(sites.ravel(), minlength=size**2).reshape(size, size)
    np.testing.assert_array_equal(counts, np.roll(counts, focus, axis=0))
    np.testing.assert_array_equal(counts, np.roll(counts, focus, axis=1))
    assert counts.mean() == width**2 / focus**2
    if 2 * context % focus == 0:
        assert np.ptp(counts) == 0


@given(shapes)
def test_tiles_are_periodic_squares(shape):
    focus, context, blocks = shape
    size, width = focus * blocks, focus + 2 * context
    rows, columns = np.divmod(tile_sites(size, focus, context), size)
    rows, columns = (a.reshape(blocks, blocks, width, width) for a in (rows, columns))
    i, j, k, m = np.indices(rows.shape)
    np.testing.assert_array_equal(rows, (i * focus + k - context) % size)
    np.testing.assert_array_equal(columns, (j * focus + m - context) % size)


@given(shapes)
def test_focus_blocks_partition_the_lattice(shape):
    focus, context, blocks = shape
    width = focus + 2 * context
    tiles = tile_sites(focus * blocks, focus, context).reshape(-1, width, width)
    inner = tiles[:, context : context + focus, context : context + focus]
    np.testing.assert_array_equal(np.sort(inner.ravel()), np.arange((focus * blocks) ** 2))


@pytest.mark.parametrize(("size", "focus"), [(5, 2), (4, 3), (2, 4), (0, 2), (-2, 2)])
def test_a_size_that_the_focus_does_not_divide_is_refused(size, focus):
    with pytest.raises(InputError, match=f"found {size}, expected a multiple .* focus {focus}"):
        tile_sites(size, focus, 1)
