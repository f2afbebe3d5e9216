"""Which sampler takes which model, equilibrium in the cold, and every sampler's ergodicity."""

import numpy as np
import pytest
from scipy.stats import norm

from dcl.errors import InputError
from dcl.exact import ising_thermodynamics, potts_thermodynamics, spin_glass_thermodynamics
from dcl.exact.blume_capel import blume_capel_torus
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.lattice.spin_one import BlumeCapel
from dcl.sampling.energy_bins import level_bins
from dcl.sampling.equilibrium import equilibrium_verdict, sample_equilibrium
from dcl.sampling.exchanged_snapshots import sample_exchanged
from dcl.sampling.heat_bath import sample_heat_bath
from dcl.sampling.metropolis import sample_metropolis
from dcl.sampling.multispin import sample_multispin
from dcl.sampling.swendsen_wang import sample_swendsen_wang
from small_lattices import FALSE_ALARM, all_configurations, boltzmann, p_value, z_scores

MULTI_SPIN = MultiSpinIsing(0.8, diagonal=-0.3, plaquette=0.7)
GLASS = EdwardsAnderson.gaussian(4, seed=7)


@pytest.mark.parametrize(
    ("hamiltonian", "size", "temperature", "stride", "sampler"),
    [
        (Ising(), 4, 3.0, 2, sample_multispin),
        (Ising(), 5, 3.0, 2, sample_heat_bath),
        (Potts(3), 4, 3.0, 2, sample_heat_bath),
        (GLASS, 4, 3.0, 2, sample_heat_bath),
        (MULTI_SPIN, 4, 6.0, 2, sample_heat_bath),
        (MULTI_SPIN, 4, 3.0, 0, sample_metropolis),
        (Ising(), 4, 2.3, 2, sample_swendsen_wang),
        (Ising(-1.0), 4, 1.0, 2, sample_swendsen_wang),
        (Potts(5), 4, 0.5, 2, sample_swendsen_wang),
        (Potts(2), 5, 0.5, 2, sample_swendsen_wang),
        (Ising(-1.0), 5, 1.0, 2, sample_exchanged),
        (Potts(3, coupling=-1.0), 4, 0.5, 2, sample_exchanged),
        (GLASS, 4, 1.0, 2, sample_exchanged),
        (MULTI_SPIN, 4, 1.0, 2, sample_exchanged),
        (BlumeCapel(field=0.2), 4, 3.0, 2, sample_heat_bath),
        (BlumeCapel(field=0.2), 4, 3.0, 0, sample_metropolis),
        (BlumeCapel(field=0.2), 4, 1.0, 2, sample_exchanged),
    ],
)
def test_the_fastest_sampler_that_reaches_equilibrium(
    hamiltonian, size, temperature, stride, sampler
):
    walk = {"seed": 1, "burn_in": 5, "stride": stride}
    np.testing.assert_array_equal(
        sample_equilibrium(hamiltonian, size, temperature, 50, **walk),
        sampler(hamiltonian, size, temperature, 50, **walk),
    )


def z_of_mean_energy(energies, exact, temperature):
    """Deviation of the mean of independent energies from the exact one, in standard errors."""
    error = np.sqrt(exact.heat_capacity[0] / len(energies)) * temperature
    return (energies.mean() - exact.energy[0]) / error


@pytest.mark.parametrize(
    ("size", "temperature"), [(16, 0.5), (16, 1.5), (16, 2.269), (8, 2.4), (5, 1.0)]
)
def test_cold_ising_lattices_have_kaufman_s_energy(size, temperature):
    # 512 chains, one snapshot each: independent; |z| < 4 fails once in 16,000 seeds
    snapshots = sample_equilibrium(Ising(), size, temperature, 512, seed=1, burn_in=200)
    exact = ising_thermodynamics(size, [temperature])
    energies = Ising().energy(snapshots)
    if temperature == 0.5:  # the first excitation, 512 times: 0.015 expected
        assert (energies == -2 * size**2).all()
    else:
        assert abs(z_of_mean_energy(energies, exact, temperature)) < 4
    up = (snapshots.mean(axis=(1, 2)) > 0).mean()
    assert abs(up - 0.5) < 4 * 0.5 / np.sqrt(512)  # both signs alike, fails once in 16,000 too


