"""The stages of a tiny experiment, made once for all tests: 4x4 Ising with a 6x6 transfer.

Nothing here says that the networks are good: training is a few steps. What is tested is that every
number is what its name says, from the files that the stages left.
"""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dcl.analysis.binder import BinderCurve
from dcl.exact import ising_thermodynamics
from dcl.runs import contents, run_metrics
from dcl.runs.configuration import TEACHERS
from dcl.runs.experiment import load_experiment
from dcl.runs.run_metrics import metrics
from dcl.runs.stages import STAGES, open_run

ROOT = Path(__file__).parents[2]
KEYS = {
    "rnn_rmse",
    "ednn_rmse",
    "ednn_rmse_16x16",
    "rnn_kl_nats",
    "rnn_scan_max_error_per_spin",
    "ednn_scan_max_error_per_spin",
    "ednn_scan_16x16_max_error_per_spin",
    "configurations_seen",
    "train_seconds",
    "total_seconds",
}
"""Those that the design promises."""
BESIDE = {
    "paper_rnn_rmse",
    "paper_rnn_kl_nats",
    "masked_rmse",
    "masked_kl_nats",
    "couplings_rmse",
    "couplings_rmse_16x16",
    "couplings_scan_16x16_max_error_per_spin",
}
"""Those of other methods, under their own names."""
MORE = {
    *(f"{model}_level_spread" for model in ("rnn", "paper_rnn", "ednn", "masked", "couplings")),
    *(f"{model}_heat_capacity_peak_error" for model in ("rnn", "ednn", "couplings")),
    *(f"{model}_heat_capacity_peak_16x16_error" for model in ("ednn", "couplings")),
    "couplings_scan_max_error_per_spin",
    "distinct_configurations",
}
TINY = """
[system]
name = "ising"
size = 4
[snapshots]
count = 1000
burn_in = 50
[levels]
per_level = 5
[gru]
units = 4
skip_seen = 20_000
configurations_seen = 2000
batch_size = 100
[ednn]
hidden = [4]
context = 0
drawn = 500
patterned = 500
passes = 4
batch_size = 100
[paper_gru]
units = 40
configurations_seen = 1000
batch_size = 100
[masked]
units = 4
skip_seen = 20_000
configurations_seen = 2000
batch_size = 100
symmetries = ["states"]
[couplings]
drawn = 500
[scan_couplings]
temperatures = "1.5:6:0.5"
chains = 2
sweeps = 40
burn_in = 5
[scan_gru]
temperatures = "1.5:6:0.5"
chains = 2
sweeps = 40
burn_in = 5
[scan_ednn]
temperatures = "1.5:6:0.5"
chains = 2
sweeps = 40
burn_in = 5
[transfer]
size = 6
per_level = 3
[crossing]
sizes = "4,6"
points = 4
chains = 2
sweeps = 100
burn_in = 10
[large]
size = 10
temperatures = "1.5:6:1.5"
chains = 2
sweeps = 20
burn_in = 5
seed = 9
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A repository with the tiny experiment, all of whose stages have been made.

    Without XLA, which takes longer to compile these few steps than they take.
    """
    import keras

    compiled = keras.Model.compile
    folder = tmp_path_factory.mktemp("repository")
    (folder / "experiments").mkdir()
    (folder / "experiments" / "tiny.toml").write_text(TINY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            keras.Model,
            "compile",
            lambda model, **options: compiled(model, **{**options, "jit_compile": False}),
        )
        metrics(open_run("tiny", root=folder))
    return folder


@pytest.fixture(scope="module")
def reached(root):
    return json.loads((root / "results" / "quick" / "tiny" / "metrics.json").read_text())


@pytest.fixture
def run(root):
    return open_run("tiny", root=root)


def rmse(learned, true):
    difference = learned - true
    return np.sqrt(((difference - difference.mean()) ** 2).mean())


