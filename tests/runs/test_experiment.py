"""Experiment files: all of the committed ones load; whatever is wrong is one line."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcl.errors import InputError
from dcl.learning.settings import sequence_settings
from dcl.runs.configuration import PROFILES, TABLES, Experiment
from dcl.runs.experiment import find_root, load_experiment
from dcl.runs.grids import parse_temperatures

ROOT = Path(__file__).parents[2]
COMMITTED = sorted(path.stem for path in (ROOT / "experiments").glob("*.toml"))
OF_THE_PAPER = ["ising", "potts", "spin_glass", "spin_glass_420"]
ISING = '[system]\nname = "ising"\n'
GLASS = '[system]\nname = "spin-glass"\n'


@pytest.fixture
def write(tmp_path):
    """A function that writes an experiment file into a repository and returns its root."""
    (tmp_path / "experiments").mkdir()

    def write_toml(text, name="one"):
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "experiments" / f"{name}.toml").write_bytes(content)
        return tmp_path

    return write_toml


def mistake(root, name="one", profile="quick", changes=None):
    """The one line that loading must end with."""
    with pytest.raises(InputError) as caught:
        load_experiment(name, profile, changes, root)
    return check_line(caught.value)


def check_line(error):
    line = str(error)
    assert len(line.splitlines()) == 1
    assert "found" in line
    assert "expected" in line
    return line


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", COMMITTED)
def test_every_committed_experiment_loads_in_every_profile(name, profile):
    experiment = load_experiment(name, profile, root=ROOT)
    assert (experiment.name, experiment.profile) == (name, profile)
    assert experiment.hamiltonian.n_states == (3 if name.startswith("potts") else 2)


@pytest.mark.parametrize("name", OF_THE_PAPER)
def test_the_paper_profile_has_the_paper_s_network(name):
    experiment = load_experiment(name, "paper", root=ROOT)
    paper = sequence_settings("gru-paper", experiment.hamiltonian.n_states)
    assert (experiment.gru.units, experiment.gru.batch_size) == (paper.units, paper.batch_size)
    assert experiment.gru.loss == "mean-squared-error"


def test_the_glass_of_figure_6_differs_from_that_of_figure_5_by_its_couplings_alone():
    glasses = [load_experiment(name, root=ROOT) for name in ("spin_glass", "spin_glass_420")]
    assert [glass.system.seed for glass in glasses] == [69, 420]
    assert glasses[0].gru == glasses[1].gru
    assert glasses[0].snapshots == glasses[1].snapshots
    assert glasses[0].hamiltonian != glasses[1].hamiltonian


def test_symmetries_are_imposed_on_a_network_of_choice(write):
    text = '[gru]\nnetwork = "masked"\nsymmetries = ["translations", "states"]\n'
    ising = load_experiment("one", root=write(f"{ISING}{text}")).gru
    assert (ising.architecture, ising.symmetries) == ("masked", ("translations", "states"))
    glass = load_experiment("one", root=write(f'{GLASS}[gru]\nsymmetries = ["states"]\n')).gru
    assert (glass.architecture, glass.symmetries) == ("gru", ("states",))


def test_a_profile_changes_only_what_it_names(write):
    text = (
        f"{ISING}[gru]\nunits = 7\nlayers = 2\n[smoke.gru]\nunits = 5\n[paper.levels]\nseed = 9\n"
    )
    root = write(text)
    smoke, quick = (load_experiment("one", profile, root=root) for profile in ("smoke", "quick"))
    assert (smoke.gru.units, smoke.gru.layers) == (5, 2)
    assert (quick.gru.units, quick.gru.layers) == (7, 2)
    assert smoke.levels == quick.levels


def test_changes_come_last(write):
    root = write(f"{ISING}[gru]\nunits = 7\n[quick.gru]\nunits = 5\nlayers = 2\n")
    experiment = load_experiment("one", changes={"gru": {"units": 3}}, root=root)
    assert (experiment.gru.units, experiment.gru.layers) == (3, 2)


def test_a_file_takes_what_it_does_not_say_from_the_one_it_extends(write):
    write(f"{ISING}[gru]\nunits = 7\nlayers = 2\n[smoke.gru]\nunits = 5\nlayers = 3\n", "base")
    root = write('extends = "base"\n[gru]\nlayers = 4\n[smoke.gru]\nunits = 6\n')
    quick, smoke = (load_experiment("one", profile, root=root) for profile in ("quick", "smoke"))
    assert (quick.gru.units, quick.gru.layers) == (7, 4)
    assert (smoke.gru.units, smoke.gru.layers) == (6, 3)


@pytest.mark.parametrize("name", ['"one"', '"none"', "3", '"../one"', '""', "[]"])
def test_a_file_cannot_extend_itself_or_one_that_is_not_there(write, name):
    write(ISING, "base")
    line = mistake(write(f"extends = {name}\n{ISING}"))
    assert "one.toml: extends: found" in line
    assert line.endswith("expected one of base")


def test_a_mistake_in_the_extended_file_is_named_as_its_own(write):
    write(f"{ISING}[gnu]\n", "base")
    assert "base.toml: found the table 'gnu'" in mistake(write('extends = "base"\n'))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[gnu]", "found the table 'gnu'"),
        ("[paper.gnu]", "found the table 'gnu'"),  # also in a profile that is not asked for
        ("[fast.gru]", "found the table 'fast'"),
        ("[gru]\nunit = 3", "gru: found the key 'unit'"),
        ("[levels]\nper-level = 3", "levels: found the key 'per-level'"),
        ("[snapshots]\ntemperature = 0", "snapshots: temperature: found 0"),
        ("[snapshots]\ntemperature = -4.0", "snapshots: temperature: found -4.0"),
        ("[snapshots]\ntemperature = nan", "snapshots: temperature: found nan"),
        ("[snapshots]\ntemperature = inf", "snapshots: temperature: found inf"),
        ('[snapshots]\ntemperature = "hot"', "snapshots: temperature: found 'hot'"),
        ("[snapshots]\ntemperature = true", "snapshots: temperature: found True"),
        ("[snapshots]\ncount = 1e6", "snapshots: count: found 1000000.0"),
        ("[snapshots]\ncount = 0", "snapshots: count: found 0"),
        ("[snapshots]\nseed = 4294967296", "snapshots: seed: found 4294967296"),
        ("[levels]\nper_level = 0", "levels: per_level: found 0"),
        ("[gru]\nseed = -1", "gru: seed: found -1"),
        ("[gru]\nseed = 1.0", "gru: seed: found 1.0"),
        ("[gru]\nskip = 1", "gru: skip: found 1"),
        ('[gru]\norder = "zigzag"', "gru: order: found 'zigzag'"),
        ('[gru]\narchitecture = "cnn"', "gru: architecture: found 'cnn'"),
        ('[gru]\nsymmetries = "states"', "gru: symmetries: found 'states', expected a list of"),
        ('[gru]\nsymmetries = ["parity"]', "gru: symmetries: found ['parity'], expected a list"),
        ('[gru]\nsymmetries = ["states", "states"]', "gru: symmetries: found 'states, states'"),
        ('[gru]\nnetwork = "masked"\nlayers = 2', "gru: layers: found 2, expected 1"),
        ("[gru]\nweight_decay = -1", "gru: weight_decay: found -1"),
        ('[gru]\nnetwork = "lstm"', "gru: network: found 'lstm'"),
        ("[gru]\nnetwork = []", "gru: network: found []"),
        ("[gru]\ndropout = 1.0", "gru: dropout: found 1.0"),
        (f"[gru]\nlearning_rate = 1{'0' * 400}", "gru: learning_rate: found 1"),
        ('[ednn]\nsettings = "best"', "ednn"),
        ("[ednn]\nhidden = [32, 0]", "ednn: hidden: found [32, 0]"),
        ("[ednn]\nhidden = 32", "ednn: hidden: found 32"),
        ("[ednn]\nfocus = 3", "ednn: focus: found 3"),
        ("[transfer]\nsize = 9", "ednn: focus: found 2"),
        ("[ednn]\ndrawn = 0\npatterned = 0", "ednn: drawn + uniform + patterned: found 0"),
        ('[scan_gru]\ntemperatures = "1:0:1"', "scan_gru: temperatures: found '1:0:1'"),
        ('[scan_gru]\ntemperatures = "1,3,2"', "scan_gru: temperatures: found '1,3,2'"),
        ('[scan_ednn]\ntemperatures = "1,1"', "scan_ednn: temperatures: found '1,1'"),
        ("[scan_ednn]\ntemperatures = 4.0", "scan_ednn: temperatures: found 4.0"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_file_and_place(write, text, named):
    root = write(f"{ISING}{text}\n")
    line = mistake(root)
    assert line.startswith(str(root / "experiments" / "one.toml"))
    assert named in line


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "system: found no name"),
        ("[system]", "system: found no name"),
        ('[system]\nname = "xy"', "system: name: found 'xy'"),
        (f"{ISING}size = 1", "system: size: found 1"),
        (f"{ISING}size = 8.0", "system: size: found 8.0"),
        ('[system]\nname = "potts"\nn_states = 9', "system: n_states: found 9"),
        ('[system]\nname = "potts"\nform = "square"', "system: form: found 'square'"),
        (f"{GLASS}[ednn]", "found the table 'ednn'"),
        (f"{GLASS}[transfer]", "found the table 'transfer'"),
        (f'{GLASS}[gru]\nsymmetries = ["translations"]', "symmetries: found translations, exp"),
        (f'{GLASS}[gru]\nsymmetries = ["states", "point-group"]', "symmetries: found states, po"),
        (f"{ISING}name", "expected TOML"),
        (f"{ISING}[system]", "expected TOML"),
        (b'\xff\xfe[system]\nname = "ising"', "expected TOML"),
        (f"gru = 3\n{ISING}", "gru: found 3, expected a table"),
        (f"smoke = 3\n{ISING}", "smoke: found 3, expected a table"),
        (f"gru = 3\n{ISING}[smoke.gru]\nunits = 8", "gru: found 3, expected a table"),
    ],
)
def test_a_wrong_system_or_file_is_named(write, text, named):
    root = write(text)
    line = mistake(root, profile="smoke")
    assert line.startswith(str(root / "experiments" / "one.toml"))
    assert named in line


@pytest.mark.parametrize("name", ["two", "", "..", "../experiments/one", "/one", "a\0b", "x" * 300])
def test_an_unknown_experiment_is_named(write, name):
    line = mistake(write(ISING), name)
    assert repr(name) in line or name in line


def test_an_unknown_profile_is_named(write):
    assert "profile: found 'fast', expected one of smoke, quick, paper" in mistake(
        write(ISING), profile="fast"
    )


@pytest.mark.parametrize("changes", [{"gnu": {}}, {"gru": 3}, {"gru": {"unit": 3}}])
def test_wrong_changes_are_named(write, changes):
    mistake(write(ISING), changes=changes)


def test_outside_of_a_repository_there_is_no_root(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT / "src" / "dcl")
    assert find_root() == ROOT
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="found no experiments/"):
        find_root()


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    st.lists(st.integers(-1, 9), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
    st.sampled_from(
        ["ising", "potts", "spin-glass", "gru", "gru-paper", "paper", "clock", "1:2:1"]
    ),
)
PARTS = asdict(load_experiment("ising", root=ROOT)).values()
KNOWN = sorted({key for part in PARTS if isinstance(part, dict) for key in part})
KEYS = st.one_of(st.text(max_size=4), st.sampled_from([*KNOWN, "network", "settings"]))
TABLE = st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=3))


@settings(max_examples=400)
@given(
    st.dictionaries(st.one_of(st.sampled_from(TABLES), st.text(max_size=3)), TABLE, max_size=3),
    st.sampled_from(COMMITTED),
)
def test_any_changes_give_an_experiment_or_one_line(changes, name):
    try:
        assert isinstance(load_experiment(name, "smoke", changes, ROOT), Experiment)
    except InputError as error:
        check_line(error)


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=40), st.binary(max_size=40)))
def test_any_file_gives_an_experiment_or_one_line(tmp_path_factory, text):
    root = tmp_path_factory.getbasetemp() / "any"
    (root / "experiments").mkdir(parents=True, exist_ok=True)
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    (root / "experiments" / "one.toml").write_bytes(content)
    with pytest.raises(InputError) as caught:  # a system's name is never there
        load_experiment("one", root=root)
    check_line(caught.value)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9))
def test_a_list_of_temperatures_is_read_as_it_is(values):
    text = ",".join(map(repr, values))
    np.testing.assert_array_equal(parse_temperatures(text), values)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 50), st.sampled_from([10, 100, 8]))
def test_a_range_of_temperatures_has_both_ends_and_equal_steps(first, steps, step, unit):
    last = first + steps * step
    values = parse_temperatures(f"{first / unit}:{last / unit}:{step / unit}")
    np.testing.assert_allclose(values, (first + step * np.arange(steps + 1)) / unit, rtol=1e-12)


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(1e-3, 1e6))
def test_a_range_never_passes_its_end(first, last, step):
    try:
        values = parse_temperatures(f"{first!r}:{last!r}:{step!r}")
    except InputError:
        assert last < first or last - first > 1000 * step
    else:
        rounding = 2e-9 * step + 1e-12 * (1 + last)
        assert values[0] == pytest.approx(first, rel=1e-12, abs=1e-12)
        assert last - step - rounding < values[-1] <= last + rounding


WORDS = ", 1, x 1:2 1:2:3:4 1:2:0 1:2:-1 2:1:0.5 0,1 -1 0 nan inf 1,inf 1:inf:1 nan:1:1 0:1:0.5"
LONG = ["1:1e308:1e-300", "1:2:1e-9", "1:2:inf"]


@pytest.mark.parametrize("text", [*WORDS.split(), *LONG, "", None, 4.0, ["1"], {}, b"1"])
@pytest.mark.filterwarnings("error")
def test_what_is_not_a_list_of_temperatures_is_refused(text):
    with pytest.raises(InputError, match=r"^scan: found .* expected numbers from"):
        parse_temperatures(text, "scan")


@pytest.mark.filterwarnings("error")
@given(st.text(alphabet="0123456789.:,-+einfa_ ", max_size=16))
def test_any_text_gives_positive_temperatures_or_one_line(text):
    try:
        values = parse_temperatures(text)
    except InputError as error:
        check_line(error)
    else:
        assert values.ndim == 1
        assert values.size
        assert ((values >= 1e-6) & (values <= 1e6)).all()
