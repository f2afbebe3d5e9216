"""Couplings of pairs and a field from spins that are misread with known probabilities.

Environments of 13 sites (the site, its nearest, diagonal and third neighbours) are counted in the
pictures. Each site is misread independently of all others, so that the inverse of this channel,
applied to every one of the 13 digits, makes of these counts an unbiased estimate of the true ones.
The pseudolikelihood (see `dcl.learning.pseudolikelihood`) needs no more than such counts.
"""

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.clusters import cluster_functions
from dcl.lattice.geometry import Boundaries
from dcl.lattice.snapshots import Snapshots
from dcl.learning.coupling_errors import standard_errors
from dcl.learning.environment_counts import EnvironmentCounts
from dcl.learning.local_environments import Environments
from dcl.learning.pseudolikelihood import InferredHamiltonian

__all__ = ["TERMS", "infer_from_misread"]

Array = NDArray[np.float64]

TERMS = ("field", "(0,0)(0,1)", "(0,0)(1,1)", "(0,0)(0,2)")
"""The field, and pairs of nearest, diagonal and third neighbours."""
SITES = 13
CODES = np.arange(2**SITES)
REACH = 2


def infer_from_misread(
    snapshots: Snapshots, up: float, down: float, boundaries: Boundaries = "periodic"
) -> InferredHamiltonian:
    """Infer a field and couplings to nearest, diagonal and third neighbours of the true spins.

    All four terms are fitted, equal in all directions; none is looked for or left out. Sites that
    are missing at random may be filled: a share q filled by coin tosses has ``up = down = q / 2``,
    filled with up it has ``up = q`` and ``down = 0``.

    Parameters
    ----------
    snapshots : Snapshots
        Spins as they were read.
    up, down : float
        Probabilities that a spin down is read as up, and up as down; their sum is below 1.
    boundaries : {"periodic", "open"}
        With open ones the fit uses the sites whose surroundings are inside the lattice.

    Raises
    ------
    InputError
        For probabilities out of range, other states than spins, a lattice of less than 5 x 5
        sites, or too few snapshots for a fit.

    Examples
    --------
    >>> from dcl import Ising
    >>> from dcl.sampling.equilibrium import sample_equilibrium
    >>> spins = sample_equilibrium(Ising(), 8, 4.0, 2000, seed=1)
    >>> flips = np.where(np.random.default_rng(1).random(spins.shape) < 0.1, -1, 1)
    >>> found = infer_from_misread(Snapshots(spins * flips, 4.0), up=0.1, down=0.1)
    >>> found.couplings.round(1) + 0.0
    array([ 0., -1.,  0.,  0.])
    """
    if not (min(up, down) >= 0 and up + down < 1) or snapshots.n_states != 2:
        raise InputError(
            f"up, down: found {up}, {down} of {snapshots.n_states} states, expected 0 or more, "
            "together less than 1, of spins"
        )
    _, rows, columns = snapshots.shape
    if min(rows, columns) <= 2 * REACH:
        raise InputError(f"lattice: found {rows} x {columns} sites, expected 5 x 5 or more")
    known = {function.name: function for function in cluster_functions(3, 2, 2, ("point-group",))}
    functions = tuple(known[name] for name in TERMS)
    around = Environments((rows, columns), functions, snapshots.temperature, 2, REACH, boundaries)
    codes = around.codes((snapshots.configurations + 1) // 2)
    undo = np.array([[1 - down, -down], [-up, 1 - up]]) / (1 - up - down)
    often = np.bincount(codes.ravel(), minlength=len(CODES)) / len(codes)
    counts = EnvironmentCounts(around, CODES, _on_every_digit(undo, often))
    couplings, curvature = counts.maximum(np.zeros(len(functions)))
    gradients = around.derivatives(around.changes(CODES), couplings, np.ones(len(CODES))).gradients
    scores = np.stack([_on_every_digit(undo.T, one)[codes].sum(axis=1) for one in gradients.T], 1)
    errors, correlations = standard_errors(scores, curvature, len(codes))
    return InferredHamiltonian(functions, couplings, errors, [], correlations)


def _on_every_digit(matrix: Array, values: Array) -> Array:
    """Apply a matrix (2, 2) to each binary digit of the codes that number the values."""
    table = values.reshape((2,) * SITES)
    for digit in range(SITES):
        table = np.moveaxis(np.tensordot(matrix, table, (1, digit)), 0, digit)
    return table.ravel()
