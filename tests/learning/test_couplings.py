"""Learned energies as couplings: the same energy, and the same physics in somebody else's code."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.exact.solver import exact_thermodynamics
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.couplings import pair_couplings
from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.sampling.equilibrium import sample_equilibrium


def energy_of(values, most_sites=4):
    """A Hamiltonian with these couplings of the symmetric functions, the rest zero."""
    functions = cluster_functions(3, 2, most_sites, ALL_SYMMETRIES)
    couplings = np.zeros(len(functions))
    couplings[: len(values)] = values
    return CouplingsEnergy(functions, couplings)


@pytest.mark.parametrize("size", [3, 4, 7])
def test_a_law_of_pairs_has_the_energies_of_its_couplings(size):
    model = energy_of([-1.0, 0.25])
    inferred = pair_couplings(model, size)
    spins = random_configurations(30, size, 2, seed=1)
    np.testing.assert_allclose(inferred.energy(spins), model.energy(spins), atol=1e-4)
    assert inferred.beyond_pairs == 0
    np.testing.assert_array_equal(inferred.matrix, inferred.matrix.T)
    assert not inferred.matrix.diagonal().any()


def test_fields():
    functions = cluster_functions(3, 2, 2)
    assert functions[0].name == "field"
    found = pair_couplings(CouplingsEnergy(functions[:2], np.array([0.5, -1.0])), 4)
    np.testing.assert_allclose(found.field, -0.5, atol=1e-6)


@pytest.mark.parametrize("shape", [{"focus": 2, "context": 1}, {"focus": 2, "context": 0}])
def test_what_is_left_out_is_told(extensive_energy, shape):
    """Mean square over all random spins: 400 of them, within five standard errors (15%)."""
    model = extensive_energy(seed=3, **shape)
    inferred = pair_couplings(model, 4)
    spins = random_configurations(4000, 4, 2, seed=2)
    rest = model.energy(spins) - inferred.energy(spins)
    assert abs(rest.mean()) < 5 * rest.std() / np.sqrt(len(spins))
    assert rest.std() == pytest.approx(inferred.beyond_pairs, rel=0.15)


def test_the_cost_of_a_flip():
    inferred = pair_couplings(energy_of([-1.0, 0.25, 0.5], 2), 5)
    (spins,) = random_configurations(1, 5, 2, seed=3)
    for site in (0, 7, 24):
        flipped = spins.copy()
        flipped[divmod(site, 5)] *= -1
        difference = inferred.energy(np.array([flipped])) - inferred.energy(np.array([spins]))
        assert inferred.flip_cost(spins, site) == pytest.approx(float(difference[0]))


def test_pairs_are_listed_once():
    inferred = pair_couplings(energy_of([-1.0]), 4)
    assert len(inferred.pairs()) == 32
    assert all(i < j and coupling == pytest.approx(1.0) for i, j, coupling in inferred.pairs())


def metropolis(inferred, temperature, sweeps, seed):
    """A code that knows nothing of this package: energies of a walk, in J."""
    generator = np.random.default_rng(seed)
    sites = len(inferred.field)
    spins = generator.choice(np.array([-1, 1], np.int8), sites)
    energies = np.empty(sweeps)
    for sweep in range(sweeps):
        for site in range(sites):
            if generator.random() < np.exp(-inferred.flip_cost(spins, site) / temperature):
                spins[site] *= -1
        energies[sweep] = inferred.energy(spins[None])[0]
    return energies


def test_a_foreign_code_gives_the_exact_energy_of_a_learned_law():
    """Snapshots at T = 4, a walk at T = 3 with the couplings: five standard errors of both."""
    snapshots = Snapshots(sample_equilibrium(Ising(), 4, 4.0, 4000, seed=4), 4.0)
    settings = PseudolikelihoodSettings(symmetries=ALL_SYMMETRIES, most_sites=2)
    model, found = fit_pseudolikelihood(snapshots, settings)
    inferred = pair_couplings(model, 4)
    energies = metropolis(inferred, 3.0, 1000, seed=5)[50:]
    exact = exact_thermodynamics(Ising(), 4, [3.0])
    blocks = energies.reshape(19, -1).mean(axis=1)
    walk = blocks.std(ddof=1) / np.sqrt(len(blocks))
    relative = found.errors[0] / abs(found.couplings[0])
    learned = relative * (abs(exact.energy[0]) + 3.0 * exact.heat_capacity[0])
    assert abs(energies.mean() - exact.energy[0]) < 5 * np.hypot(walk, learned)


def test_plaquettes_are_told_and_left_out():
    """One of 0.5 J a site, on 36 sites."""
    functions = cluster_functions(3, 2, 4, ALL_SYMMETRIES)
    values = [-0.5 if f.name == "(0,0)(0,1)(1,0)(1,1)" else 0.0 for f in functions]
    assert pair_couplings(energy_of(values), 6).beyond_pairs == pytest.approx(0.5 * 6)


def test_mistakes_are_named(extensive_energy):
    with pytest.raises(InputError, match="model: found 3 states"):
        pair_couplings(extensive_energy(n_states=3, focus=1), 4)
    with pytest.raises(InputError, match="lattice size: found 2, expected 3 or more"):
        pair_couplings(energy_of([-1.0]), 2)
