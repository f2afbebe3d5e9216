"""What is told of snapshots, against exact results and files made to have a fault."""

import tracemalloc

import numpy as np
import pytest

from dcl.analysis.inspection import inspect
from dcl.analysis.snapshot_statistics import SnapshotStatistics
from dcl.errors import InputError
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, Potts
from dcl.lattice.snapshot_files import open_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.replica_exchange import order_parameter
from lattices import drawn_open


@pytest.mark.parametrize("hamiltonian", [Ising(), Potts(3)])
def test_agreement_is_that_of_the_exact_energy(hamiltonian):
    """Within 5 standard errors; a false alarm in 2 million."""
    spins = sample_equilibrium(hamiltonian, 8, 3.0, 20_000, seed=1)
    found = inspect(Snapshots(spins, 3.0, hamiltonian.n_states)).agreement
    bond = exact_thermodynamics(hamiltonian, 8, [3.0]).energy[0] / 128
    alike, other = (-1.0, 1.0) if hamiltonian.n_states == 2 else (-1.0, 0.5)
    assert abs(found.mean - (other - bond) / (other - alike)) < 5 * found.error


def test_correlation_length_of_a_large_lattice():
    """The exact one along an axis of the infinite lattice, as a second moment measures it.

    One decay with that length would have a second moment of 1 / (2 sinh(1 / (2 xi))); statistics
    (1%) and all other decays are within 5%.
    """
    spins = sample_equilibrium(Ising(), 16, 4.0, 200_000, seed=2)
    exact = 1 / (np.log(1 / np.tanh(1 / 4.0)) - 2 / 4.0)
    expected = 1 / (2 * np.sinh(1 / (2 * exact)))
    assert inspect(Snapshots(spins, 4.0)).correlation_length == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("n_states", [2, 3])
def test_random_states_are_uncorrelated(n_states):
    """Shares, magnetisation and agreement of infinite temperature, within 5 standard errors."""
    states = random_configurations(20_000, 6, n_states, seed=3)
    found = inspect(Snapshots(states, 1.0, n_states))
    np.testing.assert_allclose(found.shares, 1 / n_states, atol=5 * 0.5 / np.sqrt(states.size))
    assert abs(found.agreement.mean - 1 / n_states) < 5 * found.agreement.error
    assert found.correlation_length < 0.3
    assert found.independent > 15_000
    assert found.distinct == len(np.unique(states, axis=0))


def test_an_ordered_set():
    found = inspect(Snapshots(np.ones((50, 4, 4), np.int8), 1.0))
    assert found.magnetisation.mean == pytest.approx(1)
    assert found.correlation_length == np.inf
    assert found.distinct == 1
    assert any("only 1 of 50" in warning for warning in found.warnings)
    assert any("quarter of the lattice" in warning for warning in found.warnings)
    assert any("nearly all sites are in one state" in warning for warning in found.warnings)


def test_a_correlated_file_is_told():
    spins = np.repeat(sample_equilibrium(Ising(), 8, 4.0, 2000, seed=4), 10, axis=0)
    found = inspect(Snapshots(spins, 4.0))
    assert found.independent == pytest.approx(2000, rel=0.2)
    assert found.distinct == 2000
    warnings = " ".join(found.warnings)
    assert "neighbours in the file are correlated" in warnings
    assert "only 2000 of 20000 snapshots are no copies" in warnings


@pytest.mark.parametrize(
    ("count", "advice"),
    [(500, ["few snapshots"]), (5000, ["enough for a pseudolikelihood fit"]), (120_000, [])],
)
def test_what_a_file_is_enough_for(count, advice):
    found = inspect(Snapshots(random_configurations(count, 6, 2, seed=5), 1.0))
    assert [
        warning[: len(text)] for warning, text in zip(found.warnings, advice, strict=True)
    ] == advice


def test_the_command_prints_it(tmp_path, capsys):
    from dcl.cli import main

    snapshots = Snapshots(random_configurations(100, 6, 2, seed=6), 2.5)
    save_snapshots(snapshots, tmp_path / "spins.npz")
    with pytest.raises(SystemExit) as ended:
        main(["inspect", str(tmp_path / "spins.npz")])
    assert ended.value.code in (0, None)
    found = inspect(open_snapshots(tmp_path / "spins.npz"))
    assert found.stored == "int8, spins -1 and +1"
    assert capsys.readouterr().out == f"{found}\n"


@pytest.mark.parametrize("n_states", [2, 3, 4])
def test_magnetisation_is_that_of_a_scan(n_states):
    states = random_configurations(500, 6, n_states, seed=5)
    expected = np.abs(order_parameter(states, n_states)).mean()
    assert inspect(Snapshots(states, 1.0, n_states)).magnetisation.mean == pytest.approx(expected)


