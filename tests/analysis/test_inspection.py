"""What is told of snapshots, against exact results and files made to have a fault."""

import numpy as np
import pytest

from dcl.analysis.inspection import inspect
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.lattice.snapshot_files import open_snapshots
from dcl.lattice.snapshots import Snapshots, save_snapshots
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.replica_exchange import order_parameter


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


def test_a_correlated_file_is_told():
    spins = np.repeat(sample_equilibrium(Ising(), 8, 4.0, 2000, seed=4), 10, axis=0)
    found = inspect(Snapshots(spins, 4.0))
    assert found.independent == pytest.approx(2000, rel=0.2)
    assert found.distinct == 2000
    warnings = " ".join(found.warnings)
    assert "neighbours in the file are correlated" in warnings
    assert "only 2000 of 20000 configurations differ" in warnings


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
    monkeypatch.setattr("dcl.analysis.inspection.LONGEST", 2000)
    monkeypatch.setattr("dcl.lattice.storage.PART", 20_000)
    found = inspect(snapshots)
    assert found.distinct == pytest.approx(exact.distinct, rel=0.11)
    assert found.magnetisation.mean == pytest.approx(exact.magnetisation.mean, rel=1e-12)
    assert found.magnetisation.error == pytest.approx(exact.magnetisation.error, rel=0.3)
    assert "(tau from the first 2000)" in str(found)
    assert f"about {found.distinct} distinct" in str(found)


def test_states_numbered_from_one_are_told():
    found = inspect(Snapshots(random_configurations(50, 4, 3, seed=9) + np.int8(1), 1.0, 4))
    assert any("no site is ever in state 0" in warning for warning in found.warnings)
