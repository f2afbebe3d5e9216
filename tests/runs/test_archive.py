"""Archives: whole, hashed, small; the committed ones hold networks as good as they say."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from dcl.analysis.metrics import level_rmse
from dcl.chapters import paper_architecture
from dcl.chapters.paper_architecture import SYSTEMS, archived_systems, main
from dcl.errors import InputError
from dcl.files import file_hash
from dcl.learning.settings import SequenceSettings
from dcl.machine import machine_record
from dcl.models.energy import load_energy_model
from dcl.runs.archive import add_row, archive_rows, archive_run, load_archive, load_rows, verify
from dcl.runs.contents import exact_log_probability
from dcl.runs.experiment import load_experiment
from dcl.runs.run import Run, Stage
from dcl.runs.run_metrics import archived_crossings, archived_numbers
from dcl.runs.stages import STAGES
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.multicanonical import sample_levels

ROOT = Path(__file__).parents[2]
ARCHIVED = archived_systems(ROOT)
MOST_BYTES = 20_000_000
HISTORY = {"examples_seen": [10.0, 20.0], "kl": [0.2, 0.1]}
METRICS = {
    "rnn_rmse": 3.5,
    "configurations_seen": 20.0,
    "distinct_configurations": 10.0,
    "train_seconds": 1.5,
}
FILES = [
    "gru/history.json",
    "gru/manifest.json",
    "gru/model/model.json",
    "gru/model/network.keras",
    "hashes.json",
    "metrics.json",
    "record.json",
]


@pytest.fixture
def run(tmp_path, sequence_energy):
    """A run without a training."""

    def make_gru(run, folder):
        model = sequence_energy(size=3)
        model.network.compile("adam")
        model.network.optimizer.build(model.network.trainable_variables)
        model.save(folder / "model")
        (folder / "history.json").write_text(json.dumps(HISTORY))

    experiment = load_experiment("ising-gru_paper", "smoke", root=ROOT)
    made = Run(experiment, {"gru": Stage(make_gru, lambda e: {})}, root=tmp_path)
    made.stage("gru")
    (made.folder / "metrics.json").write_text(json.dumps(METRICS))
    return made


@pytest.fixture
def folder(run, tmp_path):
    """An archive of the run."""
    destination = tmp_path / "artifacts" / "ising-gru_paper"
    archive_run(run, destination, note="on one core")
    return destination


def names(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_an_archive_holds_what_a_reader_needs(run, folder, tmp_path):
    assert names(folder) == FILES
    assert archived_systems(tmp_path) == ("ising",)
    found = load_archive("ising-gru_paper", tmp_path)
    assert (found.folder, found.history, found.metrics) == (folder, HISTORY, METRICS)
    manifest = json.loads((run.folder / "gru" / "manifest.json").read_text())
    python = ".".join(map(str, sys.version_info[:3]))
    assert found.record == {
        "experiment": "ising-gru_paper",
        "profile": "smoke",
        "machine": machine_record(),
        "note": "on one core",
        "versions": {"python": python, **manifest["versions"]},
        "finished": manifest["finished"],
        "budget": {name: METRICS[name] for name in METRICS if name != "rnn_rmse"},
    }


def test_the_network_is_archived_without_the_state_of_its_optimiser(run, folder):
    before, after = run.folder / "gru" / "model", folder / "gru" / "model"
    assert stored(before, "optimizer")
    assert not stored(after, "optimizer")
    assert stored(before, "layers") == stored(after, "layers") != []
    configurations = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (20, 3, 3))
    energies = [load_energy_model(path).energy(configurations) for path in (before, after)]
    np.testing.assert_array_equal(*energies)


def stored(model, group):
    """Names of the arrays of a part of a saved network."""
    with zipfile.ZipFile(model / "network.keras") as archive:
        content = archive.read("model.weights.h5")
    names = []
    with h5py.File(io.BytesIO(content)) as weights:
        if group in weights:
            weights[group].visititems(lambda name, item: names.append((name, item.ndim))
                                      if isinstance(item, h5py.Dataset) else None)  # fmt: skip
    return names


def test_the_hashes_are_those_of_all_other_files(folder):
    expected = {name: file_hash(folder / name) for name in FILES if name != "hashes.json"}
    assert json.loads((folder / "hashes.json").read_text()) == expected


def test_a_changed_file_is_refused_with_bothhashed(folder, tmp_path):
    path = folder / "gru" / "model" / "network.keras"
    expected = file_hash(path)
    path.write_bytes(b"Weights")
    with pytest.raises(InputError) as caught:
        load_archive("ising-gru_paper", tmp_path)
    assert str(caught.value) == f"{path}: found {file_hash(path)}, expected {expected}"


def test_a_missing_file_is_refused(folder):
    expected = file_hash(folder / "record.json")
    (folder / "record.json").unlink()
    with pytest.raises(InputError) as caught:
        verify(folder)
    assert str(caught.value) == f"{folder}/record.json: found no such file, expected {expected}"


def test_a_file_without_a_hash_is_refused(folder):
    path = folder / "gru" / "more"
    path.write_text("more")
    with pytest.raises(InputError) as caught:
        verify(folder)
    assert str(caught.value) == f"{path}: found {file_hash(path)}, expected no such file"


def test_nothing_is_read_before_all_fits(folder, tmp_path, monkeypatch):
    (folder / "metrics.json").write_text("{")
    (folder / "zzz").write_text("after all others")
    read = []
    monkeypatch.setattr("dcl.runs.archive.read_json", lambda path: read.append(path.name) or {})
    with pytest.raises(InputError):
        load_archive("ising-gru_paper", tmp_path)
    assert read == ["hashes.json"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc"])
def test_a_name_that_is_no_folder_s_is_refused(name, tmp_path):
    with pytest.raises(InputError, match=r"found .*, expected"):
        load_archive(name, tmp_path)


def test_rows_are_replaced_whole_and_read_only_with_their_hash(tmp_path):
    rows = [{"system": "ising", "seed": 1, "paper_rnn_rmse": 0.5}]
    assert load_rows("paper", tmp_path) == []
    folder = archive_rows("paper", rows * 2, tmp_path)
    assert archive_rows("paper", rows, tmp_path) == folder == tmp_path / "artifacts" / "paper"
    assert load_rows("paper", tmp_path) == rows
    (folder / "rows.json").write_text('{"rows": []}')
    with pytest.raises(InputError, match=r"rows\.json: found \w{64}, expected \w{64}$"):
        load_rows("paper", tmp_path)


def test_a_row_takes_the_place_of_its_system_and_seed(tmp_path):
    rows = [{"system": system, "seed": seed} for system in ("ising", "potts") for seed in (1, 2)]
    for row in reversed(rows):
        add_row("networks", row, tmp_path)
    assert load_rows("networks", tmp_path) == rows
    add_row("networks", rows[1] | {"rnn_rmse": 0.3}, tmp_path)
    assert load_rows("networks", tmp_path) == [rows[0], rows[1] | {"rnn_rmse": 0.3}, *rows[2:]]


def test_crossings_of_archived_networks(tmp_path):
    assert archived_crossings("ising", (24, 32), tmp_path) == {}
    for seed, temperature in enumerate((2.26, 2.27, 2.28)):
        crossings = [[16, 24, 9.0, 0.1], [24, 32, temperature, 0.1]]
        add_row("networks", {"system": "ising", "seed": seed, "crossings": crossings}, tmp_path)
        add_row("networks", {"system": "spin_glass", "seed": seed}, tmp_path)
    assert archived_crossings("ising", (24, 32), tmp_path) == {0: 2.26, 1: 2.27, 2: 2.28}
    assert archived_crossings("ising", (16, 32), tmp_path) == {}
    assert archived_crossings("spin_glass", (24, 32), tmp_path) == {}


def test_a_run_takes_the_median_of_the_archived_rows_of_its_system(tmp_path):
    """Of the supplement's network, which takes too long to be trained in the run."""
    others = [{"system": "potts", "paper_ednn_rmse": 9.0}, {"system": "ising"}]
    rows = [{"system": "ising", "paper_ednn_rmse": value} for value in (1.0, 1.2, 3.0)]
    archive_rows("paper", [*others, *rows], tmp_path)
    made = Run(load_experiment("ising", "smoke", root=ROOT), STAGES, root=tmp_path)
    assert archived_numbers(made) == {"paper_ednn_rmse": 1.2}
    glass = Run(load_experiment("spin_glass", "smoke", root=ROOT), STAGES, root=tmp_path)
    assert archived_numbers(glass) == {}


