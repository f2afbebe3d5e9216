"""Commands about a file of snapshots: `dcl inspect`, `dcl learn` and `dcl fit`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dcl.errors import InputError
from dcl.machine import import_quietly
from dcl.runs import command_options as options
from dcl.runs.outputs import checkpoint, output, remove_checkpoints

__all__ = ["fit", "inspect", "learn"]


def inspect(
    snapshots: options.SnapshotPath,
    temperature: options.ObservedTemperature = None,
    boundaries: options.Boundaries = "periodic",
    dataset: options.Dataset = None,
    temperature_dataset: options.TemperatureDataset = None,
    snapshots_last: options.SnapshotsLast = False,
) -> None:
    """Describe a file of snapshots, and what it is enough for."""
    from dcl.analysis.inspection import inspect as look

    opened = _open(snapshots, temperature, dataset, temperature_dataset, snapshots_last)
    print(look(opened, boundaries))


def learn(
    snapshots: options.SnapshotPath,
    out: Annotated[
        Path, typer.Option(help="Folder to write: report.html, Hamiltonian, scan, model.")
    ],
    temperature: options.ObservedTemperature = None,
    dataset: options.Dataset = None,
    temperature_dataset: options.TemperatureDataset = None,
    snapshots_last: options.SnapshotsLast = False,
    size: Annotated[
        Any, options.lattice("Lattice to predict, 16 or 12x8; that of the snapshots.", least=3)
    ] = None,
    boundaries: options.Boundaries = "periodic",
    temperatures: Annotated[
        Any,
        options.temperatures("FIRST:LAST:STEP or a list 1,2,4; from 1/8 to 5/4 of the snapshots'."),
    ] = None,
    symmetries: options.Imposed = "none",
    seed: options.Seed = 1,
) -> None:
    """From snapshots to a Hamiltonian, its thermodynamics at every temperature, and a report."""
    from dcl.learning.settings import PseudolikelihoodSettings

    settings = PseudolikelihoodSettings(symmetries=symmetries)
    out = output(out, mark="report.html")
    taken = _open(snapshots, temperature, dataset, temperature_dataset, snapshots_last)
    taken.require_temperature()
    from dcl.runs.study import learn as study
    from dcl.runs.study_report import write

    found = study(
        taken, temperatures, size=size, boundaries=boundaries, settings=settings, seed=seed,
        progress=True,
    )  # fmt: skip
    write(found, out)
    for warning in found.inspection.warnings:
        if warning not in taken.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    print("\n".join([*found.terms, *map(str, found.checks)]))


def _network(name: str) -> str:
    from dcl.learning.settings import NETWORKS

    known = (*NETWORKS, "pseudolikelihood")
    name = {"ednn-direct": "pseudolikelihood"}.get(name, name)  # the name of 0.1.0
    if name not in known:
        raise InputError(f"--network: found {name!r}, expected one of {', '.join(known)}")
    return name


def _order(name: Any) -> Any:
    from dcl.lattice.geometry import unwrap_order

    unwrap_order(name, 2)
    return name


def fit(
    snapshots: options.SnapshotPath,
    out: Annotated[Path, typer.Option(help="Folder of the model to write.")],
    temperature: options.ObservedTemperature = None,
    dataset: options.Dataset = None,
    temperature_dataset: options.TemperatureDataset = None,
    snapshots_last: options.SnapshotsLast = False,
    network: Annotated[
        str,
        typer.Option(
            callback=_network,
            help="gru, gru-paper, gru-delay-line, gru-sparse, masked, transformer or "
            "pseudolikelihood.",
        ),
    ] = "gru",
    order: Annotated[
        str, typer.Option(callback=_order, help="raster, snake or spiral.")
    ] = "raster",
    seen: Annotated[
        int | None, options.number("Configurations shown to the network, repeats included.", 1)
    ] = None,
    symmetries: options.Imposed = "none",
    boundaries: options.Boundaries = "periodic",
    seed: options.Seed = 1,
) -> None:
    """Fit a sequence model to snapshots, or an extensive network directly."""
    if network == "pseudolikelihood" and seen is not None:
        raise InputError(f"--seen: found {seen}, expected none for pseudolikelihood")
    out = output(out, mark="model.json")
    opened = _open(snapshots, temperature, dataset, temperature_dataset, snapshots_last)
    opened.require_temperature()
    if network == "pseudolikelihood":
        _fit_pseudolikelihood(opened, out, symmetries, boundaries, seed)
        return
    changes: dict[str, Any] = {"order": order, "symmetries": symmetries}
    if seen is not None:
        changes["configurations_seen"] = seen
    _fit_sequence(opened.load(), out, network, changes, boundaries, seed)


def _fit_sequence(
    snapshots: Any, out: Path, network: str, changes: dict[str, Any], boundaries: Any, seed: int
) -> None:
    from dcl.learning.settings import sequence_settings

    settings = sequence_settings(network, snapshots.n_states, **changes)
    import_quietly("keras")
    from dcl.learning.sequence import fit_sequence

    model, _ = fit_sequence(
        snapshots, settings, boundaries=boundaries, seed=seed, checkpoint=checkpoint(out)
    )
    model.save(out)
    remove_checkpoints(out)


def _fit_pseudolikelihood(
    snapshots: Any, out: Path, symmetries: Any, boundaries: Any, seed: int
) -> None:
    """Fit, save, and print the terms of the Hamiltonian."""
    from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
    from dcl.learning.settings import PseudolikelihoodSettings

    settings = PseudolikelihoodSettings(symmetries=symmetries)
    model, inferred = fit_pseudolikelihood(snapshots, settings, boundaries=boundaries, seed=seed)
    model.save(out)
    for function, coupling, error in inferred.terms:
        print(f"{function.name}: {coupling:.5f} +- {error:.5f} J")


def _open(
    path: Path,
    temperature: float | None,
    dataset: str | None,
    temperature_dataset: str | None,
    snapshots_last: bool,
) -> Any:
    """Open a snapshot file; say in one line on standard error how it is read."""
    from dcl.lattice.snapshot_files import open_snapshots

    opened = open_snapshots(
        path, temperature, dataset=dataset, temperature_dataset=temperature_dataset,
        snapshots_last=snapshots_last,
    )  # fmt: skip
    if opened.remarks:
        print(f"remark: {path}: {'; '.join(opened.remarks)}", file=sys.stderr)
    for warning in opened.warnings:
        print(f"warning: {path}: {warning}", file=sys.stderr)
    return opened
