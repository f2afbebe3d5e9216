"""The command line: reads arguments, calls one function, prints its result.

Standard output carries results only; progress bars and remarks go to standard error. A user's
mistake is one line and exit code 2.
"""

import contextlib
import glob
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from dcl.errors import InputError, TrainingDivergedError
from dcl.files import alone
from dcl.machine import import_quietly

__all__ = ["app", "main"]

app = typer.Typer(
    help="Distribution-consistent learning: thermodynamics from snapshots at one temperature.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _within(least: int, most: int | None = None) -> Callable[[typer.CallbackParam, Any], Any]:
    """A check of an option's value."""
    expected = f"{least} or more" if most is None else f"{least} to {most}"

    def check(option: typer.CallbackParam, value: Any) -> Any:
        if value is not None and (value < least or (most is not None and value > most)):
            raise InputError(f"{option.name}: found {value}, expected {expected}")
        return value

    return check


Size = Annotated[int, typer.Option(callback=_within(2), help="Linear size L of the lattice.")]
LatticeOption = Annotated[str, typer.Option("--size", help="Linear size L, or 12x8: rows first.")]
Seed = Annotated[
    int, typer.Option(callback=_within(0, 2**32 - 1), help="Seed of every random number.")
]
Profile = Annotated[str, typer.Option(help="smoke, quick or paper.")]
Temperatures = Annotated[str, typer.Option(help="FIRST:LAST:STEP or a list 1,2,4, in J / k_B.")]
States = Annotated[int, typer.Option(callback=_within(2, 8), help="Potts: number of states Q.")]
Form = Annotated[str, typer.Option(help="Potts: clock or standard.")]
Imposed = Annotated[
    str, typer.Option(help="Imposed: all, none, or some of translations,point-group,states.")
]
SnapshotArgument = Annotated[
    Path, typer.Argument(help="Snapshot file: .npz, .npy, HDF5, MATLAB or text.")
]
ObservedTemperature = Annotated[
    float | None,
    typer.Option("--temperature", help="In J / k_B, if the file has none; 1 if J is not known."),
]
Dataset = Annotated[
    str | None, typer.Option("--dataset", help="Name of the configurations in the file.")
]
TemperatureDataset = Annotated[
    str | None, typer.Option("--temperature-dataset", help="Name of the temperature in the file.")
]
SnapshotsLast = Annotated[
    bool, typer.Option("--snapshots-last", help="The last axis of the array counts snapshots.")
]
BoundariesOption = Annotated[
    str, typer.Option("--boundaries", help="Of the snapshots: periodic or open.")
]
Couplings = Annotated[
    int, typer.Option(callback=_within(0, 2**32 - 1), help="Spin glass: seed of the couplings.")
]


@app.command()
def reproduce(
    figures: Annotated[
        list[str] | None,
        typer.Argument(help="Figures of the paper (2a, 3, ...) or notebooks; all by default."),
    ] = None,
    profile: Profile = "quick",
) -> None:
    """Run the figures' notebooks, build the book, print the numbers reached."""
    from dcl.reproduce import reproduce as run_figures

    print(run_figures(figures or [], profile))


@app.command()
def stage(
    experiment: Annotated[str, typer.Argument(help="Name of a file in experiments/.")],
    name: Annotated[str, typer.Argument(help="Stage, or 'metrics' for all of them.")],
    profile: Profile = "quick",
) -> None:
    """Make one stage of an experiment, with all that it needs."""
    from dcl.chapters import robustness
    from dcl.runs import run_metrics
    from dcl.runs.stages import open_run

    if experiment == "robustness":
        run = robustness.open_robustness(profile)
    else:
        run = open_run(experiment, profile)
    if name != "metrics":
        print(run.stage(name))
    elif experiment == "robustness":
        print(json.dumps(robustness.write_medians(profile), indent=2))
    else:
        print(json.dumps(run_metrics.metrics(run), indent=2))


@app.command()
def sample(
    system: Annotated[str, typer.Argument(help="ising, potts or spin-glass.")],
    temperature: Annotated[float, typer.Option(help="In J / k_B.")],
    out: Annotated[Path, typer.Option(help="Snapshot file to write, .npz.")],
    size: Size = 8,
    count: Annotated[int, typer.Option(callback=_within(1), help="Number of snapshots.")] = 800_000,
    seed: Seed = 1,
    burn_in: Annotated[
        int, typer.Option(callback=_within(0), help="Sweeps before the first.")
    ] = 1000,
    stride: Annotated[
        int, typer.Option(callback=_within(1), help="Sweeps from one to the next.")
    ] = 10,
    states: States = 3,
    form: Form = "clock",
    couplings: Couplings = 69,
    packed: Annotated[
        bool, typer.Option("--packed", help="Ising: write one bit a spin, a part at a time.")
    ] = False,
) -> None:
    """Sample snapshots of a known system at one temperature."""
    from dcl.lattice.configurations import check_temperature
    from dcl.lattice.snapshots import Snapshots, save_snapshots
    from dcl.sampling.equilibrium import equilibrium_verdict, sample_equilibrium
    from dcl.sampling.walk import WalkOptions

    check_temperature(temperature, "temperature")
    out = _output(out)
    model = _hamiltonian(system, size, couplings, states, form)
    walk: WalkOptions = {"seed": seed, "burn_in": burn_in, "stride": stride, "progress": True}
    if packed:
        if system != "ising":
            raise InputError(f"--packed: found {system}, expected ising")
        _sample_packed(model, size, temperature, count, out, walk)
        return
    configurations = sample_equilibrium(model, size, temperature, count, **walk)
    save_snapshots(Snapshots(configurations, temperature, model.n_states), out)
    verdict = equilibrium_verdict(model, size, temperature, configurations, **walk)
    print(verdict if verdict.reached else f"warning: {verdict}", file=sys.stderr)


def _sample_packed(
    model: Any, size: int, temperature: float, count: int, out: Path, walk: Any
) -> None:
    """Write one bit a spin, a part at a time: Ising where single spins find equilibrium."""
    from dcl.lattice.packed import save_packed
    from dcl.sampling.multispin import sample_multispin_packed
    from dcl.sampling.site_tables import slow_temperature

    if temperature < slow_temperature(model, size):
        raise InputError(
            f"temperature: found {temperature:g}, expected {slow_temperature(model, size):g} or "
            "more with --packed: colder lattices need cluster moves"
        )
    parts = sample_multispin_packed(model, size, temperature, count, **walk)
    save_packed(parts, out, count=count, lattice_size=size, temperature=temperature)


@app.command()
def inspect(
    snapshots: SnapshotArgument,
    temperature: ObservedTemperature = None,
    boundaries: BoundariesOption = "periodic",
    dataset: Dataset = None,
    temperature_dataset: TemperatureDataset = None,
    snapshots_last: SnapshotsLast = False,
) -> None:
    """Describe a file of snapshots, and what it is enough for."""
    from dcl.analysis.inspection import inspect as look

    edges = _boundaries(boundaries)
    opened = _snapshots(snapshots, temperature, dataset, temperature_dataset, snapshots_last)
    print(look(opened, edges))


@app.command()
def learn(
    snapshots: SnapshotArgument,
    out: Annotated[
        Path, typer.Option(help="Folder to write: report.html, Hamiltonian, scan, model.")
    ],
    temperature: ObservedTemperature = None,
    dataset: Dataset = None,
    temperature_dataset: TemperatureDataset = None,
    snapshots_last: SnapshotsLast = False,
    size: Annotated[
        str | None, typer.Option(help="Lattice to predict, 16 or 12x8; that of the snapshots.")
    ] = None,
    boundaries: BoundariesOption = "periodic",
    temperatures: Annotated[
        str | None,
        typer.Option(help="FIRST:LAST:STEP or a list 1,2,4; from 1/8 to 5/4 of the snapshots'."),
    ] = None,
    symmetries: Imposed = "none",
    seed: Seed = 1,
) -> None:
    """From snapshots to a Hamiltonian, its thermodynamics at every temperature, and a report."""
    from dcl.lattice.geometry import parse_lattice_size
    from dcl.lattice.symmetries import parse_symmetries
    from dcl.learning.settings import PseudolikelihoodSettings
    from dcl.runs.grids import parse_temperatures

    lattice = parse_lattice_size(size, "--size", least=3) if size else None
    edges = _boundaries(boundaries)
    values = parse_temperatures(temperatures) if temperatures else None
    settings = PseudolikelihoodSettings(symmetries=parse_symmetries(symmetries))
    out = _output(out, mark="report.html")
    taken = _snapshots(snapshots, temperature, dataset, temperature_dataset, snapshots_last)
    taken.require_temperature()
    from dcl.runs.study import learn as study
    from dcl.runs.study_report import write

    found = study(
        taken, values, size=lattice, boundaries=edges, settings=settings, seed=seed, progress=True
    )
    write(found, out)
    for warning in found.inspection.warnings:
        if warning not in taken.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    print("\n".join([*found.terms, *map(str, found.checks)]))


@app.command()
def fit(
    snapshots: SnapshotArgument,
    out: Annotated[Path, typer.Option(help="Folder of the model to write.")],
    temperature: ObservedTemperature = None,
    dataset: Dataset = None,
    temperature_dataset: TemperatureDataset = None,
    snapshots_last: SnapshotsLast = False,
    network: Annotated[
        str,
        typer.Option(
            help="gru, gru-paper, gru-delay-line, gru-sparse, masked, transformer or "
            "pseudolikelihood."
        ),
    ] = "gru",
    order: Annotated[str, typer.Option(help="raster, snake or spiral.")] = "raster",
    seen: Annotated[
        int | None,
        typer.Option(
            callback=_within(1), help="Configurations shown to the network, repeats included."
        ),
    ] = None,
    symmetries: Imposed = "none",
    boundaries: BoundariesOption = "periodic",
    seed: Seed = 1,
) -> None:
    """Fit a sequence model to snapshots, or an extensive network directly."""
    from dcl.lattice.geometry import unwrap_order
    from dcl.lattice.symmetries import parse_symmetries
    from dcl.learning.settings import NETWORKS, sequence_settings

    unwrap_order(order, 2)  # type: ignore[arg-type]
    imposed = parse_symmetries(symmetries)
    network = {"ednn-direct": "pseudolikelihood"}.get(network, network)  # the name of 0.1.0
    if network not in (*NETWORKS, "pseudolikelihood"):
        known = ", ".join((*NETWORKS, "pseudolikelihood"))
        raise InputError(f"--network: found {network!r}, expected one of {known}")
    if network == "pseudolikelihood" and seen is not None:
        raise InputError(f"--seen: found {seen}, expected none for pseudolikelihood")
    edges = _boundaries(boundaries)
    out = _output(out, mark="model.json")
    opened = _snapshots(snapshots, temperature, dataset, temperature_dataset, snapshots_last)
    opened.require_temperature()
    if network == "pseudolikelihood":
        _fit_pseudolikelihood(opened, out, imposed, edges, seed)
        return
    taken = opened.load()
    changes: dict[str, Any] = {"order": order, "symmetries": imposed}
    if seen is not None:
        changes["configurations_seen"] = seen
    settings = sequence_settings(network, taken.n_states, **changes)
    import_quietly("keras")
    from dcl.learning.sequence import fit_sequence

    model, _ = fit_sequence(
        taken, settings, boundaries=edges, seed=seed, checkpoint=_checkpoint(out)
    )
    model.save(out)
    _remove_checkpoints(out)


def _boundaries(text: str) -> Any:
    if text not in ("periodic", "open"):
        raise InputError(f"--boundaries: found {text!r}, expected periodic or open")
    return text


def _snapshots(
    path: Path,
    temperature: float | None,
    dataset: str | None,
    temperature_dataset: str | None,
    snapshots_last: bool,
) -> Any:
    """Open a snapshot file; say in one line on standard error how it is read."""
    from dcl.lattice.snapshot_files import open_snapshots

    opened = open_snapshots(
        path,
        temperature,
        dataset=dataset,
        temperature_dataset=temperature_dataset,
        snapshots_last=snapshots_last,
    )
    if opened.remarks:
        print(f"remark: {path}: {'; '.join(opened.remarks)}", file=sys.stderr)
    for warning in opened.warnings:
        print(f"warning: {path}: {warning}", file=sys.stderr)
    return opened


def _fit_pseudolikelihood(
    snapshots: Any, out: Path, symmetries: Any, boundaries: Any, seed: int
) -> None:
    """Fit, save, and print the terms of the Hamiltonian."""
    from dcl.learning.pseudolikelihood_fit import fit_pseudolikelihood
    from dcl.learning.settings import PseudolikelihoodSettings

    settings = PseudolikelihoodSettings(symmetries=symmetries)
    model, inferred = fit_pseudolikelihood(snapshots, settings, boundaries=boundaries, seed=seed)
    model.save(out)
    for function, coupling, error in zip(
        inferred.functions, inferred.couplings, inferred.errors, strict=True
    ):
        print(f"{function.name}: {coupling:.5f} +- {error:.5f} J")


@app.command()
def distill(
    model: Annotated[Path, typer.Argument(help="Folder of a sequence model.")],
    out: Annotated[Path, typer.Option(help="Folder of the extensive network to write.")],
    settings: Annotated[str, typer.Option(help="default, terms or paper.")] = "default",
    symmetries: Imposed = "none",
    seed: Seed = 1,
) -> None:
    """Teach an extensive network the energies of a sequence model."""
    from dcl.lattice.symmetries import parse_symmetries
    from dcl.learning.settings import ednn_settings

    chosen = ednn_settings(settings, symmetries=parse_symmetries(symmetries))
    out = _output(out, mark="model.json")
    teacher = _load(model)
    from dcl.learning.distillation import distill as teach
    from dcl.models.energy import SequenceEnergy

    if not isinstance(teacher, SequenceEnergy):
        raise InputError(f"{model}: found an extensive network, expected a sequence model")
    teach(teacher, chosen, seed=seed, checkpoint=_checkpoint(out))[0].save(out)
    _remove_checkpoints(out)


@app.command()
def energy(
    model: Annotated[Path, typer.Argument(help="Folder of a sequence model or an EDNN.")],
    configurations: Annotated[Path, typer.Argument(help=".npy, .npz, HDF5, MATLAB or text.")],
    out: Annotated[Path, typer.Option(help="Energies to write, .npy, float64 (n,).")],
) -> None:
    """Total energies in J, up to a constant, of configurations."""
    import numpy as np

    from dcl.files import new_file
    from dcl.lattice.snapshot_files import load_configurations

    out = _output(out)
    learned = _load(model)
    energies = learned.energy(load_configurations(configurations, learned.n_states))
    with new_file(out) as draft, draft.open("wb") as stream:
        np.save(stream, energies)


@app.command()
def scan(
    model: Annotated[Path, typer.Argument(help="Folder of a sequence model or an EDNN.")],
    size: LatticeOption,
    out: Annotated[Path, typer.Option(help="Scan to write, .json.")],
    temperatures: Temperatures = "0.5:4.9:0.1",
    chains: Annotated[
        int, typer.Option(callback=_within(1), help="Independent ladders of replicas.")
    ] = 8,
    sweeps: Annotated[
        int | None,
        typer.Option(callback=_within(1), help="Measured sweeps: 300, or 4000 of an EDNN."),
    ] = None,
    burn_in: Annotated[int, typer.Option(callback=_within(0), help="Sweeps before them.")] = 200,
    seed: Seed = 1,
) -> None:
    """Predict energy, heat capacity and order at every temperature."""
    from dcl.files import write_json
    from dcl.lattice.geometry import parse_lattice_size
    from dcl.runs.grids import parse_temperatures

    lattice = parse_lattice_size(size, "--size")
    values = parse_temperatures(temperatures)
    out = _output(out)
    learned = _load(model)
    from dcl.analysis.thermodynamics import scan as predict
    from dcl.models.energy import SequenceEnergy

    measured = sweeps or (300 if isinstance(learned, SequenceEnergy) else 4000)
    result = predict(
        learned,
        lattice,
        values,
        seed=seed,
        chains=chains,
        sweeps=measured,
        burn_in=burn_in,
        progress=True,
    )
    write_json(out, {**result.to_json(), "seed": seed, "model": str(model)})
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)


