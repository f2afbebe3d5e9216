"""The command line: results on standard output and in files, one line for every mistake.

Commands run in this process; the entry point itself is tried in processes of its own at the end.
Fitting and distilling are replaced by models with random weights: the stages' test trains.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from dcl.cli import main
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.snapshot_files import load_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.learning.extensive_settings import EDNN, CouplingsSettings
from dcl.learning.settings import NETWORKS
from dcl.sampling.equilibrium import sample_equilibrium
from lattices import drawn_open

ROOT = Path(__file__).parent.parent
STATES = random_configurations(40, 4, n_states=2, seed=0)
SMALL_SCAN = ["--temperatures", "2,4", "--chains", "2", "--sweeps", "20", "--burn-in", "5"]


@pytest.mark.parametrize(
    ("options", "energies"),
    [
        # 2 x 3 spins: 12 bonds on a torus, 7 with open edges; 6 h of the field when all are up
        (["--size", "2x3"], -12),
        (["--size", "2x3", "--boundaries", "open"], -7),
        (["--size", "2x3", "--boundaries", "open", "--field", 0.5], -10),
        (["--size", "2x3", "--boundaries", "open", "--coupling", -2], -14),
        (["--size", "3", "--coupling", -1], -6),
    ],
)
def test_exact_ising_ground_states(dcl, options, energies):
    code, out, err = dcl("exact", "ising", *options, "--temperatures", "0.05,0.1")
    assert (code, err) == (0, "")
    np.testing.assert_allclose(json.loads(out)["energy"], energies, rtol=1e-6)
    assert min(json.loads(out)["heat_capacity"]) >= 0


@pytest.fixture
def dcl(capfd):
    """A function that runs a command and returns exit code, standard output and error."""

    def run(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        output = capfd.readouterr()
        return ended.value.code or 0, output.out, output.err

    return run


@pytest.fixture(scope="module")
def models(tmp_path_factory, sequence_energy, extensive_energy):
    """A folder with the random models `gru`, of 4x4 lattices, and `ednn`."""
    folder = tmp_path_factory.mktemp("models")
    sequence_energy(size=4).save(folder / "gru")
    extensive_energy(focus=2, context=0).save(folder / "ednn")
    return folder


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A current folder with snapshots and configurations."""
    monkeypatch.chdir(tmp_path)
    save_snapshots(Snapshots(STATES, 4.0), tmp_path / "good.npz")
    np.save(tmp_path / "states.npy", STATES)
    return tmp_path


# --- results ---


@pytest.mark.parametrize(
    ("arguments", "n_states"),
    [
        (["ising"], 2),
        (["potts", "--states", 4, "--form", "standard"], 4),
        (["spin-glass", "--couplings", 420], 2),
    ],
)
def test_sample_writes_snapshots(dcl, desk, arguments, n_states):
    command = ["sample", *arguments, "--temperature", 2.5, "--size", 4, "--count", 70]
    command += ["--burn-in", 20, "--stride", 2]
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        code, out, _ = dcl(*command, "--seed", seed, "--out", f"{name}.npz")
        assert (code, out) == (0, "")
    one, two, other = (load_snapshots(desk / f"{name}.npz") for name in ("one", "two", "other"))
    assert one.configurations.shape == (70, 4, 4)
    assert (one.temperature, one.n_states) == (2.5, n_states)
    np.testing.assert_array_equal(one.configurations, two.configurations)
    assert not np.array_equal(one.configurations, other.configurations)


def test_packed_snapshots_are_the_same_in_less_space(dcl, desk):
    command = ["sample", "ising", "--temperature", 3, "--size", 8, "--count", 3000, "--stride", 1]
    for name, option in (("plain", []), ("packed", ["--packed"])):
        assert dcl(*command, *option, "--out", f"{name}.npz")[:2] == (0, "")
    plain, packed = (load_snapshots(desk / f"{name}.npz") for name in ("plain", "packed"))
    np.testing.assert_array_equal(packed.configurations, plain.configurations)
    assert (packed.temperature, packed.n_states) == (3.0, 2)
    assert (desk / "packed.npz").stat().st_size < 3000 * 8 + 4000


def test_sample_says_whether_the_chains_are_in_equilibrium(dcl, desk):
    walk = ["--size", 8, "--temperature", 0.5, "--count", 500, "--burn-in", 100]
    code, out, err = dcl("sample", "ising", *walk, "--out", "cold.npz")
    assert (code, out) == (0, "")
    assert err.splitlines()[-1].startswith("equilibrium: chains started at random and ordered")
    assert (Ising().energy(load_snapshots("cold.npz").configurations) == -128).all()


@pytest.mark.parametrize(("walk", "said"), [
    (["--stride", 5, "--burn-in", 100], "equilibrium: chains"),
    (["--stride", 1, "--burn-in", 0], "warning: not in equilibrium: chains"),
])  # fmt: skip
def test_packed_snapshots_have_a_verdict_too(dcl, desk, walk, said):
    """Equilibrium is denied once in 8,000 seeds; one sweep leaves chains 100 errors apart."""
    command = ["sample", "ising", "--temperature", 2.5, "--count", 3000, "--packed", *walk]
    code, _, err = dcl(*command, "--out", "packed.npz")
    assert code == 0
    assert err.splitlines()[-1].startswith(said)


