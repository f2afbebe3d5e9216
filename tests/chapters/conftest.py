"""Wrong builds of a chapter's module, each of which a test must notice."""

import importlib.util
import inspect
import sys

import pytest


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