@app.command()
def exact(
    system: Annotated[str, typer.Argument(help="ising, potts or spin-glass.")],
    temperatures: Temperatures,
    size: LatticeOption = "8",
    seed: Couplings = 69,
    states: States = 3,
    form: Form = "clock",
    coupling: Annotated[
        float, typer.Option(help="Ising, Potts: J; -1 is the antiferromagnet.")
    ] = 1.0,
    field: Annotated[float, typer.Option(help="Ising: field h in J.")] = 0.0,
    boundaries: Annotated[str, typer.Option(help="Ising: periodic or open.")] = "periodic",
) -> None:
    """Exact thermodynamics as JSON: totals for the lattice."""
    from dataclasses import replace

    from dcl.exact.solver import exact_thermodynamics
    from dcl.lattice.geometry import parse_lattice_size
    from dcl.runs.grids import parse_temperatures

    lattice = parse_lattice_size(size, "size")
    values = parse_temperatures(temperatures)
    model = _hamiltonian(system, lattice if isinstance(lattice, int) else 2, seed, states, form)
    if system != "spin-glass":
        model = replace(model, coupling=coupling)
    elif coupling != 1:
        raise InputError(f"--coupling: found {coupling:g}, expected none for spin-glass")
    result = exact_thermodynamics(
        model, lattice, values, field=field, boundaries=_boundaries(boundaries)
    )
    names = ("temperatures", "energy", "heat_capacity", "free_energy", "entropy")
    print(json.dumps({name: getattr(result, name).tolist() for name in names}))