@pytest.mark.parametrize("temperature", [0.2, 0.5, 1.0])
def test_cold_glasses_have_the_exact_energy_and_heat_capacity(temperature):
    exact = spin_glass_thermodynamics(GLASS.horizontal, GLASS.vertical, [temperature])
    snapshots = np.concatenate([
        sample_equilibrium(GLASS, 4, temperature, 64, seed=seed, burn_in=200) for seed in range(8)
    ])  # fmt: skip
    every = GLASS.energy(all_configurations(GLASS, 4))
    assert exact.energy[0] == pytest.approx(boltzmann(every, temperature) @ every)
    # two numbers, |z| < 4 each: one false alarm in 8,000 seeds
    assert abs(z_scores(GLASS.energy(snapshots), every, temperature)).max() < 4


@pytest.mark.parametrize(("n_states", "form"), [(3, "clock"), (4, "clock"), (5, "standard")])
def test_cold_potts_lattices_have_the_exact_energy(n_states, form):
    model, temperature = Potts(n_states, form), 0.6
    snapshots = sample_equilibrium(model, 4, temperature, 4000, seed=1, burn_in=100, chains=4000)
    exact = potts_thermodynamics(4, [temperature], n_states, form)
    assert abs(z_of_mean_energy(model.energy(snapshots), exact, temperature)) < 4  # 1 in 16,000


@pytest.mark.parametrize(("crystal_field", "field"), [(0.5, 0.0), (1.9, 0.1)])
def test_cold_blume_capel_lattices_have_the_exact_energy(crystal_field, field):
    """64 ladders, independent; |z| < 4 fails once in 16,000 seeds."""
    model = BlumeCapel(1.0, crystal_field, field)
    energies = model.energy(sample_equilibrium(model, 4, 0.9, 64, seed=3)) / 16
    exact = blume_capel_torus(4, 0.9, crystal_field, field).energy
    assert abs(energies.mean() - exact) < 4 * energies.std() / 8


def test_models_with_terms_of_one_site_have_no_levels():
    with pytest.raises(InputError, match=r"^hamiltonian: found BlumeCapel"):
        level_bins(BlumeCapel(), 4)


def test_the_verdict_tells_a_quench_from_equilibrium():
    walk = {"seed": 1, "burn_in": 100}
    quench = sample_multispin(Ising(), 16, 0.5, 1024, **walk)
    assert (Ising().energy(quench) > -512).mean() > 0.2  # stripes
    verdict = equilibrium_verdict(Ising(), 16, 0.5, quench, **walk)
    assert not verdict.reached
    assert str(verdict).startswith("not in equilibrium: chains started at random and ordered")
    settled = sample_equilibrium(Ising(), 16, 0.5, 1024, **walk)
    assert equilibrium_verdict(Ising(), 16, 0.5, settled, **walk).reached


def test_the_verdict_tells_a_short_burn_in():
    # 16 x 16 at T = 1.0 as a glass of equal bonds: replica exchange needs more than three sweeps
    glass = EdwardsAnderson(np.ones((8, 8)), np.ones((8, 8)))
    for burn_in, reached in ((0, False), (400, True)):
        snapshots = sample_equilibrium(glass, 8, 1.0, 64, seed=1, burn_in=burn_in, stride=1)
        verdict = equilibrium_verdict(glass, 8, 1.0, snapshots, seed=1, burn_in=burn_in, stride=1)
        assert verdict.reached == reached, verdict


@pytest.mark.parametrize(("size", "temperature"), [(4, 0.3), (4, 1.0), (8, 2.5)])
def test_the_verdict_tells_a_glass_that_has_not_settled(size, temperature):
    # a glass is as far from equilibrium when all spins are up as when they are random
    glass = EdwardsAnderson.gaussian(size, seed=69)
    exact = spin_glass_thermodynamics(glass.horizontal, glass.vertical, [temperature])
    for burn_in, settled in ((0, False), (400, True)):
        walk = {"seed": 1, "burn_in": burn_in, "stride": 1}
        snapshots = sample_equilibrium(glass, size, temperature, 64, **walk)
        # fails once in 16,000 seeds where it has settled
        assert (abs(z_of_mean_energy(glass.energy(snapshots), exact, temperature)) < 4) == settled
        assert equilibrium_verdict(glass, size, temperature, snapshots, **walk).reached == settled


