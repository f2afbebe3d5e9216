"""Numeric arrays of a MATLAB 5 file, read in a process of its own.

SciPy's reader can crash the interpreter on a damaged file. In a child process that is an error like
any other.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_matlab"]


def read_matlab(path: Path) -> dict[str, NDArray[Any]]:
    """Read the numeric arrays of a file, those inside structures as ``structure/field``.

    Raises
    ------
    ValueError
        If the file is damaged.

    Examples
    --------
    >>> from scipy.io import savemat
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     savemat(Path(folder) / "a.mat", {"run": {"spins": np.ones((3, 2))}})
    ...     {name: array.shape for name, array in read_matlab(Path(folder) / "a.mat").items()}
    {'run/spins': (3, 2)}
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "arrays.npz"
        module = "dcl.lattice.matlab_arrays"
        command = [sys.executable, "-P", "-m", module, str(path.resolve()), str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ValueError((done.stderr.splitlines() or ["the reader stopped"])[-1])
        with np.load(copy, allow_pickle=False) as archive:
            return {str(name): archive[f"a{k}"] for k, name in enumerate(archive["names"])}


def _numeric(path: Path) -> dict[str, NDArray[Any]]:
    from scipy.io import loadmat

    found: dict[str, NDArray[Any]] = {}

    def add(name: str, value: Any) -> None:
        if not isinstance(value, np.ndarray):
            return
        if value.dtype.kind in "biuf":
            found[name] = value
        elif value.dtype.names and value.size == 1:
            for field in value.dtype.names:
                add(f"{name}/{field}", value[field].item())

    for name, value in loadmat(path).items():
        add(name, value)
    return found


if __name__ == "__main__":
    arrays = _numeric(Path(sys.argv[1]))
    numbered: dict[str, Any] = {f"a{k}": array for k, array in enumerate(arrays.values())}
    np.savez(sys.argv[2], names=np.array(list(arrays), dtype=np.str_), **numbered)
