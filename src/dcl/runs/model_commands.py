"""Commands about a model's folder: `dcl distill`, `dcl energy` and `dcl scan`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dcl.errors import InputError
from dcl.files import new_file, write_json
from dcl.runs import command_options as options
from dcl.runs.outputs import checkpoint, output, remove_checkpoints

__all__ = ["distill", "energy", "scan"]


def distill(
    model: Annotated[Path, typer.Argument(help="Folder of a sequence model.")],
    out: Annotated[Path, typer.Option(help="Folder of the extensive network to write.")],
    settings: Annotated[str, typer.Option(help="default, terms or paper.")] = "default",
    symmetries: options.Imposed = "none",
    seed: options.Seed = 1,
) -> None:
    """Teach an extensive network the energies of a sequence model."""
    from dcl.learning.settings import ednn_settings

    chosen = ednn_settings(settings, symmetries=symmetries)
    out = output(out, mark="model.json")
    teacher = _load(model)
    from dcl.learning.distillation import distill as teach
    from dcl.models.energy import SequenceEnergy

    if not isinstance(teacher, SequenceEnergy):
        raise InputError(f"{model}: found an extensive network, expected a sequence model")
    teach(teacher, chosen, seed=seed, checkpoint=checkpoint(out))[0].save(out)
    remove_checkpoints(out)


def energy(
    model: options.ModelFolder,
    configurations: Annotated[Path, typer.Argument(help=".npy, .npz, HDF5, MATLAB or text.")],
    out: Annotated[Path, typer.Option(help="Energies to write, .npy, float64 (n,).")],
) -> None:
    """Total energies in J, up to a constant, of configurations."""
    import numpy as np

    from dcl.lattice.snapshot_files import load_configurations

    out = output(out)
    learned = _load(model)
    energies = learned.energy(load_configurations(configurations, learned.n_states))
    with new_file(out) as draft, draft.open("wb") as stream:
        np.save(stream, energies)


def scan(
    model: options.ModelFolder,
    size: Annotated[Any, options.lattice("Linear size L, or 12x8: rows first.")],
    out: Annotated[Path, typer.Option(help="Scan to write, .json.")],
    temperatures: Annotated[
        Any, options.temperatures("FIRST:LAST:STEP or a list 1,2,4, in J / k_B.")
    ] = "0.5:4.9:0.1",
    chains: Annotated[int, options.number("Independent ladders of replicas.", 1)] = 8,
    sweeps: Annotated[
        int | None, options.number("Measured sweeps: 300, or 4000 of an EDNN.", 1)
    ] = None,
    burn_in: Annotated[int, options.number("Sweeps before them.", 0)] = 200,
    seed: options.Seed = 1,
) -> None:
    """Predict energy, heat capacity and order at every temperature."""
    out = output(out)
    learned = _load(model)
    from dcl.analysis.thermodynamics import scan as predict
    from dcl.models.energy import SequenceEnergy

    measured = sweeps or (300 if isinstance(learned, SequenceEnergy) else 4000)
    walk: Any = {"chains": chains, "sweeps": measured, "burn_in": burn_in, "progress": True}
    result = predict(learned, size, temperatures, seed=seed, **walk)
    write_json(out, {**result.to_json(), "seed": seed, "model": str(model)})
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _load(folder: Path) -> Any:
    if not folder.is_dir():
        raise InputError(f"{folder}: found no such folder, expected a model folder")
    from dcl.models.energy import load_energy_model

    return load_energy_model(folder)
