"""Laws found in snapshots."""

import numpy as np
import pytest

from dcl.errors import InputError
from dcl.lattice.configurations import random_configurations
from dcl.lattice.hamiltonians import Ising, Potts
from dcl.lattice.snapshots import Snapshots
from dcl.lattice.symmetries import ALL_SYMMETRIES
from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
from dcl.learning.settings import PseudolikelihoodSettings
from dcl.models.energy import load_energy_model
from dcl.sampling.equilibrium import sample_equilibrium


@pytest.mark.parametrize("hamiltonian", [Ising(), Ising(-0.5), Potts(3)])
def test_the_law_of_snapshots(hamiltonian, tmp_path):
    """Energies at sizes and temperatures never seen, within 5 standard errors of the coupling."""
    spins = sample_equilibrium(hamiltonian, 6, 3.0, 4000, seed=2)
    snapshots = Snapshots(spins, 3.0, hamiltonian.n_states)
    model, inferred = fit_pseudolikelihood(
        snapshots, PseudolikelihoodSettings(symmetries=ALL_SYMMETRIES)
    )
    model.save(tmp_path / "model")
    others = sample_equilibrium(hamiltonian, 9, 1.5, 200, seed=3)
    learned = load_energy_model(tmp_path / "model").energy(others)
    true = hamiltonian.energy(others)
    relative = inferred.errors[0] / abs(inferred.couplings[0])
    assert len(inferred.functions) == 1
    assert np.std(learned - true) < 5 * relative * true.std()


def test_the_seed_decides_what_is_kept_aside():
    spins = sample_equilibrium(Ising(), 6, 3.0, 500, seed=4)
    first, same, other = (
        fit_pseudolikelihood(Snapshots(spins, 3.0), seed=seed)[1].history for seed in (1, 1, 2)
    )
    assert first == same != other


def test_an_unknown_symmetry_is_refused():
    snapshots = Snapshots(random_configurations(10, 4, 2, seed=1), 3.0)
    with pytest.raises(InputError, match="symmetries: found 'mirror'"):
        fit_pseudolikelihood(snapshots, PseudolikelihoodSettings(symmetries=("mirror",)))
