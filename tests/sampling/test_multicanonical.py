import numba
import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.sampling.multicanonical import sample_levels, sample_windows, wang_landau
from lattices import plus_minus_glass
from small_lattices import FALSE_ALARM, all_configurations, chi_square_p_value, index_of


def energies_of(hamiltonian, levels):
    n_levels, per_level, size, _ = levels.configurations.shape
    return hamiltonian.energy(levels.configurations.reshape(-1, size, size)).reshape(
        n_levels, per_level
    )


@pytest.mark.parametrize(
    ("hamiltonian", "size"),
    [
        (Ising(), 4),
        (Ising(-1.0), 3),
        (plus_minus_glass(4, seed=1), 4),
        (MultiSpinIsing(1.0, diagonal=0.5, plaquette=-0.5), 4),
        (MultiSpinIsing(1.0, diagonal=0.3), 3),
        (Potts(3, "clock"), 3),
        (Potts(3, "standard"), 3),
        (Potts(6, "clock"), 2),
    ],
)
def test_all_levels_and_their_degeneracies(hamiltonian, size):
    every = hamiltonian.energy(all_configurations(hamiltonian, size)).round(9)
    exact_energies, degeneracies = np.unique(every, return_counts=True)
    energies, log_degeneracies = wang_landau(hamiltonian, size, seed=1, final_step=1e-5)
    np.testing.assert_allclose(energies, exact_energies, atol=1e-9)
    # errors of ln g have a standard deviation near 0.02 at this final step: more than five of them
    np.testing.assert_allclose(log_degeneracies, np.log(degeneracies), atol=0.12)


@pytest.mark.parametrize(
    "hamiltonian",
    [Ising(), plus_minus_glass(4, seed=1), MultiSpinIsing(1.0, 0.5, -0.5)],
)
def test_uniform_within_levels(hamiltonian):
    # chi-square in each of 11 to 20 levels: a false alarm in about one seed of 500
    every = all_configurations(hamiltonian, 4)
    energies = hamiltonian.energy(every)
    levels = sample_levels(hamiltonian, 4, 4000, seed=1, stride=4, burn_in=1000, chains=250)
    for energy, configurations in zip(levels.energies, levels.configurations, strict=True):
        members = np.flatnonzero(energies == energy)
        index = np.searchsorted(members, index_of(hamiltonian, configurations))
        counts = np.bincount(index, minlength=len(members))
        assert chi_square_p_value(counts, np.full(len(members), 1 / len(members))) > FALSE_ALARM


def test_all_63_levels_of_the_8x8_ising_lattice():
    levels = sample_levels(Ising(), 8, 50, seed=1, progress=True)
    expected = [energy for energy in range(-128, 129, 4) if abs(energy) != 124]
    np.testing.assert_array_equal(levels.energies, expected)
    np.testing.assert_array_equal(energies_of(Ising(), levels), np.repeat([expected], 50, 0).T)


def test_levels_in_a_range():
    levels = sample_levels(Potts(3), 4, 20, seed=1, energies=(-20.0, -10.5), burn_in=100)
    np.testing.assert_allclose(levels.energies, np.arange(-20.0, -10.0, 1.5))
    seen = energies_of(Potts(3), levels)
    np.testing.assert_allclose(seen, np.repeat(levels.energies[:, None], 20, 1))


def test_windows_of_a_gaussian_glass():
    # Within a window all states are equally likely: chi-square over the 512 states of a 3 x 3
    # lattice, where the replica exchange sees both ends of the spectrum. Eight windows: a false
    # alarm in about one seed of 1000.
    glass = EdwardsAnderson.gaussian(3, seed=69)
    every = all_configurations(glass, 3)
    energies = glass.energy(every)
    levels = sample_windows(
        glass, 3, 2000, seed=1, windows=8, stride=4, burn_in=1000, chains=250, coldest=2.0
    )
    edges = np.linspace(energies.min(), energies.max(), 9)
    np.testing.assert_allclose(levels.energies, (edges[1:] + edges[:-1]) / 2, atol=1e-6)
    window = np.clip(np.searchsorted(edges, energies, side="right") - 1, 0, 7)
    for k, configurations in enumerate(levels.configurations):
        members = np.flatnonzero(window == k)
        index = np.searchsorted(members, index_of(glass, configurations))
        counts = np.bincount(index, minlength=len(members))
        assert chi_square_p_value(counts, np.full(len(members), 1 / len(members))) > FALSE_ALARM


def test_same_seed_same_configurations_for_any_number_of_threads():
    threads = numba.get_num_threads()
    one = sample_levels(Ising(), 4, 100, seed=5, burn_in=10)
    numba.set_num_threads(1)
    two = sample_levels(Ising(), 4, 100, seed=5, burn_in=10)
    numba.set_num_threads(threads)
    np.testing.assert_array_equal(one.configurations, two.configurations)


def test_continuous_energies_are_referred_to_windows():
    for hamiltonian in (EdwardsAnderson.gaussian(4, 1), Potts(5), Ising(0.0)):
        with pytest.raises(InputError, match="sample_windows"):
            sample_levels(hamiltonian, 4, 10, seed=1)


@pytest.mark.parametrize("field", ["per_level", "stride", "chains", "burn_in", "seed", "energies"])
def test_mistakes_are_named(field):
    value = (1.0, 2.0) if field == "energies" else -1
    with pytest.raises(InputError, match=field):
        sample_levels(Ising(), 2, **{"per_level": 1, "seed": 1, field: value})


@pytest.mark.parametrize(("field", "value"), [("windows", 0), ("coldest", 0.0)])
def test_mistakes_in_windows_are_named(field, value):
    with pytest.raises(InputError, match=field):
        sample_windows(EdwardsAnderson.gaussian(4, 1), 4, 1, seed=1, **{field: value})
