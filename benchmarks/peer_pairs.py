"""Run by the peers' Python: pair couplings of snapshots, by packages whose subject they are.

    python peer_pairs.py METHOD SPINS COUPLINGS SEED

SPINS is an .npy file, int8 (n, N). COUPLINGS, an .npz file, gets `matrix` (N, N), `field` (N,) of

    ln P = constant + sum over sites of h_i s_i + sum over pairs i < j of J_ij s_i s_j,

without a unit, so as if the temperature were 1. The last line of standard output is JSON: the
package with its version, what was set that is not its default, and the seconds of the fit.
"""

import importlib.metadata
import json
import os
import sys
import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pairs = tuple[Array, Array]


def pyplm(spins: NDArray[np.int8], seed: int) -> tuple[Pairs, dict[str, Any]]:
    """A logistic regression by scikit-learn for each spin, then the mean of J_ij and J_ji."""
    from pyplm.inference import multimodel_inf

    (model,), _ = multimodel_inf(spins[None], os.cpu_count(), 0)
    field = model.diagonal().copy()
    np.fill_diagonal(model, 0)
    return (model, field), {"package": "pseudolm"}


def adabmdca(spins: NDArray[np.int8], seed: int, **settings: Any) -> tuple[Pairs, dict[str, Any]]:
    """Boltzmann learning: the gradient of the likelihood, by Markov chains that go on.

    Snapshots are independent, so they are not weighted as sequences with ancestors in common.
    """
    from adabmDCA import Alignment, train_model

    settings["no_reweighting"] = True
    letters = np.where(spins > 0, "1", "0")
    sequences = tuple(map("".join, letters))
    names = tuple(map(str, range(len(sequences))))
    found = train_model(Alignment(names, sequences), alphabet="01", seed=seed, **settings)
    bias, couplings = (
        found.model.params[name].cpu().numpy().astype(np.float64)
        for name in ("bias", "coupling_matrix")
    )
    facts = {
        "package": "adabmDCA",
        "settings": settings,
        "steps": found.gradient_steps,
        "stopped_by": found.stop_reason,
        "pearson": found.history["Pearson"][-1],
        "slope": found.history["Slope"][-1],
    }
    return in_spins(bias, couplings), facts


def in_spins(bias: Array, couplings: Array) -> Pairs:
    """J_ij and h_i, for spins, of b_i(a), shape (N, 2), and J_ij(a, b), shape (N, 2, N, 2)."""
    sign = np.array([-1.0, 1.0])
    matrix = np.einsum("iajb,a,b->ij", couplings, sign, sign) / 4
    return matrix, bias @ sign / 2 + np.einsum("iajb,a->i", couplings, sign) / 4


METHODS = {
    "pyplm": pyplm,
    "adabmdca": partial(adabmdca, max_gradient_steps=300),
    "adabmdca-long": partial(
        adabmdca, n_chains=1000, n_sweeps=3, target_pearson=0.9999, max_gradient_steps=2000
    ),
}
"""Limits of steps are minutes of one core. With its defaults adabmDCA stops when correlations of
pairs are *proportional* to those of the data (Pearson 0.95), long before the couplings are there;
``-long`` goes on, with fewer and shorter chains, and so with more noise. Steps of 0.2 instead of
0.01 diverged."""


def main() -> None:
    method, spins, couplings, seed = sys.argv[1:]
    start = time.perf_counter()
    (matrix, field), facts = METHODS[method](np.load(spins, allow_pickle=False), int(seed))
    facts["fit_seconds"] = time.perf_counter() - start
    np.savez(couplings, matrix=matrix, field=field)
    print(json.dumps({**facts, "version": importlib.metadata.version(facts["package"])}))


if __name__ == "__main__":
    main()
