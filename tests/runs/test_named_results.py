"""Results by the names of legends: of the models that an experiment has, and of no others."""

from pathlib import Path

import numpy as np
import pytest

from dcl.analysis.scans import Scan
from dcl.files import write_json
from dcl.runs.experiment import load_experiment
from dcl.runs.named_results import named_energies, named_scans
from dcl.runs.run import Run, Stage

ROOT = Path(__file__).parents[2]
GRU = "GRU, trained, no symmetries imposed"
MASKED = "masked network, trained, all symmetries imposed"
SCAN = Scan(8, *[np.array([1.0, 2.0])] * 10, warnings=())


def write_energies(run, folder):
    for value, name in enumerate(("gru", "masked")):
        np.save(folder / f"{name}.npy", np.full((2, 3), float(value)))


def write_scan(run, folder):
    write_json(folder / "scan.json", SCAN.to_json())


@pytest.fixture
def run(tmp_path):
    """A run of two models, one of them with a scan."""
    makers = {"gru": None, "masked": None, "energies": write_energies, "scan_gru": write_scan}
    stages = {name: Stage(maker, lambda experiment: {}) for name, maker in makers.items()}
    return Run(load_experiment("ising", "smoke", root=ROOT), stages, root=tmp_path)


def test_energies_of_a_model_that_the_run_lacks_are_left_out(run):
    found = named_energies(run, ("gru", "paper_gru", "masked"))
    assert list(found) == [GRU, MASKED]
    assert np.array_equal(found[MASKED], np.ones((2, 3)))


def test_scans_are_those_of_the_models_that_are_scanned(run):
    found = named_scans(run, ("masked", "gru"))
    assert list(found) == [GRU]
    assert np.array_equal(found[GRU].energy, [1.0, 2.0])


def test_an_ending_names_another_lattice(run):
    assert named_scans(run, ("gru",), "_transfer") == {}