def test_a_run_without_numbers_is_not_archived(run, tmp_path):
    (run.folder / "metrics.json").unlink()
    with pytest.raises(InputError, match=r"metrics\.json: found no such file"):
        archive_run(run, tmp_path / "artifacts" / "a")
    assert not (tmp_path / "artifacts").exists()


def test_an_earlier_archive_is_replaced_whole(run, folder):
    (folder / "old").write_text("of an earlier version")
    archive_run(run, folder)
    assert names(folder) == FILES
    verify(folder)


def test_another_folder_is_left_alone(run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("mine")
    with pytest.raises(InputError, match="found a folder with other files"):
        archive_run(run, other)
    assert names(other) == ["mine"]


def test_the_command_makes_the_run_and_archives_it(run, tmp_path, monkeypatch, capsys):
    made = []
    monkeypatch.setattr(paper_architecture, "find_root", lambda: tmp_path)
    monkeypatch.setattr(paper_architecture, "open_standard_start", lambda system: run)
    monkeypatch.setattr(paper_architecture, "metrics", lambda run: made.append(run))
    assert main(["ising", "--note", "on one core"]) == 0
    destination = tmp_path / "artifacts" / "ising-gru_paper"
    assert capsys.readouterr().out == f"{destination}\n"
    assert made == [run]
    assert load_archive("ising-gru_paper", tmp_path).record["note"] == "on one core"


def test_the_command_refuses_an_unknown_system_before_it_starts():
    command = [sys.executable, "-m", "dcl.chapters.paper_architecture", "ising", "glass"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    known = ", ".join(SYSTEMS)
    assert done.stderr == f"dcl: system: found 'glass', expected one of {known}\n"


def test_the_committed_archives_are_the_paper_s_networks_and_small():
    found = {path.name for path in (ROOT / "artifacts").iterdir()}
    assert found - {"paper"} == {
        "accuracy",
        "networks",
        *(f"{system}-gru_paper" for system in ARCHIVED),
    }
    assert ARCHIVED
    sizes = [path.stat().st_size for path in (ROOT / "artifacts").rglob("*") if path.is_file()]
    assert sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize("system", ARCHIVED)
def test_a_committed_archive_is_that_of_its_experiment(system):
    found = load_archive(f"{system}-gru_paper", ROOT)
    experiment = load_experiment(f"{system}-gru_paper", "quick", root=ROOT)
    manifest = json.loads((found.folder / "gru" / "manifest.json").read_text())
    recorded = {"early_stopping": False} | manifest["config"]["gru"]  # older
    assert SequenceSettings(**recorded) == experiment.gru
    assert manifest["config"]["gru_seed"] == experiment.models["gru"].seed
    assert manifest["files"]["history.json"] == file_hash(found.folder / "gru" / "history.json")
    assert found.metrics["rnn_kl_nats"] == found.history["kl"][-1]
    assert found.metrics["configurations_seen"] == found.history["examples_seen"][-1]
    assert found.record["budget"]["configurations_seen"] == experiment.gru.configurations_seen


def archived_model(system):
    return load_energy_model(load_archive(f"{system}-gru_paper", ROOT).folder / "gru" / "model")


@pytest.mark.parametrize("system", [s for s in ARCHIVED if s in ("ising", "potts")])
def test_an_archived_network_has_the_archived_rmse(system):
    """On a test set of its own; levels weigh the same, so few of each will do."""
    archived = load_archive(f"{system}-gru_paper", ROOT).metrics["rnn_rmse"]
    hamiltonian = load_experiment(f"{system}-gru_paper", root=ROOT).hamiltonian
    flat = sample_levels(hamiltonian, 8, 5, seed=11).configurations.reshape(-1, 8, 8)
    rmse = level_rmse(archived_model(system).energy(flat), hamiltonian.energy(flat))
    assert rmse == pytest.approx(archived, rel=0.1)


@pytest.mark.parametrize("system", ARCHIVED)
def test_an_archived_network_has_the_archived_divergence(system):
    """Mean of ln P_exact - ln P; false alarms beyond 5 standard errors: 6e-7 a system."""
    archived = load_archive(f"{system}-gru_paper", ROOT).metrics["rnn_kl_nats"]
    experiment = load_experiment(f"{system}-gru_paper", root=ROOT)
    fresh = sample_equilibrium(experiment.hamiltonian, 8, 4.0, 5000, seed=11)
    exact = exact_log_probability(experiment, fresh)
    differences = exact - archived_model(system).log_probability(fresh)
    error = differences.std() / np.sqrt(len(fresh))
    assert error < 0.05 * archived
    assert abs(differences.mean() - archived) < 5 * error
