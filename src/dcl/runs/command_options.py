"""Options that several commands share, with their checks; a callback turns a text into a value."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from dcl.errors import InputError

_LARGEST_SEED = 2**32 - 1


def number(help: str, least: int, most: int | None = None) -> Any:
    """Return an option for a whole number in a range."""
    expected = f"{least} or more" if most is None else f"{least} to {most}"

    def check(option: typer.CallbackParam, value: Any) -> Any:
        if value is not None and (value < least or (most is not None and value > most)):
            raise InputError(f"{option.name}: found {value}, expected {expected}")
        return value

    return typer.Option(callback=check, help=help)


def read_by(read: Callable[[str], Any], name: str, help: str) -> Any:
    """Return an option whose text, where one is given, a function turns into its value."""

    def value(text: str | None) -> Any:
        return None if text is None else read(text)

    return typer.Option(name, parser=str, metavar="<str>", callback=value, help=help)


def lattice(help: str, field: str = "--size", least: int = 2) -> Any:
    """Return an option for the size of a lattice; errors name the field."""

    def read(text: str) -> Any:
        from dcl.lattice.geometry import parse_lattice_size

        return parse_lattice_size(text, field, least)

    return read_by(read, "--size", help)


def temperatures(help: str) -> Any:
    """Return an option for a grid of temperatures."""

    def read(text: str) -> Any:
        from dcl.runs.grids import parse_temperatures

        return parse_temperatures(text)

    return read_by(read, "--temperatures", help)


def _symmetries(text: str) -> Any:
    from dcl.lattice.symmetries import parse_symmetries

    return parse_symmetries(text)


def boundaries(subject: str) -> Any:
    """Return an option for the edges of a lattice."""

    def read(text: str) -> str:
        if text not in ("periodic", "open"):
            raise InputError(f"--boundaries: found {text!r}, expected periodic or open")
        return text

    return read_by(read, "--boundaries", f"{subject}: periodic or open.")


Boundaries = Annotated[Any, boundaries("Of the snapshots")]
Couplings = Annotated[int, number("Spin glass: seed of the couplings.", 0, _LARGEST_SEED)]
_SYMMETRIES = "Imposed: all, none, or some of translations,point-group,states."
Imposed = Annotated[Any, read_by(_symmetries, "--symmetries", _SYMMETRIES)]
Form = Annotated[str, typer.Option(help="Potts: clock or standard.")]
States = Annotated[int, number("Potts: number of states Q.", 2, 8)]
Profile = Annotated[str, typer.Option(help="smoke, quick or paper.")]
Seed = Annotated[int, number("Seed of every random number.", 0, _LARGEST_SEED)]
ModelFolder = Annotated[Path, typer.Argument(help="Folder of a sequence model or an EDNN.")]
SnapshotPath = Annotated[
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
