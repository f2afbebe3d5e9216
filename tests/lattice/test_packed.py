import io
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.packed import pack, save_packed, unpack
from dcl.lattice.snapshot_files import load_configurations, load_snapshots

SPINS = random_configurations(5, 3, n_states=2, seed=0)
GOOD = {"packed": pack(SPINS), "lattice_size": np.int64(3), "temperature": np.float64(4.0)}


def spin_sets():
    shapes = st.tuples(st.integers(1, 6), st.integers(2, 9)).map(lambda s: (s[0], s[1], s[1]))
    return npst.arrays(np.int8, shapes, elements=st.sampled_from([-1, 1]))


@given(spins=spin_sets(), temperature=st.floats(1e-300, 1e300), cut=st.integers(0, 6))
def test_round_trip(tmp_path_factory, spins, temperature, cut):
    path = tmp_path_factory.getbasetemp() / "packed.npz"
    count, size, _ = spins.shape
    parts = [pack(part) for part in (spins[:cut], spins[cut:])]
    save_packed(parts, path, count=count, lattice_size=size, temperature=temperature)
    loaded = load_snapshots(path)
    np.testing.assert_array_equal(loaded.configurations, spins)
    assert loaded.temperature == temperature
    assert loaded.n_states == 2
    np.testing.assert_array_equal(load_configurations(path), spins)


def test_the_file_is_one_that_numpy_writes(tmp_path):
    save_packed([GOOD["packed"]], tmp_path / "a.npz", count=5, lattice_size=3, temperature=4.0)
    with np.load(tmp_path / "a.npz") as archive:
        fields = dict(archive)
    assert list(fields) == [*GOOD, "content_sha256"]
    for name, value in GOOD.items():
        np.testing.assert_array_equal(fields[name], value)
        assert fields[name].dtype == value.dtype
    assert zipfile.ZipFile(tmp_path / "a.npz").testzip() is None


@given(place=st.integers(0, 9), cut=st.integers(0, 5))
def test_a_flipped_spin_is_told_by_its_hash(tmp_path_factory, place, cut):
    path = tmp_path_factory.getbasetemp() / "flipped.npz"
    parts = [GOOD["packed"][:cut], GOOD["packed"][cut:]]
    save_packed(parts, path, count=5, lattice_size=3, temperature=4.0)
    with np.load(path) as archive:
        fields = dict(archive)
    fields["packed"].reshape(-1)[place] ^= 128
    np.savez(path, **fields)
    with pytest.raises(InputError, match=r"packed: found uint8 \(5, 2\), SHA-256 .*, expected"):
        load_snapshots(path)


def test_one_bit_a_spin():
    assert pack(np.ones((7, 8, 8), np.int8)).nbytes == 7 * 8


BAD_FIELDS = {
    "int8 bits": ("packed", GOOD["packed"].view(np.int8), "found dtype int8, expected uint8"),
    "one row": ("packed", GOOD["packed"][0], r"found shape \(2,\), expected \(n, 2\) for L = 3"),
    "short": ("packed", GOOD["packed"][:, :1], r"found shape \(5, 1\), expected \(n, 2\)"),
    "full": ("packed", GOOD["packed"] | 1, "found bits after the last spin, expected zeros"),
    "empty": ("packed", GOOD["packed"][:0], "found no configuration, expected at least one"),
    "other size": ("lattice_size", 5, r"packed: found shape \(5, 2\), expected \(n, 4\) for L = 5"),
    "one site": ("lattice_size", 1, "found 1, expected an integer from 2 to 32768"),
    "huge": ("lattice_size", 2**40, "found 1099511627776, expected an integer from 2"),
    "half": ("lattice_size", 3.5, "found 3.5, expected an integer from 2"),
    "two sizes": ("lattice_size", [3, 3], r"found \[3 3\], expected an integer from 2"),
    "negative temperature": ("temperature", -4.0, "found -4.0, expected one positive number"),
    "three states": ("n_states", 3, "configurations: found values -1, 1, expected 0 to 2"),
}


@pytest.mark.parametrize(("field", "value", "message"), BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_a_bad_field_is_named(tmp_path, field, value, message):
    path = tmp_path / "a.npz"
    np.savez(path, **{**GOOD, field: value})
    with pytest.raises(InputError, match=rf"^{path}: .*found .*, expected ") as caught:
        load_snapshots(path)
    assert re.search(message, str(caught.value))
    assert "\n" not in str(caught.value)


def test_a_missing_lattice_size_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", packed=GOOD["packed"], temperature=4.0)
    with pytest.raises(InputError, match=r"found the fields packed, .*, expected lattice_size"):
        load_snapshots(tmp_path / "a.npz")


def file_bytes():
    stream = io.BytesIO()
    np.savez(stream, **GOOD)
    return stream.getvalue()


FILE = file_bytes()


@given(
    place=st.integers(0, len(FILE) - 1), change=st.integers(0, 255), end=st.integers(0, len(FILE))
)
def test_a_damaged_file_is_an_input_error_or_valid(tmp_path_factory, place, change, end):
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    content = bytearray(FILE)
    content[place] ^= change
    path.write_bytes(content[:end])
    try:
        configurations = load_snapshots(path).configurations
    except InputError as error:
        message = str(error)
    else:
        assert set(np.unique(configurations)) <= {-1, 1}
        return
    assert re.match(rf"{path}: .*found .*, expected ", message)


def test_nothing_is_left_where_a_part_fails(tmp_path):
    def parts():
        yield GOOD["packed"][:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_packed(parts(), tmp_path / "a.npz", count=5, lattice_size=3, temperature=4.0)
    assert list(tmp_path.iterdir()) == []


def test_errors_of_arrays_are_plain():
    with pytest.raises(InputError, match=r"^lattice_size: found nine, expected an integer"):
        unpack(GOOD["packed"], "nine")
    with pytest.raises(InputError, match=r"^packed: found dtype float64, expected uint8"):
        unpack(GOOD["packed"] / 2, 3)
