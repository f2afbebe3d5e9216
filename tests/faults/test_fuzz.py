"""Every reader of files against damaged ones: an InputError of one line, or a valid result, soon.

`DCL_CASES` is the number of cases of each reader: 25 with ``make test``, 600 with ``make faults``,
more than 13,000 in all; a tenth of it where a network is loaded.
A case is a good file with bytes changed, cut out, doubled or put in, or with one value of its JSON
or TOML replaced. A case that takes more than a second of processor time is a failure.
"""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from dcl.errors import InputError
from dcl.files import file_hash, json_hash, read_json
from dcl.lattice.configurations import random_configurations
from dcl.lattice.packed import pack, save_packed
from dcl.lattice.snapshot_files import load_configurations, load_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.lattice.symmetries import parse_symmetries
from dcl.runs.archive import hashed, load_archive
from dcl.runs.experiment import load_experiment
from dcl.runs.grids import parse_sizes, parse_temperatures
from dcl.runs.run import _fault
from dcl.sampling.energy_levels import EnergyLevels

CASES = int(os.environ.get("DCL_CASES", "25"))
ROOT = Path(__file__).parents[2]
SPINS = random_configurations(20, 4, 2, seed=1)
STATES = random_configurations(20, 4, 3, seed=2)

cases = settings(
    max_examples=CASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
few_cases = settings(cases, max_examples=max(CASES // 20, 5))
"""For a reader that starts a process each time."""


@contextlib.contextmanager
def one_second():
    """Fail after a second of processor time."""

    def ring(*_):
        pytest.fail("took more than a second")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def survives(read, *arguments):
    """Whether a reader takes its input; otherwise it must say in one line why not."""
    complaint = ""
    with one_second():
        try:
            read(*arguments)
        except InputError as error:
            complaint = str(error)
    if complaint:
        assert re.fullmatch(r"[^\n]*(found|expected)[^\n]*", complaint)
    return not complaint


@st.composite
def damage(draw):
    """A function that damages bytes."""
    kind = draw(st.sampled_from(["change", "cut", "end", "double", "insert", "replace"]))
    place, length = draw(st.floats(0, 1)), draw(st.integers(1, 64))
    new = draw(st.binary(min_size=1, max_size=16))

    def apply(content):
        start = int(place * (len(content) - 1))
        end = min(start + length, len(content))
        return {
            "change": content[:start] + new + content[start + len(new) :],
            "cut": content[:start] + content[end:],
            "end": content[:start],
            "double": content[:end] + content[start:],
            "insert": content[:start] + new + content[start:],
            "replace": new,
        }[kind]

    return apply


junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.lists(st.integers(), max_size=3), st.just({}), st.just([[1.0], "a"]),
    st.sampled_from([0, -1, 1e308, "NaN", "../..", 10**30]),
)  # fmt: skip


def places(value, path=()):
    """The way to every value in nested dictionaries and lists."""
    yield path
    items = value.items() if isinstance(value, dict) else []
    items = enumerate(value) if isinstance(value, list) else items
    for key, part in items:
        yield from places(part, (*path, key))


def replaced(value, path, new):
    """A copy of a JSON value with another value at a place; left out if `new` is Ellipsis."""
    if not path:
        return {} if new is ... else new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is ... and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def few(function):
    """A tenth of the cases, for what loads a network."""
    return settings(cases, max_examples=max(5, CASES // 10))(function)


# --- files of configurations ---


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Good files by name."""
    folder = tmp_path_factory.mktemp("good")
    save_snapshots(Snapshots(SPINS, 4.0), folder / "snapshots.npz")
    save_snapshots(Snapshots(STATES, 2.5, 3), folder / "potts.npz")
    np.savez_compressed(folder / "compressed.npz", configurations=SPINS, temperature=4.0)
    save_packed([pack(SPINS)], folder / "packed.npz", count=20, lattice_size=4, temperature=4.0)
    np.save(folder / "spins.npy", SPINS)
    np.savez(
        folder / "levels.npz", energies=np.arange(2.0), configurations=SPINS.reshape(2, 10, 4, 4)
    )
    with h5py.File(folder / "snapshots.h5", "w") as file:
        file["configurations"], file["temperature"] = SPINS, 4.0
    savemat(folder / "snapshots.mat", {"configurations": SPINS, "temperature": 4.0})
    np.savetxt(folder / "spins.csv", SPINS.reshape(20, 16), "%d", ",")
    return folder


FILES = {
    "snapshots.npz": load_snapshots,
    "potts.npz": load_snapshots,
    "compressed.npz": load_snapshots,
    "packed.npz": load_snapshots,
    "spins.npy": load_configurations,
    "levels.npz": EnergyLevels.load,
    "snapshots.h5": load_snapshots,
    "snapshots.mat": load_snapshots,
    "spins.csv": load_configurations,
}


def damaged(source, folder, apply):
    """Damage a copy of a good file and read it."""
    path = folder / f"damaged-{source.name}"
    path.write_bytes(apply(source.read_bytes()))
    survives(FILES[source.name], path)


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".mat")])
@cases
@given(apply=damage())
def test_a_damaged_file(good, tmp_path_factory, name, apply):
    damaged(good / name, tmp_path_factory.getbasetemp(), apply)


@few_cases
@given(apply=damage())
def test_a_damaged_matlab_file(good, tmp_path_factory, apply):
    damaged(good / "snapshots.mat", tmp_path_factory.getbasetemp(), apply)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".npz")])
@cases
@given(member=st.integers(0, 3), apply=damage())
def test_a_damaged_array_with_a_right_checksum(good, tmp_path_factory, name, member, apply):
    path = tmp_path_factory.getbasetemp() / f"signed-{name}"
    with zipfile.ZipFile(good / name) as archive:
        content = {key: archive.read(key) for key in archive.namelist()}
    key = sorted(content)[member % len(content)]
    content[key] = apply(content[key])
    with zipfile.ZipFile(path, "w") as archive:
        for key, data in content.items():
            archive.writestr(key, data)
    survives(FILES[name], path)


def test_pickled_arrays_are_refused(tmp_path):
    """Reading this would make a file."""

    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "exploded",)

    bomb = np.array([Bomb()], dtype=object)
    np.save(tmp_path / "a.npy", bomb, allow_pickle=True)
    np.savez(tmp_path / "a.npz", configurations=bomb, temperature=np.float64(4), allow_pickle=True)
    for read, name in ((load_configurations, "a.npy"), (load_snapshots, "a.npz")):
        with pytest.raises(InputError, match=f"{name}: found an unreadable"):
            read(tmp_path / name)
    assert not (tmp_path / "exploded").exists()


# --- texts ---

EXPERIMENT = (ROOT / "experiments" / "ising.toml").read_bytes()


@cases
@given(apply=damage())
def test_a_damaged_experiment(tmp_path_factory, apply):
    root = tmp_path_factory.getbasetemp()
    (root / "experiments").mkdir(exist_ok=True)
    (root / "experiments" / "damaged.toml").write_bytes(apply(EXPERIMENT))
    survives(load_experiment, "damaged", "smoke", None, root)


@cases
@given(
    table=st.sampled_from(["system", "snapshots", "levels", "gru", "ednn", "scan_gru", "transfer"]),
    key=st.sampled_from(
        ["size", "name", "temperature", "count", "units", "hidden", "temperatures", "symmetries",
         "order", "seed", "network", "learning_rate"]
    ),
    value=junk,
)  # fmt: skip
def test_an_experiment_with_a_foreign_value(table, key, value):
    survives(load_experiment, "ising", "smoke", {table: {key: value}}, ROOT)


@cases
@given(text=st.text() | st.text("0123456789.,:-+einfa ", max_size=20))
def test_texts_of_the_command_line(text):
    for read in (parse_temperatures, parse_sizes, parse_symmetries):
        survives(read, text)


# --- JSON ---


@cases
@given(data=st.data())
def test_a_manifest_with_a_foreign_value_is_a_fault(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "stage"
    folder.mkdir(exist_ok=True)
    (folder / "text").write_text("text")
    expected = {"stage": "a", "config": {"seed": 1}, "inputs": {}, "dcl": "0.1.0"}
    manifest = {**expected, "files": {"text": file_hash(folder / "text")}, "wall_seconds": 1.0}
    manifest["manifest_sha256"] = json_hash(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert _fault(folder, expected) is None
    path = data.draw(st.sampled_from([*places(manifest)][1:]))
    changed = replaced(manifest, path, data.draw(junk | st.just(...)))
    (folder / "manifest.json").write_text(json.dumps(changed))
    with one_second():
        reason = _fault(folder, expected)
    unsigned = path == ("manifest_sha256",) and changed.get(path[0]) is None
    same = json.dumps(changed) == json.dumps(manifest)  # not ==: True is 1 in Python
    assert (reason is None) == (same or unsigned)


@cases
@given(apply=damage())
def test_a_damaged_manifest(tmp_path_factory, apply):
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_bytes(apply(b'{"stage": "a", "config": {"seed": 1}, "files": {}, "x": [1, 2.5]}'))
    survives(read_json, path)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A repository with a copy of one archive."""
    root = tmp_path_factory.mktemp("repository")
    (root / "artifacts").mkdir()
    shutil.copytree(ROOT / "artifacts" / "ising-gru_paper", root / "artifacts" / "a")
    return root


@pytest.mark.parametrize("name", ["hashes.json", "record.json", "gru/history.json", "metrics.json"])
@cases
@given(apply=damage())
def test_a_damaged_archive(archive, name, apply):
    path = archive / "artifacts" / "a" / name
    before = path.read_bytes()
    path.write_bytes(apply(before))
    changed = path.read_bytes() != before
    try:
        assert not (survives(load_archive, "a", archive) and changed and name != "hashes.json")
    finally:
        path.write_bytes(before)


# --- models ---


@pytest.fixture(scope="module")
def model(tmp_path_factory, sequence_energy):
    """A folder with a saved model."""
    folder = tmp_path_factory.mktemp("models") / "model"
    sequence_energy(size=2, network={"units": 2}).save(folder)
    return folder


@pytest.mark.parametrize("name", ["model.json", "network.keras"])
@few
@given(apply=damage())
def test_a_damaged_model(model, name, apply):
    from dcl.models.energy import load_energy_model

    before = (model / name).read_bytes()
    (model / name).write_bytes(apply(before))
    changed = (model / name).read_bytes() != before
    try:
        accepted = survives(load_energy_model, model)
        assert not (accepted and changed and name == "network.keras")
    finally:
        (model / name).write_bytes(before)


@few
@given(data=st.data())
def test_a_signed_card_with_a_foreign_value(model, data):
    from dcl.models.energy import load_energy_model

    before = (model / "model.json").read_text()
    card = json.loads(before)
    del card["card_sha256"]
    path = data.draw(st.sampled_from(list(places(card))[1:]))
    card = replaced(card, path, data.draw(junk | st.just(...)))
    (model / "model.json").write_text(json.dumps({**card, "card_sha256": json_hash(card)}))
    try:
        survives(load_energy_model, model)
    finally:
        (model / "model.json").write_text(before)


@few
@given(member=st.sampled_from(["config.json", "metadata.json", "model.weights.h5"]), apply=damage())
def test_a_signed_network_with_damage(model, member, apply):
    from dcl.models.energy import load_energy_model

    weights, card = model / "network.keras", model / "model.json"
    before = weights.read_bytes(), card.read_text()
    with zipfile.ZipFile(io.BytesIO(before[0])) as archive:
        content = {key: archive.read(key) for key in archive.namelist()}
    content[member] = apply(content[member])
    with zipfile.ZipFile(weights, "w") as archive:
        for key, data in content.items():
            archive.writestr(key, data)
    signed = {**json.loads(before[1]), "network_sha256": file_hash(weights)}
    del signed["card_sha256"]
    card.write_text(json.dumps(signed))
    try:
        survives(load_energy_model, model)
    finally:
        weights.write_bytes(before[0])
        card.write_text(before[1])


def test_the_archive_of_these_tests_is_whole(archive):
    folder = archive / "artifacts" / "a"
    assert hashed(folder) == read_json(folder / "hashes.json")