def test_the_metrics_have_the_keys_of_the_design_and_no_null(reached):
    assert set(reached) == KEYS | BESIDE | MORE
    assert all(isinstance(value, float) and np.isfinite(value) for value in reached.values())


def test_stages_come_after_their_inputs():
    for position, (name, stage) in enumerate(STAGES.items()):
        assert set(stage.inputs) <= set(list(STAGES)[:position]), name


def test_the_second_time_nothing_is_made(root, reached, monkeypatch):
    monkeypatch.setattr("dcl.runs.run.Run._make", lambda *_: pytest.fail("a stage was made"))
    assert metrics(open_run("tiny", root=root)) == reached


def test_the_snapshots_are_as_the_experiment_says(run):
    taken = contents.snapshots(run)
    assert taken.configurations.shape == (1000, 4, 4)
    assert (taken.temperature, taken.n_states) == (4.0, 2)


def test_the_test_set_has_each_level_with_the_same_weight(run):
    test = contents.levels(run)
    levels = [-32, -24, -20, -16, -12, -8, -4, 0, 4, 8, 12, 16, 20, 24, 32]
    assert test.energies.tolist() == levels
    true = contents.level_energies(run, "true")
    assert (true == np.array(levels)[:, None]).all()
    flat = test.configurations.reshape(-1, 4, 4)
    np.testing.assert_array_equal(run.experiment.hamiltonian.energy(flat), true.ravel())
    assert contents.levels(run, "levels_transfer").configurations.shape[1:] == (3, 6, 6)


@pytest.mark.parametrize("name", ["gru", "ednn", "ednn_16x16", "masked", "couplings_16x16"])
def test_the_energies_are_those_of_the_saved_models(run, name):
    test = contents.levels(run, "levels_transfer" if name.endswith("_16x16") else "levels")
    flat = test.configurations.reshape(-1, *test.configurations.shape[2:])
    model = contents.model(run, name.removesuffix("_16x16"))
    found = contents.level_energies(run, name)
    np.testing.assert_allclose(model.energy(flat).reshape(found.shape), found, rtol=1e-5)


@pytest.mark.parametrize(
    ("key", "name", "true"),
    [
        ("rnn_rmse", "gru", "true"),
        ("ednn_rmse", "ednn", "true"),
        ("ednn_rmse_16x16", "ednn_16x16", "true_16x16"),
        ("paper_rnn_rmse", "paper_gru", "true"),
        ("masked_rmse", "masked", "true"),
        ("couplings_rmse", "couplings", "true"),
        ("couplings_rmse_16x16", "couplings_16x16", "true_16x16"),
    ],
)
def test_the_rmse_is_that_of_the_energies(run, reached, key, name, true):
    learned, exact = contents.level_energies(run, name), contents.level_energies(run, true)
    assert reached[key] == pytest.approx(rmse(learned, exact))


@pytest.mark.parametrize(("key", "name"), [("rnn", "gru"), ("ednn", "ednn")])
def test_the_level_spread_is_that_within_levels(run, reached, key, name):
    error = contents.level_energies(run, name) - contents.level_energies(run, "true")
    within = error - error.mean(axis=1, keepdims=True)
    assert reached[f"{key}_level_spread"] == pytest.approx(np.sqrt((within**2).mean()))


@pytest.mark.parametrize(
    ("key", "stage", "size"),
    [
        ("rnn_scan_max_error_per_spin", "scan_gru", 4),
        ("ednn_scan_max_error_per_spin", "scan_ednn", 4),
        ("ednn_scan_16x16_max_error_per_spin", "scan_ednn_transfer", 6),
        ("couplings_scan_16x16_max_error_per_spin", "scan_couplings_transfer", 6),
    ],
)
def test_the_curve_s_error_is_that_of_the_scan(run, reached, key, stage, size):
    scan = contents.scan_result(run, stage)
    assert scan.lattice_size == size
    exact = ising_thermodynamics(size, np.arange(3, 13) / 2)
    np.testing.assert_array_equal(scan.temperatures, exact.temperatures)
    assert reached[key] == pytest.approx(np.abs(scan.energy - exact.energy).max() / size**2)