def test_sample_gives_the_exact_mean_energy(dcl, desk):
    """5 standard errors of 4000 independent snapshots: a false alarm in 1.7e6."""
    command = ["sample", "ising", "--temperature", 4, "--size", 4, "--count", 4000]
    assert dcl(*command, "--out", "many.npz")[0] == 0
    energies = Ising().energy(load_snapshots(desk / "many.npz").configurations)
    exact = exact_thermodynamics(Ising(), 4, [4.0])
    error = np.sqrt(exact.heat_capacity[0] * 4.0**2 / 4000)
    assert abs(energies.mean() - exact.energy[0]) < 5 * error


@pytest.fixture
def fitted(monkeypatch, sequence_energy, extensive_energy):
    """Replace the trainings; the list that they fill with their arguments."""
    calls = []

    def fake(model):
        def train(*arguments, seed, checkpoint, boundaries="periodic"):
            calls.append((*arguments, seed))
            for name in (checkpoint.name, f"skip-{checkpoint.name}"):
                checkpoint.with_name(name).write_text("weights")
            return model, {}

        return train

    monkeypatch.setattr("dcl.learning.sequence.fit_sequence", fake(sequence_energy(size=4)))
    monkeypatch.setattr("dcl.learning.distillation.distill", fake(extensive_energy(context=0)))
    return calls


def test_fit_passes_its_options_on_and_writes_a_model(dcl, desk, fitted):
    options = ["--network", "gru-paper", "--order", "spiral", "--seen", 1234, "--seed", 7]
    assert dcl("fit", "good.npz", "--out", "model/", *options) == (0, "", "")
    ((taken, settings, seed),) = fitted
    np.testing.assert_array_equal(taken.configurations, STATES)
    assert (settings.units, settings.order, settings.configurations_seen) == (378, "spiral", 1234)
    assert seed == 7
    assert names(desk) == ["good.npz", "model", "states.npy"], "the checkpoints are gone"
    assert dcl("energy", "model", "states.npy", "--out", "energies.npy")[0] == 0


def test_fit_has_the_default_network(dcl, desk, fitted):
    assert dcl("fit", "good.npz", "--out", "model")[0] == 0
    assert (fitted[0][1].units, fitted[0][1].order, fitted[0][1].skip) == (64, "raster", True)
    assert fitted[0][1].symmetries == ()


@pytest.mark.parametrize(
    ("text", "imposed"),
    [
        ("none", ()),
        ("states", ("states",)),
        ("point-group, translations", ("point-group", "translations")),
        ("all", ("translations", "point-group", "states")),
    ],
)
def test_fit_imposes_symmetries(dcl, desk, fitted, text, imposed):
    assert dcl("fit", "good.npz", "--out", "model", "--symmetries", text)[0] == 0
    assert fitted[0][1].symmetries == imposed


@pytest.mark.parametrize("network", ["masked", pytest.param("transformer", marks=pytest.mark.slow)])
def test_fit_energy_and_scan_of_every_architecture(dcl, desk, network):
    command = ["fit", "good.npz", "--out", "model", "--network", network, "--symmetries", "all"]
    assert dcl(*command, "--seen", 2000)[:2] == (0, "")
    assert dcl("energy", "model", "states.npy", "--out", "energies.npy") == (0, "", "")
    assert np.isfinite(np.load(desk / "energies.npy")).all()
    assert dcl("scan", "model", "--size", 4, "--out", "scan.json", *SMALL_SCAN)[0] == 0
    assert names(desk) == ["energies.npy", "good.npz", "model", "scan.json", "states.npy"]


def test_a_sequence_model_of_a_rectangle(dcl, desk, monkeypatch, sequence_energy):
    monkeypatch.setitem(EDNN, "terms", CouplingsSettings(drawn=500))
    monkeypatch.setitem(NETWORKS, "masked", replace(NETWORKS["masked"], skip_seen=0))
    np.savez(desk / "good.npz", configurations=STATES[:, :3], temperature=4.0)
    np.save(desk / "states.npy", STATES[:, :3])
    command = ["fit", "good.npz", "--network", "masked", "--order", "spiral", "--seen", 2000]
    assert dcl(*command, "--symmetries", "all", "--out", "model")[:2] == (0, "")
    assert dcl("energy", "model", "states.npy", "--out", "energies.npy") == (0, "", "")
    assert np.isfinite(np.load(desk / "energies.npy")).all()
    assert dcl("scan", "model", "--size", "3x4", "--out", "scan.json", *SMALL_SCAN)[0] == 0
    assert json.loads((desk / "scan.json").read_text())["lattice_size"] == [3, 4]
    code, _, line = dcl("scan", "model", "--size", "4x3", "--out", "other.json", *SMALL_SCAN)
    assert (code, "found (4, 3), expected (3, 4), the only size" in line) == (2, True)
    assert dcl("distill", "model", "--settings", "terms", "--out", "ednn")[:2] == (0, "")
    assert dcl("scan", "ednn", "--size", "5x6", "--out", "scan.json", *SMALL_SCAN)[0] == 0
    sequence_energy((3, 4), boundaries="open").save(desk / "open")
    code, _, line = dcl("distill", "open", "--out", "other")
    assert (code, "boundaries: found open, expected periodic" in line) == (2, True)


