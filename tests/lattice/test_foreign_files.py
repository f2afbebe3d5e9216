"""Files of other programs: each is read as the snapshots that were put into it, or refused."""

import io
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.io import savemat

from dcl.cli import main
from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.snapshot_files import load_configurations, open_snapshots
from dcl.lattice.state_coding import state_coding
from dcl.lattice.text_files import read_text

SPINS = random_configurations(50, 4, 2, seed=1)
STATES = random_configurations(50, (4, 6), 3, seed=2)
FLAT = SPINS.reshape(50, 16)


def npz(**fields):
    return lambda path: np.savez(path.open("wb"), **fields)


def npy(array):
    return lambda path: np.save(path.open("wb"), array)


def mat(**fields):
    return lambda path: savemat(path, fields)


def text(array, delimiter=",", before="", after="\n", fmt="%d"):
    def write(path):
        stream = io.StringIO()
        np.savetxt(stream, array, fmt=fmt, delimiter=delimiter)
        path.write_text(before + stream.getvalue().rstrip("\n") + after)

    return write


def pandas_csv(path):
    """As DataFrame.to_csv writes it: column numbers after an empty name, and an index."""
    rows = [",".join(["", *map(str, range(16))])]
    rows += [",".join(map(str, (number, *row))) for number, row in enumerate(FLAT)]
    path.write_text("\n".join(rows) + "\n")


def hdf5(attributes=(), **fields):
    def write(path):
        with h5py.File(path, "w") as file:
            for name, value in fields.items():
                file[name.replace("__", "/")] = value
            for name, value in attributes:
                file.attrs[name] = value

    return write


def matlab(**fields):
    """As MATLAB's save -v7.3 writes them: doubles, the last axis the slowest."""

    def write(path):
        with h5py.File(path, "w", userblock_size=512) as file:
            for name, value in fields.items():
                file[name] = np.atleast_2d(value).T * 1.0
        with path.open("r+b") as stream:
            stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")

    return write


