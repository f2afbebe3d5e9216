"""The card of a saved model, `model.json`: what it is, where it comes from, how to read it.

A card is a JSON object with

- ``kind``: ``sequence``, ``extensive`` or ``couplings``, and the fields of that class
  (``temperature`` in J / k_B, ``lattice_size``: L, or rows and columns; ``n_states``, ``order``,
  ..., and ``boundaries`` where they are open);
- ``conventions``: units, values of the spins, the order in which sites are read;
- ``data``: of the snapshots, their SHA-256 (see `data_hash`), shape, states and temperature;
- ``training``: settings and seed; ``metrics``: what was reached;
- ``versions``: of this package, Keras, NumPy and Python;
- ``network_sha256`` or ``couplings_sha256``: of the file of the network or the couplings;
  ``card_sha256``: of the rest of the card, see `dcl.files.json_hash`.

``data``, ``training`` and ``metrics`` are there if the model was fitted by this package. A model
whose hashes do not fit is refused, and so is a network made of anything but the layers that
`dcl.models.networks` uses: a file from somebody else cannot run code.
"""

import hashlib
import json
import platform
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dcl.errors import InputError
from dcl.files import file_hash, json_hash, new_folder, read_json, write_json
from dcl.lattice.snapshots import SnapshotSet

__all__ = [
    "Origin",
    "check_network",
    "data_hash",
    "origin",
    "read_card",
    "save_model",
    "write_card",
]

Origin = Mapping[str, Any]
"""The entries ``data``, ``training`` and ``metrics`` of a card."""

CARD, NETWORK, COUPLINGS = "model.json", "network.keras", "couplings.json"
_ORIGIN = ("data", "training", "metrics")
_LARGEST_CONFIG = 10**6
"""Bytes of a network's description; ours have some thousands."""

_CLASSES = {
    # ours
    "AddPositions", "LinearSkip", "MaskedHidden", "OneHot", "ShiftRight", "SiteOutput",
    "SumOverTiles",
    # of Keras
    "Add", "DTypePolicy", "Dense", "Dropout", "Functional", "GRU", "GlorotUniform", "InputLayer",
    "LayerNormalization", "MultiHeadAttention", "Ones", "Orthogonal", "Rescaling", "Reshape",
    "Zeros", "__keras_tensor__",
}  # fmt: skip


def data_hash(snapshots: SnapshotSet) -> str:
    """SHA-256 of the configurations, one int8 a site in the order of the array, in hexadecimal.

    It is that of ``numpy.ascontiguousarray(configurations).tobytes()``, packed or not on disk.

    Examples
    --------
    >>> import numpy as np
    >>> from dcl.lattice.snapshots import Snapshots
    >>> data_hash(Snapshots(np.ones((3, 2, 2), np.int8), 4.0))[:8]
    '3ee5f0d8'
    """
    digest = hashlib.sha256()
    for part in snapshots.parts():
        digest.update(part.data)
    return digest.hexdigest()


def origin(snapshots: SnapshotSet, settings: Any, seed: int, metrics: Mapping[str, Any]) -> Origin:
    """Describe a model's data, training and quality for its card.

    Parameters
    ----------
    snapshots : SnapshotSet
    settings : dataclass
        Of the training; see `dcl.learning.settings`.
    seed : int
    metrics : mapping
        Numbers by name.
    """
    return {
        "data": {
            "sha256": data_hash(snapshots),
            "shape": list(snapshots.shape),
            "n_states": snapshots.n_states,
            "temperature": snapshots.temperature,
        },
        "training": {**asdict(settings), "seed": seed},
        "metrics": dict(metrics),
    }


def save_model(network: Any, fields: Mapping[str, Any], known: Origin, path: Path) -> None:
    """Write a network and its card as a folder, which appears by rename.

    Parameters
    ----------
    network : keras.Model
    fields : mapping
        The kind of the model, and its fields.
    known : mapping
        What it was learned from.
    path : Path
    """
    with new_folder(Path(path)) as draft:
        network.save(draft / NETWORK)
        write_card(draft, fields, known)