def test_cumulants_around_the_learned_peak(run):
    learned = contents.scan_result(run, "scan_ednn")
    peak = learned.temperatures[learned.heat_capacity.argmax()]
    curves = contents.binder_curves(run)
    assert [curve.size for curve in curves] == [4, 6]
    for curve in curves:
        np.testing.assert_allclose(curve.temperatures, peak * np.linspace(0.92, 1.03, 4))
        assert curve.left_out.shape == (2, 4)


def test_the_critical_temperature_is_the_last_crossing(run):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_metrics, "binder_curves", lambda _: [])
        assert run_metrics._critical_errors(run) == {}
        line = np.linspace(2.2, 2.4, 4)
        known = [
            BinderCurve(size, line, -size * (line - 2.3), np.tile(-size * (line - 2.3), (2, 1)))
            for size in (4, 6)
        ]
        patch.setattr(run_metrics, "binder_curves", lambda _: known)
        found = run_metrics._critical_errors(run)
    assert found["critical_temperature"] == pytest.approx(2.3)
    assert found["critical_temperature_error"] == pytest.approx(2.3 - 2.269185, abs=1e-6)
    assert found["critical_temperature_standard_error"] == pytest.approx(0, abs=1e-9)


def test_the_critical_temperature_is_a_mean_over_networks():
    assert run_metrics._over_networks({1: 2.26, 2: 2.28}) == {}
    found = run_metrics._over_networks({1: 2.26, 2: 2.28, 3: 2.27})
    assert found["critical_temperature_mean"] == pytest.approx(2.27)
    assert found["critical_temperature_network_error"] == pytest.approx(0.01)
    assert found["critical_temperature_mean_standard_error"] == pytest.approx(0.01 / 3**0.5)


def test_the_large_lattice(run):
    scan = contents.scan_result(run, "large")
    assert scan.lattice_size == 10
    cold, hot = (contents.large_configuration(run, t) for t in (1.4, 7.0))
    for configuration in (cold, hot):
        assert configuration.shape == (10, 10)
        assert set(np.unique(configuration)) <= {-1, 1}
    assert (cold != hot).any()


def test_counts_and_times_are_those_of_history_and_manifests(run, reached):
    record = contents.history(run, "gru")
    assert reached["configurations_seen"] == record["examples_seen"][-1] >= 22_000
    assert reached["distinct_configurations"] == 1000
    times = {
        path.parent.name: json.loads(path.read_text())["wall_seconds"]
        for path in run.folder.glob("*/manifest.json")
    }
    assert set(times) == set(run.stage_names)
    assert reached["train_seconds"] == times["gru"]
    assert reached["total_seconds"] == pytest.approx(sum(times.values()))


def test_manifests_name_every_seed(run):
    seeds = {"snapshots": 1, "levels": 2, "scan_gru": 5, "levels_transfer": 7, "large": 9}
    for stage, seed in seeds.items():
        assert f'"seed": {seed}' in (run.stage(stage) / "manifest.json").read_text()
    for stage in ("gru", "ednn", "masked", "couplings"):
        assert f'"{stage}_seed": ' in (run.stage(stage) / "manifest.json").read_text()


COMMON = {"snapshots", "levels", "gru", "paper_gru", "energies", "scan_gru", "scan_paper_gru"}
TILES = {"ednn", "scan_ednn", "crossing", "levels_transfer", "energies_transfer"}
TILES |= {"scan_ednn_transfer"}
MORE_OF_ISING = {"masked", "scan_masked", "couplings", "scan_couplings", "large"}


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("ising", TILES | MORE_OF_ISING | {"scan_couplings_transfer"}),
        ("potts", TILES | {"scan_true_transfer"}),
        ("spin_glass", {"sparse", "scan_sparse"}),
    ],
)
def test_an_experiment_has_only_the_stages_that_it_can_have(name, beside):
    assert set(open_run(name, "smoke", root=ROOT).stage_names) == COMMON | beside