@app.command()
def doctor() -> None:
    """Report what this machine has, and what will be slow."""
    from dcl.machine import doctor_report

    print(doctor_report())


def _hamiltonian(system: str, size: int, seed: int, states: int, form: str) -> Any:
    from dcl.lattice.hamiltonians import hamiltonian_from_name

    return hamiltonian_from_name(system, size=size, seed=seed, n_states=states, form=form)  # type: ignore[arg-type]


def _load(folder: Path) -> Any:
    if not folder.is_dir():
        raise InputError(f"{folder}: found no such folder, expected a model folder")
    from dcl.models.energy import load_energy_model

    return load_energy_model(folder)


def _output(out: Path, mark: str | None = None) -> Path:
    """The absolute path of a file to write, or of a folder known by the file `mark` in it.

    Finds out before the work whether its result can be written, and sees to it that nobody else
    writes it until the command ends.
    """
    path = Path(os.path.abspath(out))
    if mark is None and path.is_dir():
        raise InputError(f"{out}: found a folder, expected a name for a file")
    if mark and not _replaceable(path, mark):
        raise InputError(f"{out}: found something else, expected a new name or an older model")
    if not path.parent.is_dir():
        raise InputError(f"{out}: found no folder {path.parent}, expected one to write to")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{out}: found no permission to write, expected a folder to write to")
    _locks.enter_context(alone(path.parent / f".{path.name}.dcl-lock", wait=False))
    return path


