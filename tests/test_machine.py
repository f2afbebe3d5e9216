"""The doctor's report, on machines that this one is not."""

import platform
from importlib.metadata import version

import pytest

from dcl import machine


@pytest.fixture
def pretend(monkeypatch):
    """A function that pretends to be another machine and returns the lines of its report."""

    def lines(cores, memory, gpus):
        monkeypatch.setattr(machine.os, "cpu_count", lambda: cores)
        monkeypatch.setattr(machine, "_memory_gib", lambda: memory)
        monkeypatch.setattr(machine, "_gpus", lambda: gpus)
        return machine.doctor_report().splitlines()

    return lines


def test_versions_are_those_installed(pretend):
    lines = pretend(8, 16.0, 1)
    assert lines[0].startswith(f"python {platform.python_version()}")
    for package in ("dcl", "keras", "numpy", "tensorflow"):
        assert f"{package} {version(package)}" in lines


def test_a_large_machine_gets_no_advice(pretend):
    lines = pretend(8, 16.0, 1)
    assert lines[-1] == "cores 8, memory 16 GiB, GPUs 1"


@pytest.mark.parametrize(
    ("cores", "memory", "gpus", "expected"),
    [
        (1, 16.0, 1, ["one core"]),
        (None, 16.0, 1, ["one core"]),
        (2, 3.9, 1, ["less than 4 GiB"]),
        (2, 4.0, 0, ["no GPU"]),
        (1, 2.0, 0, ["one core", "less than 4 GiB", "no GPU"]),
    ],
)
def test_what_will_be_slow_is_said(pretend, cores, memory, gpus, expected):
    advice = [line for line in pretend(cores, memory, gpus) if line.startswith("slow: ")]
    assert len(advice) == len(expected)
    for line, reason in zip(advice, expected, strict=True):
        assert reason in line


def test_this_machine_s_memory_is_plausible():
    assert 0.1 < machine._memory_gib() < 1e5


def test_the_processor_is_named_as_linux_lists_it(tmp_path):
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor\t: 0\nmodel name\t: Some Chip 9000 @ 2 GHz\nmodel name\t: Two\n")
    assert machine._processor(listing) == "Some Chip 9000 @ 2 GHz"
    assert machine._processor(tmp_path / "none") == (platform.processor() or platform.machine())


def test_a_machine_is_recorded_with_whole_gibibytes(pretend):
    lines = pretend(8, 15.6, 0)
    assert machine.machine_record() == {
        "processor": machine._processor(),
        "cores": 8,
        "memory_gib": 16,
    }
    assert f"processor {machine._processor()}" in lines
