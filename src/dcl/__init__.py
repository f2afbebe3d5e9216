"""Distribution-consistent learning: thermodynamics at every temperature from snapshots at one.

Sprague, Carrasquilla, Whitelam and Tamblyn, Mach. Learn.: Sci. Technol. 2, 02LT02 (2021).
Names are loaded on first use, so that ``import dcl`` never imports TensorFlow.
"""

from importlib import import_module
from typing import Any

from dcl.machine import make_kernel_cache

_HOME = {
    "BlumeCapel": "dcl.lattice.spin_one",
    "EdwardsAnderson": "dcl.lattice.hamiltonians",
    "EnergyEstimator": "dcl.estimator",
    "ExtensiveEnergy": "dcl.models.energy",
    "Ising": "dcl.lattice.hamiltonians",
    "MultiSpinIsing": "dcl.lattice.hamiltonians",
    "Potts": "dcl.lattice.hamiltonians",
    "SequenceEnergy": "dcl.models.energy",
    "Snapshots": "dcl.lattice.snapshots",
    "load_energy_model": "dcl.models.energy",
    "load_snapshots": "dcl.lattice.snapshot_files",
    "save_snapshots": "dcl.lattice.snapshots",
}

__all__ = list(_HOME)

make_kernel_cache()


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dcl' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