def _replaceable(path: Path, mark: str) -> bool:
    if not path.is_dir():
        return not path.exists()
    return (path / mark).is_file() or not any(path.iterdir())


def _checkpoint(out: Path) -> Path:
    return out.parent / f".{out.name}.checkpoint.npz"


def _remove_checkpoints(out: Path) -> None:
    for path in out.parent.glob(f"*.{glob.escape(out.name)}.checkpoint*.npz"):
        path.unlink()


_UsageError: type[Any] = typer.BadParameter.__bases__[0]


_locks = contextlib.ExitStack()
"""Of the files and folders that the command writes."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``dcl``: exits with 0, with 2 after a user's mistake, with 1 otherwise."""
    with _locks:
        _main(arguments)


def _main(arguments: Sequence[str] | None) -> None:
    try:
        sys.exit(app(arguments, standalone_mode=False))
    except TrainingDivergedError as error:
        _complain(str(error))
        sys.exit(1)
    except InputError as error:
        _complain(str(error))
    except _UsageError as error:
        _complain(error.format_message())
    except typer.Abort:
        sys.exit(130)
    sys.exit(2)


def _complain(message: str) -> None:
    """One line, whatever the message; it is empty where Typer has shown its help."""
    if message:
        print("dcl:", *message.split(), file=sys.stderr)