def write_card(folder: Path, fields: Mapping[str, Any], known: Origin) -> None:
    """Write the card of the network in a folder; `fields` are the kind and its fields."""
    content = folder / _content(fields)
    card = {
        **fields,
        "conventions": _conventions(fields),
        **known,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("dcl", "keras", "numpy")},
        },
        f"{content.stem}_sha256": file_hash(content),
    }
    write_json(folder / CARD, {**card, "card_sha256": json_hash(card)})


def read_card(folder: Path) -> tuple[dict[str, Any], Origin]:
    """Kind and fields of a saved model, and its origin, after both hashes have been compared.

    Raises
    ------
    InputError
        If a file is missing or does not fit its hash; the line names both hashes.
    """
    card = read_json(folder / CARD)
    weights = folder / _content(card)
    if not weights.is_file():
        raise InputError(f"{weights}: found no such file, expected the model's {weights.stem}")
    signature = card.pop("card_sha256", None)
    if signature is not None:  # cards of version 0.1.0 have none
        _compare(folder / CARD, json_hash(card), signature)
    _compare(weights, file_hash(weights), card.pop(f"{weights.stem}_sha256", None))
    for name in ("versions", "conventions"):
        card.pop(name, None)
    return card, {name: card.pop(name) for name in _ORIGIN if name in card}


def _content(fields: Mapping[str, Any]) -> str:
    """Name the file that holds the model itself."""
    return COUPLINGS if fields.get("kind") == "couplings" else NETWORK


def _compare(path: Path, found: str, expected: Any) -> None:
    if found != expected:
        raise InputError(f"{path}: found SHA-256 {found}, expected {_line(expected)} as in {CARD}")


def _line(value: Any) -> str:
    return " ".join(str(value).split())[:80]


def _conventions(fields: Mapping[str, Any]) -> dict[str, str]:
    boundaries = fields.get("boundaries", "periodic")
    states = "spins -1 and +1" if fields["n_states"] == 2 else f"0 to {fields['n_states'] - 1}"
    said = {
        "energy": "total of a configuration, in J, up to a constant",
        "temperature": "J / k_B",
        "configurations": f"int8, shape (n, L1, L2), {states}, {boundaries} boundaries",
    }
    if fields["kind"] == "sequence":
        said["energy"] += "; -T ln P"
        said["order"] = (
            f"sites are read in the order dcl.lattice.geometry.unwrap_order({fields['order']!r})"
        )
    else:
        said["tiles"] = "a sum over tiles; L1 and L2 are any multiples of the focus"
    return said


def check_network(path: Path) -> None:
    """Refuse a network with anything in it but the layers that `dcl.models.networks` uses.

    Raises
    ------
    InputError
        If the file is no `.keras` archive, or names a class such as Lambda.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > _LARGEST_CONFIG:
                raise ValueError("too large")
            content = json.loads(archive.read("config.json"))
        content.pop("compile_config", None)  # is not read: models are loaded uncompiled
        names = set(map(str, _class_names(content)))
    except Exception as error:  # a damaged archive can raise nearly anything
        raise InputError(
            f"{path}: found no readable description of a network ({_line(error)}), expected a "
            ".keras file"
        ) from None
    if foreign := sorted(names - _CLASSES):
        raise InputError(
            f"{path}: found {_line(foreign[0])} in the network, "
            "expected the layers of dcl.models.networks"
        )


def _class_names(content: Any) -> Iterator[Any]:
    """Every ``class_name`` in nested dictionaries and lists."""
    parts = content
    if isinstance(content, dict):
        if "class_name" in content:
            yield content["class_name"]
        parts = content.values()
    elif not isinstance(content, list):
        return
    for part in parts:
        yield from _class_names(part)