GOOD = {"configurations": SPINS, "temperature": 2.5}
FLOAT_SPINS = "float64, spins -1 and .1"
CASES = {
    # name: what writes it, options, the states in it, what is told
    "documented.npz": (npz(**GOOD), {}, SPINS, None),
    "float.npz": (npz(configurations=SPINS * 1.0, temperature=2.5), {}, SPINS, FLOAT_SPINS),
    "half.npz": (npz(configurations=SPINS / 2, temperature=2.5), {}, SPINS, "-0.5 and 0.5, read"),
    "pixels.npz": (
        npz(configurations=(SPINS > 0).astype(np.uint8) * 255, temperature=2.5),
        {}, SPINS, "0 and 255, read as spins",
    ),
    "one-two.npz": (
        npz(configurations=(SPINS + 3) // 2, temperature=2.5), {}, SPINS, "1 and 2, read as spins"
    ),
    "from-one.npz": (
        npz(configurations=STATES + 1, temperature=2.5), {}, STATES, "1 to 3, read as states 0 to 2"
    ),
    "from-one-float.npz": (
        npz(configurations=STATES + 1.0, temperature=2.5), {}, STATES, "float64, 1 to 3, read as"
    ),
    "from-one-of-three.npz": (
        npz(configurations=np.maximum(STATES, 1) + 1, temperature=2.5, n_states=3),
        {}, np.maximum(STATES, 1), "1 to 3, read as states 0 to 2",
    ),
    "flat.npz": (npz(configurations=FLAT, temperature=2.5), {}, SPINS, r"\(50, 16\) is read as"),
    "channel-last.npz": (
        npz(configurations=STATES[..., None], temperature=2.5), {}, STATES, r"4, 6, 1\) is read as"
    ),
    "channel-first.npy": (
        npy(SPINS[:, None]), {"temperature": 2.5}, SPINS, r"\(50, 1, 4, 4\) is read as \(50, 4, 4\)"
    ),
    "named.npz": (npz(spins=SPINS, T=2.5), {}, SPINS, "spins is read as configurations; T is read"),
    "temperatures.npz": (
        npz(configurations=SPINS, temperature=np.full(50, 2.5)),
        {}, SPINS, "is read as one temperature",
    ),
    "last.npy": (
        npy(np.moveaxis(STATES, 0, -1)), {"temperature": 2.5, "snapshots_last": True},
        STATES, r"the last axis of \(4, 6, 50\) counts snapshots",
    ),
    "flat-last.npy": (
        npy(FLAT.T), {"temperature": 2.5, "snapshots_last": True}, SPINS, r"last axis of \(16, 50\)"
    ),
    "group.h5": (
        hdf5(run__spins=SPINS, run__temperature=2.5, other__temperature=9.0),
        {}, SPINS, "run/spins is read as configurations; run/temperature is read as temperature",
    ),
    "group-configurations.h5": (
        hdf5(a__configurations=SPINS, a__b=SPINS, attributes=[("temperature", 2.5)]),
        {}, SPINS, "a/configurations is read",
    ),
    "chosen.h5": (
        hdf5(a=SPINS, b=-SPINS, hot=2.5, cold=1.0),
        {"dataset": "/a", "temperature_dataset": "hot"}, SPINS, None,
    ),
    "matlab-7.3.mat": (matlab(configurations=STATES, temperature=2.5), {}, STATES, "0 to 2"),
    "matlab-7.3-turned.mat": (
        matlab(spins=np.moveaxis(STATES, 0, -1), T=2.5),
        {"snapshots_last": True, "dataset": "spins"}, STATES, "counts snapshots; float64, states",
    ),
    "matlab-5.mat": (mat(configurations=SPINS * 1.0, temperature=2.5), {}, SPINS, FLOAT_SPINS),
    "structure.mat": (
        mat(run={"spins": SPINS, "temperature": 2.5}), {}, SPINS, "run/spins is read as conf"
    ),
    "comma.csv": (text(FLAT), {"temperature": 2.5}, SPINS, r"\(50, 16\) is read as \(50, 4, 4\)"),
    "blank.txt": (text(FLAT, " ", fmt="%.1f"), {"temperature": 2.5}, SPINS, "is read as"),
    "remark.tsv": (text(FLAT, "\t", "# T = 2.5, run 7\n"), {}, SPINS, "is read as"),
    "header.csv": (
        text(FLAT, ";", ";".join(f"s{k}" for k in range(16)) + "\n"), {"temperature": 2.5},
        SPINS, "is read as",
    ),
    "compressed.csv.gz": (
        lambda path: np.savetxt(path, FLAT, "%d", ",", header="T = 2.5"), {}, SPINS, "is read as"
    ),
    "pandas.csv": (pandas_csv, {"temperature": 2.5}, SPINS, "is read as"),
    "quoted.csv": (
        lambda path: path.write_text(
            "\n".join(",".join(f'"{spin}"' for spin in row) for row in FLAT)
        ),
        {"temperature": 2.5}, SPINS, "is read as",
    ),
    "time.npz": (npz(spins=SPINS, t=np.arange(50)), {"temperature": 2.5}, SPINS, "spins is read"),
    "said-twice.npz": (
        npz(configurations=SPINS, temperature=2.5, T=np.float32(2.5)), {}, SPINS, None
    ),
    "said-twice.txt": (text(FLAT, " ", "# T = 2.5\n# temp: 2.5\n"), {}, SPINS, "is read as"),
    "rows.txt": (
        lambda path: path.write_text(
            "\n\n".join("\n".join(" ".join(map(str, row)) for row in one) for one in STATES)
        ),
        {"temperature": 2.5}, STATES, None,
    ),
}  # fmt: skip


def arguments(options):
    """Options of the command line."""
    found = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        found += [option] if value is True else [option, str(value)]
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_foreign_file_is_read_as_what_was_put_into_it(tmp_path, monkeypatch, name):
    write, options, expected, told = CASES[name]
    write(tmp_path / name)
    monkeypatch.setattr("dcl.lattice.storage.PART", 100)
    found = open_snapshots(tmp_path / name, **options)
    loaded = found.load()
    np.testing.assert_array_equal(loaded.configurations, expected)
    assert (loaded.temperature, loaded.n_states) == (2.5, 2 if expected is SPINS else 3)
    np.testing.assert_array_equal(found.take(np.array([3, 7])), expected[[3, 7]])
    assert found.warnings == ()
    remarks = "; ".join(found.remarks)
    assert re.search(told, remarks) if told else not remarks
    if not options.keys() & {"dataset", "snapshots_last"}:
        np.testing.assert_array_equal(
            load_configurations(tmp_path / name, loaded.n_states), expected
        )


@pytest.mark.parametrize("name", CASES)
def test_inspect_and_learn_say_how_they_read_it(tmp_path, monkeypatch, capsys, name):
    """In one line each; `learn` is given the snapshots that were put into the file."""
    write, options, expected, told = CASES[name]
    write(tmp_path / name)
    taken = []

    def study(snapshots, *_arguments, **_options):
        taken.append(snapshots.load())
        raise InputError("enough")

    monkeypatch.setattr("dcl.runs.study.learn", study)
    more = arguments(options)
    with pytest.raises(SystemExit) as ended:
        main(["inspect", str(tmp_path / name), *more])
    assert not ended.value.code
    out, err = capsys.readouterr()
    assert "temperature: 2.5 J / k_B" in out
    with pytest.raises(SystemExit):
        main(["learn", str(tmp_path / name), "--out", str(tmp_path / "study"), *more])
    np.testing.assert_array_equal(taken[0].configurations, expected)
    remark = [line for line in capsys.readouterr().err.splitlines() if "remark" in line]
    assert remark == err.splitlines()
    assert len(remark) == bool(told)
    for line in remark:
        assert re.match(rf"remark: {tmp_path / name}: .*{told}", line)
        assert all(f"remark: {part}" in out for part in line.split(": ", 2)[2].split("; "))


REFUSED = {
    "gap.npz": (npz(configurations=2 * SPINS + 3, temperature=1.0), {}, "found values 1, 5, expec"),
    "blume.npz": (
        npz(configurations=STATES - 1, temperature=1.0), {},
        "found values -1, 0, 1, expected .1 and -1 or 0 to 20; add 1 if a spin has these 3 states",
    ),
    "spin-3-2.npz": (
        npz(configurations=np.arange(16).reshape(1, 4, 4) % 4 - 1.5, temperature=1.0), {},
        "found values -1.5, -0.5, 0.5, 1.5, expected .* 20; add 1.5 if a spin has these 4 states",
    ),
    "energies.npz": (npz(configurations=SPINS * 0.7, temperature=1.0), {}, "found values -0.7, 0"),
    "unnamed.npz": (
        npz(a=SPINS, b=STATES), {"temperature": 1.0},
        r"found the fields b int8 \(50, 4, 6\), a int8 \(50, 4, 4\), expected configurations, or",
    ),
    "no-such.h5": (hdf5(**GOOD), {"dataset": "x"}, "--dataset: found x, expected one of configur"),
    "no-such-temperature.h5": (
        hdf5(**GOOD), {"temperature_dataset": "x"}, "--temperature-dataset: found x, expected one"
    ),
    "groups.h5": (
        hdf5(spins=SPINS, a__temperature=1.0, b__temperature=2.0), {},
        "found the temperatures a/temperature, b/temperature, expected the name",
    ),
    "several.npz": (
        npz(configurations=SPINS, temperature=np.linspace(1, 2, 50)), {},
        "temperature: found temperatures from 1 to 2, expected one",
    ),
    "two-temperatures.npz": (
        npz(configurations=SPINS, temperature=2.5, T=3.0), {},
        "found the temperatures temperature, T, expected the name of one with --temperature-dat",
    ),
    "two-temperatures.txt": (text(FLAT, " ", "# T = 2.5\n# T = 3\n"), {}, r"\(temperatures 2.5, 3"),
    "negative.txt": (text(FLAT, " ", "# T = -2.5\n"), {}, "temperature: found -2.5, expected one"),
    "hole-in-front.csv": (
        lambda path: path.write_text("," + "\n".join(",".join(map(str, row)) for row in FLAT)[3:]),
        {"temperature": 1.0}, "found an unreadable file",
    ),
    "image.png": (lambda path: path.write_bytes(b"\x89PNG"), {}, "no text in UTF-8"),
    "one.npy": (npy(np.ones((16, 16), int)), {"temperature": 1.0}, r"found shape \(16, 16\), exp"),
    "flat-last.npy": (npy(FLAT.T[:, :48]), {"temperature": 1.0}, "L2 >= 2, or --snapshots-last"),
    "words.txt": (lambda path: path.write_text("up down\nup up\n"), {}, "found an unreadable file"),
    "empty.csv": (lambda path: path.write_text(""), {}, "found an unreadable file .no numbers."),
    "ragged.csv": (lambda path: path.write_text("1 1 1 1\n1 1\n"), {}, "found an unreadable file"),
    "cut.mat": (lambda path: path.write_bytes(b"MATLAB 5.0 MAT-file"), {}, "found an unreadable"),
    "cells.mat": (
        mat(configurations=np.array([SPINS, "up"], object)), {}, "found the fields nothing"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_unclear_is_refused_in_one_line(tmp_path, capsys, name):
    write, options, message = REFUSED[name]
    write(tmp_path / name)
    with pytest.raises(SystemExit) as ended:
        main(["inspect", str(tmp_path / name), *arguments(options)])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(message, line)
    assert "expected" in line


@pytest.mark.parametrize("shape", [(4, 4, 50), (4, 6, 50), (16, 81)])
def test_a_turned_array_is_doubted(tmp_path, capsys, shape):
    np.save(tmp_path / "a.npy", np.random.default_rng(1).integers(0, 2, shape))
    with pytest.raises(SystemExit):
        main(["inspect", str(tmp_path / "a.npy")])
    out, err = capsys.readouterr()
    assert "--snapshots-last turns the array" in err
    assert "--snapshots-last turns the array" in out


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_temperature_is_compared_as_the_file_has_it(tmp_path, kind):
    np.savez(tmp_path / "a.npz", configurations=SPINS, temperature=kind(2.269))
    assert open_snapshots(tmp_path / "a.npz", 2.269).temperature == 2.269
    with pytest.raises(InputError, match=r"--temperature: found 2.3, expected 2.269.* as in"):
        open_snapshots(tmp_path / "a.npz", 2.3)


def or_one_line(function, *given):
    """What a function returns, or None if it refuses its input in one line."""
    try:
        return function(*given)
    except InputError as error:
        message = str(error)
    assert re.fullmatch(r"[^\n]*found [^\n]*expected [^\n]*", message)
    return None


@given(
    n_states=st.integers(3, 21),
    lowest=st.integers(0, 5),
    kind=st.sampled_from(["i1", "u1", "<i4", ">i8", "<f4", "<f8"]),
    shape=st.tuples(st.integers(1, 6), st.integers(2, 4), st.integers(2, 4)),
    seed=st.integers(0, 99),
)
def test_states_from_any_number_are_those_from_zero(n_states, lowest, kind, shape, seed):
    states = np.random.default_rng(seed).integers(0, n_states, shape)
    states.flat[:2] = 0, n_states - 1
    stored = (states + lowest).astype(kind)
    values = set(range(lowest, lowest + n_states))
    coding = state_coding(values, "spins")
    assert coding.n_states == n_states
    np.testing.assert_array_equal(coding.read(stored), states)
    assert coding.read(stored).dtype == np.int8


@given(values=st.sets(st.floats() | st.integers(-3, 300), min_size=1, max_size=5), data=st.data())
def test_values_are_coded_in_order_or_refused(values, data):
    """Whatever is accepted keeps distinct values distinct, and in their order."""
    n_states = data.draw(st.none() | st.integers(2, 21))
    coding = or_one_line(state_coding, values, "spins", n_states)
    if coding is None:
        return
    states = coding.read(np.array(sorted(values)))
    assert (np.diff(states) > 0).all()
    expected = {-1, 1} if coding.n_states == 2 else set(range(coding.n_states))
    assert set(states.tolist()) <= expected
    assert n_states in (None, coding.n_states)


@given(
    table=npst.arrays(
        st.sampled_from([np.int64, np.float64]),
        st.tuples(st.integers(1, 6), st.integers(2, 9)),
        elements=st.integers(-9, 9),
    ),
    delimiter=st.sampled_from([",", ";", "\t", " ", ", "]),
    header=st.booleans(),
    temperature=st.none() | st.floats(1e-3, 1e3),
)
def test_text_round_trip(tmp_path_factory, table, delimiter, header, temperature):
    path = Path(tmp_path_factory.getbasetemp()) / "round-trip.txt"
    lines = [] if temperature is None else [f"# Temperature: {temperature!r}"]
    lines += [delimiter.join(f"s{k}" for k in range(table.shape[1]))] if header else []
    lines += [delimiter.join(map(str, row)) for row in table.tolist()]
    path.write_text("\n".join(lines))
    found = read_text(path)
    numbered = found[""].shape[1] < table.shape[1]
    np.testing.assert_array_equal(found[""], table[:, numbered:])
    if numbered:
        assert set(np.diff(table[:, 0])) == {1}
    assert found.get("temperature") == temperature


@given(content=st.text(alphabet="01 .-,;\n#%T=e", max_size=60) | st.text(max_size=20))
def test_any_text_is_a_table_or_an_input_error(tmp_path_factory, content):
    path = Path(tmp_path_factory.getbasetemp()) / "any.txt"
    path.write_text(content)
    found = or_one_line(open_snapshots, path, 1.0)
    if found is not None:
        assert set(np.unique(found.load().configurations)) <= set(range(-1, 21))
