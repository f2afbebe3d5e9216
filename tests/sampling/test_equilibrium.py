"""Which sampler takes which model, and the mean energy of a law of more than bonds."""

import numpy as np
import pytest
from scipy.stats import norm

from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts
from dcl.sampling.equilibrium import sample_equilibrium
from dcl.sampling.heat_bath import sample_heat_bath
from dcl.sampling.metropolis import sample_metropolis
from dcl.sampling.multispin import sample_bitparallel
from small_lattices import FALSE_ALARM, all_configurations, boltzmann, p_value

MULTI_SPIN = MultiSpinIsing(0.8, diagonal=-0.3, plaquette=0.7)


@pytest.mark.parametrize(
    ("hamiltonian", "size", "stride", "sampler"),
    [
        (Ising(), 4, 2, sample_bitparallel),
        (Ising(), 5, 2, sample_heat_bath),
        (Potts(3), 4, 2, sample_heat_bath),
        (EdwardsAnderson.gaussian(4, seed=1), 4, 2, sample_heat_bath),
        (MULTI_SPIN, 4, 2, sample_heat_bath),
        (MULTI_SPIN, 4, 0, sample_metropolis),
    ],
)
def test_the_quickest_sampler_that_knows_the_model(hamiltonian, size, stride, sampler):
    options = {"seed": 1, "burn_in": 5, "stride": stride}
    chains = {} if sampler is sample_bitparallel else {"chains": 1024}
    np.testing.assert_array_equal(
        sample_equilibrium(hamiltonian, size, 3.0, 50, **options),
        sampler(hamiltonian, size, 3.0, 50, **options, **chains),
    )


@pytest.mark.parametrize("temperature", [2.0, 4.0])
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
    snapshots = sample_equilibrium(MULTI_SPIN, 3, 2.0, 20_000, seed=1, burn_in=200, chains=20_000)
    without = MultiSpinIsing(0.8, diagonal=-0.3)
    assert p_value(MULTI_SPIN, snapshots, 2.0) > FALSE_ALARM > p_value(without, snapshots, 2.0)
