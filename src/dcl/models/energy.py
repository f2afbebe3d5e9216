"""Learned energies: a sequence model's -T ln P, and an extensive network's sum over tiles.

Both satisfy the `EnergyModel` protocol. Energies are total, in J, with an arbitrary constant.
A model on disk is a folder with the network (``network.keras``) and a card (``model.json``, see
`dcl.models.card`); the hashes of both are checked when it is loaded.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dcl.errors import InputError
from dcl.lattice.geometry import LatticeSize
from dcl.machine import import_quietly
from dcl.models.card import NETWORK, check_network, read_card
from dcl.models.couplings_energy import CouplingsEnergy
from dcl.models.extensive_energy import ExtensiveEnergy
from dcl.models.sequence_energy import SequenceEnergy

__all__ = ["EnergyModel", "ExtensiveEnergy", "SequenceEnergy", "load_energy_model"]


class EnergyModel(Protocol):
    """Anything that gives an energy to configurations."""

    n_states: int
    lattice_size: LatticeSize | None
    """Linear size, or rows and columns, or None where any size will do."""

    def energy(self, configurations: NDArray[np.int8]) -> NDArray[np.float64]:
        """Total energies in J, shape (n,), of configurations (n, L1, L2)."""

    def save(self, path: Path) -> None:
        """Write the model as a folder; what it was learned from goes into its card."""


def load_energy_model(path: Path) -> SequenceEnergy | ExtensiveEnergy | CouplingsEnergy:
    """Load a saved sequence model, extensive network or cluster expansion.

    Raises
    ------
    InputError
        If the folder, the card or the network is missing, damaged or does not match its hash, or
        the network has other layers than `dcl.models.networks` makes.
    """
    path = Path(path)
    if not path.is_dir():
        raise InputError(f"{path}: found no such folder, expected a model folder")
    card, origin = read_card(path)
    kinds: dict[Any, Callable[..., SequenceEnergy | ExtensiveEnergy]] = {
        "sequence": SequenceEnergy,
        "extensive": ExtensiveEnergy,
    }
    kind = card.pop("kind", None)
    if kind == "couplings":
        return CouplingsEnergy.load(path, card, origin)
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(
            f"{path / 'model.json'}: kind: found {kind!r}, expected sequence, extensive or "
            "couplings"
        )
    check_network(path / NETWORK)
    keras = import_quietly("keras")
    import dcl.models.networks  # noqa: F401  (registers its layers)

    try:
        network = keras.saving.load_model(path / NETWORK, compile=False, safe_mode=True)
        if not all(np.isfinite(weight).all() for weight in network.get_weights()):
            raise ValueError("weights that are no finite numbers")
        return kinds[kind](network, origin=origin, **card)
    except Exception as error:  # a damaged file can raise nearly anything
        line = (str(error).splitlines() or ["an error"])[0][:200]
        raise InputError(f"{path}: found a model that cannot be loaded ({line})") from None
