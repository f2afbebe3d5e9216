"""An import's noise stays away from standard error; nothing else does."""

import os

import pytest

from dcl.machine import import_quietly

NOISY = "import os\nos.write(2, b'native noise')\n"


@pytest.fixture
def write_module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(NOISY + text)

    return write


def test_only_the_noise_of_the_import_is_kept_back(write_module, capfd):
    write_module("noisy_module", "value = 3\n")
    os.write(2, b"before, ")
    assert import_quietly("noisy_module").value == 3
    os.write(2, b"after")
    assert capfd.readouterr().err == "before, after"


def test_a_failing_import_raises_and_standard_error_comes_back(write_module, capfd):
    write_module("failing_module", "1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        import_quietly("failing_module")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_no_file_descriptor_is_left_open(write_module):
    write_module("another_module", "")
    first = os.dup(2)
    import_quietly("another_module")
    second = os.dup(2)
    os.close(first)
    os.close(second)
    assert second == first + 1
