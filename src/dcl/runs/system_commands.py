"""Commands about known systems: `dcl sample` and `dcl exact`."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcl.errors import InputError
from dcl.runs import command_options as options
from dcl.runs.outputs import output

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["exact", "sample"]

System = Annotated[str, typer.Argument(help="ising, potts or spin-glass.")]


def sample(
    system: System,
    temperature: Annotated[float, typer.Option(help="In J / k_B.")],
    out: Annotated[Path, typer.Option(help="Snapshot file to write, .npz.")],
    size: Annotated[int, options.number("Linear size L of the lattice.", 2)] = 8,
    count: Annotated[int, options.number("Number of snapshots.", 1)] = 800_000,
    seed: options.Seed = 1,
    burn_in: Annotated[int, options.number("Sweeps before the first.", 0)] = 1000,
    stride: Annotated[int, options.number("Sweeps from one to the next.", 1)] = 10,
    states: options.States = 3,
    form: options.Form = "clock",
    couplings: options.Couplings = 69,
    packed: Annotated[
        bool, typer.Option("--packed", help="Ising: write one bit a spin, a part at a time.")
    ] = False,
) -> None:
    """Sample snapshots of a known system at one temperature."""
    from dcl.lattice.configurations import check_temperature
    from dcl.sampling.equilibrium import equilibrium_verdict
    from dcl.sampling.walk import WalkOptions

    check_temperature(temperature, "temperature")
    out = output(out)
    model = _hamiltonian(system, size, couplings, states, form)
    walk: WalkOptions = {"seed": seed, "burn_in": burn_in, "stride": stride, "progress": True}
    if packed and system != "ising":
        raise InputError(f"--packed: found {system}, expected ising")
    written = _sample_packed if packed else _sample_whole
    snapshots = written(model, size, temperature, count, out, walk)
    verdict = equilibrium_verdict(model, size, temperature, snapshots, **walk)
    print(verdict if verdict.reached else f"warning: {verdict}", file=sys.stderr)


def _sample_whole(
    model: Any, size: int, temperature: float, count: int, out: Path, walk: Any
) -> "NDArray[np.int8]":
    """Write one byte a spin, and return all snapshots."""
    from dcl.lattice.snapshots import Snapshots, save_snapshots
    from dcl.sampling.equilibrium import sample_equilibrium

    configurations = sample_equilibrium(model, size, temperature, count, **walk)
    save_snapshots(Snapshots(configurations, temperature, model.n_states), out)
    return configurations


def _sample_packed(
    model: Any, size: int, temperature: float, count: int, out: Path, walk: Any
) -> "NDArray[np.int8]":
    """Write one bit a spin, a part at a time, and return the first snapshots.

    That is for Ising where single spins find equilibrium.
    """
    from dcl.lattice.packed import save_packed
    from dcl.lattice.snapshot_files import open_snapshots
    from dcl.sampling.multispin import sample_multispin_packed
    from dcl.sampling.site_tables import slow_temperature

    if temperature < slow_temperature(model, size):
        raise InputError(
            f"temperature: found {temperature:g}, expected {slow_temperature(model, size):g} or "
            "more with --packed: colder lattices need cluster moves"
        )
    parts = sample_multispin_packed(model, size, temperature, count, **walk)
    save_packed(parts, out, count=count, lattice_size=size, temperature=temperature)
    return next(open_snapshots(out).parts())


def exact(
    system: System,
    temperatures: Annotated[
        Any, options.temperatures("FIRST:LAST:STEP or a list 1,2,4, in J / k_B.")
    ],
    size: Annotated[Any, options.lattice("Linear size L, or 12x8: rows first.", "size")] = "8",
    seed: options.Couplings = 69,
    states: options.States = 3,
    form: options.Form = "clock",
    coupling: Annotated[
        float, typer.Option(help="Ising, Potts: J; -1 is the antiferromagnet.")
    ] = 1.0,
    field: Annotated[float, typer.Option(help="Ising: field h in J.")] = 0.0,
    boundaries: Annotated[Any, options.boundaries("Ising")] = "periodic",
) -> None:
    """Exact thermodynamics as JSON: totals for the lattice."""
    from dcl.exact.solver import exact_thermodynamics

    model = _hamiltonian(system, size if isinstance(size, int) else 2, seed, states, form)
    if system != "spin-glass":
        model = replace(model, coupling=coupling)
    elif coupling != 1:
        raise InputError(f"--coupling: found {coupling:g}, expected none for spin-glass")
    result = exact_thermodynamics(model, size, temperatures, field=field, boundaries=boundaries)
    names = ("temperatures", "energy", "heat_capacity", "free_energy", "entropy")
    print(json.dumps({name: getattr(result, name).tolist() for name in names}))


def _hamiltonian(system: str, size: int, seed: int, states: int, form: str) -> Any:
    from dcl.lattice.hamiltonians import hamiltonian_from_name

    return hamiltonian_from_name(system, size=size, seed=seed, n_states=states, form=form)  # type: ignore[arg-type]