def test_a_pseudolikelihood_fit_tells_its_couplings_and_is_a_model_of_any_size(dcl, desk):
    assert dcl("sample", "ising", "--temperature", 3, "--count", 3000, "--out", "spins.npz")[0] == 0
    command = ["fit", "spins.npz", "--out", "model", "--network", "pseudolikelihood"]
    status, couplings, complaint = dcl(*command, "--symmetries", "all")
    assert (status, complaint) == (0, "")
    assert re.fullmatch(r"\(0,0\)\(0,1\): -(1\.0|0\.9)\d+ \+- 0\.00\d+ J\n", couplings)
    assert dcl("energy", "model", "states.npy", "--out", "energies.npy") == (0, "", "")
    assert dcl("scan", "model", "--size", 5, "--out", "scan.json", *SMALL_SCAN)[0] == 0


@pytest.fixture
def short_runs(monkeypatch, one_thread):
    """Fewer sweeps of a study."""
    monkeypatch.setattr("dcl.runs.study.SWEEPS", 300)


def test_learn_writes_a_study(dcl, desk, short_runs):
    np.save(desk / "spins.npy", sample_equilibrium(Ising(), 6, 3.0, 2000, seed=1))
    command = ["learn", "spins.npy", "--out", "study", "--temperatures", "2,3"]
    assert dcl(*command)[:2] == (2, "")
    status, output, _ = dcl(*command, "--temperature", 3, "--symmetries", "all")
    assert status == 0
    assert output.startswith("(0,0)(0,1): -")
    assert output.count(": agree") == 3  # energy, magnetisation, imposed symmetries
    assert (desk / "study" / "report.html").is_file()
    assert dcl("scan", "study/model", "--size", 5, "--out", "scan.json", *SMALL_SCAN)[0] == 0


@pytest.mark.parametrize("suffix", ["npy", "h5"])
def test_inspect_and_learn_of_a_rectangle_with_open_edges(dcl, desk, short_runs, suffix):
    """A bare array, and HDF5 without a temperature: booleans."""
    spins = drawn_open(7, 6, 3.0, 1000) > 0
    if suffix == "npy":
        np.save(desk / "window.npy", spins)
    else:
        with h5py.File(desk / "window.h5", "w") as file:
            file["configurations"] = spins
    status, output, _ = dcl("inspect", f"window.{suffix}", "--boundaries", "open")
    assert status == 0
    assert "of 7 x 6 sites\nin the file: bool, 0 and 1, read as spins -1 and +1" in output
    command = ["learn", f"window.{suffix}", "--temperature", 3, "--boundaries", "open"]
    command += ["--symmetries", "all", "--temperatures", "3,4", "--size", "6x5"]
    status, output, _ = dcl(*command, "--out", "study")
    assert status == 0
    assert "agreement of neighbours inside" in output
    scan = json.loads((desk / "study" / "scan.json").read_text())
    assert scan["lattice_size"] == [6, 5]
    assert scan["provenance"]["boundaries"] == "open"
    assert dcl("scan", "study/model", "--size", "4x6", "--out", "scan.json", *SMALL_SCAN)[0] == 0
    assert json.loads((desk / "scan.json").read_text())["lattice_size"] == [4, 6]


def test_learn_refuses_another_temperature(dcl, desk):
    status, output, line = dcl("learn", "good.npz", "--out", "study", "--temperature", 17)
    assert (status, output) == (2, "")
    assert "--temperature: found 17, expected" in line
    assert names(desk) == ["good.npz", "states.npy"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            ["--boundaries", "open", "--symmetries", "all"],
            "symmetries: found translations, expected none with open boundaries",
        ),
        (["--boundaries", "free"], "--boundaries: found 'free', expected periodic or open"),
        (["--network", "pseudolikelihood", "--seen", 5], "--seen: found 5, expected none"),
        (["--network", "ednn-direct", "--seen", 5], "expected none for pseudolikelihood"),
        (
            ["--network", "lstm"],
            "--network: found 'lstm', expected one of gru, gru-paper, gru-delay-line, gru-sparse",
        ),
    ],
)
def test_a_fit_refuses_what_makes_no_sense(dcl, desk, options, complaint):
    status, output, line = dcl("fit", "good.npz", "--out", "model", *options)
    assert (status, output) == (2, "")
    assert complaint in line
    assert names(desk) == ["good.npz", "states.npy"]


