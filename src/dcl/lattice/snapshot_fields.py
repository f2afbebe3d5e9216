"""Fields of a snapshot file: which array holds configurations, and which the temperature."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcl.errors import InputError
from dcl.lattice.configurations import check_n_states, check_temperature
from dcl.lattice.packed import unpack
from dcl.lattice.snapshot_layout import lattice_axes
from dcl.lattice.storage import BARE, StoredArray, open_arrays, whole_array

__all__ = ["FileFields", "find_fields"]

_TEMPERATURES = ("temperature", "temperatures", "temp", "T")
"""Last parts of a name that mean a temperature, words in any case; ``t`` is more often the time."""


@dataclass(frozen=True)
class FileFields:
    """Configurations as they are stored, and what goes with them.

    Attributes
    ----------
    configurations : StoredArray
    temperature : float or None
        J / k_B.
    n_states : int or None
    remarks : tuple of str
        Choices that were made.
    """

    configurations: StoredArray
    temperature: float | None
    n_states: int | None
    remarks: tuple[str, ...]


def find_fields(
    path: Path,
    temperature: float | None = None,
    dataset: str | None = None,
    temperature_dataset: str | None = None,
) -> FileFields:
    """Find configurations and temperature in a file.

    Configurations are the data set that is named, or ``configurations`` in whatever group, or the
    only array of the file that has the shape of snapshots. The temperature is the data set that is
    named, or one called ``temperature`` (``temperatures``, ``temp``, ``T``).

    Parameters
    ----------
    path : Path
        File of snapshots, see `dcl.lattice.snapshot_files`.
    temperature : float, optional
        Temperature that the user says, J / k_B.
    dataset, temperature_dataset : str, optional
        Names of arrays in the file.

    Raises
    ------
    InputError
        If there is no such array, or more than one; if temperatures differ.
    """
    fields = open_arrays(path)
    dataset, temperature_dataset = (
        name and name.strip("/") for name in (dataset, temperature_dataset)
    )
    name = _configurations_name(fields, path, dataset)
    configurations = _unpacked(fields, path) if name == "packed" else fields[name]
    if configurations.dtype.kind not in "iubf":
        raise InputError(
            f"{configurations.name}: found dtype {configurations.dtype}, expected integers or "
            "booleans"
        )
    n_states = None
    if "n_states" in fields:
        n_states = check_n_states(fields["n_states"].read(), f"{path}: n_states")
    if temperature is not None:
        temperature = check_temperature(temperature, "temperature")
    known = _temperature_name(fields, path, name, temperature_dataset)
    remarks = []
    if name not in (BARE, "configurations", "packed", dataset):
        remarks.append(f"{name} is read as configurations")
    if known is not None:
        several = fields[known].shape not in ((), (1,), (1, 1))
        temperature = _stored_temperature(fields[known], path, configurations.shape, temperature)
        if known not in ("temperature", temperature_dataset) or several:
            remarks.append(f"{known} is read as {'one ' if several else ''}temperature")
    return FileFields(configurations, temperature, n_states, tuple(remarks))


def _configurations_name(fields: dict[str, StoredArray], path: Path, dataset: str | None) -> str:
    """Choose the array of configurations: the named one, or the only one that can be meant."""
    if dataset is not None:
        if dataset in fields:
            return dataset
        raise InputError(f"--dataset: found {dataset}, expected one of {_listed(fields)} in {path}")
    if BARE in fields:
        return BARE
    if "configurations" in fields or "packed" in fields:
        return "configurations" if "configurations" in fields else "packed"
    found = [name for name in fields if name.split("/")[-1] == "configurations"]
    found = found or [
        name
        for name, array in fields.items()
        if array.dtype.kind in "iubf" and lattice_axes(array.shape) and array.shape[0]
    ]
    if len(found) != 1:
        raise InputError(
            f"{path}: found the fields {_listed(fields)}, expected configurations, or the name of "
            "one with --dataset"
        )
    return found[0]


def _temperature_name(
    fields: dict[str, StoredArray], path: Path, configurations: str, dataset: str | None
) -> str | None:
    """Choose the array of the temperature; the nearest to the configurations if there are many."""
    if dataset is not None:
        if dataset in fields:
            return dataset
        raise InputError(
            f"--temperature-dataset: found {dataset}, expected one of {_listed(fields)} in {path}"
        )
    group = configurations.rpartition("/")[0]
    for place in (configurations, group, ""):
        here = [name for name in fields if name.rpartition("/")[0] == place and _means(name)]
        if here and (len(here) == 1 or len({_values(fields[name]) for name in here}) == 1):
            return here[0]
        if here:
            break
    found = here or [name for name in fields if _means(name)]
    if len(found) > 1:
        raise InputError(
            f"{path}: found the temperatures {', '.join(found[:6])}, expected the name of one with "
            "--temperature-dataset"
        )
    return found[0] if found else None


def _means(name: str) -> bool:
    """Tell a name that means a temperature."""
    last = name.split("/")[-1]
    return (last if last in ("T", "t") else last.lower()) in _TEMPERATURES


def _values(field: StoredArray) -> frozenset[str]:
    """Write the distinct values of a field down, so that those of float32 and float64 are alike."""
    return frozenset(map(str, np.ravel(np.asarray(field.read()))))


def _stored_temperature(
    field: StoredArray, path: Path, shape: tuple[int, ...], said: float | None
) -> float:
    """Read the temperature of a file, which may be one for each snapshot; check the user's."""
    stored = np.asarray(field.read())
    if stored.size > 1 and stored.size in shape and stored.dtype.kind in "iuf":
        if stored.min() != stored.max():
            raise InputError(
                f"{field.name}: found temperatures from {stored.min():g} to {stored.max():g}, "
                "expected one: snapshots of each need a file of their own"
            )
        stored = stored.ravel()[0]
    temperature = check_temperature(stored, field.name)
    if said is None:
        return temperature
    same = stored.dtype.type(said) if stored.dtype.kind == "f" else said
    if same != temperature:
        raise InputError(f"--temperature: found {said:g}, expected {temperature:g} as in {path}")
    return said


def _unpacked(fields: dict[str, StoredArray], path: Path) -> StoredArray:
    if "lattice_size" not in fields:
        raise InputError(f"{path}: found the fields {', '.join(fields)}, expected lattice_size")
    size = fields["lattice_size"].read()
    return whole_array(
        f"{path}: configurations", unpack(fields["packed"].read(), size, f"{path}: ")
    )


def _listed(fields: dict[str, StoredArray]) -> str:
    """List names, types and shapes of a file's arrays, the largest first."""
    largest = sorted(fields.items(), key=lambda item: -int(np.prod(item[1].shape, dtype=float)))
    listed = [f"{name or 'one'} {array.dtype} {array.shape}" for name, array in largest[:8]]
    return ", ".join(listed) or "nothing"
