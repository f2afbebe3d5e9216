"""The exact thermodynamics of whichever model is given."""

from numpy.typing import ArrayLike

from dcl.exact.canonical import Thermodynamics
from dcl.exact.kaufman import ising_thermodynamics
from dcl.exact.multi_spin import multi_spin_thermodynamics
from dcl.exact.potts import potts_thermodynamics
from dcl.exact.spin_glass import spin_glass_thermodynamics
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts

__all__ = ["exact_thermodynamics"]


def exact_thermodynamics(
    hamiltonian: Ising | Potts | EdwardsAnderson | MultiSpinIsing,
    size: int,
    temperatures: ArrayLike,
) -> Thermodynamics:
    """Exact totals for an L x L torus; see the function of each model for method and limits.

    Raises
    ------
    InputError
        If the lattice is too large for an exact answer, or is not the size of the couplings.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> exact_thermodynamics(Ising(), 8, [4.0]).energy.round(2)
    array([-35.74])
    """
    if isinstance(hamiltonian, Ising):
        return ising_thermodynamics(size, temperatures, hamiltonian.coupling)
    if isinstance(hamiltonian, Potts):
        return potts_thermodynamics(
            size, temperatures, hamiltonian.n_states, hamiltonian.form, hamiltonian.coupling
        )
    if isinstance(hamiltonian, MultiSpinIsing):
        return multi_spin_thermodynamics(size, temperatures, *hamiltonian.strengths)
    return spin_glass_thermodynamics(*hamiltonian.couplings(size), temperatures)
