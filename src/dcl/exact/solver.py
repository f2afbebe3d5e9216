"""One function for the exact thermodynamics of any model that has them."""

from numpy.typing import ArrayLike

from dcl.errors import InputError
from dcl.exact.canonical import Thermodynamics
from dcl.exact.ising import ising_thermodynamics
from dcl.exact.multi_spin import multi_spin_thermodynamics
from dcl.exact.potts import potts_thermodynamics
from dcl.exact.spin_glass import spin_glass_thermodynamics
from dcl.lattice.geometry import Boundaries, LatticeSize
from dcl.lattice.hamiltonians import EdwardsAnderson, Ising, MultiSpinIsing, Potts

__all__ = ["exact_thermodynamics"]


def exact_thermodynamics(
    hamiltonian: Ising | Potts | EdwardsAnderson | MultiSpinIsing,
    size: LatticeSize,
    temperatures: ArrayLike,
    *,
    field: float = 0.0,
    boundaries: Boundaries = "periodic",
) -> Thermodynamics:
    """Compute the exact totals of a lattice; see the function of each model for its limits.

    Parameters
    ----------
    hamiltonian : Ising, Potts, EdwardsAnderson or MultiSpinIsing
    size : int or tuple of int
        Linear size L; for Ising also rows and columns.
    temperatures : array_like, shape (n_temperatures,)
        Temperatures in J / k_B.
    field : float
        Ising: h of the energy - h sum s, in J.
    boundaries : {"periodic", "open"}
        Open edges for Ising alone.

    Raises
    ------
    InputError
        If the lattice is too large for an exact answer, is not the size of the couplings, or has
        a shape, field or edges that the model does not offer.

    Examples
    --------
    >>> from dcl.lattice.hamiltonians import Ising
    >>> exact_thermodynamics(Ising(), 8, [4.0]).energy.round(2)
    array([-35.74])
    """
    if isinstance(hamiltonian, Ising):
        return ising_thermodynamics(size, temperatures, hamiltonian.coupling, field, boundaries)
    if field != 0:
        raise InputError(f"field: found {field}, expected 0 for any model but ising")
    if boundaries != "periodic":
        raise InputError(f"boundaries: found {boundaries}, expected periodic for any but ising")
    if not isinstance(size, int):
        raise InputError(f"size: found {size[0]}x{size[1]}, expected one number for any but ising")
    if isinstance(hamiltonian, Potts):
        return potts_thermodynamics(
            size, temperatures, hamiltonian.n_states, hamiltonian.form, hamiltonian.coupling
        )
    if isinstance(hamiltonian, MultiSpinIsing):
        return multi_spin_thermodynamics(size, temperatures, *hamiltonian.strengths)
    return spin_glass_thermodynamics(*hamiltonian.couplings(size), temperatures)
