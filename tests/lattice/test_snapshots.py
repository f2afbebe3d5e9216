import io
import re
import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dcl.errors import InputError
from dcl.lattice.configurations import (
    check_configurations,
    check_temperature,
    number_of_states,
    random_configurations,
)
from dcl.lattice.snapshot_files import load_configurations, load_snapshots, open_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.models.card import data_hash

SPINS = random_configurations(5, 3, n_states=2, seed=0)
GOOD = {"configurations": SPINS, "temperature": np.float64(4.0)}


def snapshot_sets():
    """Valid `Snapshots` of every kind."""
    shapes = st.tuples(st.integers(1, 4), st.integers(2, 4), st.integers(2, 4))

    def of(n_states):
        values = st.sampled_from([-1, 1]) if n_states == 2 else st.integers(0, n_states - 1)
        configurations = npst.arrays(np.int8, shapes, elements=values)
        temperatures = st.floats(1e-300, 1e300)
        return st.builds(Snapshots, configurations, temperatures, st.just(n_states))

    return st.integers(2, 21).flatmap(of)


@given(snapshots=snapshot_sets())
def test_round_trip(tmp_path_factory, snapshots):
    path = tmp_path_factory.getbasetemp() / "round-trip.npz"
    save_snapshots(snapshots, path)
    loaded = load_snapshots(path)
    np.testing.assert_array_equal(loaded.configurations, snapshots.configurations)
    assert loaded.configurations.dtype == np.int8
    assert loaded.configurations.flags.c_contiguous
    assert loaded.temperature == snapshots.temperature
    assert loaded.n_states == snapshots.n_states
    assert loaded.shape == snapshots.configurations.shape
    np.testing.assert_array_equal(load_configurations(path), snapshots.configurations)


def rewrite(path, **changes):
    """Write an .npz file again with other fields; without those that are None."""
    with np.load(path, allow_pickle=False) as archive:
        fields = {**archive, **changes}
    np.savez(path, **{name: value for name, value in fields.items() if value is not None})


@given(snapshots=snapshot_sets(), data=st.data())
def test_a_changed_field_of_a_written_file_is_named(tmp_path_factory, snapshots, data):
    """The archive is valid and so are the values: only the hash tells."""
    path = tmp_path_factory.getbasetemp() / "changed.npz"
    save_snapshots(snapshots, path)
    other = snapshots.configurations.copy()
    place = tuple(data.draw(st.integers(0, length - 1)) for length in other.shape)
    other[place] = -other[place] if snapshots.n_states == 2 else (other[place] + 1) % 2
    changes = {
        "configurations": data.draw(
            st.sampled_from([other, snapshots.configurations.astype(int), other.repeat(2, axis=0)])
        ),
        "temperature": np.nextafter(snapshots.temperature, 0),
        "n_states": 24 - snapshots.n_states,
    }
    field = data.draw(st.sampled_from(list(changes)))
    rewrite(path, **{field: changes[field]})
    told = rf"^{re.escape(str(path))}: {field}: found \w+ \(.*\), SHA-256 \w{{64}}, expected \w+ \("
    for read in (load_snapshots, open_snapshots, load_configurations):
        with pytest.raises(InputError, match=rf"{told}.*SHA-256 \w{{64}} as in content_sha256$"):
            read(path)


def test_a_removed_field_of_a_written_file_is_named(tmp_path):
    save_snapshots(Snapshots(SPINS, 4.0), tmp_path / "a.npz")
    rewrite(tmp_path / "a.npz", n_states=None)
    with pytest.raises(InputError, match=r"a.npz: found the fields .*, expected n_states as in"):
        load_snapshots(tmp_path / "a.npz")


def test_files_without_hashes_and_with_notes_are_read(tmp_path):
    path = tmp_path / "a.npz"
    save_snapshots(Snapshots(SPINS, 4.0), path)
    rewrite(path, notes="a field that has no hash")
    np.testing.assert_array_equal(load_snapshots(path).configurations, SPINS)
    rewrite(path, content_sha256=None, configurations=-SPINS)
    np.testing.assert_array_equal(load_snapshots(path).configurations, -SPINS)