def test_a_bare_array_needs_no_temperature(tmp_path):
    np.save(tmp_path / "a.npy", np.random.default_rng(1).integers(0, 2, (50, 4, 6)))
    printed = str(inspect(open_snapshots(tmp_path / "a.npy")))
    assert "temperature: not in the file" in printed
    assert "in the file: int64, 0 and 1, read as spins -1 and +1" in printed
    assert "snapshots: 50, 50 distinct, of 4 x 6 sites" in printed


@pytest.mark.parametrize("boundaries", ["periodic", "open"])
@pytest.mark.parametrize("n_states", [2, 3])
def test_a_file_in_parts_is_as_in_memory(tmp_path, monkeypatch, n_states, boundaries):
    """All but the order of the sums; and beside sums over sites written out."""
    snapshots = Snapshots(random_configurations(300, (4, 6), n_states, seed=7), 2.0, n_states)
    save_snapshots(snapshots, tmp_path / "a.npz")
    monkeypatch.setattr("dcl.lattice.storage.PART", 1000)
    found = inspect(open_snapshots(tmp_path / "a.npz"), boundaries)
    monkeypatch.undo()
    whole = inspect(snapshots, boundaries)
    for name in ("magnetisation", "agreement"):
        np.testing.assert_allclose(
            [getattr(found, name).mean, getattr(found, name).error],
            [getattr(whole, name).mean, getattr(whole, name).error], rtol=1e-12,
        )  # fmt: skip
    np.testing.assert_allclose(found.shares, whole.shares, rtol=1e-12)
    assert found.correlation_length == pytest.approx(whole.correlation_length, rel=1e-12)
    assert (found.distinct, found.shape) == (whole.distinct, whole.shape) == (300, (300, 4, 6))
    states = snapshots.configurations
    pairs = [states[:, 1:] == states[:, :-1], states[:, :, 1:] == states[:, :, :-1]]
    if boundaries == "periodic":
        pairs += [states[:, :1] == states[:, -1:], states[:, :, :1] == states[:, :, -1:]]
    alike = np.concatenate([pair.reshape(300, -1) for pair in pairs], axis=1)
    assert whole.agreement.mean == pytest.approx(alike.mean(), rel=1e-12)


def test_long_files_are_estimated(monkeypatch):
    """20,000 distinct of 40,000 with 2000 kept: within 5 of its 2.2%; tau of the first ones."""
    snapshots = Snapshots(np.repeat(random_configurations(20_000, 5, 2, seed=8), 2, axis=0), 1.0)
    exact = inspect(snapshots)
    assert exact.distinct == len(np.unique(snapshots.configurations, axis=0))
    for module in ("inspection", "snapshot_statistics"):
        monkeypatch.setattr(f"dcl.analysis.{module}.LONGEST", 2000)
    monkeypatch.setattr("dcl.lattice.storage.PART", 20_000)
    found = inspect(snapshots)
    assert found.distinct == pytest.approx(exact.distinct, rel=0.11)
    assert found.magnetisation.mean == pytest.approx(exact.magnetisation.mean, rel=1e-12)
    assert found.magnetisation.error == pytest.approx(exact.magnetisation.error, rel=0.3)
    assert "(tau from the first 2000)" in str(found)
    assert f"about {found.distinct} distinct" in str(found)


def test_parts_of_a_file_are_not_kept(monkeypatch):
    """40 parts of 1 MiB are never in memory together, though the first two are compared."""
    monkeypatch.setattr("dcl.analysis.snapshot_statistics.COMPARED", 2**21)

    class File:
        shape, n_states, temperature = (40 * 64, 128, 128), 2, 1.0

        def parts(self):
            generator = np.random.default_rng(1)
            return (generator.integers(0, 2, (64, 128, 128), np.int8) for _ in range(40))

    tracemalloc.start()
    SnapshotStatistics(File(), "periodic")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30 * 2**20


def test_states_numbered_from_one_are_told():
    found = inspect(Snapshots(random_configurations(50, 4, 3, seed=9) + np.int8(1), 1.0, 4))
    assert any("no site is ever in state 0" in warning for warning in found.warnings)


# --- copies ---