def test_distill_teaches_from_the_model_given(dcl, desk, models, fitted):
    command = ["distill", models / "gru", "--out", "ednn", "--settings", "paper", "--seed", 7]
    assert dcl(*command) == (0, "", "")
    ((teacher, settings, seed),) = fitted
    assert teacher.lattice_size == 4
    assert (settings.passes, settings.drawn, seed) == (60, 0, 7)
    assert names(desk) == ["ednn", "good.npz", "states.npy"]
    assert dcl("scan", "ednn", "--size", 6, "--out", "scan.json", *SMALL_SCAN)[0] == 0


def test_a_model_is_replaced_by_a_newer_one(dcl, desk, fitted):
    (desk / "model").mkdir()
    for seed in (1, 2):
        assert dcl("fit", "good.npz", "--out", "model", "--seed", seed)[0] == 0
    assert [call[-1] for call in fitted] == [1, 2]
    assert names(desk) == ["good.npz", "model", "states.npy"]


@pytest.mark.parametrize("name", ["gru", "ednn"])
@pytest.mark.parametrize("source", ["states.npy", "good.npz"])
def test_energy_writes_the_model_s_energies(dcl, desk, models, name, source):
    from dcl.models.energy import load_energy_model

    assert dcl("energy", models / name, source, "--out", "energies.npy") == (0, "", "")
    found = np.load(desk / "energies.npy")
    assert (found.dtype, found.shape) == (np.float64, (40,))
    np.testing.assert_allclose(found, load_energy_model(models / name).energy(STATES), rtol=1e-6)


@pytest.mark.parametrize(("name", "size"), [("gru", 4), ("ednn", 4), ("ednn", 6)])
def test_scan_writes_what_the_library_gives(dcl, desk, models, name, size):
    from dcl.analysis.thermodynamics import scan
    from dcl.models.energy import load_energy_model

    command = ["scan", models / name, "--size", size, "--out", "scan.json", "--seed", 3]
    code, out, err = dcl(*command, *SMALL_SCAN)
    assert (code, out) == (0, "")
    found = json.loads((desk / "scan.json").read_text())
    model = load_energy_model(models / name)
    expected = scan(model, size, [2.0, 4.0], seed=3, chains=2, sweeps=20, burn_in=5).to_json()
    assert found["temperatures"] == [2.0, 4.0]
    np.testing.assert_allclose(found["energy"], expected["energy"], rtol=1e-6)
    assert set(expected) <= set(found)
    assert (found["seed"], found["model"]) == (3, str(models / name))
    assert ("warning: " in err) == bool(expected["warnings"])


@pytest.mark.parametrize(
    ("arguments", "energies"),
    [  # the reference's numbers
        (["ising", "--temperatures", "4,8"], [-0.5584911 * 64, -0.2566496 * 64]),
        (["potts", "--temperatures", "4"], [-17.5382]),
        (["spin-glass", "--temperatures", "0.5,1,2,4"], [-91.847, -85.551, -64.100, -37.396]),
        (
            ["spin-glass", "--seed", 420, "--temperatures", "0.5,1,2,4"],
            [-79.995, -72.165, -50.365, -28.209],
        ),
    ],
)
def test_exact_prints_the_known_energies(dcl, arguments, energies):
    code, out, err = dcl("exact", *arguments, "--size", 8)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert list(found) == ["temperatures", "energy", "heat_capacity", "free_energy", "entropy"]
    np.testing.assert_allclose(found["energy"], energies, rtol=2e-5)
    temperatures = np.array(found["temperatures"])
    assert temperatures.tolist() == [float(text) for text in arguments[-1].split(",")]
    entropy = (np.array(found["energy"]) - found["free_energy"]) / temperatures
    np.testing.assert_allclose(found["entropy"], entropy, atol=1e-9)


@pytest.mark.parametrize(
    ("size", "temperature", "free_energy", "energy", "entropy"),
    [
        (8, 4.0, -3.036539, -0.5584911, 0.619512),
        (16, 1 / 0.4407, -2.115306, -1.453167, 0.291805),
        (24, 1 / 0.4407, -2.112153, -1.440249, 0.296108),
    ],
)
def test_exact_prints_the_known_numbers_of_ising(
    dcl, size, temperature, free_energy, energy, entropy
):
    _, out, _ = dcl("exact", "ising", "--size", size, "--temperatures", repr(temperature))
    found = {name: values[0] / size**2 for name, values in json.loads(out).items()}
    assert found["free_energy"] == pytest.approx(free_energy, abs=2e-6)
    assert found["energy"] == pytest.approx(energy, abs=2e-6)
    assert found["entropy"] == pytest.approx(entropy, abs=2e-6)


def test_exact_potts_shows_its_transition(dcl):
    """On 8x8 the heat capacity peaks a little above 1.5 / ln(1 + sqrt 3)."""
    _, out, _ = dcl("exact", "potts", "--temperatures", "1.3:1.7:0.01")
    found = json.loads(out)
    peak = found["temperatures"][int(np.argmax(found["heat_capacity"]))]
    assert 0 < peak - 1.5 / np.log(1 + np.sqrt(3)) < 0.1