@given(content=npst.arrays(npst.scalar_dtypes(), npst.array_shapes(min_dims=0)))
def test_hashes_that_are_none_are_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "content.npz"
    stream = io.BytesIO()
    np.savez(stream, **GOOD, content_sha256=content)
    assert load_or_input_error(path, stream.getvalue()) is None


def test_a_written_file_is_the_same_every_time_and_plain(tmp_path):
    snapshots = Snapshots(SPINS, 4.0)
    for name in ("a.npz", "b.npz"):
        save_snapshots(snapshots, tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert list(archive) == ["configurations", "temperature", "n_states", "content_sha256"]
        line = str(archive["content_sha256"][0])
    assert line == f"configurations: int8 (5, 3, 3), SHA-256 {data_hash(snapshots)}"


def file_bytes():
    stream = io.BytesIO()
    np.savez(stream, **GOOD)
    return stream.getvalue()


FILE = file_bytes()


def load_or_input_error(path, content):
    """The snapshots, or None if the file is refused in one line that names it."""
    path.write_bytes(content)
    try:
        return load_snapshots(path)
    except InputError as error:
        message = str(error)
    assert message.startswith(f"{path}: ")
    assert "found" in message
    assert "expected" in message
    assert "\n" not in message
    return None


@pytest.mark.parametrize("length", range(0, len(FILE), 7))
def test_a_truncated_file_is_refused(tmp_path, length):
    assert load_or_input_error(tmp_path / "a.npz", FILE[:length]) is None


@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(FILE) - 1), st.integers(1, 255)), min_size=1, max_size=4
    )
)
def test_corrupt_bytes_give_an_input_error_or_valid_snapshots(tmp_path_factory, changes):
    content = bytearray(FILE)
    for place, change in changes:
        content[place] ^= change
    snapshots = load_or_input_error(tmp_path_factory.getbasetemp() / "corrupt.npz", bytes(content))
    assert snapshots is None or isinstance(snapshots, Snapshots)