def test_the_model_of_a_stage_is_what_the_stage_s_name_says(run):
    """A recurrent layer, trained dense layers, masked layers; and which labels taught whom."""
    layers = {
        name: {type(layer).__name__ for layer in contents.model(run, name).network.layers}
        for name in ("gru", "paper_gru", "ednn", "masked")
    }
    assert "GRU" in layers["gru"]
    assert "GRU" in layers["paper_gru"]
    assert "Dense" in layers["ednn"]
    assert "GRU" not in layers["masked"]
    for name in ("ednn", "couplings"):
        manifest = json.loads((run.stage(name) / "manifest.json").read_text())
        assert set(manifest["inputs"]) == {TEACHERS[name]}
    assert len(contents.history(run, "ednn")["loss"]) > 1, "was trained"


def test_the_divergence_is_measured_on_configurations_that_steered_nothing(run, reached):
    """Fresh configurations are not the held-out snapshots that early stopping decides on."""
    for stage, key in (("gru", "rnn_kl_nats"), ("masked", "masked_kl_nats")):
        fresh = contents.fresh_configurations(run.experiment)
        exact = contents.exact_log_probability(run.experiment, fresh)
        ratio = contents.model(run, stage).log_probability(fresh) - exact
        assert reached[key] == pytest.approx((np.expm1(ratio) - ratio).mean(), rel=1e-5)
        record = contents.history(run, stage)
        assert record["fresh_nll"][-1] != record["held_out_nll"][-1]


def test_opening_a_run_writes_nothing(root, tmp_path):
    (tmp_path / "experiments").symlink_to(root / "experiments")
    before = sorted(tmp_path.iterdir())
    open_run("tiny", root=tmp_path, variant="other", changes={"gru": {"units": 3}})
    assert sorted(tmp_path.iterdir()) == before


SYSTEMS = {
    "ising": {"name": "ising"},
    "potts": {"name": "potts", "n_states": 3},
    "standard potts": {"name": "potts", "n_states": 3, "form": "standard"},
    "spin glass": {"name": "spin-glass", "seed": 420},
}


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS.keys())
def test_exact_probabilities_add_up_to_one(system):
    experiment = load_experiment("ising", "smoke", root=ROOT)
    changed = replace(experiment.system, size=3, **system)
    experiment = replace(experiment, system=changed)
    n_states = experiment.hamiltonian.n_states
    states = np.array(list(itertools.product(range(n_states), repeat=9)), np.int8)
    states = (2 * states - np.int8(1) if n_states == 2 else states).reshape(-1, 3, 3)
    logs = contents.exact_log_probability(experiment, states)
    assert np.exp(logs).sum() == pytest.approx(1, rel=1e-12)
    energies = experiment.hamiltonian.energy(states)
    np.testing.assert_allclose(logs[0] - logs, (energies - energies[0]) / 4.0, atol=1e-12)


def test_held_out_configurations_are_others_from_the_same_temperature():
    """Means of 2000 decorrelated energies: 5 standard errors, a false alarm in 1.7e6."""
    experiment = load_experiment("ising", "smoke", {"snapshots": {"count": 2000}}, root=ROOT)
    fresh, seen = (
        contents.fresh_configurations(experiment),
        contents.observe(experiment).configurations,
    )
    assert fresh.shape == seen.shape == (2000, 8, 8)
    assert not np.array_equal(fresh, seen)
    exact = ising_thermodynamics(8, [4.0])
    error = np.sqrt(exact.heat_capacity[0] * 4.0**2 / 2000)
    for configurations in (fresh, seen):
        mean = experiment.hamiltonian.energy(configurations).mean()
        assert abs(mean - exact.energy[0]) < 5 * error
