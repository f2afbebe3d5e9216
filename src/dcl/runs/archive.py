"""Archived runs: what took longer than a reader should wait, kept in the repository with hashes.

`artifacts/<experiment>/` holds the trained network without the state of its optimiser, its learning
curve, the manifest of the training, the numbers reached, `record.json` (on which machine, with what
budget) and `hashes.json` (SHA-256 of every other file). Nothing of an archive is read before all of
it fits its hashes.
"""

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcl.errors import InputError
from dcl.files import file_hash, new_folder, read_json, write_json
from dcl.machine import machine_record
from dcl.runs.experiment import find_root
from dcl.runs.run import Run

__all__ = [
    "Archive",
    "add_row",
    "archive_rows",
    "archive_run",
    "hashed",
    "load_archive",
    "load_rows",
    "verify",
]

HASHES = "hashes.json"


@dataclass(frozen=True)
class Archive:
    """An archived run whose files all fit their hashes.

    Parameters
    ----------
    folder : Path
        `gru/model` in it is what `dcl.models.energy.load_energy_model` reads.
    history : dict of list
        The learning curve, as `dcl.learning.sequence.fit_sequence` returns it.
    metrics : dict
        One number a key, as in `metrics.json` of a run.
    record : dict
        ``experiment``, ``profile``, ``machine``, ``note``, ``versions``, ``finished`` and
        ``budget``.
    """

    folder: Path
    history: dict[str, list[float]]
    metrics: dict[str, float]
    record: dict[str, Any]


def archive_run(run: Run, destination: Path, note: str = "") -> None:
    """Copy what a reader needs of a finished run into a folder that appears whole or not at all.

    Parameters
    ----------
    run : Run
        With the stage ``gru`` and `metrics.json`; made on this machine, which is recorded.
    destination : Path
        `artifacts/<experiment>`; an earlier archive there is replaced.
    note : str
        What the record says besides, such as the number of cores used.

    Raises
    ------
    InputError
        If the run has no metrics yet, or the destination holds something else.
    """
    from dcl.models.energy import load_energy_model

    numbers = read_json(run.folder / "metrics.json")
    stage = run.stage("gru")
    with new_folder(destination) as draft:
        (draft / "gru").mkdir()
        load_energy_model(stage / "model").save(draft / "gru" / "model")
        for name in ("history.json", "manifest.json"):
            shutil.copyfile(stage / name, draft / "gru" / name)
        write_json(draft / "metrics.json", numbers)
        write_json(draft / "record.json", _record(run, numbers, note))
        write_json(draft / HASHES, hashed(draft))


def _record(run: Run, numbers: dict[str, Any], note: str) -> dict[str, Any]:
    manifest = read_json(run.stage("gru") / "manifest.json")
    budget = ("configurations_seen", "distinct_configurations", "train_seconds")
    return {
        "experiment": run.experiment.name,
        "profile": run.experiment.profile,
        "machine": machine_record(),
        "note": note,
        "versions": {"python": platform.python_version(), **manifest["versions"]},
        "finished": manifest["finished"],
        "budget": {name: numbers[name] for name in budget},
    }


def load_archive(name: str, root: Path | None = None) -> Archive:
    """Read `artifacts/<name>`, after all of its files have been compared with their hashes.

    Parameters
    ----------
    name : str
        Of the experiment, such as ``"spin_glass-gru_paper"``.
    root : Path, optional
        The repository; found from the current folder upwards otherwise.

    Raises
    ------
    InputError
        See `verify`.

    Examples
    --------
    >>> load_archive("spin_glass-gru_paper").record["experiment"]
    'spin_glass-gru_paper'
    """
    if not name or Path(name).name != name:
        raise InputError(f"archive: found {name!r}, expected the name of a folder in artifacts/")
    folder = (root or find_root()) / "artifacts" / name
    verify(folder)
    return Archive(
        folder,
        history=read_json(folder / "gru" / "history.json"),
        metrics=read_json(folder / "metrics.json"),
        record=read_json(folder / "record.json"),
    )


def archive_rows(
    name: str, rows: list[dict[str, Any]], root: Path | None = None, **others: Any
) -> Path:
    """Write rows of numbers to `artifacts/<name>` with their hash; they appear whole or not at all.

    Parameters
    ----------
    name : str
        Of the folder.
    rows : list of dict
        They replace all that were there.
    root : Path, optional
        The repository; found from the current folder upwards otherwise.
    **others
        Contents of further JSON files, by their names.

    Returns
    -------
    Path
        Of the folder.
    """
    folder = (root or find_root()) / "artifacts" / name
    with new_folder(folder) as draft:
        for file, content in {"rows": {"rows": rows}, **others}.items():
            write_json(draft / f"{file}.json", content)
        write_json(draft / HASHES, hashed(draft))
    return folder


def add_row(name: str, row: dict[str, Any], root: Path | None = None) -> Path:
    """Archive a row in place of the one of the same system and seed, if there is one.

    Parameters
    ----------
    name : str
        Of the folder in `artifacts/`.
    row : dict
        With ``system`` and ``seed``.
    root : Path, optional
        The repository; found from the current folder upwards otherwise.

    Returns
    -------
    Path
        Of the folder.
    """
    key = row["system"], row["seed"]
    others = [one for one in load_rows(name, root) if (one["system"], one["seed"]) != key]
    rows = sorted([*others, row], key=lambda one: (one["system"], one["seed"]))
    return archive_rows(name, rows, root)


def load_rows(name: str, root: Path | None = None) -> list[dict[str, Any]]:
    """Read the rows of `artifacts/<name>` after they have been compared with their hash.

    Parameters
    ----------
    name : str
        Of the folder; one that does not exist has no rows.
    root : Path, optional
        The repository; found from the current folder upwards otherwise.

    Raises
    ------
    InputError
        If the file is missing or has changed.

    Examples
    --------
    >>> load_rows("no-such-archive")
    []
    """
    folder = (root or find_root()) / "artifacts" / name
    if not folder.is_dir():
        return []
    verify(folder)
    rows: list[dict[str, Any]] = read_json(folder / "rows.json")["rows"]
    return rows


def verify(folder: Path) -> None:
    """Compare every file of an archive with its hash.

    Raises
    ------
    InputError
        If a file is missing, has changed, or is there without a hash; one line that names it.

    Examples
    --------
    >>> verify(Path("no-such-archive"))
    Traceback (most recent call last):
    ...
    dcl.errors.InputError: no-such-archive/hashes.json: found no such file, expected a JSON file
    """
    expected, found = read_json(folder / HASHES), hashed(folder)
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise InputError(f"{folder / name}: found no such file, expected {expected[name]}")
        if name not in expected:
            raise InputError(f"{folder / name}: found {found[name]}, expected no such file")
        if found[name] != expected[name]:
            raise InputError(f"{folder / name}: found {found[name]}, expected {expected[name]}")


def hashed(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the list of hashes, by its path in the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: file_hash(path) for name, path in names.items() if name != HASHES}