@pytest.mark.parametrize("copies", [lambda s: np.tile(s, (20, 1, 1)), lambda s: s.repeat(20, 0)])
def test_copies_are_no_data(copies):
    spins = sample_equilibrium(Ising(), 8, 4.0, 150, seed=11)
    once, found = inspect(Snapshots(spins, 4.0)), inspect(Snapshots(copies(spins), 4.0))
    assert found.distinct == 150
    assert found.magnetisation.error == pytest.approx(once.magnetisation.error, rel=0.25)
    assert 100 < found.independent <= 150
    found.require_enough()


@pytest.mark.parametrize("size", [3, 8])
def test_identical_snapshots_are_one(size):
    spins = random_configurations(1, size, 2, seed=12).repeat(2000, 0)
    found = inspect(Snapshots(spins, 4.0))
    assert found.independent == 1
    with pytest.raises(InputError, match=r"^snapshots: found 2000 .* about 1 .*, expected 10 or"):
        found.require_enough()


def test_learn_refuses_identical_snapshots_at_once(tmp_path, capsys, monkeypatch):
    from dcl.cli import main

    monkeypatch.setattr("dcl.runs.study.fit_pseudolikelihood", None)
    spins = random_configurations(1, 8, 2, seed=13).repeat(2000, 0)
    save_snapshots(Snapshots(spins, 4.0), tmp_path / "a.npz")
    with pytest.raises(SystemExit) as ended:
        main(["learn", str(tmp_path / "a.npz"), "--out", str(tmp_path / "study")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("dcl: snapshots: found 2000")


def test_coincidences_on_a_small_lattice_are_no_copies():
    """All 512 configurations of 3 x 3 spins occur; 5000 independent ones are 5000."""
    found = inspect(Snapshots(random_configurations(5000, 3, 2, seed=14), 1.0))
    assert found.distinct == 512
    assert found.independent > 4000


# --- boundaries ---


@pytest.mark.parametrize("count", [300, 3000])
@pytest.mark.parametrize("temperature", [2.0, 2.6, 4.0])
@pytest.mark.parametrize("antiferromagnet", [False, True])
def test_open_data_look_open(temperature, count, antiferromagnet):
    spins = drawn_open(6, 5, temperature, count, seed=1)
    if antiferromagnet:
        spins = spins * (1 - 2 * (np.indices((6, 5)).sum(axis=0) % 2)).astype(np.int8)
    found = inspect(Snapshots(spins, temperature))
    assert found.edges == "open"
    assert any("--boundaries open?" in warning for warning in found.warnings)
    assert "boundaries: periodic (the data look open)" in str(found)
    right = inspect(Snapshots(spins, temperature), "open")
    assert right.edges == "open"
    assert not any("--boundaries" in warning for warning in right.warnings)


PERIODIC = {
    "hot": (Ising(), 8, 4.0), "critical": (Ising(), 16, 2.27), "cold": (Ising(), 6, 1.8),
    "antiferromagnet": (Ising(-1.0), 6, 3.0), "potts": (Potts(3), 6, 2.0),
    "glass": (EdwardsAnderson.gaussian(8, 69), 8, 2.0), "small": (Ising(), 3, 3.0),
}  # fmt: skip


@pytest.mark.parametrize("name", PERIODIC)
def test_periodic_data_never_look_open(name):
    """Ten sets each of 200 and of 2000: a false alarm at 1e-4 in 140 sets once in 70 seeds."""
    hamiltonian, size, temperature = PERIODIC[name]
    drawn = sample_equilibrium(hamiltonian, size, temperature, 22_000, seed=1)
    seen = []
    for start in range(0, 22_000, 2200):
        for spins in np.split(drawn[start : start + 2200], [200]):
            snapshots = Snapshots(spins, temperature, hamiltonian.n_states)
            seen.append(inspect(snapshots).edges)
    assert "open" not in seen
    if name in ("hot", "antiferromagnet", "potts"):
        assert seen.count("periodic") >= 10  # those of 2000


def test_random_data_look_like_neither():
    assert inspect(Snapshots(random_configurations(500, 6, 2, seed=15), 1.0)).edges == ""


@pytest.mark.parametrize("n_states", [2, 3])
def test_correlations_of_pairs(n_states):
    states = random_configurations(200, (4, 5), n_states, seed=16)
    across, inside = SnapshotStatistics(Snapshots(states, 1.0, n_states), "open").correlations
    chance = sum((states == state).mean() ** 2 for state in np.unique(states))
    beside = (states == np.roll(states, -1, 2)).mean(axis=0) - chance
    below = (states == np.roll(states, -1, 1)).mean(axis=0) - chance
    np.testing.assert_allclose(across, [*beside[:, -1], *below[-1]], atol=1e-12)
    np.testing.assert_allclose(inside, [*beside[:, :-1].flat, *below[:-1].flat], atol=1e-12)