def test_exact_takes_a_range_and_the_standard_form(dcl):
    """The clock form of three states is the standard one with J = 1.5, up to a constant."""
    command = ["exact", "potts", "--size", 4]
    clock = json.loads(dcl(*command, "--temperatures", "1.5:6:1.5")[1])
    standard = json.loads(dcl(*command, "--temperatures", "1:4:1", "--form", "standard")[1])
    assert standard["temperatures"] == [1, 2, 3, 4]
    np.testing.assert_allclose(clock["heat_capacity"], standard["heat_capacity"], rtol=1e-9)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one small experiment, as the current folder."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "pyproject.toml").touch()
    text = '[system]\nname = "ising"\nsize = 4\n[snapshots]\ncount = 60\nburn_in = 5\n'
    (tmp_path / "experiments" / "small.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_stage_makes_a_stage_and_prints_its_folder(dcl, repository):
    code, out, _ = dcl("stage", "small", "snapshots", "--profile", "smoke")
    folder = repository / "results" / "smoke" / "small" / "snapshots"
    assert (code, out) == (0, f"{folder}\n")
    assert load_snapshots(folder / "snapshots.npz").configurations.shape == (60, 4, 4)
    assert dcl("stage", "small", "snapshots", "--profile", "smoke") == (0, f"{folder}\n", "")


def test_stage_metrics_prints_them(dcl, repository, monkeypatch):
    monkeypatch.setattr("dcl.runs.run_metrics.metrics", lambda run: {run.experiment.name: 0.5})
    code, out, _ = dcl("stage", "small", "metrics")
    assert (code, json.loads(out)) == (0, {"small": 0.5})
    monkeypatch.setattr("dcl.chapters.robustness.open_robustness", lambda profile: None)
    monkeypatch.setattr("dcl.chapters.robustness.write_medians", lambda profile: {profile: 0.25})
    code, out, _ = dcl("stage", "robustness", "metrics", "--profile", "smoke")
    assert (code, json.loads(out)) == (0, {"smoke": 0.25})


def test_reproduce_prints_its_table(dcl, monkeypatch):
    monkeypatch.setattr("dcl.reproduce.reproduce", lambda figures, profile: f"{figures} {profile}")
    assert dcl("reproduce", "2a", "4", "--profile", "smoke") == (0, "['2a', '4'] smoke\n", "")
    assert dcl("reproduce") == (0, "[] quick\n", "")


def test_doctor_prints_its_report(dcl, monkeypatch):
    monkeypatch.setattr("dcl.machine.doctor_report", lambda: "cores 2")
    assert dcl("doctor") == (0, "cores 2\n", "")


COMMANDS = ["reproduce", "stage", "sample", "fit", "distill", "energy", "scan", "exact", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(dcl, command):
    code, out, err = dcl(command, "--help")
    assert (code, err) == (0, "")
    assert "Usage" in out


def test_without_a_command_there_is_help(dcl):
    code, out, err = dcl()
    assert (code, err) == (2, "")
    assert all(command in out for command in COMMANDS)


def test_an_interrupted_command_leaves_nothing_and_says_so(dcl, desk, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("dcl.sampling.equilibrium.sample_equilibrium", interrupt)
    before = state(desk)
    code, out, err = dcl("sample", "ising", "--temperature", 4, "--out", "new.npz")
    assert (code, out, err) == (130, "", "dcl: interrupted\n")
    assert state(desk) == before


# --- mistakes ---


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "model", "--size", 4, "--out", 300 * "a"],
        ["energy", 300 * "a", "c.npy", "--out", "e.npy"],
    ],
)
def test_a_name_that_is_too_long_is_one_line(mistake, arguments):
    assert mistake(*arguments).endswith("found too long a name, expected a shorter one")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def state(folder):
    """Everything in a folder, with the times of the last change."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


@pytest.fixture
def mistake(dcl, desk):
    """A function that runs a command that must fail by the rules, and returns its line."""

    def run(*arguments):
        before = state(desk)
        code, out, err = dcl(*arguments)
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1, err
        assert err.startswith("dcl: ")
        assert state(desk) == before
        return err.strip()

    return run


def spoil(name, **arrays):
    def write(folder):
        np.savez(folder / name, **{k: v for k, v in arrays.items() if v is not None})

    return write


def snapshot_file(configurations=STATES, temperature=4.0, **more):
    return spoil("bad.npz", configurations=configurations, temperature=temperature, **more)


def changed(value):
    array = STATES.astype(np.array(value).dtype)
    array[3, 1, 2] = value
    return array


def truncated(folder):
    content = (folder / "good.npz").read_bytes()
    (folder / "bad.npz").write_bytes(content[: len(content) // 2])


def damaged(folder):
    content = bytearray((folder / "good.npz").read_bytes())
    content[len(content) // 3] ^= 0xFF
    (folder / "bad.npz").write_bytes(content)


def tampered(folder):
    with np.load(folder / "good.npz") as archive:
        fields = dict(archive)
    fields["configurations"][3, 1, 2] *= -1
    np.savez(folder / "bad.npz", **fields)


def write_text(folder):
    (folder / "bad.npz").write_text("configurations, temperature\n")


def write_array(folder):
    with (folder / "bad.npz").open("wb") as stream:
        np.save(stream, STATES)


SNAPSHOTS = {
    "flat": (snapshot_file(STATES[:, :3].reshape(40, 12)), "found shape (40, 12)"),
    "one site": (snapshot_file(STATES[:, :1, :1]), "found shape (40, 1, 1)"),
    "floats": (snapshot_file(0.3 * STATES), "found values -0.3, 0.3"),
    "int64": (snapshot_file(STATES.astype(np.int64) * 300), "found values -300, 300"),
    "nan": (snapshot_file(changed(np.nan)), "found NaN"),
    "objects": (snapshot_file(STATES.astype(object)), "unreadable field configurations"),
    "empty": (snapshot_file(STATES[:0]), "found no configuration"),
    "spin 0": (snapshot_file(changed(np.int8(0))), "found values -1, 0, 1"),
    "spin 2": (snapshot_file(changed(np.int8(2))), "found values -1, 1, 2"),
    "too few states": (snapshot_file(np.abs(STATES) * 3, n_states=2), "found values 3"),
    "no temperature": (snapshot_file(temperature=None), "found no temperature, expected one"),
    "no configurations": (snapshot_file(None), "expected configurations"),
    "temperature 0": (snapshot_file(temperature=0.0), "temperature: found 0.0"),
    "temperature -1": (snapshot_file(temperature=-1.0), "temperature: found -1.0"),
    "temperature nan": (snapshot_file(temperature=np.nan), "temperature: found nan"),
    "temperatures": (snapshot_file(temperature=[1.0, 2.0]), "temperature: found [1. 2.]"),
    "temperature text": (snapshot_file(temperature="hot"), "temperature: found hot"),
    "truncated": (truncated, "unreadable"),
    "damaged": (damaged, "found"),
    "tampered": (tampered, "configurations: found int8 (40, 4, 4), SHA-256 "),
    "text": (write_text, "unreadable file"),
    "packed": (
        lambda folder: np.savez(folder / "bad.npz", packed=STATES, lattice_size=4, temperature=4.0),
        "packed: found dtype int8",
    ),
    "a single array": (write_array, "found no temperature, expected one in the file or --"),
    "a folder": (lambda folder: (folder / "bad.npz").mkdir(), "unreadable file"),
    "missing": (lambda folder: None, "found no such file"),
}


@pytest.mark.parametrize(("write", "found"), SNAPSHOTS.values(), ids=SNAPSHOTS.keys())
def test_fit_refuses_a_bad_snapshot_file(mistake, desk, write, found):
    write(desk)
    line = mistake("fit", "bad.npz", "--out", "model")
    assert line.startswith("dcl: bad.npz")
    assert found in line
    assert "expected" in line


ARGUMENTS = [
    ("sample ising --temperature 0 --out a.npz", "temperature: found 0"),
    ("sample ising --temperature -1 --out a.npz", "temperature: found -1"),
    ("sample ising --temperature nan --out a.npz", "temperature: found nan"),
    ("sample ising --temperature hot --out a.npz", "temperature"),
    ("sample ising --out a.npz", "temperature"),
    ("sample ising --temperature 4", "out"),
    ("sample xy --temperature 4 --out a.npz", "found 'xy', expected 'ising', 'potts'"),
    ("sample ising --temperature 4 --out a.npz --size 1", "size: found 1, expected 2 or more"),
    ("sample ising --temperature 4 --out a.npz --count 0", "count: found 0"),
    ("sample ising --temperature 4 --out a.npz --stride 0", "stride: found 0"),
    ("sample ising --temperature 4 --out a.npz --burn-in -1", "burn_in: found -1"),
    ("sample ising --temperature 4 --out a.npz --seed -1", "seed: found -1"),
    ("sample spin-glass --temperature 4 --out a.npz --couplings -1", "couplings: found -1"),
    ("sample potts --temperature 4 --out a.npz --states 9", "states: found 9"),
    ("sample potts --temperature 4 --out a.npz --form square", "form: found 'square'"),
    ("sample ising --temperature 2 --out a.npz --packed", "temperature: found 2, expected 2.48"),
    ("sample potts --temperature 4 --out a.npz --packed", "--packed: found potts, expected ising"),
    ("sample ising --temperature 4 --out a.npz --size 5 --packed", "size: found 5, expected an"),
    ("sample ising --temperature 4 --out none/a.npz", "none/a.npz: found no folder"),
    ("sample ising --temperature 4 --out good.npz/a.npz", "good.npz/a.npz: found no folder"),
    ("sample ising --temperature 4 --out .", ".: found a folder"),
    ("fit good.npz --out model --network lstm", "network: found 'lstm', expected one of"),
    ("fit good.npz --out model --order zigzag", "order: found 'zigzag', expected one of"),
    ("fit good.npz --out model --seen 0", "seen: found 0, expected 1 or more"),
    ("fit good.npz --out model --symmetries parity", "symmetries: found 'parity', expected some"),
    ("fit good.npz --out model --symmetries states,states", "symmetries: found 'states, states'"),
    ("fit good.npz --out model --symmetries all,states", "symmetries: found 'all, states'"),
    ("fit good.npz --out model --symmetries=", "symmetries: found ''"),
    ("fit good.npz --out none/model", "none/model: found no folder"),
    ("fit good.npz --out good.npz", "good.npz: found something else"),
    ("fit good.npz --out .", ".: found something else"),
    ("fit good.npz", "out"),
    ("distill none --out ednn", "none: found no such folder"),
    ("distill good.npz --out ednn", "good.npz: found no such folder"),
    ("distill none --out ednn --settings best", "found 'best', expected one of"),
    ("energy none states.npy --out energies.npy", "none: found no such folder"),
    ("energy none none.npy --out energies.npy", "none: found no such folder"),
    ("energy none states.npy --out .", ".: found a folder"),
    ("scan none --size 4x --out scan.json", "--size: found 4x, expected 2 or more, or rows x"),
    ("scan none --size 1x4 --out scan.json", "--size: found 1x4, expected 2 or more, or rows x"),
    ("learn good.npz --size 2 --out study", "--size: found 2, expected 3 or more, or rows x"),
    ("learn good.npz --boundaries open --out study", "found 4 x 4 sites, expected 5 or more each"),
    ("inspect good.npz --boundaries free", "--boundaries: found 'free', expected periodic or"),
    ("scan none --size 4 --out scan.json", "none: found no such folder"),
    ("scan none --size 4 --out scan.json --temperatures 0,1", "temperatures: found '0,1'"),
    ("scan none --size 4 --out scan.json --sweeps 0", "sweeps: found 0"),
    ("scan none --size 4 --out scan.json --chains 0", "chains: found 0"),
    ("scan none --size 4 --out none/scan.json", "none/scan.json: found no folder"),
    ("exact xy --temperatures 1", "found 'xy', expected 'ising', 'potts' or 'spin-glass'"),
    ("exact ising --temperatures 0", "temperatures: found '0'"),
    ("exact ising --temperatures -1", "temperatures: found '-1'"),
    ("exact ising", "temperatures"),
    ("exact potts --temperatures 1 --size 9", "size: found 9, expected from 2 to 8"),
    ("exact spin-glass --temperatures 1 --size 13", "found"),
    ("exact spin-glass --temperatures 1 --seed -1", "seed: found -1"),
    ("exact spin-glass --temperatures 1 --coupling 2", "--coupling: found 2, expected none"),
    ("exact spin-glass --temperatures 1 --size 4x5", "size: found 4x5, expected one number"),
    ("exact potts --temperatures 1 --field 1", "field: found 1.0, expected 0"),
    ("exact potts --temperatures 1 --boundaries open", "boundaries: found open"),
    ("exact ising --temperatures 1 --boundaries free", "--boundaries: found 'free', expected"),
    (
        "exact ising --temperatures 1 --size 1000001",
        "size: found 1000001, expected from 2 to 1000000",
    ),
    ("exact ising --temperatures 1 --field 0.1 --size 13", "size: found 2^13 states of a row"),
    ("reproduce 2a --profile fast", "profile: found 'fast', expected one of smoke"),
    ("reproduce 2a", "expected the repository"),
    ("stage ising snapshots", "expected the repository"),
    ("predict", "predict"),
    ("exact ising --temperatures 1 --sizes 3", "--sizes"),
]


@pytest.mark.parametrize(("arguments", "found"), ARGUMENTS)
def test_a_bad_argument_is_named(mistake, arguments, found):
    assert found in mistake(*arguments.split())


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("stage none snapshots", "experiment: found 'none', expected one of small"),
        ("stage small none", "stage: found 'none', expected one of snapshots, levels"),
        ("stage small snapshots --profile fast", "profile: found 'fast', expected one of smoke"),
        ("stage ../small snapshots", "experiment: found '../small'"),
    ],
)
def test_a_bad_stage_is_named(mistake, repository, arguments, found):
    assert found in mistake(*arguments.split())


def test_a_bad_key_of_an_experiment_is_named_with_its_file(mistake, repository):
    path = repository / "experiments" / "small.toml"
    path.write_text(path.read_text() + "[gru]\nunit = 3\n")
    line = mistake("stage", "small", "snapshots")
    assert line.startswith(f"dcl: {path}: gru: found the key 'unit', expected one of")


def tamper_weights(folder):
    path = folder / "network.keras"
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def tamper_card(**changes):
    def write(folder):
        card = {**json.loads((folder / "model.json").read_text()), **changes}
        del card["card_sha256"]  # as in cards of version 0.1.0
        (folder / "model.json").write_text(json.dumps(card))

    return write


def change_temperature(folder):
    path = folder / "model.json"
    path.write_text(path.read_text().replace('"temperature": 2.0', '"temperature": 3.0'))


MODELS = {
    "no card": (lambda folder: (folder / "model.json").unlink(), "found no such file"),
    "no weights": (lambda folder: (folder / "network.keras").unlink(), "found no such file"),
    "no JSON": (lambda folder: (folder / "model.json").write_text("{"), "unreadable text"),
    "other weights": (tamper_weights, "model/network.keras: found SHA-256"),
    "another temperature": (change_temperature, "model/model.json: found SHA-256"),
    "another kind": (tamper_card(kind="oracle"), "kind: found 'oracle'"),
    "another size": (tamper_card(lattice_size=5), "expected (None, 25, 1)"),
    "no temperature": (tamper_card(temperature=0), "temperature: found 0"),
    "an unknown field": (tamper_card(colour="blue"), "colour"),
}


@pytest.mark.parametrize(("tamper", "found"), MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("command", ["energy", "scan", "distill"])
def test_a_model_that_was_tampered_with_is_refused(
    mistake, desk, sequence_energy, command, tamper, found
):
    sequence_energy(size=4).save(desk / "model")
    tamper(desk / "model")
    more = {"energy": ["states.npy"], "scan": ["--size", 4], "distill": []}[command]
    line = mistake(command, "model", *more, "--out", "result")
    assert line.startswith("dcl: model")
    assert found in line


@pytest.mark.parametrize(
    ("name", "states", "found"),
    [
        ("gru", random_configurations(3, 6, 2, seed=0), "lattice size: found 6, expected 4"),
        ("gru", random_configurations(9, 4, 3, seed=0), "found values 0, 1, 2"),
        ("ednn", random_configurations(3, 5, 2, seed=0), "found 5, expected a multiple of"),
        ("ednn", random_configurations(9, 4, 3, seed=0), "found values 0, 1, 2"),
        ("ednn", STATES.astype(np.float32) / 4, "found values -0.25, 0.25"),
        ("ednn", STATES[0], "found shape (4, 4)"),
    ],
)
def test_energy_refuses_configurations_that_do_not_fit(mistake, desk, models, name, states, found):
    np.save(desk / "bad.npy", states)
    assert found in mistake("energy", models / name, "bad.npy", "--out", "energies.npy")


@pytest.mark.parametrize(
    ("name", "size", "temperatures", "found"),
    [
        ("ednn", 5, "1,2", "lattice size: found 5, expected a multiple of the network's focus 2"),
        ("gru", 6, "1,2", "lattice size: found 6, expected 4"),
        ("gru", "4x6", "1,2", "lattice size: found (4, 6), expected 4"),
        ("ednn", "4x5", "1,2", "lattice size: found (4, 5), expected a multiple of the network's"),
    ],
)
def test_scan_refuses_what_the_model_cannot_do(mistake, models, name, size, temperatures, found):
    command = ["scan", models / name, "--size", size, "--temperatures", temperatures]
    assert found in mistake(*command, "--out", "scan.json")


def test_distill_refuses_an_extensive_network(mistake, models):
    line = mistake("distill", models / "ednn", "--out", "ednn")
    assert "found an extensive network, expected a sequence model" in line


def test_distill_refuses_a_lattice_that_the_focus_does_not_divide(mistake, desk, sequence_energy):
    sequence_energy(size=3).save(desk / "model")
    assert "lattice size: found 3, expected a multiple of" in mistake(
        "distill", "model", "--out", "ednn"
    )


OUTPUTS = {
    "sample": "sample ising --temperature 4 --out {}/a.npz",
    "fit": "fit good.npz --out {}/model",
    "distill": "distill none --out {}/ednn",
    "energy": "energy none states.npy --out {}/energies.npy",
    "scan": "scan none --size 4 --out {}/scan.json",
}


@pytest.mark.parametrize("arguments", OUTPUTS.values(), ids=OUTPUTS.keys())
def test_a_folder_without_permission_is_refused(mistake, desk, monkeypatch, arguments):
    (desk / "closed").mkdir(mode=0o555)
    may = os.access  # root may write even there
    monkeypatch.setattr(os, "access", lambda path, mode: path.name != "closed" and may(path, mode))
    assert "found no permission to write" in mistake(*arguments.format("closed").split())


def test_a_folder_with_other_files_is_not_replaced(mistake, desk):
    (desk / "thesis").mkdir()
    (desk / "thesis" / "chapter1.tex").write_text("years of work")
    assert "thesis: found something else" in mistake("fit", "good.npz", "--out", "thesis")


# --- the entry point ---


def process(*arguments):
    command = [Path(sys.executable).with_name("dcl"), *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def test_the_entry_point_gives_results_on_standard_output():
    done = process("exact", "ising", "--temperatures", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["energy"][0] == pytest.approx(-35.74343, abs=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        ["exact", "ising", "--temperatures", "0"],
        ["fit", "none.npz", "--out", "model"],
        ["scan", "{models}/ednn", "--size", "5", "--out", "scan.json"],  # loads TensorFlow
    ],
)
def test_the_entry_point_ends_a_mistake_with_one_line_and_code_2(tmp_path, models, arguments):
    done = process(*(argument.format(models=models) for argument in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "found" in done.stderr
    assert "expected" in done.stderr