@pytest.mark.parametrize("count", [1, 2])
def test_the_verdict_on_few_snapshots_is_that_of_more_chains(count):
    # energies of two snapshots alone differ by more than 4 of their standard errors once in 17
    walk = {"seed": 1, "burn_in": 100, "stride": 1}
    few = sample_equilibrium(Potts(3), 8, 1.5, count, **walk)
    verdict = equilibrium_verdict(Potts(3), 8, 1.5, few, **walk)
    many = sample_equilibrium(Potts(3), 8, 1.5, 8, **walk)
    assert verdict == equilibrium_verdict(Potts(3), 8, 1.5, many, **walk)
    assert verdict.reached
    hasty = {"seed": 1, "burn_in": 0, "stride": 1}
    few = sample_equilibrium(GLASS, 4, 0.5, count, **hasty)
    assert not equilibrium_verdict(GLASS, 4, 0.5, few, **hasty).reached


@pytest.mark.parametrize("burn_in", [0, 7])
def test_ladders_exchange_even_and_odd_pairs_in_turn_for_any_stride(burn_in):
    # before, a stride of 1 never exchanged odd pairs: the coldest copies met the next ones alone
    glass = EdwardsAnderson.gaussian(6, seed=3)
    every = sample_exchanged(glass, 6, 0.3, 6 * 64, seed=1, burn_in=burn_in, stride=1)
    for stride in (2, 3):
        some = sample_exchanged(glass, 6, 0.3, 2 * 64, seed=1, burn_in=burn_in, stride=stride)
        expected = every.reshape(6, 64, 6, 6)[[stride - 1, 2 * stride - 1]]
        np.testing.assert_array_equal(some.reshape(2, 64, 6, 6), expected)


SAMPLERS = (sample_heat_bath, sample_metropolis, sample_multispin, sample_swendsen_wang)


@pytest.mark.parametrize("temperature", [1.0, 3.0, 10.0, 1e6])
@pytest.mark.parametrize(
    ("hamiltonian", "size", "sampler"),
    [
        *((Ising(), size, sampler) for size in (2, 3) for sampler in SAMPLERS if size < 3
          or sampler is not sample_multispin),
        *((Potts(3), size, sampler) for size in (2, 3) for sampler in SAMPLERS
          if sampler is not sample_multispin),
        (Ising(), 2, sample_exchanged),
        (Ising(-1.0), 3, sample_exchanged),
        (Potts(3), 2, sample_exchanged),
    ],
)  # fmt: skip
def test_every_sampler_is_ergodic_on_small_and_hot_lattices(
    hamiltonian, size, sampler, temperature
):
    # all chains start ordered: a walk that is not ergodic stays where it is or alternates;
    # two numbers, |z| < 5 each: one false alarm in 900,000 seeds
    chains = 64 if sampler is sample_exchanged else 1000
    snapshots = sampler(
        hamiltonian, size, temperature, chains, seed=1, chains=chains, burn_in=80, start="ordered"
    )
    every = hamiltonian.energy(all_configurations(hamiltonian, size))
    scores = z_scores(hamiltonian.energy(snapshots), every, temperature)
    assert abs(scores).max() < 5, scores


@pytest.mark.parametrize("temperature", [4.0, 8.0])
@pytest.mark.parametrize("size", [3, 4])
def test_mean_energy_of_a_multi_spin_law(size, temperature):
    # one snapshot a chain: independent, so that the mean is normal; one false alarm in 10,000 seeds
    snapshots = sample_equilibrium(
        MULTI_SPIN, size, temperature, 50_000, seed=1, burn_in=200, chains=50_000
    )
    energies = MULTI_SPIN.energy(all_configurations(MULTI_SPIN, size))
    weights = boltzmann(energies, temperature)
    mean = weights @ energies
    error = np.sqrt(weights @ (energies - mean) ** 2 / len(snapshots))
    found = MULTI_SPIN.energy(snapshots).mean()
    assert 2 * norm.sf(abs(found - mean) / error) > FALSE_ALARM


def test_a_law_without_its_plaquettes_is_noticed():
    snapshots = sample_heat_bath(MULTI_SPIN, 3, 2.0, 20_000, seed=1, burn_in=200, chains=20_000)
    without = MultiSpinIsing(0.8, diagonal=-0.3)
    assert p_value(MULTI_SPIN, snapshots, 2.0) > FALSE_ALARM > p_value(without, snapshots, 2.0)