@given(
    field=st.sampled_from(["configurations", "temperature"]),
    place=st.integers(0, 200),
    byte=st.binary(min_size=1, max_size=3),
)
def test_corrupt_fields_with_a_correct_checksum(tmp_path_factory, field, place, byte):
    with zipfile.ZipFile(io.BytesIO(FILE)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    content = members[f"{field}.npy"]
    members[f"{field}.npy"] = content[:place] + byte + content[place + len(byte) :]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    path = tmp_path_factory.getbasetemp() / "field.npz"
    snapshots = load_or_input_error(path, stream.getvalue())
    assert snapshots is None or set(np.unique(snapshots.configurations)) <= set(range(-1, 21))


@given(content=st.binary())
def test_any_bytes_are_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.npz"
    assert load_or_input_error(path, content) is None


def scalars():
    return npst.arrays(
        npst.scalar_dtypes() | npst.array_dtypes(max_size=2), npst.array_shapes(min_dims=0)
    )


@given(temperature=scalars(), n_states=scalars())
def test_any_arrays_as_temperature_and_number_of_states(tmp_path_factory, temperature, n_states):
    path = tmp_path_factory.getbasetemp() / "fields.npz"
    stream = io.BytesIO()
    np.savez(stream, configurations=SPINS, temperature=temperature, n_states=n_states)
    snapshots = load_or_input_error(path, stream.getvalue())
    if snapshots is not None:
        assert temperature.dtype.kind in "iuf"
        assert n_states.dtype.kind in "iu"
        assert snapshots.temperature == float(temperature.item())
        assert snapshots.n_states == n_states.item()


@given(array=npst.arrays(npst.scalar_dtypes(), npst.array_shapes(min_dims=0, max_dims=4)))
def test_any_array_as_configurations(array):
    try:
        configurations = check_configurations(array, "configurations")
    except InputError as error:
        message = str(error)
    else:
        n, rows, columns = configurations.shape
        assert n >= 1
        assert min(rows, columns) >= 2
        assert array.dtype.kind in "iub"
        assert configurations.dtype == np.int8
        np.testing.assert_array_equal(configurations, array)
        values = set(array.ravel().tolist())
        assert values <= {-1, 1} or values <= set(range(21))
        return
    assert re.match(r"configurations: found .*, expected ", message)


BAD_FIELDS = {
    "float spins": ("configurations", 0.7 * SPINS, "found values -0.7, 0.7, expected .1 and -1"),
    "infinite spins": ("configurations", np.inf * SPINS, "found values -inf, inf, expected"),
    "text spins": ("configurations", np.full((5, 3, 3), "1"), "found dtype <U1, expected integers"),
    "complex spins": ("configurations", SPINS * 1j, "found dtype complex128, expected integers"),
    "NaN": ("configurations", np.full((5, 3, 3), np.nan), "found NaN, expected integers"),
    "one configuration": (
        "configurations",
        SPINS[0],
        r"found shape \(3, 3\), expected \(n, L1, L2",
    ),
    "flat": ("configurations", SPINS[:, 0].repeat(2, 1), r"shape \(5, 6\), expected \(n, L1"),
    "a gap": ("configurations", 2 * SPINS + 3, "found values 1, 5, expected"),
    "one site": ("configurations", SPINS[:, :1, :1], r"shape \(5, 1, 1\), .* with L1, L2 >= 2"),
    "one row": ("configurations", SPINS[:, :1], r"shape \(5, 1, 3\), .* with L1, L2 >= 2"),
    "no site": ("configurations", SPINS[:, :0, :0], r"shape \(5, 0, 0\), .* with L1, L2 >= 2"),
    "int64 300": ("configurations", np.full((5, 3, 3), 300), "found values 300, expected"),
    "uint8 255": ("configurations", SPINS.view(np.uint8), "found values 1, 255, expected"),
    "uint64": ("configurations", np.full((5, 3, 3), 2**64 - 1, np.uint64), "found values 18446"),
    "empty": ("configurations", SPINS[:0], "found no configuration, expected at least one"),
    "spin 2": ("configurations", 2 * SPINS, "found values -2, 2, expected .1 and -1 or 0 to 20"),
    "spin 0": ("configurations", SPINS // 2, "found values -1, 0, expected .1 and -1 or 0 to 20"),
    "colour 21": ("configurations", SPINS + np.int8(20), "found values 19, 21, expected"),
    "object spins": ("configurations", SPINS.astype(object), "unreadable field configurations"),
    "zero temperature": ("temperature", 0.0, "found 0.0, expected one positive number"),
    "negative temperature": ("temperature", -4.0, "found -4.0, expected one positive number"),
    "NaN temperature": ("temperature", np.nan, "found nan, expected one positive number"),
    "infinite temperature": ("temperature", np.inf, "found inf, expected one positive number"),
    "two temperatures": ("temperature", [1.0, 2.0], r"found \[1. 2.\], expected one positive"),
    "no temperature": ("temperature", [], r"found \[\], expected one positive number"),
    "text": ("temperature", "4", "found 4, expected one positive number"),
    "complex": ("temperature", 4 + 1j, "expected one positive number"),
    "object temperature": ("temperature", np.array(4.0, object), "unreadable field temperature"),
    "one state": ("n_states", 1, "found 1, expected an integer from 2 to 21"),
    "22 states": ("n_states", 22, "found 22, expected an integer from 2 to 21"),
    "two and a half states": ("n_states", 2.5, "found 2.5, expected an integer from 2 to 21"),
    "two numbers of states": ("n_states", [2, 2], r"found \[2 2\], expected an integer"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("field", "value", "message"), BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_a_bad_field_is_named_with_what_was_found_and_expected(tmp_path, field, value, message):
    path = tmp_path / "a.npz"
    np.savez(path, **{**GOOD, field: value})
    with pytest.raises(InputError, match=f"^{path}: .*{field}.*") as caught:
        load_snapshots(path)
    assert re.search(message, str(caught.value))


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("configurations", r"found the fields temperature float64 \(\), expected configurations"),
        ("temperature", "found no temperature, expected one"),
    ],
)
def test_a_missing_field_is_named(tmp_path, field, message):
    path = tmp_path / "a.npz"
    np.savez(path, **{name: value for name, value in GOOD.items() if name != field})
    with pytest.raises(InputError, match=message):
        load_snapshots(path)


def test_a_file_without_fields(tmp_path):
    np.savez(tmp_path / "a.npz")
    with pytest.raises(InputError, match="found the fields nothing, expected configurations"):
        load_snapshots(tmp_path / "a.npz")


def test_values_must_fit_the_number_of_states(tmp_path):
    np.savez(tmp_path / "a.npz", **GOOD, n_states=3)
    with pytest.raises(InputError, match="configurations: found values -1, 1, expected 0 to 2"):
        load_snapshots(tmp_path / "a.npz")


def test_other_kinds_of_file(tmp_path):
    for name, content in {"text": b"temperature,4\n", "pickle": b"\x80\x04N."}.items():
        assert load_or_input_error(tmp_path / name, content) is None
    np.save(tmp_path / "a.npy", SPINS)
    with pytest.raises(InputError, match=r"a.npy: found no temperature, expected one in the file"):
        load_snapshots(tmp_path / "a.npy")
    with pytest.raises(InputError, match=r"a.npz: found no such file, expected"):
        load_snapshots(tmp_path / "a.npz")
    with pytest.raises(InputError, match=f"{tmp_path}: found an unreadable file"):
        load_snapshots(tmp_path)


def test_further_fields_are_ignored_and_the_number_of_states_is_optional(tmp_path):
    colours = random_configurations(50, 3, n_states=4, seed=0)
    np.savez(tmp_path / "a.npz", configurations=colours, temperature=2, notes="from a friend")
    assert load_snapshots(tmp_path / "a.npz").n_states == 4
    np.savez(tmp_path / "a.npz", configurations=colours, temperature=[2.0], n_states=[5])
    assert load_snapshots(tmp_path / "a.npz").n_states == 5


def test_nothing_is_written_where_writing_fails(tmp_path):
    with pytest.raises(InputError, match="expected a folder that can be written to"):
        save_snapshots(Snapshots(SPINS, 4.0), tmp_path / "missing" / "a.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("n_states", [1, 22, 2.5])
def test_number_of_states_out_of_range(n_states):
    with pytest.raises(InputError, match=f"n_states: found {n_states}, expected an integer from 2"):
        Snapshots(np.ones((1, 2, 2), np.int8), 1.0, n_states)


def test_snapshots_are_kept_contiguous():
    snapshots = Snapshots(np.asfortranarray(SPINS), np.float32(2.0))
    assert snapshots.configurations.flags.c_contiguous
    assert type(snapshots.temperature) is float
    np.testing.assert_array_equal(snapshots.configurations, SPINS)


@pytest.mark.parametrize(
    ("values", "n_states"),
    [([-1, 1], 2), ([-1, -1], 2), ([1, 1], 2), ([0, 1], 2), ([0, 0], 2), ([0, 2], 3), ([7, 7], 8)],
)
def test_number_of_states(values, n_states):
    array = np.array(values * 2, np.int8).reshape(1, 2, 2)
    assert number_of_states(array) == n_states


@pytest.mark.parametrize("value", [4, 4.0, np.float32(4), np.int8(4), [4.0], np.array(4)])
def test_one_positive_number_is_a_temperature(value):
    assert check_temperature(value, "temperature") == 4.0


@pytest.mark.parametrize("value", [None, "4", b"4", "four", [], [1, 2], 0, -1, {}, True, 1j])
def test_anything_else_is_not_a_temperature(value):
    with pytest.raises(InputError, match=r"^temperature: found .*, expected one positive number"):
        check_temperature(value, "temperature")


def test_ragged_configurations_are_an_input_error():
    with pytest.raises(InputError, match=r"configurations: found .*, expected integers"):
        check_configurations([[[1, 1], [1]]], "configurations")


def test_load_configurations(tmp_path):
    np.save(tmp_path / "a.npy", SPINS)
    np.testing.assert_array_equal(load_configurations(tmp_path / "a.npy"), SPINS)
    np.savez(tmp_path / "b.npz", spins=SPINS, more=-SPINS)
    with pytest.raises(InputError, match=r"b.npz: found the fields spins int8 .*, expected conf"):
        load_configurations(tmp_path / "b.npz")
    np.save(tmp_path / "c.npy", SPINS.astype(complex))
    with pytest.raises(InputError, match=r"c.npy: found dtype complex128, expected integers"):
        load_configurations(tmp_path / "c.npy")
    with pytest.raises(InputError, match=r"a.npy: found values -1, 1, expected 0 to 2"):
        load_configurations(tmp_path / "a.npy", n_states=3)


@pytest.mark.parametrize("n_states", [2, 3, 8])
def test_random_configurations_are_uniform(n_states):
    # each count within 5 standard deviations: false alarm below 6e-6 for the whole test
    configurations = random_configurations(1000, 10, n_states, seed=1)
    values, counts = np.unique(configurations, return_counts=True)
    expected = [-1, 1] if n_states == 2 else range(n_states)
    np.testing.assert_array_equal(values, expected)
    mean = configurations.size / n_states
    assert (abs(counts - mean) < 5 * np.sqrt(mean * (1 - 1 / n_states))).all()
    again = random_configurations(1000, 10, n_states, seed=1)
    np.testing.assert_array_equal(configurations, again)
    assert (configurations != random_configurations(1000, 10, n_states, seed=2)).any()


# --- formats, types and conventions of values ---


def write_file(path, configurations, **fields):
    """Write the same fields in the format of the suffix; an .npy file has the array alone."""
    if path.suffix == ".npy":
        np.save(path, configurations)
    elif path.suffix == ".npz":
        np.savez(path, configurations=configurations, **fields)
    else:
        with h5py.File(path, "w") as file:
            chunked = {"chunks": True, "compression": "gzip"} if path.stem == "chunked" else {}
            file.create_dataset("configurations", data=configurations, **chunked)
            for name, value in fields.items():
                file[name] = value


FILES = ["a.npz", "a.npy", "a.h5", "chunked.h5"]
ALPHABETS = [
    ((-1, 1), 2, (-1, 1), "spins -1 and +1", "int8 >i2 int64"),
    ((0, 1), 2, (-1, 1), "0 and 1, read as spins -1 and +1", "bool int8 uint8 int32 uint64"),
    ((0, 1, 2), 3, (0, 1, 2), "states 0 to 2", "int8 uint8 int64"),
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("values", "n_states", "read", "told", "dtype"),
    [(*case[:4], dtype) for case in ALPHABETS for dtype in case[4].split()],
)
def test_every_format_type_and_alphabet(
    tmp_path, monkeypatch, name, values, n_states, read, told, dtype
):
    """Whole and in parts of one snapshot: the same states."""
    states = np.random.default_rng(0).integers(0, n_states, (20, 3, 4))
    write_file(tmp_path / name, np.array(values)[states].astype(dtype), temperature=2.5)
    given = 2.5 if name == "a.npy" else None
    expected = np.array(read, np.int8)[states]
    loaded = load_snapshots(tmp_path / name, given)
    np.testing.assert_array_equal(loaded.configurations, expected)
    assert (loaded.temperature, loaded.n_states) == (2.5, n_states)
    monkeypatch.setattr("dcl.lattice.storage.PART", 1)
    opened = open_snapshots(tmp_path / name, given)
    parts = list(opened.parts())
    assert [part.shape for part in parts] == [(1, 3, 4)] * 20
    np.testing.assert_array_equal(np.concatenate(parts), expected)
    assert opened.stored == f"{dtype}, {told}"
    for numbers in ([3], [0, 7, 8, 19]):
        np.testing.assert_array_equal(opened.take(np.array(numbers)), expected[numbers])


def test_colours_0_and_1_stay_where_there_may_be_more(tmp_path):
    np.savez(
        tmp_path / "a.npz", configurations=np.eye(3, dtype=int)[None], temperature=1, n_states=3
    )
    assert load_snapshots(tmp_path / "a.npz").configurations[0, 0].tolist() == [1, 0, 0]


def test_the_number_of_states_is_that_of_all_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("dcl.lattice.storage.PART", 1)
    states = np.zeros((9, 2, 2), np.int8)
    states[8, 1, 0] = 4
    np.save(tmp_path / "a.npy", states)
    assert open_snapshots(tmp_path / "a.npy").n_states == 5
    states[4, 0, 0] = -1
    np.save(tmp_path / "a.npy", states)
    with pytest.raises(InputError, match="found values -1, 0, 4, expected"):
        open_snapshots(tmp_path / "a.npy")


def test_an_array_with_its_last_axis_first(tmp_path):
    np.save(tmp_path / "a.npy", np.asfortranarray(SPINS))
    np.testing.assert_array_equal(load_snapshots(tmp_path / "a.npy", 1.0).configurations, SPINS)


def test_an_hdf5_attribute_is_a_temperature(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["configurations"], file.attrs["temperature"] = SPINS, 3.5
    assert load_snapshots(tmp_path / "a.h5").temperature == 3.5


def test_a_file_without_temperature_takes_one_and_no_other(tmp_path):
    np.savez(tmp_path / "a.npz", configurations=SPINS)
    assert open_snapshots(tmp_path / "a.npz").temperature is None
    assert load_snapshots(tmp_path / "a.npz", 3.0).temperature == 3.0
    with pytest.raises(InputError, match="temperature: found -1, expected one positive"):
        load_snapshots(tmp_path / "a.npz", -1)
    np.savez(tmp_path / "a.npz", **GOOD)
    with pytest.raises(InputError, match=r"--temperature: found 3, expected 4 as in .*a.npz"):
        open_snapshots(tmp_path / "a.npz", 3.0)


def good_files():
    found = {}
    with h5py.File("a.h5", "w", driver="core", backing_store=False) as file:
        file.create_dataset("configurations", data=SPINS, chunks=(2, 3, 3), compression="gzip")
        file["temperature"] = 4.0
        file.flush()
        found["h5"] = file.id.get_file_image()
    stream = io.BytesIO()
    np.save(stream, SPINS)
    return {**found, "npy": stream.getvalue()}


GOOD_FILES = good_files()


@pytest.mark.parametrize("suffix", GOOD_FILES)
@given(data=st.data())
def test_other_formats_damaged(tmp_path_factory, suffix, data):
    """Bytes changed and cut off: an input error in one line, or valid snapshots."""
    content = bytearray(GOOD_FILES[suffix])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / f"damaged.{suffix}"
    path.write_bytes(content[: data.draw(st.integers(place, len(content)))])
    try:
        configurations = load_snapshots(path, 4.0).configurations
    except InputError as error:
        message = str(error)
    else:
        assert set(np.unique(configurations)) <= set(range(-1, 21))
        return
    assert re.fullmatch(r".*found .*, expected .*", message)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (SPINS / 3, "found values -0.333333333333, 0.333333333333"),
        (np.full((2, 2, 2), np.nan), "found NaN"),
        (np.array(["a"], object), "found dtype object"),
        (SPINS[0], r"found shape \(3, 3\)"),
        (SPINS[:0], "found no configuration"),
        (3 * SPINS, "found values -3, 3"),
    ],
)
def test_bad_fields_of_hdf5(tmp_path, value, found):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["configurations"], file["temperature"] = value, 4.0
    with pytest.raises(InputError, match=f"a.h5: configurations: {found}.*, expected"):
        load_snapshots(tmp_path / "a.h5")


def test_hdf5_with_other_things(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["run/a"], file["run/b"], file["temperature"] = SPINS, SPINS, h5py.Empty("f")
    with pytest.raises(InputError, match=r"a.h5: found the fields run/a int8 \(5, 3, 3\), run/b"):
        load_snapshots(tmp_path / "a.h5")
