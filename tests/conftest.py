"""Fixtures that need Keras import it on first use: the other tests do not wait for TensorFlow."""

import importlib.util
import inspect
import sys

import numba
import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("dcl", deadline=None, derandomize=True)
settings.load_profile("dcl")


@pytest.fixture
def one_thread():
    """Run Numba on one thread: little work is done sooner if threads need not wait for others."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(threads)


@pytest.fixture(scope="session")
def randomise():
    """A function that overwrites a network's weights with normal random numbers."""

    def fill(network, seed, scale=0.5):
        generator = np.random.default_rng(seed)
        for variable in network.trainable_variables:
            variable.assign(generator.normal(scale=scale, size=variable.shape))
        return network

    return fill


@pytest.fixture(scope="session")
def sequence_energy(randomise):
    """A function that makes a `SequenceEnergy` with random weights."""
    import dcl.models.networks
    from dcl.lattice.geometry import lattice_shape
    from dcl.models.energy import SequenceEnergy

    def make(
        size=3, n_states=2, seed=0, scale=0.5, network=None, architecture="gru", **fields
    ):  # fmt: skip
        build = getattr(dcl.models.networks, f"build_{architecture}")
        rows, columns = lattice_shape(size)
        built = build(rows * columns, n_states, **{"units": 4, **(network or {})})
        fields = {"temperature": 2.0, "lattice_size": size, "n_states": n_states, **fields}
        return SequenceEnergy(randomise(built, seed, scale), **fields)

    return make


@pytest.fixture(scope="session")
def extensive_energy(randomise):
    """A function that makes an `ExtensiveEnergy` with random weights."""
    from dcl.models.energy import ExtensiveEnergy
    from dcl.models.networks import build_ednn

    def make(focus=2, context=1, n_states=2, seed=0, scale=0.5, **network):
        shape = {"focus": focus, "context": context}
        ednn = build_ednn(n_states, **shape, **{"hidden": (6, 5), **network})
        return ExtensiveEnergy(randomise(ednn, seed, scale), **shape, n_states=n_states)

    return make


@pytest.fixture
def wrong_build(tmp_path, monkeypatch):
    """A function that imports a copy of a module in which one passage of its text is another."""

    def build(module, right, wrong):
        text = inspect.getsource(module)
        assert text.count(right) == 1, f"{module.__name__} does not hold {right!r} once"
        path = tmp_path / "wrong_build.py"
        path.write_text(text.replace(right, wrong), "utf-8")
        spec = importlib.util.spec_from_file_location("wrong_build", path)
        copy = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "wrong_build", copy)
        spec.loader.exec_module(copy)
        return copy

    return build
