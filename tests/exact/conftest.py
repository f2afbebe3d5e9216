"""Enumeration: the slow, certain way to every number that `dcl.exact` finds quickly."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture(scope="session")
def all_states() -> Callable[..., NDArray[np.int8]]:
    """Every configuration of a lattice, int8, shape (n_states^N, rows, columns)."""

    def enumerate_states(n_states: int, rows: int, columns: int) -> NDArray[np.int8]:
        codes = np.arange(n_states ** (rows * columns))[:, None]
        digits = codes // n_states ** np.arange(rows * columns) % n_states
        return digits.astype(np.int8).reshape(-1, rows, columns)

    return enumerate_states
